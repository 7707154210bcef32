//! The shares of the labels in training, whatever the clause says. It shows a category only if more
//! than half of all items have it.

use crate::dataset::LabelledChange;
use crate::eval::EvalError;
use crate::eval::metrics::{count, share};
use crate::eval::scores::{CATEGORIES, Predictor, Scores, Truth};

/// The baseline that does not look.
#[derive(Debug, Clone)]
pub struct Majority(Scores);

impl Majority {
    /// The shares of the labels of `items`.
    #[must_use]
    pub fn fit(items: &[LabelledChange]) -> Self {
        let mut scores =
            Scores { categories: [0.0; CATEGORIES], materiality: [0.0; 3], effect: [0.0; 3], interest: None };
        let part = share(1.0, count(items.len())).unwrap_or_default();
        for truth in items.iter().map(Truth::of) {
            for (category, score) in scores.categories.iter_mut().enumerate() {
                if truth.categories.has(category) {
                    *score += part;
                }
            }
            for (head, label) in [(&mut scores.materiality, truth.materiality), (&mut scores.effect, truth.effect)] {
                if let Some(score) = head.get_mut(label) {
                    *score += part;
                }
            }
        }
        // Sums of many small parts may end a hair above 1.
        scores.categories.iter_mut().for_each(|score| *score = score.min(1.0));
        Self(scores)
    }
}

impl Predictor for Majority {
    fn name(&self) -> &'static str {
        "majority"
    }

    fn scores(&self, items: &[LabelledChange]) -> Result<Vec<Scores>, EvalError> {
        Ok(vec![self.0; items.len()])
    }
}
