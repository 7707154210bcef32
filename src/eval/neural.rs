//! The model as a system that is evaluated.

use super::EvalError;
use super::scores::{CATEGORIES, Predictor, Scores};
use crate::dataset::LabelledChange;
use crate::encode::ChangeText;
use crate::infer::Neural;

/// Items that are read at a time.
const CHUNK: usize = 256;

/// A model on trial.
#[derive(Debug)]
pub struct ModelPredictor {
    name: String,
    model: Neural,
}

impl ModelPredictor {
    /// `model`, called `name` in reports.
    #[must_use]
    pub fn new(name: &str, model: Neural) -> Self {
        Self { name: name.to_owned(), model }
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
        let mut found = Vec::with_capacity(items.len());
        for chunk in items.chunks(CHUNK) {
            let headings: Vec<Vec<&str>> =
                chunk.iter().map(|item| item.clause.headings.iter().map(String::as_str).collect()).collect();
            let texts: Vec<ChangeText<'_>> = chunk
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
            let scores = self
                .model
                .scores(&texts)
                .map_err(|error| EvalError::Model { name: self.name.clone(), source: Box::new(error) })?;
            found.extend(scores.into_iter().map(|scores| Scores {
                categories: scores.categories,
                materiality: scores.materiality,
                effect: scores.effect,
            }));
        }
        Ok(found)
    }
}
