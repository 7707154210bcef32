//! The laws a text names.

use std::collections::BTreeSet;

use super::gazetteer::{Hit, Kind, longest};

/// The ids of the laws; `places` are the jurisdictions of the same text.
pub(super) fn find(hits: &[Hit], places: &BTreeSet<&'static str>) -> BTreeSet<&'static str> {
    longest(hits, Kind::Law)
        .into_iter()
        .filter(|hit| match hit.entry.rule.strip_prefix("with:") {
            Some(place) => places
                .iter()
                .any(|id| id.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))),
            None => true,
        })
        .map(|hit| hit.entry.id)
        .collect()
}
