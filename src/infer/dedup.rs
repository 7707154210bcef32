//! What is equal is computed once.

use std::collections::HashMap;
use std::hash::Hash;

/// Which items of a list are the first of their kind, and where each place of the list finds its own.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Distinct {
    /// For each kind, the place where it first comes, in that order.
    pub firsts: Vec<usize>,
    /// For each place of the list, an index into `firsts`.
    pub places: Vec<usize>,
}

/// Finds the distinct items of `all`.
#[must_use]
pub fn distinct<T: Eq + Hash>(all: impl IntoIterator<Item = T>) -> Distinct {
    let mut seen: HashMap<T, usize> = HashMap::new();
    let mut found = Distinct::default();
    for (at, item) in all.into_iter().enumerate() {
        let place = *seen.entry(item).or_insert_with(|| {
            found.firsts.push(at);
            found.firsts.len() - 1
        });
        found.places.push(place);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::TokenSequence;

    #[test]
    fn ids_and_types_tell_sequences_apart() {
        let sequence = |ids, types| TokenSequence { ids, types };
        let found = distinct([
            sequence(&[1, 2, 3], &[0, 0, 0]),
            sequence(&[1, 2, 3], &[0, 1, 0]),
            sequence(&[1, 2, 3], &[0, 0, 0]),
            sequence(&[1, 2], &[0, 0]),
            sequence(&[1, 2, 3], &[0, 1, 0]),
        ]);
        assert_eq!(found.firsts, [0, 1, 3]);
        assert_eq!(found.places, [0, 1, 0, 2, 1]);
        assert_eq!(distinct::<u8>([]), Distinct::default());
    }
}
