//! Systems measured on the same labelled clause changes, with intervals and paired differences.

use super::EvalError;
use super::interval::{Bootstrap, Clusters, Estimate, difference_interval, interval, resampled};
use super::measures::{Judged, Measure, Sample, Tally, measures};
use super::scores::{CATEGORIES, Prediction, Predictor, Truth};
use crate::dataset::LabelledChange;

/// A system, measured.
#[derive(Debug, Clone)]
pub struct Measured {
    /// What it is called.
    pub name: String,
    /// The threshold of each category, where it has such.
    pub thresholds: Option<[f64; CATEGORIES]>,
    /// Its predictions.
    pub judged: Judged,
    /// What was counted.
    pub tally: Tally,
    values: Vec<f64>,
    resamples: Vec<Vec<f64>>,
}

impl Measured {
    fn new(
        name: &str,
        thresholds: Option<[f64; CATEGORIES]>,
        predictions: Vec<Prediction>,
        sample: &Sample,
        clusters: &Clusters,
        bootstrap: Bootstrap,
    ) -> Self {
        let judged = Judged::new(predictions);
        let ones = vec![1.0; sample.truths.len()];
        Self {
            name: name.to_owned(),
            thresholds,
            tally: Tally::of(sample, &judged, &ones),
            values: measures(sample, &judged, &ones),
            resamples: resampled(clusters, bootstrap, |weights| measures(sample, &judged, weights)),
            judged,
        }
    }

    /// A measure, if it is defined on these labels.
    #[must_use]
    pub fn value(&self, measure: Measure) -> Option<f64> {
        self.values.get(measure.column()).copied().filter(|value| value.is_finite())
    }

    /// A measure with its interval. A calibration error has none: a resample repeats items, which makes its bins err
    /// more than those of the sample, so most resamples lie above the estimate and percentiles say nothing of it.
    #[must_use]
    pub fn estimate(&self, measure: Measure) -> Option<Estimate> {
        let value = self.value(measure)?;
        let interval = if measure.is_error() { None } else { interval(&self.resamples, measure.column()) };
        Some(Estimate { value, interval })
    }

    /// By how much a measure of this system exceeds that of `other`, on the same resamples; without an interval where
    /// the measure has none.
    #[must_use]
    pub fn difference(&self, other: &Self, measure: Measure) -> Option<Estimate> {
        let value = self.value(measure)? - other.value(measure)?;
        let found = || difference_interval(&self.resamples, &other.resamples, measure.column());
        let interval = if measure.is_error() { None } else { found() };
        Some(Estimate { value, interval })
    }
}

/// Systems measured on the same labels. The first is the one that gates and comparisons are about.
#[derive(Debug, Clone)]
pub struct Evaluation {
    /// The labels.
    pub sample: Sample,
    /// Ids of the items.
    pub ids: Vec<String>,
    /// Documents, or items where no document is known.
    pub clusters: Clusters,
    /// How intervals were made.
    pub bootstrap: Bootstrap,
    /// The systems.
    pub systems: Vec<Measured>,
}

impl Evaluation {
    /// An evaluation on `items`, without systems yet.
    #[must_use]
    pub fn new(items: &[LabelledChange], bootstrap: Bootstrap) -> Self {
        Self {
            sample: Sample::new(items.iter().map(Truth::of).collect()),
            ids: items.iter().map(|item| item.clause.id.clone()).collect(),
            clusters: Clusters::of(items),
            bootstrap,
            systems: Vec::new(),
        }
    }

    /// Measures `system` on `items`, the labels that this evaluation was made with.
    ///
    /// # Errors
    /// When the system cannot judge them.
    pub fn measure(&mut self, system: &dyn Predictor, items: &[LabelledChange]) -> Result<(), EvalError> {
        let predictions = system.predict(items)?;
        self.add(system.name(), system.thresholds(), predictions);
        Ok(())
    }

    /// Measures `predictions`, which are in the order of the items.
    pub fn add(&mut self, name: &str, thresholds: Option<[f64; CATEGORIES]>, predictions: Vec<Prediction>) {
        let (sample, clusters) = (&self.sample, &self.clusters);
        self.systems.push(Measured::new(name, thresholds, predictions, sample, clusters, self.bootstrap));
    }

    /// The system that gates and comparisons are about.
    #[must_use]
    pub fn first(&self) -> Option<&Measured> {
        self.systems.first()
    }
}

/// A stored result, measured anew beside the system on trial, over the items that both have.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The file.
    pub file: String,
    /// The system of today on the shared items.
    pub now: Measured,
    /// The stored one on the shared items.
    pub stored: Measured,
    /// How many items both have.
    pub shared: usize,
    /// Items that only one of both has.
    pub unshared: usize,
}

/// Compares the first system of `evaluation` with predictions that were stored by item id.
///
/// `items` are the labels of the evaluation. Labels are those of today for both sides, so mended
/// labels do not look like a better model.
#[must_use]
pub fn compare(
    evaluation: &Evaluation,
    items: &[LabelledChange],
    file: &str,
    stored: &super::stored::StoredResult,
) -> Option<Comparison> {
    let first = evaluation.first()?;
    let mut shared = Vec::new();
    let (mut now, mut then) = (Vec::new(), Vec::new());
    for (item, prediction) in items.iter().zip(&first.judged.predictions) {
        if let Some(old) = stored.prediction(&item.clause.id) {
            shared.push(item.clone());
            now.push(*prediction);
            then.push(old);
        }
    }
    if shared.is_empty() {
        return None;
    }
    let mut both = Evaluation::new(&shared, evaluation.bootstrap);
    both.add(&first.name, first.thresholds, now);
    both.add(&stored.name, None, then);
    let unshared = items.len() - shared.len() + stored.len() - shared.len();
    let mut systems = both.systems.into_iter();
    Some(Comparison {
        file: file.to_owned(),
        now: systems.next()?,
        stored: systems.next()?,
        shared: shared.len(),
        unshared,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::dataset::{Texts, read_labelled_from};
    use crate::eval::scores::Scores;

    #[test]
    fn calibration_errors_have_no_interval() {
        let line = |id: u8| {
            let categories = if id.is_multiple_of(2) { r#"["minors"]"# } else { "[]" };
            format!(r#"{{"id":"{id}","materiality":"cosmetic","categories":{categories},"effect":"neutral"}}"#)
        };
        let lines: Vec<String> = (0..12).map(line).collect();
        let items = read_labelled_from(lines.join("\n").as_bytes(), Path::new("x"), Texts::Optional).unwrap();
        let said = |score: f64| {
            let scores = Scores {
                categories: [score; CATEGORIES],
                materiality: [0.8, 0.1, 0.1],
                effect: [0.1, 0.1, 0.8],
                interest: None,
            };
            vec![Prediction::with_thresholds(scores, &[0.5; CATEGORIES]); items.len()]
        };
        let mut evaluation = Evaluation::new(&items, Bootstrap { resamples: 50, seed: 1 });
        evaluation.add("sure", None, said(0.9));
        evaluation.add("unsure", None, said(0.6));
        let [sure, unsure] = evaluation.systems.as_slice() else { panic!("two systems") };
        for measure in Measure::overall() {
            let (estimate, difference) = (sure.estimate(measure), unsure.difference(sure, measure));
            let has = |found: Option<Estimate>| found.is_some_and(|found| found.interval.is_some());
            assert_eq!(has(estimate), estimate.is_some() && !measure.is_error(), "{}", measure.id());
            assert_eq!(has(difference), difference.is_some() && !measure.is_error(), "{}", measure.id());
        }
        assert!(sure.estimate(Measure::EceCategories).is_some() && sure.estimate(Measure::MicroF1).is_some());
    }
}
