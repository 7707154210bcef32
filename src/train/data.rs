//! From labelled items to examples.

use super::error::TrainError;
use super::loss::Weights;
use crate::dataset::{Item, Labels, Split};
use crate::encode::{ChangeText, Encoder, Encoding};
use crate::taxonomy::{Category, Effect, Materiality};

/// What is learned from: an encoding and what is right for it.
#[derive(Debug, Clone)]
pub struct Example {
    /// What the model reads.
    pub encoding: Encoding,
    /// Whether each output of the first head is right.
    pub labels: Vec<bool>,
    /// The right class of each further head that chooses one.
    pub classes: Vec<usize>,
    /// What a head with one output should say, 0 to 1, where that is known.
    pub worth: Option<f32>,
}

/// Examples to fit on, and others to stop, calibrate and choose thresholds by.
#[derive(Debug, Clone, Default)]
pub struct Examples {
    /// To fit on.
    pub fit: Vec<Example>,
    /// Of other services than those.
    pub tune: Vec<Example>,
}

impl Examples {
    /// The examples of labelled `items`; those of about one in eleven families of services are set aside.
    ///
    /// # Errors
    /// When an item has no labels, or one that is not of the taxonomy.
    pub fn of(items: &[Item], encoder: &Encoder) -> Result<Self, TrainError> {
        let mut examples = Self::default();
        for item in items {
            let example = example(item, encoder)?;
            if Split::is_for_tuning(&item.service) {
                examples.tune.push(example);
            } else {
                examples.fit.push(example);
            }
        }
        Ok(examples)
    }

    /// Adds the examples of labelled `items` to those to fit on, whatever their services are: none should be one that is
    /// set aside.
    ///
    /// # Errors
    /// As [`of`](Self::of).
    pub fn fit_on(&mut self, items: &[Item], encoder: &Encoder) -> Result<(), TrainError> {
        for item in items {
            self.fit.push(example(item, encoder)?);
        }
        Ok(())
    }
}

fn example(item: &Item, encoder: &Encoder) -> Result<Example, TrainError> {
    let data = |what: &str| TrainError::Data(format!("item {}: {what}", item.id));
    let labels = item
        .labels
        .as_ref()
        .ok_or_else(|| data("has no labels; `termsift dataset materialise` puts them beside the texts"))?;
    let place = |found: Option<usize>, id: &str| found.ok_or_else(|| data(&format!("{id} is not of the taxonomy")));
    let headings: Vec<&str> = item.headings.iter().map(String::as_str).collect();
    let mut given = vec![false; Category::ALL.len()];
    for id in &labels.categories {
        let at = place(Category::ALL.iter().position(|it| it.id() == id), id)?;
        given[at] = true;
    }
    let materiality = place(Materiality::ALL.iter().position(|it| it.id() == labels.materiality), &labels.materiality)?;
    let effect = place(Effect::ALL.iter().position(|it| it.id() == labels.effect), &labels.effect)?;
    let encoding = encoder.encode(&ChangeText {
        before: item.before.as_deref(),
        after: item.after.as_deref(),
        redline: None,
        headings: &headings,
        lead_in: &item.lead_in,
        terms_type: &item.terms_type,
    });
    Ok(Example { encoding, labels: given, classes: vec![materiality, effect], worth: worth(labels) })
}

/// How much a clause change is worth an analyst's time by its grade of interest: they write about the upper two,
/// and nobody writes about the lower two. What is cosmetic is worth nothing, graded or not.
fn worth(labels: &Labels) -> Option<f32> {
    const WORTH: [f32; 5] = [0.0, 0.05, 0.3, 0.75, 1.0];
    match labels.interest {
        Some(grade) => WORTH.get(usize::from(grade)).copied(),
        None => (labels.materiality == Materiality::Cosmetic.id()).then_some(0.0),
    }
}

/// Weights of right answers that make up for their rarity, to the power `strength`: 0 not at all, 1 wholly.
///
/// A category that one item in a hundred has weighs `99^strength` when it is there.
#[must_use]
pub fn balance(examples: &[Example], strength: f64) -> Weights {
    const MOST: f64 = 8.0;
    let Some(first) = examples.first() else { return Weights::default() };
    #[expect(clippy::cast_precision_loss, reason = "counts of examples")]
    let ratio = |count: usize| ((examples.len() - count) as f64 / count.max(1) as f64).powf(strength).clamp(1.0, MOST);
    #[expect(clippy::cast_possible_truncation, reason = "a weight between 1 and 8")]
    let labels = (0..first.labels.len())
        .map(|at| ratio(examples.iter().filter(|example| example.labels.get(at) == Some(&true)).count()) as f32)
        .collect();
    Weights { labels }
}
