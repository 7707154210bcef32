//! Clauses of a version, found again by their byte range.

use super::item::ClauseRef;
use crate::segment::{Segmentation, segment};

/// A version cut into clauses.
pub(super) struct Rendered {
    clauses: Segmentation,
}

/// A clause found again.
pub(super) struct FoundClause {
    pub(super) text: String,
    pub(super) headings: Vec<String>,
    pub(super) lead_in: String,
}

impl Rendered {
    pub(super) fn of(text: &str) -> Self {
        Self { clauses: segment(text) }
    }

    /// The clause (or the run of clauses that one was split into) at `wanted`, if its text is the same.
    pub(super) fn find(&self, wanted: &ClauseRef) -> Option<FoundClause> {
        let [start, end] = wanted.span;
        let first = self.clauses.clauses.partition_point(|clause| clause.span.start < start);
        let inside = self.clauses.clauses.get(first..)?.iter().take_while(|clause| clause.span.end <= end).count();
        let range = first..first + inside;
        let texts: Vec<&str> = range.filter_map(|at| u32::try_from(at).ok()).map(|at| self.clauses.text(at)).collect();
        let text = texts.join(" ");
        let at = u32::try_from(first).ok()?;
        (ClauseRef::hash_of(&text) == wanted.hash).then(|| FoundClause {
            text,
            headings: self.clauses.headings(at).into_iter().map(str::to_owned).collect(),
            lead_in: self.clauses.lead_in(at),
        })
    }
}
