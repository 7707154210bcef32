//! Ids and dates in the words that people read.

use jiff::civil::Date;

/// `ai-training` as `AI training`.
pub(super) fn spoken(id: &str) -> String {
    let words = id.split('-').map(|word| if word == "ai" { "AI" } else { word });
    super::safe_text(&words.collect::<Vec<_>>().join(" ")).into_owned()
}

/// `AI training` as a heading: with a capital.
pub(super) fn headed(id: &str) -> String {
    let spoken = spoken(id);
    let mut chars = spoken.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// The day of an RFC 3339 `date`: `2025-11-03`.
pub(super) fn day(date: &str) -> &str {
    date.get(..10).unwrap_or(date)
}

/// The day of an RFC 3339 `date` in words: `3 November 2025`.
pub(super) fn spoken_day(date: &str) -> String {
    match day(date).parse::<Date>() {
        Ok(day) => day.strftime("%-d %B %Y").to_string(),
        Err(_) => super::safe_text(day(date)).into_owned(),
    }
}

/// From when to when, in words: `3 to 5 November 2025`.
pub(super) fn spoken_period(first: &str, last: &str) -> String {
    match (day(first).parse::<Date>(), day(last).parse::<Date>()) {
        (Ok(a), Ok(b)) if a == b => spoken_day(first),
        (Ok(a), Ok(b)) if (a.year(), a.month()) == (b.year(), b.month()) => {
            format!("{} to {}", a.day(), spoken_day(last))
        }
        (Ok(a), Ok(b)) if a.year() == b.year() => {
            format!("{} to {}", a.strftime("%-d %B"), spoken_day(last))
        }
        _ => format!("{} to {}", spoken_day(first), spoken_day(last)),
    }
}

/// The jurisdiction whose edition of the terms a collection records, read from the end of its
/// name (`vlopses-ie`).
pub(super) fn edition(collection: &str) -> Option<&'static str> {
    Some(match collection.rsplit_once('-')?.1 {
        "us" => "United States",
        "gb" | "uk" => "United Kingdom",
        "ie" => "Ireland",
        "eu" => "European Union",
        "fr" => "France",
        "de" => "Germany",
        "ch" => "Switzerland",
        "at" => "Austria",
        "br" => "Brazil",
        "in" => "India",
        "jp" => "Japan",
        "ca" => "Canada",
        "au" => "Australia",
        _ => return None,
    })
}

/// A collection with its edition: `vlopses-ie (Ireland)`.
pub(super) fn placed(collection: &str) -> String {
    let name = super::safe_text(collection);
    match edition(collection) {
        Some(edition) => format!("{name} ({edition})"),
        None => name.into_owned(),
    }
}

/// `1 clause`, `2 clauses`.
pub(super) fn counted(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// `a, b and c`.
pub(super) fn listed(texts: &[String]) -> String {
    match texts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_dates_in_words() {
        assert_eq!(spoken("ai-training"), "AI training");
        assert_eq!(headed("data-use"), "Data use");
        assert_eq!(spoken_day("2025-11-03T17:46:40Z"), "3 November 2025");
        assert_eq!(spoken_day("someday"), "someday");
        let periods = [
            ("2025-11-03", "2025-11-03", "3 November 2025"),
            ("2025-11-03", "2025-11-05", "3 to 5 November 2025"),
            ("2025-10-30", "2025-11-05", "30 October to 5 November 2025"),
            ("2024-12-30", "2025-01-02", "30 December 2024 to 2 January 2025"),
        ];
        for (first, last, said) in periods {
            assert_eq!(spoken_period(first, last), said);
        }
        assert_eq!(placed("vlopses-ie"), "vlopses-ie (Ireland)");
        assert_eq!(placed("contrib"), "contrib");
        assert_eq!(listed(&["a".into(), "b".into(), "c".into()]), "a, b and c");
    }
}
