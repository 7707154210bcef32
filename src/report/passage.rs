//! Clause changes that belong together: a table row, a new section, the sentences of one paragraph.
//!
//! A person reads and quotes passages, not clauses. In: the clause changes of a record, in the
//! order of the document. Out: runs of them.

use super::telling::weight;
use crate::record::ClauseChangeRecord;

/// Lines that may lie between two clauses of one passage: an empty one, and one more.
pub(super) const GAP: u32 = 2;

/// What a passage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PassageKind {
    /// Clauses under a heading that came, or went, with them.
    Section,
    /// Parts of the cells of one table row that came, or went, as a whole.
    Row,
    /// A run of clauses of one kind.
    Run,
    /// One clause.
    Clause,
}

/// A run of clause changes.
#[derive(Debug, Clone)]
pub(super) struct Passage<'a> {
    /// Never empty.
    pub(super) clauses: Vec<&'a ClauseChangeRecord>,
}

impl<'a> Passage<'a> {
    /// What it is.
    pub(super) fn kind(&self) -> PassageKind {
        match self.clauses.as_slice() {
            [] | [_] => PassageKind::Clause,
            [first, second, ..] if under(first, second) => PassageKind::Section,
            [first, rest @ ..] if RowSoFar::of(first, rest).is_row() => PassageKind::Row,
            _ => PassageKind::Run,
        }
    }

    /// The kind that all its clauses share (`added`), if they do.
    pub(super) fn common_kind(&self) -> Option<&'a str> {
        let first = self.clauses.first()?.kind.as_str();
        self.clauses.iter().all(|clause| clause.kind == first).then_some(first)
    }

    /// The headings above its first clause.
    pub(super) fn headings(&self) -> &'a [String] {
        self.clauses.first().map_or(&[], |clause| clause.headings.as_slice())
    }

    /// How much it tells: its most telling clause, and a little for each further one.
    pub(super) fn weight(&self) -> f64 {
        let mut weights: Vec<f64> = self.clauses.iter().map(|clause| weight(clause)).collect();
        weights.sort_by(|a, b| b.total_cmp(a));
        let best = weights.first().copied().unwrap_or_default();
        let rest: f64 = weights.iter().skip(1).take(12).map(|weight| weight.max(0.0) * 0.05).sum();
        best + rest
    }
}

/// The passages of `clauses`, in order.
pub(super) fn passages<'a>(clauses: impl IntoIterator<Item = &'a ClauseChangeRecord>) -> Vec<Passage<'a>> {
    let mut found: Vec<Passage<'a>> = Vec::new();
    // Of the last passage; kept beside it, so that a long one is not gone through for each clause after it.
    let mut row: Option<RowSoFar<'a>> = None;
    for clause in clauses {
        let goes_on = found.last_mut().zip(row.as_mut()).filter(|(passage, row)| continues(passage, row, clause));
        if let Some((passage, row)) = goes_on {
            passage.clauses.push(clause);
            row.take(clause);
        } else {
            found.push(Passage { clauses: vec![clause] });
            row = Some(RowSoFar::of(clause, &[]));
        }
    }
    found
}

fn continues(passage: &Passage<'_>, row: &RowSoFar<'_>, clause: &ClauseChangeRecord) -> bool {
    let Some(last) = passage.clauses.last() else { return false };
    if under(row.first, clause) {
        return true;
    }
    if last.headings != clause.headings {
        return false;
    }
    let within = |gap: u32| {
        let near = |a: Option<u32>, b: Option<u32>| a.zip(b).is_some_and(|(a, b)| a.abs_diff(b) <= gap);
        near(last.after_line, clause.after_line) || near(last.before_line, clause.before_line)
    };
    // The clause after a whole row starts another one.
    let one_sided = last.kind == clause.kind && matches!(clause.kind.as_str(), "added" | "removed");
    within(0) || (one_sided && !row.is_row() && within(GAP))
}

/// Whether the heading `first` came or went together with `clause` below it.
fn under(first: &ClauseChangeRecord, clause: &ClauseChangeRecord) -> bool {
    let title = first.after.as_ref().or(first.before.as_ref());
    let above = clause.headings.get(..first.headings.len());
    first.kind == clause.kind
        && above == Some(first.headings.as_slice())
        && title.is_some()
        && clause.headings.get(first.headings.len()) == title
}

fn line(clause: &ClauseChangeRecord) -> Option<u32> {
    clause.after_line.or(clause.before_line)
}

/// Whether the clauses seen so far are several parts in one line under what introduces them, as in a table row.
struct RowSoFar<'a> {
    first: &'a ClauseChangeRecord,
    /// Clauses after the first.
    rest: usize,
    /// Whether all of these stand in its line and are of its kind.
    in_line: bool,
    /// Whether it introduces one of them.
    introduces: bool,
}

impl<'a> RowSoFar<'a> {
    fn of(first: &'a ClauseChangeRecord, rest: &[&ClauseChangeRecord]) -> Self {
        let mut row = Self { first, rest: 0, in_line: true, introduces: false };
        rest.iter().for_each(|clause| row.take(clause));
        row
    }

    fn take(&mut self, clause: &ClauseChangeRecord) {
        let first = self.first;
        let title = first.after.as_deref().or(first.before.as_deref()).unwrap_or_default();
        self.rest += 1;
        self.in_line = self.in_line && line(clause) == line(first) && clause.kind == first.kind;
        self.introduces = self.introduces || (!title.is_empty() && clause.lead_in.starts_with(title));
    }

    fn is_row(&self) -> bool {
        self.rest > 1 && self.first.lead_in.is_empty() && self.in_line && self.introduces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(line: u32, headings: &[&str], lead_in: &str, text: &str) -> ClauseChangeRecord {
        ClauseChangeRecord {
            kind: "added".into(),
            after: Some(text.into()),
            after_line: Some(line),
            headings: headings.iter().map(|&heading| heading.into()).collect(),
            lead_in: lead_in.into(),
            ..ClauseChangeRecord::default()
        }
    }

    #[test]
    fn rows_sections_and_runs_hold_together() {
        let clauses = [
            added(10, &["Notice"], "", "To train our systems"),
            added(10, &["Notice"], "To train our systems", "To improve our models."),
            added(10, &["Notice"], "To train our systems", "You can opt out."),
            added(11, &["Notice"], "", "If you are in the UK:"),
            added(11, &["Notice"], "If you are in the UK:", "Sharing."),
            added(11, &["Notice"], "If you are in the UK: Sharing.", "Postings."),
            added(20, &["Notice"], "", "Special data"),
            added(22, &["Notice", "Special data"], "", "We may process it."),
            added(30, &["Notice"], "", "Alone."),
            added(40, &["Notice"], "", "One."),
            added(42, &["Notice"], "", "Two."),
        ];
        let found: Vec<(PassageKind, usize)> =
            passages(&clauses).iter().map(|passage| (passage.kind(), passage.clauses.len())).collect();
        use PassageKind::{Clause, Row, Run, Section};
        assert_eq!(found, [(Row, 3), (Row, 3), (Section, 2), (Clause, 1), (Run, 2)]);
    }

    #[test]
    fn a_long_passage_is_not_gone_through_for_each_clause_after_it() {
        const MANY: u32 = 60_000;
        let sentences = (0..MANY).map(|_| added(1, &["Notice"], "", "Sentence."));
        let paragraphs = (0..MANY).map(|at| added(3 + 2 * at, &["Notice"], "", "Paragraph."));
        let clauses: Vec<ClauseChangeRecord> = sentences.chain(paragraphs).collect();
        let found: Vec<(PassageKind, usize)> =
            passages(&clauses).iter().map(|passage| (passage.kind(), passage.clauses.len())).collect();
        assert_eq!(found, [(PassageKind::Run, clauses.len())]);
    }
}
