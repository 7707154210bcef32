//! Equal sequences are computed once.

use std::collections::HashMap;

use crate::model::TokenSequence;

/// The distinct sequences of a list, and where each place of the list finds its own.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Distinct<'a> {
    /// Each sequence once, in the order in which they first come.
    pub sequences: Vec<TokenSequence<'a>>,
    /// For each place of the list, an index into `sequences`.
    pub places: Vec<usize>,
}

/// Finds the distinct sequences of `all`.
#[must_use]
pub fn distinct<'a>(all: &[TokenSequence<'a>]) -> Distinct<'a> {
    let mut seen: HashMap<TokenSequence<'a>, usize> = HashMap::with_capacity(all.len());
    let mut found = Distinct { sequences: Vec::new(), places: Vec::with_capacity(all.len()) };
    for &sequence in all {
        let place = *seen.entry(sequence).or_insert_with(|| {
            found.sequences.push(sequence);
            found.sequences.len() - 1
        });
        found.places.push(place);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_types_tell_sequences_apart() {
        let sequence = |ids, types| TokenSequence { ids, types };
        let all = [
            sequence(&[1, 2, 3], &[0, 0, 0]),
            sequence(&[1, 2, 3], &[0, 1, 0]),
            sequence(&[1, 2, 3], &[0, 0, 0]),
            sequence(&[1, 2], &[0, 0]),
            sequence(&[1, 2, 3], &[0, 1, 0]),
        ];
        let found = distinct(&all);
        assert_eq!(found.sequences, [all[0], all[1], all[3]]);
        assert_eq!(found.places, [0, 1, 0, 2, 1]);
        assert_eq!(distinct(&[]), Distinct::default());
    }
}
