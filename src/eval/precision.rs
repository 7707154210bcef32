//! How near a model in 8 bits is to itself in 32-bit floats.

use super::EvalError;
use super::clauses::{Evaluation, Measured};
use super::interval::{Bootstrap, Clusters};
use super::measures::Measure;
use super::metrics::{count, mean};
use super::neural::{shown, with_texts};
use super::scores::{CATEGORIES, Prediction};
use crate::dataset::LabelledChange;
use crate::infer::{Neural, Workers};

/// What is aimed at, at least: the mean cosine of embeddings.
pub(super) const AIM_COSINE: f64 = 0.998;
/// The share of category decisions that are the same.
pub(super) const AIM_SAME: f64 = 0.99;
/// Macro F1 less that of the reference.
pub(super) const AIM_F1: f64 = -0.003;

/// A model in 32-bit floats, and what comes near it.
#[derive(Debug, Clone)]
pub struct PrecisionReport {
    /// The model's name.
    pub model: String,
    /// The model's checksum.
    pub checksum: String,
    /// The reference, measured.
    pub reference: Measured,
    /// What is compared with it.
    pub near: Vec<Nearness>,
    /// Documents, or items.
    pub clusters: Clusters,
    /// How intervals were made.
    pub bootstrap: Bootstrap,
    /// Labelled items.
    pub items: usize,
}

/// How near one computation of the model is to the reference.
#[derive(Debug, Clone)]
pub struct Nearness {
    /// It, measured.
    pub measured: Measured,
    /// How like what it says is to what the reference says.
    pub likeness: Likeness,
}

/// How like two computations of one model are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Likeness {
    /// Mean cosine of the embeddings.
    pub cosine_mean: f64,
    /// Least cosine of the embeddings.
    pub cosine_least: f64,
    /// Pairs of item and category that either of both shows.
    pub shown_pairs: Same,
    /// All pairs of item and category.
    pub pairs: Same,
    /// Items, by all their categories.
    pub items: Same,
    /// Items, by materiality.
    pub materiality: Same,
    /// Items, by effect.
    pub effect: Same,
}

/// Of how many things both say the same.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Same {
    /// So many are the same.
    pub same: usize,
    /// Of so many.
    pub of: usize,
}

impl Same {
    fn note(&mut self, same: bool) {
        self.same += usize::from(same);
        self.of += 1;
    }

    /// The share; 1 of nothing.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.of == 0 { 1.0 } else { count(self.same) / count(self.of) }
    }
}

/// What a model makes of one item.
struct Reading {
    embedding: Vec<f32>,
    prediction: Prediction,
}

/// Computations of one model on the same labelled items.
pub struct PrecisionTrial<'a> {
    items: &'a [LabelledChange],
    evaluation: Evaluation,
    reference: Vec<Reading>,
    likenesses: Vec<Likeness>,
    workers: Workers,
}

impl<'a> PrecisionTrial<'a> {
    /// A trial against `reference`.
    ///
    /// # Errors
    /// When the reference cannot judge the items.
    pub fn new(items: &'a [LabelledChange], reference: &Neural, bootstrap: Bootstrap) -> Result<Self, EvalError> {
        let mut evaluation = Evaluation::new(items, bootstrap);
        // Without more threads it takes longer and says the same.
        let workers = Workers::new(0).unwrap_or_default();
        let read = readings("f32", reference, items, &workers)?;
        evaluation.add("f32", None, read.iter().map(|reading| reading.prediction).collect());
        Ok(Self { items, evaluation, reference: read, likenesses: Vec::new(), workers })
    }

    /// Compares `model`, called `name` in reports, with the reference.
    ///
    /// # Errors
    /// When it cannot judge the items.
    pub fn add(&mut self, name: &str, model: &Neural) -> Result<(), EvalError> {
        let read = readings(name, model, self.items, &self.workers)?;
        self.likenesses.push(likeness(&self.reference, &read));
        self.evaluation.add(name, None, read.iter().map(|reading| reading.prediction).collect());
        Ok(())
    }

    /// What came of it, of the model `model` with the checksum `checksum`.
    #[must_use]
    pub fn report(self, model: &str, checksum: &str) -> Option<PrecisionReport> {
        let Evaluation { clusters, bootstrap, systems, ids, .. } = self.evaluation;
        let mut systems = systems.into_iter();
        Some(PrecisionReport {
            model: model.to_owned(),
            checksum: checksum.to_owned(),
            reference: systems.next()?,
            near: systems.zip(self.likenesses).map(|(measured, likeness)| Nearness { measured, likeness }).collect(),
            clusters,
            bootstrap,
            items: ids.len(),
        })
    }
}

impl PrecisionReport {
    /// The measures that are compared.
    pub const MEASURES: [Measure; 8] = [
        Measure::MacroF1,
        Measure::MacroF1All,
        Measure::MicroF1,
        Measure::ExactMatch,
        Measure::MaterialityMacroF1,
        Measure::MaterialityKappa,
        Measure::EffectMacroF1,
        Measure::EffectKappa,
    ];
}

fn readings(
    name: &str,
    model: &Neural,
    items: &[LabelledChange],
    workers: &Workers,
) -> Result<Vec<Reading>, EvalError> {
    let embeddings = with_texts(items, |texts| model.embeddings(texts, workers));
    let embeddings = embeddings.map_err(|error| EvalError::Model { name: name.to_owned(), source: Box::new(error) })?;
    let read = |embedding: Vec<f32>| {
        let prediction = shown(&model.read(&embedding), model.thresholds());
        Reading { embedding, prediction }
    };
    Ok(embeddings.into_iter().map(read).collect())
}

fn likeness(reference: &[Reading], other: &[Reading]) -> Likeness {
    let cosines: Vec<f64> = reference.iter().zip(other).map(|(a, b)| cosine(&a.embedding, &b.embedding)).collect();
    let mut found = Likeness {
        cosine_mean: mean(cosines.iter().copied()).unwrap_or(1.0),
        cosine_least: cosines.iter().copied().fold(1.0, f64::min),
        shown_pairs: Same::default(),
        pairs: Same::default(),
        items: Same::default(),
        materiality: Same::default(),
        effect: Same::default(),
    };
    for (a, b) in reference.iter().zip(other) {
        let (a, b) = (&a.prediction, &b.prediction);
        for category in 0..CATEGORIES {
            let (first, second) = (a.categories.has(category), b.categories.has(category));
            found.pairs.note(first == second);
            if first || second {
                found.shown_pairs.note(first == second);
            }
        }
        found.items.note(a.categories == b.categories);
        found.materiality.note(a.materiality() == b.materiality());
        found.effect.note(a.effect() == b.effect());
    }
    found
}

/// The cosine of the angle between `a` and `b`; 1 if both are nothing, 0 if one is.
fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 { (dot(a, b) / lengths).min(1.0) } else { f64::from(u8::from(a == b)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::scores::Scores;

    fn reading(embedding: &[f32], shown: &[usize], materiality: [f64; 3]) -> Reading {
        let categories = std::array::from_fn(|at| if shown.contains(&at) { 0.9 } else { 0.1 });
        let scores = Scores { categories, materiality, effect: [1.0, 0.0, 0.0], interest: None };
        let prediction = Prediction::with_thresholds(scores, &[0.5; CATEGORIES]);
        Reading { embedding: embedding.to_vec(), prediction }
    }

    #[test]
    fn what_differs_is_counted_once() {
        let sure = [0.0, 0.2, 0.8];
        let reference = [reading(&[1.0, 0.0], &[0, 3], sure), reading(&[0.0, 2.0], &[], sure)];
        let near = [reading(&[2.0, 0.0], &[0], sure), reading(&[1.0, 1.0], &[], [0.6, 0.4, 0.0])];
        let found = likeness(&reference, &near);
        assert!((found.cosine_least - 0.5_f64.sqrt()).abs() < 1e-9);
        assert!((found.cosine_mean - f64::midpoint(1.0, 0.5_f64.sqrt())).abs() < 1e-9);
        assert_eq!(found.shown_pairs, Same { same: 1, of: 2 });
        assert_eq!(found.pairs, Same { same: 2 * CATEGORIES - 1, of: 2 * CATEGORIES });
        assert_eq!(found.items, Same { same: 1, of: 2 });
        assert_eq!(found.materiality, Same { same: 1, of: 2 });
        assert_eq!(found.effect, Same { same: 2, of: 2 });
    }

    #[test]
    fn nothing_compared_is_alike() {
        let found = likeness(&[], &[]);
        assert!(found.cosine_mean >= 1.0 && found.pairs.share() >= 1.0);
        assert!((cosine(&[0.0], &[0.0]) - 1.0).abs() < 1e-12 && cosine(&[0.0], &[1.0]).abs() < 1e-12);
    }
}
