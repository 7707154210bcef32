//! A frozen encoder with linear heads: what the encoder knows before it is fine-tuned.

use super::linear::LinearHeads;
use super::logistic::Row;
use crate::dataset::LabelledChange;
use crate::eval::EvalError;
use crate::eval::metrics::count;
use crate::eval::scores::{CATEGORIES, Predictor, Scores};

/// Gives the embedding of each item, in their order, all of one length.
pub type Embed = dyn Fn(&[LabelledChange]) -> Vec<Vec<f32>>;

/// An encoder that stays as it is, with heads fitted on what it gives.
pub struct FrozenEncoder {
    name: String,
    embed: Box<Embed>,
    /// Mean and spread of each feature in training.
    scale: Vec<(f64, f64)>,
    heads: LinearHeads,
}

impl FrozenEncoder {
    /// Fits heads on the embeddings of `items`.
    ///
    /// # Errors
    /// When there are no items, or the embeddings are not of one length, or not as many.
    pub fn fit(name: &str, items: &[LabelledChange], embed: Box<Embed>) -> Result<Self, EvalError> {
        let embedded = checked(name, items, embed(items), None)?;
        let scale = scale(&embedded);
        let rows: Vec<Row> = embedded.iter().map(|one| row(one, &scale)).collect();
        let heads = LinearHeads::fit(items, &rows, scale.len());
        Ok(Self { name: name.to_owned(), embed, scale, heads })
    }
}

impl Predictor for FrozenEncoder {
    fn name(&self) -> &str {
        &self.name
    }

    fn thresholds(&self) -> Option<[f64; CATEGORIES]> {
        Some(self.heads.thresholds())
    }

    fn scores(&self, items: &[LabelledChange]) -> Result<Vec<Scores>, EvalError> {
        let embedded = checked(&self.name, items, (self.embed)(items), Some(self.scale.len()))?;
        Ok(embedded.iter().map(|one| self.heads.scores(&row(one, &self.scale))).collect())
    }
}

fn checked(
    name: &str,
    items: &[LabelledChange],
    embedded: Vec<Vec<f32>>,
    width: Option<usize>,
) -> Result<Vec<Vec<f32>>, EvalError> {
    let width = width.or_else(|| embedded.first().map(Vec::len)).unwrap_or(0);
    let right = embedded.len() == items.len()
        && width > 0
        && embedded.iter().all(|one| one.len() == width && one.iter().all(|value| value.is_finite()));
    if right {
        return Ok(embedded);
    }
    let why = format!(
        "{} embeddings for {} items, or not all of {width} finite numbers; mend the encoder",
        embedded.len(),
        items.len()
    );
    Err(EvalError::Fit { name: name.to_owned(), why })
}

fn scale(embedded: &[Vec<f32>]) -> Vec<(f64, f64)> {
    let all = count(embedded.len()).max(1.0);
    let width = embedded.first().map_or(0, Vec::len);
    (0..width)
        .map(|feature| {
            let values = || embedded.iter().filter_map(move |one| one.get(feature)).map(|value| f64::from(*value));
            let mean = values().sum::<f64>() / all;
            let spread = (values().map(|value| (value - mean).powi(2)).sum::<f64>() / all).sqrt();
            (mean, if spread > 1e-9 { spread } else { 1.0 })
        })
        .collect()
}

/// Standardised, and of about length 1 so that the strengths mean the same as for counted words.
fn row(embedded: &[f32], scale: &[(f64, f64)]) -> Row {
    let length = count(scale.len()).sqrt();
    #[expect(clippy::cast_possible_truncation, reason = "a feature needs no more digits than f32 has")]
    let value = |value: f32, (mean, spread): (f64, f64)| ((f64::from(value) - mean) / spread / length) as f32;
    (0..).zip(embedded.iter().zip(scale)).map(|(feature, (one, scale))| (feature, value(*one, *scale))).collect()
}
