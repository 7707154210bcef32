//! What is fitted: lists of candidates, and how much each was picked.

use super::measure::Query;

/// Candidates of which some were picked.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct List {
    /// Their places among all candidates.
    pub(super) candidates: Vec<usize>,
    /// How often each was picked, in memos: 0 or more.
    pub(super) picks: Vec<f64>,
}

impl List {
    /// A memo, picked once among what it competes with.
    pub(super) fn of_memo(query: &Query) -> Self {
        Self {
            candidates: query.candidates.clone(),
            picks: query.candidates.iter().map(|&at| f64::from(u8::from(at == query.memo))).collect(),
        }
    }

    /// The list without the candidates of the family `left_out`; `families` are those of all candidates.
    pub(super) fn without(&self, families: &[String], left_out: &str) -> Self {
        let (candidates, picks) = self
            .candidates
            .iter()
            .zip(&self.picks)
            .filter(|&(&at, _)| families.get(at).is_none_or(|family| family != left_out))
            .map(|(&at, &picks)| (at, picks))
            .unzip();
        Self { candidates, picks }
    }
}
