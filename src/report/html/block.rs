//! The redlines of one passage on the page, cut to what a page has room for.

use maud::{Markup, PreEscaped, html};

use super::entry::effect_class;
use crate::record::{ClauseChangeRecord, ScoredId};
use crate::report::facts::fact_lines;
use crate::report::layout::cut;
use crate::report::passage::Passage;
use crate::report::words::{class, counted, spoken};
use crate::report::{Elision, Piece, PieceKind, pieces, safe_link, safe_text};

/// Clauses shown of one passage.
const CLAUSES: usize = 24;
/// Characters shown of one clause: some 250 words.
const CHARS: usize = 1500;
/// Words shown of one addition or deletion.
const EDIT: usize = 140;
/// Characters shown of a heading, a lead-in or a list of facts.
const LABEL: usize = 240;
/// Items shown of one list of facts, and lists shown of one clause.
const ITEMS: usize = 8;

/// A passage, rendered clause by clause.
pub(super) struct Block {
    /// How much it tells.
    pub(super) weight: f64,
    title: String,
    clauses: Vec<String>,
    /// Clauses that were not rendered.
    beyond: usize,
    /// Whether one of the clauses is longer than what is shown of it.
    pub(super) cut: bool,
}

impl Block {
    /// Renders `passage`, at least one clause and then as many as `most` bytes hold.
    pub(super) fn new(passage: &Passage<'_>, most: usize) -> Self {
        let headings: Vec<_> = passage.headings().iter().map(|heading| safe_text(heading)).collect();
        let title = html! {
            @if !headings.is_empty() { h3 { (cut(&headings.join(" › "), LABEL)) } }
        }
        .into_string();
        let mut block = Self { weight: passage.weight(), title, clauses: Vec::new(), beyond: 0, cut: false };
        let mut lead_in = "";
        let mut bytes = 0;
        for clause in passage.clauses.iter().take(CLAUSES) {
            if bytes > most {
                break;
            }
            let introduced = clause.lead_in != lead_in && !clause.lead_in.is_empty();
            lead_in = &clause.lead_in;
            let (markup, cut) = clause_markup(clause, introduced);
            let markup = markup.into_string();
            bytes += markup.len();
            block.cut = block.cut || cut;
            block.clauses.push(markup);
        }
        block.beyond = passage.clauses.len() - block.clauses.len();
        block
    }

    /// Bytes of its first `clauses` clauses.
    pub(super) fn bytes(&self, clauses: usize) -> usize {
        self.title.len() + self.clauses.iter().take(clauses).map(String::len).sum::<usize>()
    }

    /// Clauses that were rendered.
    pub(super) fn len(&self) -> usize {
        self.clauses.len()
    }

    /// How many clauses it has.
    pub(super) fn whole(&self) -> usize {
        self.clauses.len() + self.beyond
    }

    /// How many of its clauses fit into `room` bytes.
    pub(super) fn fitting(&self, room: usize) -> usize {
        (0..=self.len()).rev().find(|&clauses| clauses == 0 || self.bytes(clauses) <= room).unwrap_or(0)
    }

    /// Its first `clauses` clauses.
    pub(super) fn markup(&self, clauses: usize) -> Markup {
        let more = self.whole().saturating_sub(clauses);
        html! {
            section.passage {
                (PreEscaped(&self.title))
                @for clause in self.clauses.iter().take(clauses) { (PreEscaped(clause)) }
                @if more > 0 { p.more { "… " (counted(more, "further clause")) " of this passage" } }
            }
        }
    }
}

/// A clause, and whether it is longer than what is shown of it.
fn clause_markup(clause: &ClauseChangeRecord, introduced: bool) -> (Markup, bool) {
    let facts: Vec<String> =
        fact_lines(&clause.facts).iter().take(ITEMS).map(|line| cut(&line.said(ITEMS), LABEL)).collect();
    let line = match (clause.after_line, clause.before_line) {
        (Some(line), _) => format!("line {line}"),
        (None, Some(line)) => format!("line {line} of the version before"),
        (None, None) => String::new(),
    };
    let kind = if clause.moved { "modified and moved" } else { &clause.kind };
    let (pieces, long) = shown(clause);
    let markup = html! {
        @if introduced { p.lead { "under: " (cut(&safe_text(&clause.lead_in), LABEL)) } }
        div.clause {
            p.redline {
                (redline(&pieces))
                @if long { " " span.long { "[cut: a long clause]" } }
                (links(clause))
            }
            p.meta {
                span { (safe_text(kind)) }
                @match clause.url.as_deref().and_then(safe_link) {
                    Some(url) => a href=(url) rel="noopener noreferrer" { @if line.is_empty() { "open" } @else { (line) } },
                    None => @if !line.is_empty() { span { (line) } },
                }
                @if let Some(materiality) = &clause.materiality {
                    span { (class(materiality)) }
                }
                @if let Some(effect) = &clause.effect {
                    span class=(effect_class(&effect.id)) { (class(effect)) }
                }
                @for category in &clause.categories {
                    span.chip.category { (scored(category)) }
                }
                @for fact in &facts { span.fact { (fact) } }
            }
        }
    };
    (markup, long)
}

/// `data sharing 0.97`.
fn scored(one: &ScoredId) -> String {
    format!("{} {:.2}", spoken(&one.id), one.score)
}

/// The pieces of a clause that are shown, and whether words that came or went are missing.
fn shown(clause: &ClauseChangeRecord) -> (Vec<Piece>, bool) {
    let elided = pieces(clause, Elision { context: 30, edit: EDIT });
    let whole = pieces(clause, Elision { context: 30, edit: usize::MAX / 4 });
    let long = elided != whole;
    let (kept, capped) = capped(elided, CHARS);
    (kept, long || capped)
}

/// The first `most` characters of `pieces`, and whether there are more.
fn capped(pieces: Vec<Piece>, most: usize) -> (Vec<Piece>, bool) {
    let mut left = most;
    let mut kept = Vec::new();
    for mut piece in pieces {
        let length = piece.text.chars().count();
        if length > left {
            let first: String = piece.text.chars().take(left).collect();
            piece.text = format!("{first}…");
            kept.push(piece);
            return (kept, true);
        }
        left -= length;
        kept.push(piece);
    }
    (kept, false)
}

/// The redline: struck through and underlined as well as coloured, and named for those who listen.
pub(super) fn redline(pieces: &[Piece]) -> Markup {
    html! {
        @for piece in pieces {
            @match piece.kind {
                PieceKind::Equal => (piece.text),
                PieceKind::Delete => del { span.vh { "[deleted: " } (piece.text) span.vh { "]" } },
                PieceKind::Insert => ins { span.vh { "[inserted: " } (piece.text) span.vh { "]" } },
            }
        }
    }
}

/// A clause in a line, with at most `words` of each addition or deletion.
pub(super) fn teaser(clause: &ClauseChangeRecord, words: usize) -> Markup {
    redline(&capped(pieces(clause, Elision { context: 8, edit: words }), CHARS / 4).0)
}

/// Link targets that changed, as text.
fn links(clause: &ClauseChangeRecord) -> Markup {
    let Some(links) = &clause.links else { return html! {} };
    let short = |link: &String| cut(&safe_text(link), LABEL);
    html! {
        span.links {
            " Links: "
            @for link in links.dropped.iter().take(ITEMS) { del { span.vh { "[deleted: " } (short(link)) span.vh { "]" } } " " }
            @for link in links.added.iter().take(ITEMS) { ins { span.vh { "[inserted: " } (short(link)) span.vh { "]" } } " " }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::passage::passages;

    #[test]
    fn long_clauses_are_cut_and_passages_end_where_room_does() {
        let clause = |line: u32, text: String| ClauseChangeRecord {
            kind: "added".into(),
            after: Some(text),
            after_line: Some(line),
            ..ClauseChangeRecord::default()
        };
        let clauses = [clause(1, "x".repeat(90_000)), clause(2, "Short.".into()), clause(3, "Shorter.".into())];
        let found = passages(&clauses);
        assert_eq!(found.len(), 1);
        let block = Block::new(&found[0], usize::MAX);
        assert!(block.cut && block.bytes(3) < 4 * CHARS, "{}", block.bytes(3));
        assert_eq!((block.len(), block.whole()), (3, 3));
        assert_eq!(block.fitting(block.bytes(2)), 2);
        assert_eq!(block.fitting(10), 0);
        let shown = block.markup(2).into_string();
        assert!(shown.contains("[cut: a long clause]") && shown.contains("1 further clause"), "{shown}");
        let little = Block::new(&found[0], 10);
        assert_eq!((little.len(), little.whole()), (1, 3));
    }
}
