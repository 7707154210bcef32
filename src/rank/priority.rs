//! How much an analyst should want to look, and why.
//!
//! A sum: each [`Feature`] times its fitted weight. What each contributed has a name in words, and
//! the parts sum to the priority.

use std::collections::BTreeMap;

use super::{Feature, Features, Weights};

/// A priority and its parts, which sum to it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Priority {
    /// 0 to 100.
    pub value: f64,
    /// Named parts.
    pub parts: BTreeMap<String, f64>,
}

/// The name of what every document change starts from.
const START: &str = "to start from";

/// The priority of a document change with these features.
#[must_use]
pub fn priority(features: &Features, weights: &Weights) -> Priority {
    let mut parts: BTreeMap<String, f64> = Feature::ALL
        .iter()
        .map(|&feature| (feature.words().to_owned(), round(features.get(feature) * weights.of(feature))))
        .filter(|&(_, points)| points.abs() > 0.0)
        .collect();
    parts.insert(START.to_owned(), round(weights.start));
    let sum: f64 = round(parts.values().sum());
    if sum > 100.0 {
        parts.insert("at most 100".to_owned(), round(100.0 - sum));
    } else if sum < 0.0 {
        parts.insert("at least 0".to_owned(), round(-sum));
    }
    Priority { value: round(parts.values().sum::<f64>().clamp(0.0, 100.0)), parts }
}

/// To a hundredth: what is shown is what is compared.
fn round(points: f64) -> f64 {
    // Adding zero turns a negative zero into zero.
    (points * 100.0).round() / 100.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_sum_to_the_priority_within_its_bounds() {
        let mut weights = Weights { start: 10.0, ..Weights::default() };
        weights.points.insert(Feature::Words.words().to_owned(), 30.0);
        weights.points.insert(Feature::Noise.words().to_owned(), -50.0);
        for (words, noise, expected) in [(1.0, 0.0, 40.0), (1.0, 1.0, 0.0), (9.0, 0.0, 100.0), (2.0, 1.0, 20.0)] {
            let mut features = Features::default();
            features.set(Feature::Words, words);
            features.set(Feature::Noise, noise);
            let priority = priority(&features, &weights);
            assert!((priority.value - expected).abs() < 1e-9, "{priority:?}");
            assert!((priority.parts.values().sum::<f64>() - priority.value).abs() < 1e-6, "{priority:?}");
        }
    }
}
