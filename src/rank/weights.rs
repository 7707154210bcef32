//! The fitted weights: how many points a unit of each feature is worth.
//!
//! `termsift eval ranking --fit` writes the file; what it was fitted on stands in it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::Feature;
use crate::id::stable_id;

/// The weights that come with the program.
const BUILT_IN: &str = include_str!("../../models/termsift-en/priority.json");

/// Weights of the features.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// Points that every document change starts from.
    pub start: f64,
    /// Points of one unit of each feature, under the feature's words. One that is missing has none.
    pub points: BTreeMap<String, f64>,
    /// How they were found, for people.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fitted: BTreeMap<String, String>,
}

impl Weights {
    /// Points of one unit of `feature`.
    #[must_use]
    pub fn of(&self, feature: Feature) -> f64 {
        self.points.get(feature.words()).copied().unwrap_or(0.0)
    }

    /// What tells them from other weights: two that give the same priorities have the same, however they were found.
    #[must_use]
    pub fn key(&self) -> String {
        let parts: Vec<String> = std::iter::once(self.start.to_string())
            .chain(Feature::ALL.iter().map(|&feature| format!("{}={}", feature.words(), self.of(feature))))
            .collect();
        stable_id(&parts.iter().map(String::as_str).collect::<Vec<_>>())
    }
}

/// Weights where rules judged the clauses, and where a model did.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightSets {
    /// Version of this file's form.
    pub schema: u32,
    /// Where rules judged.
    pub rules: Weights,
    /// Where a model judged.
    pub model: Weights,
}

static SETS: LazyLock<WeightSets> = LazyLock::new(|| serde_json::from_str(BUILT_IN).unwrap_or_default());

impl WeightSets {
    /// Those that come with the program.
    #[must_use]
    pub fn built_in() -> &'static Self {
        &SETS
    }

    /// Those for judgements of a model, or of rules.
    #[must_use]
    pub fn judged_by(&self, model: bool) -> &Weights {
        if model { &self.model } else { &self.rules }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_weights_apart_by_their_points_alone() {
        let plain = Weights { start: 1.5, ..Weights::default() };
        let mut same = plain.clone();
        same.fitted.insert("on".to_owned(), "memos".to_owned());
        same.points.insert(Feature::Words.words().to_owned(), 0.0);
        assert_eq!(plain.key(), same.key());
        let mut other = plain.clone();
        other.points.insert(Feature::Words.words().to_owned(), 2.0);
        assert_ne!(plain.key(), other.key());
        assert_ne!(plain.key(), Weights::default().key());
    }

    #[test]
    fn the_built_in_weights_are_whole_and_keep_their_signs() {
        let sets: WeightSets = serde_json::from_str(BUILT_IN).unwrap();
        for weights in [&sets.rules, &sets.model] {
            assert!(weights.points.len() >= 5);
            for (words, points) in &weights.points {
                let feature = Feature::from_words(words).unwrap_or_else(|| panic!("no feature is called {words:?}"));
                assert!(points * f64::from(feature.sign()) >= 0.0, "{words}: {points}");
            }
        }
    }
}
