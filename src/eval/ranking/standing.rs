//! How a memo stands in a list of document changes, equal scores and all.

use std::cmp::Ordering;

use crate::eval::metrics::count;

/// How many of a list come before a memo, and how many share its place.
///
/// Scores do not part equals, so every figure is the expectation over all orders of them. Chance is the ranking in
/// which all are equal: it is counted by the same rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Standing {
    /// With a higher score.
    ahead: usize,
    /// With an equal score, the memo among them: 1 or more.
    tied: usize,
    /// In the whole list.
    of: usize,
}

impl Standing {
    /// How the memo at the place `memo` stands among the places `list`, the highest `score` first.
    pub(super) fn by(memo: usize, list: &[usize], score: impl Fn(usize) -> f64) -> Self {
        // Zero and minus zero are equals.
        let score = |at: usize| score(at) + 0.0;
        let own = score(memo);
        let mut standing = Self { ahead: 0, tied: 1, of: list.len() };
        for &at in list.iter().filter(|at| **at != memo) {
            match score(at).total_cmp(&own) {
                Ordering::Greater => standing.ahead += 1,
                Ordering::Equal => standing.tied += 1,
                Ordering::Less => {}
            }
        }
        standing
    }

    /// How a memo stands among `of` in an order that knows nothing.
    pub(super) fn by_chance(of: usize) -> Self {
        Self { ahead: 0, tied: of.max(1), of }
    }

    /// Among so many.
    pub(super) fn of(self) -> usize {
        self.of
    }

    /// Its rank, from 1.
    pub(super) fn rank(self) -> f64 {
        count(self.ahead) + f64::midpoint(1.0, count(self.tied))
    }

    /// One by its rank.
    pub(super) fn reciprocal(self) -> f64 {
        (1..=self.tied).map(|nth| 1.0 / count(self.ahead + nth)).sum::<f64>() / count(self.tied)
    }

    /// How likely it is among the first `depth`.
    pub(super) fn within(self, depth: usize) -> f64 {
        count(depth.saturating_sub(self.ahead).min(self.tied)) / count(self.tied)
    }

    /// How likely less than `percent` of the list come before it.
    pub(super) fn within_percent(self, percent: usize) -> f64 {
        self.within((self.of * percent).div_ceil(100))
    }

    /// The share of the list that comes before it.
    pub(super) fn before(self) -> f64 {
        (self.rank() - 1.0) / count(self.of.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCORES: [f64; 6] = [5.0, 0.0, -0.0, 1.0, 0.0, -3.0];

    #[test]
    fn figures_are_means_over_all_orders_of_equals() {
        let standing = Standing::by(1, &[0, 1, 2, 3, 4, 5], |at| SCORES[at]);
        assert_eq!(standing, Standing { ahead: 2, tied: 3, of: 6 });
        // The memo's rank is 3, 4 or 5, each as likely.
        let ranks = [3.0, 4.0, 5.0];
        let mean = |of: &dyn Fn(f64) -> f64| ranks.iter().map(|&rank| of(rank)).sum::<f64>() / 3.0;
        let close = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
        close(standing.rank(), mean(&|rank| rank));
        close(standing.reciprocal(), mean(&|rank| 1.0 / rank));
        close(standing.before(), mean(&|rank| (rank - 1.0) / 6.0));
        for (depth, top) in (1..=7).zip(1..) {
            close(standing.within(depth), mean(&|rank| f64::from(u8::from(rank <= f64::from(top)))));
        }
        for percent in [1, 10, 33, 34, 50, 67, 100] {
            let share = f64::from(u8::try_from(percent).unwrap()) / 100.0;
            close(standing.within_percent(percent), mean(&|rank| f64::from(u8::from((rank - 1.0) / 6.0 < share))));
        }
    }

    #[test]
    fn scores_that_are_all_equal_are_chance() {
        for of in [1, 4, 30] {
            let list: Vec<usize> = (0..of).collect();
            assert_eq!(Standing::by(0, &list, |_| 7.0), Standing::by_chance(of));
        }
        let chance = Standing::by_chance(30);
        assert!((chance.within(3) - 0.1).abs() < 1e-12 && (chance.within(40) - 1.0).abs() < 1e-12);
        // A part of a place counts as a whole one, as it does for every system: the first of 30 is in the top percent.
        assert!((chance.within_percent(1) - 1.0 / 30.0).abs() < 1e-12);
    }
}
