//! One document change on the page.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use maud::{Markup, PreEscaped, html};

use super::block::{Block, teaser};
use super::filters::values;
use crate::record::DocumentChangeRecord;
use crate::report::elsewhere::{Elsewhere, Places, Twin, UNSURE, UNSURE_MEANS, twins};
use crate::report::facts::fact_lines;
use crate::report::layout::cut;
use crate::report::passage::{Passage, passages};
use crate::report::telling::{priority_parts, telling};
use crate::report::words::{counted, day, headed, placed, spoken, spoken_day};
use crate::report::{safe_link, safe_text};

/// Bytes of what closes an entry and says what it leaves out.
const AROUND: usize = 500;

/// Items shown of one list of facts.
const ITEMS: usize = 8;
/// Characters shown of a list of facts, a note or a reason.
const LABEL: usize = 200;
/// Notes shown.
const NOTES: usize = 3;
/// Categories shown as chips in the line of an entry.
const CHIPS: usize = 5;
/// Other places of the same change that are named.
const PLACES: usize = 6;
/// Clause changes shown that a twin lacks.
const ONLY: usize = 3;
/// Words of an addition or a deletion that stand in the line of an entry.
const TEASER: usize = 28;
/// Lists of facts shown.
const FACTS: usize = 10;

/// An entry, rendered but for the choice of its clauses.
pub(super) struct Entry {
    head: String,
    places: Places,
    /// Of each twin: where it is, how it differs, and clause changes that only this entry has.
    twins: Vec<(Elsewhere, String, String)>,
    /// In the order of the document.
    blocks: Vec<Block>,
    /// Clauses whose passages were not kept.
    left_out: usize,
    id: String,
    url: Option<String>,
}

impl Entry {
    /// The entry of `record` at `rank`; its redlines take up about `most` bytes, or one clause.
    pub(super) fn new(record: &DocumentChangeRecord, rank: usize, most: usize) -> Self {
        let mut kept: Vec<(usize, Block)> = Vec::new();
        let mut left_out = 0;
        let mut bytes = 0;
        let all = passages(&record.clauses);
        let mut order: Vec<(usize, f64)> = all.iter().map(Passage::weight).enumerate().collect();
        order.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        for (at, _) in order {
            let Some(passage) = all.get(at) else { continue };
            if bytes >= most {
                left_out += passage.clauses.len();
                continue;
            }
            let block = Block::new(passage, most - bytes);
            bytes += block.bytes(block.len());
            kept.push((at, block));
        }
        kept.sort_by_key(|(at, _)| *at);
        Self {
            head: head(record, rank).into_string(),
            places: Places::of(record, PLACES),
            twins: twins(record).iter().map(|twin| (twin.place.clone(), twin.said.clone(), only_here(twin))).collect(),
            blocks: kept.into_iter().map(|(_, block)| block).collect(),
            left_out,
            id: safe_text(&record.id).into_owned(),
            url: record.url.as_deref().and_then(safe_link).map(str::to_owned),
        }
    }

    /// The id that links on the page lead to.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Bytes of all its redlines.
    pub(super) fn redline_bytes(&self) -> usize {
        self.blocks.iter().map(|block| block.bytes(block.len())).sum()
    }

    /// Bytes of the rest.
    pub(super) fn other_bytes(&self) -> usize {
        self.head.len() + self.elsewhere(&BTreeSet::new(), false).into_string().len() + AROUND
    }

    /// The entry with the clauses that tell most within `allowance` bytes, at least one. Other places
    /// that are among `here` are linked to their entries; `brief` leaves out what twins lack.
    pub(super) fn markup(&self, allowance: usize, here: &BTreeSet<&str>, brief: bool) -> Markup {
        let shown = self.chosen(allowance);
        let kept = || self.blocks.iter().zip(&shown).filter(|(_, clauses)| **clauses > 0);
        let hidden: usize = self.blocks.iter().zip(&shown).map(|(block, clauses)| block.whole() - clauses).sum();
        let missing = hidden + self.left_out;
        let cut = kept().any(|(block, _)| block.cut);
        html! {
            (PreEscaped(&self.head))
            (self.elsewhere(here, brief))
            @for (block, clauses) in kept() { (block.markup(*clauses)) }
            @if missing > 0 || cut {
                p.more {
                    @if missing > 0 { (counted(missing, "further clause change")) " not on this page" }
                    @if missing > 0 && cut { ", and " }
                    @if cut { "long clauses cut" }
                    ": all is in "
                    @if let Some(url) = &self.url { a href=(url) rel="noopener noreferrer" { "the whole diff" } " and in " }
                    code { "termsift show " (self.id) " --full" }
                }
            }
            // Ends what the head began.
            (PreEscaped("</div></details></article></li>"))
        }
    }

    /// How many clauses are shown of each block.
    fn chosen(&self, allowance: usize) -> Vec<usize> {
        let mut order: Vec<(usize, &Block)> = self.blocks.iter().enumerate().collect();
        order.sort_by(|a, b| b.1.weight.total_cmp(&a.1.weight).then(a.0.cmp(&b.0)));
        let mut shown = vec![0; self.blocks.len()];
        let mut bytes = 0;
        for (at, block) in order {
            let fitting = block.fitting(allowance.saturating_sub(bytes));
            let clauses = if bytes == 0 { fitting.max(1).min(block.len()) } else { fitting };
            if let Some(slot) = shown.get_mut(at).filter(|_| clauses > 0) {
                *slot = clauses;
                bytes += block.bytes(clauses);
            }
        }
        shown
    }

    /// Where else the same was changed; `brief` is without quotations.
    fn elsewhere(&self, here: &BTreeSet<&str>, brief: bool) -> Markup {
        let title = self.places.title();
        if title.is_none() && self.twins.is_empty() {
            return html! {};
        }
        html! {
            ul.elsewhere {
                @if let Some(title) = title {
                    li {
                        (title) ": "
                        @for (at, place) in self.places.listed.iter().enumerate() {
                            @if at > 0 { "; " }
                            (linked(place, here))
                        }
                        @if self.places.more > 0 { "; " (self.places.more) " more" }
                        "."
                    }
                }
                @for (place, said, only) in &self.twins {
                    li { "Twin: " (linked(place, here)) ": " (said) "." @if !brief { (PreEscaped(only)) } }
                }
            }
        }
    }
}

/// A place, linked to its entry on this page or to its commit.
fn linked(place: &Elsewhere, here: &BTreeSet<&str>) -> Markup {
    let name = cut(&place.name, LABEL);
    html! {
        @if here.contains(place.id.as_str()) { a href=(format!("#c-{}", place.id)) { (name) } }
        @else if let Some(url) = &place.url { a href=(url) rel="noopener noreferrer" { (name) } }
        @else { (name) }
    }
}

/// The clause changes that a twin lacks, the most telling ones quoted.
fn only_here(twin: &Twin<'_>) -> String {
    let more = twin.only_here.len().saturating_sub(ONLY);
    html! {
        @if !twin.only_here.is_empty() {
            ul {
                @for clause in twin.only_here.iter().take(ONLY) {
                    li {
                        "Only here"
                        @if let Some(line) = clause.after_line.or(clause.before_line) { ", line " (line) }
                        ": " (teaser(clause, TEASER / 2))
                    }
                }
                @if more > 0 { li { (counted(more, "further clause change")) " only here" } }
            }
        }
    }
    .into_string()
}

/// The entry up to its passages. What it opens is closed by [`Entry::markup`].
fn head(record: &DocumentChangeRecord, rank: usize) -> Markup {
    let name = match &record.part {
        Some(part) => format!("{} #{part}", record.terms_type),
        None => record.terms_type.clone(),
    };
    html! {
        (PreEscaped("<li>"))
        (PreEscaped(start_tag(record, rank)))
        (PreEscaped("<details><summary>"))
        span.rank title="rank" { span.vh { "Rank " } (rank) }
        span.priority title="priority, 0 to 100" { span.vh { "priority " } (format!("{:.0}", record.priority.round() + 0.0)) }
        span.what {
            h2 { (safe_text(&record.service)) " · " (safe_text(&name)) }
            span.meta {
                time datetime=(safe_text(&record.date)) { (spoken_day(&record.date)) }
                span { (placed(&record.collection)) }
                @let counts = counts(record);
                @if !counts.is_empty() {
                    span title="clauses added, removed, modified, moved" {
                        span aria-hidden="true" { (counts) }
                        span.vh { (spoken_counts(record)) }
                    }
                }
            }
            span.chips { (chips(record)) }
            @if let Some(first) = telling(record, 1).first() {
                span.teaser { (teaser(first, TEASER)) }
            }
        }
        (PreEscaped("</summary><div class=\"body\">"))
        @if let Some(reason) = &record.status_reason { p.reason { (cut(&safe_text(reason), LABEL)) } }
        @if record.unsure { p.note { (headed(UNSURE)) ": " (UNSURE_MEANS) } }
        @let facts = fact_lines(&record.facts);
        @if !facts.is_empty() {
            ul.facts {
                @for line in facts.iter().take(FACTS) { li class=[line.warning.then_some("warn")] { (cut(&line.said(ITEMS), LABEL)) } }
            }
        }
        @for note in record.notes.iter().take(NOTES) { p.note { "Note: " (cut(&safe_text(note), LABEL)) } }
        (parts(record))
    }
}

/// The opening tag with everything that the filters look at.
fn start_tag(record: &DocumentChangeRecord, rank: usize) -> String {
    // One value a line: a value holds no line break once it is safe.
    let joined = |values: &[String]| values.iter().map(|value| safe_text(value)).collect::<Vec<_>>().join("\n");
    let mut attributes = format!(" id=\"c-{}\"", escaped(&safe_text(&record.id)));
    let _ = write!(attributes, " data-rank=\"{rank}\" data-date=\"{}\"", escaped(day(&record.date)));
    for (field, values) in values(record) {
        let _ = write!(attributes, " data-{field}=\"{}\"", escaped(&joined(&values)));
    }
    format!("<article tabindex=\"-1\"{attributes}>")
}

/// `text` as maud escapes it.
fn escaped(text: &str) -> String {
    html! { (text) }.into_string()
}

fn chips(record: &DocumentChangeRecord) -> Markup {
    let status = if record.status == "change" { "chip" } else { "chip noise" };
    html! {
        span class=(status) { (spoken(&record.status)) }
        @if record.unsure { span.chip.unsure { (UNSURE) } }
        @if let Some(materiality) = &record.materiality { span.chip { (spoken(materiality)) } }
        @if let Some(effect) = &record.effect { span class=(effect_class(effect)) { (spoken(effect)) } }
        @for category in record.categories.iter().take(CHIPS) {
            @let score = format!("score {:.2}", category.score);
            span.chip.category title=(score) { (spoken(&category.id)) span.vh { " " (score) } }
        }
        @if let Some(more) = record.categories.len().checked_sub(CHIPS).filter(|&more| more > 0) {
            span.chip.category { "+" (more) }
        }
    }
}

pub(super) fn effect_class(effect: &str) -> &'static str {
    match effect {
        "adverse" => "chip adverse",
        "favourable" => "chip favourable",
        _ => "chip",
    }
}

/// `+12 −3 ~7 ↔1`: clauses added, removed, modified, moved.
fn counts(record: &DocumentChangeRecord) -> String {
    let signs = [("added", '+'), ("removed", '−'), ("modified", '~'), ("moved", '↔')];
    let counted = signs.iter().filter_map(|(kind, sign)| {
        let count = record.counts.get(*kind).copied().unwrap_or_default();
        (count > 0).then(|| format!("{sign}{count}"))
    });
    counted.collect::<Vec<_>>().join(" ")
}

/// The same for those who listen: `12 clauses added, 3 removed`.
fn spoken_counts(record: &DocumentChangeRecord) -> String {
    let kinds = ["added", "removed", "modified", "moved"];
    let counted = kinds.iter().filter_map(|kind| {
        let count = record.counts.get(*kind).copied().unwrap_or_default();
        (count > 0).then(|| format!("{count} {kind}"))
    });
    format!("clauses: {}", counted.collect::<Vec<_>>().join(", "))
}

/// What the priority is made of, and the links.
fn parts(record: &DocumentChangeRecord) -> Markup {
    let said = priority_parts(&record.priority_parts);
    html! {
        p.parts {
            @if !said.is_empty() { "Priority " (format!("{:.1}", record.priority + 0.0)) " = " (said.join(", ")) ". " }
            @if let Some(url) = record.url.as_deref().and_then(safe_link) {
                a href=(url) rel="noopener noreferrer" { "The whole diff" } ". "
            }
            "Id " code { (safe_text(&record.id)) }
        }
    }
}
