//! What of a clause change the heads look at.

use crate::encode::{DELETED, INSERTED};

/// Means that make up an embedding, one after the other: of all tokens, of the deleted ones, of the
/// inserted ones.
pub(crate) const POOLS: usize = 3;

/// The weights with which the last hidden states of a sequence are summed to its embedding. In a long
/// clause with a short edit the mean of all tokens is nearly the clause before the edit, and the label
/// is about the edit; and whether a promise is inserted or deleted decides whom it serves. The mean of
/// no tokens is zero.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Focus {
    /// One over the number of tokens of each mean.
    shares: [f32; POOLS],
}

impl Focus {
    /// For a sequence of `length` tokens with the types `types`.
    #[expect(clippy::cast_precision_loss, reason = "a clause has some hundred tokens")]
    pub(crate) fn on(types: &[u8], length: usize) -> Self {
        let count = |wanted| types.iter().take(length).filter(|&&kind| kind == wanted).count();
        Self { shares: [length, count(DELETED), count(INSERTED)].map(|count| 1.0 / count.max(1) as f32) }
    }

    /// The weights of a token of type `kind` in each mean.
    pub(crate) fn weights(self, kind: u8) -> [f32; POOLS] {
        let [all, deleted, inserted] = self.shares;
        match kind {
            DELETED => [all, deleted, 0.0],
            INSERTED => [all, 0.0, inserted],
            _ => [all, 0.0, 0.0],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_weights_of_each_mean_add_up_to_one_or_nothing() {
        let sums = |types: &[u8]| {
            let focus = Focus::on(types, types.len());
            types.iter().fold([0.0; POOLS], |sums, &kind| {
                let weights = focus.weights(kind);
                std::array::from_fn(|pool| sums[pool] + weights[pool])
            })
        };
        let near = |found: [f32; POOLS], wanted: [f32; POOLS]| {
            assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-6), "{found:?}");
        };
        near(sums(&[0, 0, DELETED, INSERTED, INSERTED, 0]), [1.0, 1.0, 1.0]);
        near(sums(&[0, INSERTED, INSERTED]), [1.0, 0.0, 1.0]);
        near(sums(&[0; 4]), [1.0, 0.0, 0.0]);
        near(Focus::on(&[], 0).weights(0), [1.0, 0.0, 0.0]);
    }
}
