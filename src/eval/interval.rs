//! Bootstrap intervals.
//!
//! Items of one document share its words, its author and often its change, so they are not
//! independent: where documents are known, whole documents are drawn with replacement (a cluster
//! bootstrap), else items. Intervals are percentile intervals. Each resample is made from the seed
//! and its own number, so every system is measured on the same resamples and their differences are
//! paired; the number of threads does not matter.

use std::collections::HashMap;

use rayon::prelude::*;

use super::metrics::count;
use crate::dataset::LabelledChange;

/// Clusters below which an interval says little.
pub(super) const FEW_CLUSTERS: usize = 20;

/// How resamples are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bootstrap {
    /// How many.
    pub resamples: u32,
    /// Another seed, other resamples.
    pub seed: u64,
}

impl Default for Bootstrap {
    fn default() -> Self {
        Self { resamples: 1000, seed: 1 }
    }
}

/// A measure with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The measure.
    pub value: f64,
    /// The 2.5th percentile of the resamples and the 97.5th, where there are any.
    pub interval: Option<(f64, f64)>,
}

/// Items that are drawn together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clusters {
    members: Vec<Vec<u32>>,
    items: usize,
    by_document: bool,
}

impl Clusters {
    /// The documents of `items`; an item without one is on its own.
    #[must_use]
    pub fn of(items: &[LabelledChange]) -> Self {
        Self::from_keys(items.iter().map(LabelledChange::document))
    }

    /// Items with equal keys together; one without a key on its own.
    pub fn from_keys<'a>(keys: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut places: HashMap<&str, usize> = HashMap::new();
        let mut members: Vec<Vec<u32>> = Vec::new();
        let mut items = 0;
        for (item, key) in (0..).zip(keys) {
            let place = key.map_or(members.len(), |key| *places.entry(key).or_insert(members.len()));
            match members.get_mut(place) {
                Some(cluster) => cluster.push(item),
                None => members.push(vec![item]),
            }
            items += 1;
        }
        Self { by_document: !places.is_empty(), members, items }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// Whether any document is known.
    #[must_use]
    pub fn by_document(&self) -> bool {
        self.by_document
    }

    /// How often each item is drawn in the resample `number`.
    fn weights(&self, bootstrap: Bootstrap, number: u32) -> Vec<f64> {
        let mut random = SplitMix::new(bootstrap.seed ^ (u64::from(number) + 1).wrapping_mul(0x2545_f491_4f6c_dd1d));
        let mut weights = vec![0.0; self.items];
        for _ in 0..self.members.len() {
            for &item in self.members.get(random.below(self.members.len())).into_iter().flatten() {
                if let Some(weight) = weights.get_mut(item as usize) {
                    *weight += 1.0;
                }
            }
        }
        weights
    }
}

/// What `measure` gives for each resample, in their order. NaN stands for a measure that is not defined.
pub(super) fn resampled(
    clusters: &Clusters,
    bootstrap: Bootstrap,
    measure: impl Fn(&[f64]) -> Vec<f64> + Sync,
) -> Vec<Vec<f64>> {
    (0..bootstrap.resamples).into_par_iter().map(|number| measure(&clusters.weights(bootstrap, number))).collect()
}

/// The 95 % interval of the measure at `column` of `rows`.
#[must_use]
pub(super) fn interval(rows: &[Vec<f64>], column: usize) -> Option<(f64, f64)> {
    percentiles(rows.iter().filter_map(|row| row.get(column).copied()).collect())
}

/// The 95 % interval of the difference between `rows` and `others`, resample by resample.
#[must_use]
pub(super) fn difference_interval(rows: &[Vec<f64>], others: &[Vec<f64>], column: usize) -> Option<(f64, f64)> {
    let differences = rows.iter().zip(others).filter_map(|(a, b)| Some(a.get(column)? - b.get(column)?));
    percentiles(differences.collect())
}

fn percentiles(mut values: Vec<f64>) -> Option<(f64, f64)> {
    values.retain(|value| value.is_finite());
    values.sort_by(f64::total_cmp);
    Some((percentile(&values, 25)?, percentile(&values, 975)?))
}

/// The value at `permille` of `sorted`, linear between neighbours (numpy's default).
fn percentile(sorted: &[f64], permille: usize) -> Option<f64> {
    let position = sorted.len().checked_sub(1)? * permille;
    let lower = *sorted.get(position / 1000)?;
    let upper = sorted.get(position / 1000 + 1).copied().unwrap_or(lower);
    Some(lower + (upper - lower) * count(position % 1000) / 1000.0)
}

/// Steele, Lea and Flood's `SplitMix64`: small, and good enough to draw documents.
#[derive(Debug, Clone)]
pub(super) struct SplitMix(u64);

impl SplitMix {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `bound`; 0 if that is 0.
    pub(super) fn below(&mut self, bound: usize) -> usize {
        let wide = u128::from(self.next()) * (bound as u128);
        usize::try_from(wide >> 64).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_numpys() {
        // numpy.percentile([1, 2, 3, 10], [2.5, 97.5]) is [1.075, 9.475].
        let (low, high) = percentiles(vec![10.0, 1.0, f64::NAN, 3.0, 2.0]).unwrap();
        assert!((low - 1.075).abs() < 1e-12 && (high - 9.475).abs() < 1e-12);
        assert_eq!(percentiles(vec![f64::NAN]), None);
    }

    #[test]
    fn documents_are_drawn_whole() {
        let keys = [Some("a"), Some("a"), Some("b"), None, Some("b"), Some("b")];
        let clusters = Clusters::from_keys(keys);
        assert_eq!((clusters.len(), clusters.by_document()), (3, true));
        let mut totals = 0.0;
        for number in 0..300 {
            let weights = clusters.weights(Bootstrap::default(), number);
            assert!((weights[0] - weights[1]).abs() < 1e-12 && (weights[2] - weights[5]).abs() < 1e-12);
            assert!((weights[0] + weights[2] + weights[3] - 3.0).abs() < 1e-12);
            totals += weights[3];
        }
        // Each cluster is drawn once a resample in the mean.
        assert!((totals / 300.0 - 1.0).abs() < 0.15, "{totals}");
    }

    #[test]
    fn the_interval_of_a_mean_has_about_the_width_that_theory_gives() {
        let clusters = Clusters::from_keys(std::iter::repeat_n(None, 400));
        let mean = |weights: &[f64]| {
            let hits: f64 = weights.iter().step_by(2).sum();
            vec![hits / 400.0]
        };
        let rows = resampled(&clusters, Bootstrap { resamples: 2000, seed: 7 }, mean);
        let (low, high) = interval(&rows, 0).unwrap();
        // 0.5 ± 1.96 · sqrt(0.25 / 400)
        assert!((low - 0.451).abs() < 0.006 && (high - 0.549).abs() < 0.006, "{low} {high}");
        assert_eq!(difference_interval(&rows, &rows, 0), Some((0.0, 0.0)));
    }
}
