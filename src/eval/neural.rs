//! The model as a system that is evaluated.

use super::EvalError;
use super::scores::{CATEGORIES, Prediction, Predictor, Scores};
use crate::dataset::LabelledChange;
use crate::encode::ChangeText;
use crate::infer::{Neural, Workers};
use crate::model;

/// A model on trial.
#[derive(Debug)]
pub struct ModelPredictor {
    name: String,
    model: Neural,
    workers: Workers,
}

impl ModelPredictor {
    /// `model`, called `name` in reports.
    #[must_use]
    pub fn new(name: &str, model: Neural) -> Self {
        // Without more threads it takes longer and says the same.
        Self { name: name.to_owned(), model, workers: Workers::new(0).unwrap_or_default() }
    }
}

impl ModelPredictor {
    fn said(&self, items: &[LabelledChange]) -> Result<Vec<model::Scores>, EvalError> {
        with_texts(items, |texts| self.model.scores_by(texts, &self.workers))
            .map_err(|error| EvalError::Model { name: self.name.clone(), source: Box::new(error) })
    }
}

impl Predictor for ModelPredictor {
    fn name(&self) -> &str {
        &self.name
    }

    fn thresholds(&self) -> Option<[f64; CATEGORIES]> {
        self.model.thresholds().try_into().ok()
    }

    fn scores(&self, items: &[LabelledChange]) -> Result<Vec<Scores>, EvalError> {
        Ok(self.said(items)?.into_iter().map(Scores::from).collect())
    }

    /// What it shows: its own choices of materiality and effect are not always the likeliest ones.
    fn predict(&self, items: &[LabelledChange]) -> Result<Vec<Prediction>, EvalError> {
        Ok(self.said(items)?.iter().map(|scores| shown(scores, self.model.thresholds())).collect())
    }
}

/// What a model with `thresholds` shows of a clause change with `scores`.
pub(super) fn shown(scores: &model::Scores, thresholds: &[f64]) -> Prediction {
    let categories = scores.categories(thresholds).into_iter().map(|(category, _)| category).collect();
    let (materiality, effect) = (scores.materiality().0, scores.effect().0);
    Prediction::new((*scores).into(), categories).choosing(materiality as usize, effect as usize)
}

impl From<model::Scores> for Scores {
    fn from(scores: model::Scores) -> Self {
        Self {
            categories: scores.categories,
            materiality: scores.materiality,
            effect: scores.effect,
            interest: Some(scores.interest),
        }
    }
}

/// What `read` says of the clause changes of `items`, as a model is given them.
pub fn with_texts<T>(items: &[LabelledChange], read: impl FnOnce(&[ChangeText<'_>]) -> T) -> T {
    let headings: Vec<Vec<&str>> =
        items.iter().map(|item| item.clause.headings.iter().map(String::as_str).collect()).collect();
    let texts: Vec<ChangeText<'_>> = items
        .iter()
        .zip(&headings)
        .map(|(item, headings)| ChangeText {
            before: item.clause.before.as_deref(),
            after: item.clause.after.as_deref(),
            redline: None,
            headings,
            lead_in: &item.clause.lead_in,
            terms_type: &item.clause.terms_type,
        })
        .collect();
    read(&texts)
}
