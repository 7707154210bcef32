//! How good a model is on the examples set aside, in one number.

use super::data::Example;
use crate::model::OUTPUTS;

/// Least right examples of a label for it to count.
const LEAST: usize = 5;

/// Average precision: the mean, over the right items, of the precision at their rank. Ties count
/// as one rank. Nothing where no item is right.
#[must_use]
pub fn average_precision(scored: &[(f64, bool)]) -> Option<f64> {
    let right = scored.iter().filter(|(_, right)| *right).count();
    if right == 0 {
        return None;
    }
    let mut sorted = scored.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (mut seen, mut hits, mut sum) = (0.0, 0.0, 0.0);
    for tied in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let new = count(tied.iter().filter(|(_, right)| *right).count());
        seen += count(tied.len());
        hits += new;
        sum += new * hits / seen;
    }
    Some(sum / count(right))
}

#[expect(clippy::cast_precision_loss, reason = "counts of examples")]
fn count(items: usize) -> f64 {
    items as f64
}

/// Mean average precision over the outputs of the first head with enough right examples.
#[must_use]
pub(super) fn mean_average_precision(raw: &[Vec<f32>], examples: &[Example]) -> f64 {
    let outputs = examples.first().map_or(0, |example| example.labels.len());
    let found: Vec<f64> = (0..outputs)
        .filter_map(|at| {
            let scored: Vec<(f64, bool)> = raw
                .iter()
                .zip(examples)
                .map(|(raw, example)| {
                    (f64::from(raw.get(at).copied().unwrap_or_default()), example.labels.get(at) == Some(&true))
                })
                .collect();
            let right = scored.iter().filter(|(_, right)| *right).count();
            if right < LEAST { None } else { average_precision(&scored) }
        })
        .collect();
    if found.is_empty() { 0.0 } else { found.iter().sum::<f64>() / count(found.len()) }
}

/// Share of examples whose class of head `head` (from 0, after the first head) is the likeliest.
#[must_use]
pub(super) fn accuracy(raw: &[Vec<f32>], examples: &[Example], head: usize, classes: std::ops::Range<usize>) -> f64 {
    let right = raw
        .iter()
        .zip(examples)
        .filter(|(raw, example)| {
            let scores = raw.get(classes.clone()).unwrap_or_default();
            let best = (0..scores.len()).max_by(|&a, &b| scores[a].total_cmp(&scores[b]).then(b.cmp(&a)));
            best.is_some() && best == example.classes.get(head).copied()
        })
        .count();
    count(right) / count(examples.len().max(1))
}

/// The number by which the best epoch is chosen: mean average precision of the categories, and the
/// accuracy of the other heads where there are any.
#[must_use]
pub fn tune_score(raw: &[Vec<f32>], examples: &[Example]) -> f64 {
    let categories = mean_average_precision(raw, examples);
    let first = examples.first().map_or(0, |example| example.labels.len());
    if raw.first().is_some_and(|raw| raw.len() == OUTPUTS) {
        let materiality = accuracy(raw, examples, 0, first..first + 3);
        let effect = accuracy(raw, examples, 1, first + 3..first + 6);
        0.5 * categories + 0.3 * materiality + 0.2 * effect
    } else {
        categories
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn average_precision_by_hand() {
        let close = |scored: &[(f64, bool)], expected: f64| {
            assert!((average_precision(scored).unwrap() - expected).abs() < 1e-12, "{scored:?}");
        };
        close(&[(0.9, true), (0.8, false), (0.7, true)], 5.0 / 6.0);
        close(&[(0.5, true), (0.5, false)], 0.5);
        assert_eq!(average_precision(&[(0.5, false)]), None);
    }
}
