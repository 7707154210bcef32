//! Linear heads on rows of features: each category against the rest, and the same for each of the
//! materialities and effects. Strength and thresholds are chosen on a fifth of the documents.

use rayon::prelude::*;

use super::logistic::{Logistic, Row};
use crate::dataset::LabelledChange;
use crate::eval::measures::{Judged, Measure, Sample, measures};
use crate::eval::metrics::{Counts, Ranking};
use crate::eval::scores::{CATEGORIES, Prediction, Scores, Truth};
use crate::text::stable_hash;

/// Strengths that are tried (scikit-learn's `C`).
const STRENGTHS: [f64; 3] = [2.0, 8.0, 32.0];
/// One document in this many is held out for choosing.
const HELD_OUT: u64 = 5;
/// Held-out items of a category below which it takes the threshold that is best for all.
const FEW: f64 = 5.0;
/// Thresholds lie between these: at the edges a single held-out item would decide.
const LOWEST: f64 = 0.05;
const HIGHEST: f64 = 0.95;

/// Fitted heads.
#[derive(Debug, Clone)]
pub(super) struct LinearHeads {
    heads: Vec<Logistic>,
    thresholds: [f64; CATEGORIES],
    strength: f64,
}

impl LinearHeads {
    /// Fits the heads on `rows`, which are those of `items`, with `features` features.
    pub(super) fn fit(items: &[LabelledChange], rows: &[Row], features: usize) -> Self {
        let truths: Vec<Truth> = items.iter().map(Truth::of).collect();
        let (held, kept): (Vec<usize>, Vec<usize>) = (0..items.len()).partition(|at| is_held_out(items.get(*at)));
        let part = |chosen: &[usize]| -> (Vec<Row>, Vec<Truth>) {
            chosen.iter().filter_map(|at| Some((rows.get(*at)?.clone(), *truths.get(*at)?))).unzip()
        };
        let mut strength = STRENGTHS[0];
        let mut thresholds = [0.5; CATEGORIES];
        if !held.is_empty() && !kept.is_empty() {
            let ((kept_rows, kept_truths), (held_rows, held_truths)) = (part(&kept), part(&held));
            let sample = Sample::new(held_truths);
            let mut best = f64::NEG_INFINITY;
            for tried in STRENGTHS {
                let heads = fit_heads(&kept_rows, &kept_truths, features, tried);
                let scores: Vec<Scores> = held_rows.iter().map(|row| score(&heads, row)).collect();
                let chosen = tuned(&sample, &scores);
                let reached = quality(&sample, &scores, &chosen);
                if reached > best {
                    (best, strength, thresholds) = (reached, tried, chosen);
                }
            }
        }
        Self { heads: fit_heads(rows, &truths, features, strength), thresholds, strength }
    }

    /// The scores of `row`.
    pub(super) fn scores(&self, row: &Row) -> Scores {
        score(&self.heads, row)
    }

    /// The threshold of each category.
    pub(super) fn thresholds(&self) -> [f64; CATEGORIES] {
        self.thresholds
    }

    /// The strength chosen.
    pub(super) fn strength(&self) -> f64 {
        self.strength
    }
}

/// Whether the document of `item` is held out: by a hash, so that it is the same on every run.
fn is_held_out(item: Option<&LabelledChange>) -> bool {
    item.is_some_and(|item| {
        let key = item.document().unwrap_or(&item.clause.id);
        stable_hash(key.as_bytes()).is_multiple_of(HELD_OUT)
    })
}

fn fit_heads(rows: &[Row], truths: &[Truth], features: usize, strength: f64) -> Vec<Logistic> {
    (0..CATEGORIES + 6)
        .into_par_iter()
        .map(|head| {
            let labels: Vec<bool> = truths
                .iter()
                .map(|truth| match head.checked_sub(CATEGORIES) {
                    None => truth.categories.has(head),
                    Some(label @ 0..3) => truth.materiality == label,
                    Some(label) => truth.effect + 3 == label,
                })
                .collect();
            Logistic::fit(rows, &labels, features, strength)
        })
        .collect()
}

fn score(heads: &[Logistic], row: &Row) -> Scores {
    let of = |head: usize| heads.get(head).map_or(0.0, |head| head.probability(row));
    // One against the rest: what the three claim is brought to a sum of 1.
    let three = |from: usize| {
        let claims = [of(from), of(from + 1), of(from + 2)];
        let sum: f64 = claims.iter().sum();
        claims.map(|claim| if sum > 0.0 { claim / sum } else { 1.0 / 3.0 })
    };
    Scores {
        categories: std::array::from_fn(of),
        materiality: three(CATEGORIES),
        effect: three(CATEGORIES + 3),
        interest: None,
    }
}

fn quality(sample: &Sample, scores: &[Scores], thresholds: &[f64; CATEGORIES]) -> f64 {
    let judged = Judged::new(scores.iter().map(|one| Prediction::with_thresholds(*one, thresholds)).collect());
    let all = measures(sample, &judged, &vec![1.0; scores.len()]);
    let of = |measure: Measure| all.get(measure.column()).copied().unwrap_or(f64::NAN);
    let macro_f1 = of(Measure::MacroF1);
    // Too few held-out items for the one that counts in reports: then over all that have one.
    if macro_f1.is_finite() { macro_f1 } else { of(Measure::MacroF1All).max(0.0) }
}

/// The threshold of each category that gives the best F1 on the held-out items.
fn tuned(sample: &Sample, scores: &[Scores]) -> [f64; CATEGORIES] {
    let of = |category: usize| -> Vec<f64> {
        scores.iter().map(|one| one.categories.get(category).copied().unwrap_or_default()).collect()
    };
    let given: Vec<(Vec<f64>, Vec<bool>)> = (0..CATEGORIES)
        .map(|category| (of(category), sample.truths.iter().map(|one| one.categories.has(category)).collect()))
        .collect();
    let pooled: (Vec<f64>, Vec<bool>) = (
        given.iter().flat_map(|(scores, _)| scores.iter().copied()).collect(),
        given.iter().flat_map(|(_, labels)| labels.iter().copied()).collect(),
    );
    let shared = best_threshold(&pooled.0, &pooled.1).unwrap_or(0.5);
    std::array::from_fn(|category| {
        let enough = sample.supports.get(category).is_some_and(|support| *support >= FEW);
        let own = given.get(category).filter(|_| enough).and_then(|(scores, labels)| best_threshold(scores, labels));
        own.unwrap_or(shared)
    })
}

/// The threshold with the best F1, half-way to the next lower score; of equals the highest.
fn best_threshold(scores: &[f64], labels: &[bool]) -> Option<f64> {
    let all = labels.iter().filter(|label| **label).count();
    let given = |item: u32| labels.get(item as usize).copied().unwrap_or(false);
    let points = Ranking::of(scores).curve(given, scores);
    let total = crate::eval::metrics::count(all);
    let mut best: Option<(f64, f64)> = None;
    for (at, point) in points.iter().enumerate() {
        let both = point.recall * total;
        let counts = Counts { both, predicted_only: both / point.precision.max(1e-9) - both, given_only: total - both };
        let f1 = counts.f1().unwrap_or_default();
        let below = points.get(at + 1).map_or(point.score, |next| f64::midpoint(point.score, next.score));
        if both > 0.0 && best.is_none_or(|(reached, _)| f1 > reached + 1e-12) {
            best = Some((f1, below));
        }
    }
    best.map(|(_, threshold)| threshold.clamp(LOWEST, HIGHEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_lies_between_right_and_wrong() {
        let threshold = best_threshold(&[0.9, 0.8, 0.4, 0.2], &[true, true, false, false]).unwrap();
        assert!((threshold - 0.6).abs() < 1e-12);
        assert_eq!(best_threshold(&[0.9, 0.8], &[false, false]), None);
    }
}
