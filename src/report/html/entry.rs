//! One document change on the page.

use maud::{Markup, PreEscaped, html};
use std::fmt::Write as _;

use super::filters::values;
use crate::record::{ClauseChangeRecord, DocumentChangeRecord};
use crate::report::facts::fact_lines;
use crate::report::passage::{Passage, passages};
use crate::report::telling::telling;
use crate::report::words::{counted, day, placed, spoken, spoken_day};
use crate::report::{Elision, PieceKind, pieces, safe_link, safe_text};

/// Items shown of one list of facts.
const ITEMS: usize = 8;
/// Categories shown as chips in the line of an entry.
const CHIPS: usize = 5;
/// Clauses shown of one passage.
const CLAUSES: usize = 24;

/// An entry, rendered but for the choice of its passages.
pub(super) struct Entry {
    head: String,
    /// In the order of the document, with their weights and numbers of clauses.
    passages: Vec<(f64, usize, String)>,
    /// Clauses whose passages were not kept.
    left_out: usize,
    id: String,
    url: Option<String>,
}

impl Entry {
    /// The entry of `record` at `rank`; its redlines take up at most `most` bytes or one passage.
    pub(super) fn new(record: &DocumentChangeRecord, rank: usize, most: usize) -> Self {
        let mut kept = Vec::new();
        let mut left_out = 0;
        let mut bytes = 0;
        let all = passages(&record.clauses);
        let mut order: Vec<usize> = (0..all.len()).collect();
        let weights: Vec<f64> = all.iter().map(Passage::weight).collect();
        order.sort_by(|&a, &b| weights[b].total_cmp(&weights[a]).then(a.cmp(&b)));
        for at in order {
            let Some(passage) = all.get(at) else { continue };
            if bytes >= most {
                left_out += passage.clauses.len();
                continue;
            }
            let markup = passage_markup(passage).into_string();
            bytes += markup.len();
            kept.push((at, (weights[at], passage.clauses.len(), markup)));
        }
        kept.sort_by_key(|(at, _)| *at);
        Self {
            head: head(record, rank).into_string(),
            passages: kept.into_iter().map(|(_, passage)| passage).collect(),
            left_out,
            id: safe_text(&record.id).into_owned(),
            url: record.url.as_deref().and_then(safe_link).map(str::to_owned),
        }
    }

    /// Bytes of all its redlines.
    pub(super) fn redline_bytes(&self) -> usize {
        self.passages.iter().map(|(_, _, markup)| markup.len()).sum()
    }

    /// The entry with the passages that tell most within `allowance` bytes, at least one.
    pub(super) fn markup(&self, allowance: usize) -> Markup {
        let mut order: Vec<usize> = (0..self.passages.len()).collect();
        order.sort_by(|&a, &b| self.passages[b].0.total_cmp(&self.passages[a].0).then(a.cmp(&b)));
        let mut shown = vec![false; self.passages.len()];
        let mut bytes = 0;
        for at in order {
            let size = self.passages[at].2.len();
            if bytes == 0 || bytes + size <= allowance {
                bytes += size;
                shown[at] = true;
            }
        }
        let hidden: usize =
            self.passages.iter().zip(&shown).filter(|(_, shown)| !**shown).map(|((_, count, _), _)| count).sum();
        let missing = hidden + self.left_out;
        html! {
            (PreEscaped(&self.head))
            @for ((_, _, markup), _) in self.passages.iter().zip(&shown).filter(|(_, shown)| **shown) {
                (PreEscaped(markup))
            }
            @if missing > 0 {
                p.more {
                    (counted(missing, "further clause change")) " not on this page: "
                    @if let Some(url) = &self.url { a href=(url) rel="noopener noreferrer" { "the whole diff" } ", or " }
                    code { "termsift show " (self.id) }
                }
            }
            // Ends what the head began.
            (PreEscaped("</div></details></article></li>"))
        }
    }
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
        span.rank title="rank" { (rank) }
        span.priority title="priority, 0 to 100" { (format!("{:.0}", record.priority.round() + 0.0)) }
        span.what {
            h2 { (safe_text(&record.service)) " · " (safe_text(&name)) }
            span.meta {
                time datetime=(safe_text(&record.date)) { (spoken_day(&record.date)) }
                span { (placed(&record.collection)) }
                @let counts = counts(record);
                @if !counts.is_empty() { span title="clauses added, removed, modified, moved" { (counts) } }
            }
            span.chips { (chips(record)) }
            @if let Some(first) = telling(record, 1).first() {
                span.teaser { (redline(first, Elision { context: 8, edit: 28 })) }
            }
        }
        (PreEscaped("</summary><div class=\"body\">"))
        @if let Some(reason) = &record.status_reason { p.reason { (safe_text(reason)) } }
        @let facts = fact_lines(&record.facts);
        @if !facts.is_empty() {
            ul.facts {
                @for line in &facts { li.warn[line.warning] { (line.said(ITEMS)) } }
            }
        }
        @for note in &record.notes { p.note { "Note: " (safe_text(note)) } }
        (parts(record))
    }
}

/// The opening tag with everything that the filters look at.
fn start_tag(record: &DocumentChangeRecord, rank: usize) -> String {
    // One value a line: a value holds no line break once it is safe.
    let joined = |values: &[String]| values.iter().map(|value| safe_text(value)).collect::<Vec<_>>().join("\n");
    let mut attributes = format!(" data-rank=\"{rank}\" data-date=\"{}\"", escaped(day(&record.date)));
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
        @if let Some(materiality) = &record.materiality { span.chip { (spoken(materiality)) } }
        @if let Some(effect) = &record.effect { span class=(effect_class(effect)) { (spoken(effect)) } }
        @for category in record.categories.iter().take(CHIPS) {
            span.chip.category title=(format!("score {:.2}", category.score)) { (spoken(&category.id)) }
        }
        @if let Some(more) = record.categories.len().checked_sub(CHIPS).filter(|&more| more > 0) {
            span.chip.category { "+" (more) }
        }
    }
}

fn effect_class(effect: &str) -> &'static str {
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

/// What the priority is made of, and the links.
fn parts(record: &DocumentChangeRecord) -> Markup {
    let mut parts: Vec<(&String, f64)> = record.priority_parts.iter().map(|(name, points)| (name, *points)).collect();
    parts.sort_by(|(a, x), (b, y)| y.abs().total_cmp(&x.abs()).then_with(|| a.cmp(b)));
    let said: Vec<String> = parts.iter().map(|(name, points)| format!("{} {points:+.1}", safe_text(name))).collect();
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

fn passage_markup(passage: &Passage<'_>) -> Markup {
    let headings: Vec<_> = passage.headings().iter().map(|heading| safe_text(heading)).collect();
    let mut lead_in = "";
    let more = passage.clauses.len().saturating_sub(CLAUSES);
    html! {
        section.passage {
            @if !headings.is_empty() { h3 { (headings.join(" › ")) } }
            @for clause in passage.clauses.iter().take(CLAUSES) {
                @if clause.lead_in != lead_in && !clause.lead_in.is_empty() {
                    p.lead { "under: " (crate::report::layout::cut(&safe_text(&clause.lead_in), 240)) }
                }
                (PreEscaped({ lead_in = &clause.lead_in; "" }))
                (clause_markup(clause))
            }
            @if more > 0 { p.more { (counted(more, "further clause")) " of this passage" } }
        }
    }
}

fn clause_markup(clause: &ClauseChangeRecord) -> Markup {
    let facts: Vec<String> = fact_lines(&clause.facts).iter().map(|line| line.said(ITEMS)).collect();
    let line = match (clause.after_line, clause.before_line) {
        (Some(line), _) => format!("line {line}"),
        (None, Some(line)) => format!("line {line} of the version before"),
        (None, None) => String::new(),
    };
    let kind = if clause.moved { "modified and moved" } else { &clause.kind };
    html! {
        div.clause {
            p.redline { (redline(clause, Elision { context: 30, edit: 140 })) (links(clause)) }
            p.meta {
                span { (safe_text(kind)) }
                @match clause.url.as_deref().and_then(safe_link) {
                    Some(url) => a href=(url) rel="noopener noreferrer" { @if line.is_empty() { "open" } @else { (line) } },
                    None => @if !line.is_empty() { span { (line) } },
                }
                @if let Some(materiality) = &clause.materiality {
                    span title=(format!("score {:.2}", materiality.score)) { (spoken(&materiality.id)) }
                }
                @if let Some(effect) = &clause.effect {
                    span class=(effect_class(&effect.id)) title=(format!("score {:.2}", effect.score)) { (spoken(&effect.id)) }
                }
                @for category in &clause.categories {
                    span.chip.category title=(format!("score {:.2}", category.score)) { (spoken(&category.id)) }
                }
                @for fact in &facts { span.fact { (fact) } }
            }
        }
    }
}

/// The redline: struck through and underlined as well as coloured, and named for those who listen.
fn redline(clause: &ClauseChangeRecord, elision: Elision) -> Markup {
    html! {
        @for piece in pieces(clause, elision) {
            @match piece.kind {
                PieceKind::Equal => (piece.text),
                PieceKind::Delete => del { span.vh { "[deleted: " } (piece.text) span.vh { "]" } },
                PieceKind::Insert => ins { span.vh { "[inserted: " } (piece.text) span.vh { "]" } },
            }
        }
    }
}

/// Link targets that changed, as text.
fn links(clause: &ClauseChangeRecord) -> Markup {
    let Some(links) = &clause.links else { return html! {} };
    html! {
        span.links {
            " Links: "
            @for link in links.dropped.iter().take(ITEMS) { del { span.vh { "[deleted: " } (safe_text(link)) span.vh { "]" } } " " }
            @for link in links.added.iter().take(ITEMS) { ins { span.vh { "[inserted: " } (safe_text(link)) span.vh { "]" } } " " }
        }
    }
}
