//! A small chart: how many changes each day, by category.

use std::collections::BTreeMap;

use jiff::civil::Date;
use maud::{Markup, PreEscaped, html};

use crate::record::DocumentChangeRecord;
use crate::report::words::{counted, day, headed, spoken_day};

/// Kinds that have a colour of their own; the others are put together.
const KINDS: usize = 6;
/// What these are called.
const OTHERS: &str = "Other";
/// Bars that fit side by side; a longer period is put together by weeks, months or years.
const BARS: usize = 62;
const WIDTH: usize = 720;
const HEIGHT: usize = 110;

/// What one entry adds to the chart.
#[derive(Debug)]
pub(super) struct Bar {
    date: Option<Date>,
    kind: String,
}

impl Bar {
    /// By its best category; without categories, by its status.
    pub(super) fn of(record: &DocumentChangeRecord) -> Self {
        let kind = match record.categories.first() {
            Some(category) if record.status == "change" => category.id.clone(),
            _ => record.status.clone(),
        };
        Self { date: day(&record.date).parse().ok(), kind }
    }
}

/// The first day of the stretch of time that `date` lies in.
type Stretch = fn(Date) -> Date;

fn week(date: Date) -> Date {
    let back = i64::from(date.weekday().to_monday_zero_offset());
    date.checked_sub(jiff::Span::new().days(back)).unwrap_or(date)
}

/// Stretches of time, shortest first, with their names.
const STRETCHES: [(&str, Stretch); 4] = [
    ("day", |date| date),
    ("week", week),
    ("month", |date| date.first_of_month()),
    ("year", |date| date.first_of_year()),
];

/// The days that the axis shows, the empty ones among them.
fn axis(first: Date, last: Date, stretch: Stretch) -> Vec<Date> {
    let mut days = Vec::new();
    let mut at = first;
    while at <= last && days.len() <= BARS * 32 {
        let start = stretch(at);
        if days.last() != Some(&start) {
            days.push(start);
        }
        match at.tomorrow() {
            Ok(next) => at = next,
            Err(_) => break,
        }
    }
    days
}

/// The chart, or nothing where there is only one day or none.
pub(super) fn chart(bars: &[Bar]) -> Markup {
    let dates: Vec<Date> = bars.iter().filter_map(|bar| bar.date).collect();
    let (Some(&first), Some(&last)) = (dates.iter().min(), dates.iter().max()) else { return html! {} };
    if first == last {
        return html! {};
    }
    let days = i64::from(first.until(last).map_or(0, |span| span.get_days())).unsigned_abs();
    let (name, stretch, axis) = STRETCHES
        .into_iter()
        .filter(|(name, _)| days < 2000 || *name != "day")
        .map(|(name, stretch)| (name, stretch, axis(first, last, stretch)))
        .find(|(name, _, axis)| axis.len() <= BARS || *name == "year")
        .unwrap_or(("day", |date| date, Vec::new()));
    let kinds = kinds(bars);
    let mut counts: BTreeMap<(Date, usize), usize> = BTreeMap::new();
    for bar in bars {
        let kind = kinds.iter().position(|kind| *kind == bar.kind).unwrap_or(kinds.len());
        if let Some(date) = bar.date {
            *counts.entry((stretch(date), kind)).or_default() += 1;
        }
    }
    let highest = axis.iter().map(|day| height(&counts, *day)).max().unwrap_or(1).max(1);
    let step = (WIDTH / axis.len().max(1)).clamp(2, 40);
    let wide = (step - step.div_ceil(5)).max(1);
    let caption = format!(
        "Changes on this page by {name} and {}, {} to {}; at most {highest} a {name}",
        if bars.iter().any(|bar| is_category(&bar.kind)) { "category" } else { "status" },
        spoken_day(&first.to_string()),
        spoken_day(&last.to_string()),
    );
    html! {
        figure.chart {
            svg viewBox=(format!("0 0 {} {}", step * axis.len(), HEIGHT + 2)) role="img" aria-label=(caption)
                preserveAspectRatio="xMinYMax meet" {
                @for (at, day) in axis.iter().enumerate() {
                    (column(&counts, *day, at * step, wide, highest, name, &kinds))
                }
                path.axis d=(format!("M0 {0}H{1}", HEIGHT + 1, step * axis.len())) {}
            }
            figcaption {
                span.title { (caption) }
                span.legend {
                    @for (at, kind) in kinds.iter().enumerate() {
                        span { svg.key viewBox="0 0 10 10" aria-hidden="true" { rect class=(format!("c{at}")) width="10" height="10" {} } (headed(kind)) }
                    }
                    @if counts.keys().any(|(_, kind)| *kind == kinds.len()) {
                        span { svg.key viewBox="0 0 10 10" aria-hidden="true" { rect class="cx" width="10" height="10" {} } (OTHERS) }
                    }
                }
            }
        }
    }
}

fn is_category(kind: &str) -> bool {
    crate::taxonomy::Category::from_id(kind).is_some()
}

/// The kinds most seen, most first.
fn kinds(bars: &[Bar]) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for bar in bars {
        *counts.entry(&bar.kind).or_default() += 1;
    }
    let mut kinds: Vec<(&str, usize)> = counts.into_iter().collect();
    kinds.sort_by_key(|&(kind, count)| (std::cmp::Reverse(count), kind));
    kinds.into_iter().take(KINDS).map(|(kind, _)| kind.to_owned()).collect()
}

fn height(counts: &BTreeMap<(Date, usize), usize>, day: Date) -> usize {
    counts.range((day, 0)..=(day, usize::MAX)).map(|(_, count)| count).sum()
}

fn column(
    counts: &BTreeMap<(Date, usize), usize>,
    day: Date,
    x: usize,
    wide: usize,
    highest: usize,
    name: &str,
    kinds: &[String],
) -> Markup {
    let mut below = 0;
    let scaled = |count: usize| count * HEIGHT / highest;
    let since = if name == "day" { "" } else { "from " };
    html! {
        @for (&(_, kind), &count) in counts.range((day, 0)..=(day, usize::MAX)) {
            @let (from, to) = (scaled(below), scaled(below + count));
            @let title = format!("{since}{}: {} · {}", spoken_day(&day.to_string()),
                counted(count, "change"), kinds.get(kind).map_or(OTHERS.to_owned(), |kind| headed(kind)));
            rect class=(if kind < kinds.len() { format!("c{kind}") } else { "cx".to_owned() })
                x=(x) y=(HEIGHT - to) width=(wide) height=((to - from).max(1)) { title { (title) } }
            (PreEscaped({ below += count; "" }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(date: &str, kind: &str) -> Bar {
        Bar { date: date.parse().ok(), kind: kind.into() }
    }

    #[test]
    fn columns_add_up() {
        let bars = [
            bar("2025-11-03", "data-use"),
            bar("2025-11-03", "data-use"),
            bar("2025-11-03", "minors"),
            bar("2025-11-05", "minors"),
            bar("someday", "minors"),
        ];
        let svg = chart(&bars).into_string();
        assert!(svg.contains("by day and category, 3 November 2025 to 5 November 2025; at most 3 a day"), "{svg}");
        assert!(svg.contains("3 November 2025: 2 changes · Data use"), "{svg}");
        assert_eq!(svg.matches("<rect class=\"c").count(), 3 + 2, "three pieces of columns, two keys");
        assert_eq!(chart(&bars[..1]).into_string(), "");
    }

    #[test]
    fn long_periods_are_put_together() {
        for (last, said) in [("2025-06-01", "by week"), ("2027-11-03", "by month"), ("2065-11-03", "by year")] {
            let svg = chart(&[bar("2025-01-03", "x"), bar(last, "x")]).into_string();
            assert!(svg.contains(said), "{last}: {svg}");
        }
    }
}
