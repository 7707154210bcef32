//! What a system says of a labelled clause change, and the seam where systems plug in.

use super::EvalError;
use crate::dataset::LabelledChange;
use crate::taxonomy::{Category, Effect, Materiality};

/// Number of categories.
pub const CATEGORIES: usize = Category::ALL.len();

/// The scores of one clause change, each between 0 and 1; those of materiality and of effect sum to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// In the order of [`Category::ALL`].
    pub categories: [f64; CATEGORIES],
    /// In the order of [`Materiality::ALL`].
    pub materiality: [f64; 3],
    /// In the order of [`Effect::ALL`].
    pub effect: [f64; 3],
    /// How much it would be worth a memo by itself, where the system says so.
    pub interest: Option<f64>,
}

/// A set of categories.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CategorySet(u32);

impl CategorySet {
    /// Whether the category at `index` of [`Category::ALL`] is in it.
    #[must_use]
    pub fn has(self, index: usize) -> bool {
        u32::try_from(index).is_ok_and(|index| self.0.checked_shr(index).unwrap_or(0) & 1 == 1)
    }

    /// How many are in it.
    #[must_use]
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those in it, in the order of the taxonomy.
    pub fn iter(self) -> impl Iterator<Item = Category> {
        Category::ALL.iter().copied().filter(move |category| self.has(*category as usize))
    }
}

impl FromIterator<Category> for CategorySet {
    fn from_iter<I: IntoIterator<Item = Category>>(categories: I) -> Self {
        Self(categories.into_iter().fold(0, |bits, category| bits | 1 << (category as u32)))
    }
}

/// What a system says of one clause change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Prediction {
    /// The scores.
    pub scores: Scores,
    /// The categories that it shows: in most systems those that reach their thresholds.
    pub categories: CategorySet,
    /// Indices of the materiality and of the effect that it shows.
    chosen: [usize; 2],
}

impl Prediction {
    /// The prediction that shows `categories`, the likeliest materiality and the likeliest effect.
    #[must_use]
    pub fn new(scores: Scores, categories: CategorySet) -> Self {
        Self { scores, categories, chosen: [likeliest(&scores.materiality), likeliest(&scores.effect)] }
    }

    /// As it is, but showing the materiality and the effect at these indices; one that is none is the last.
    #[must_use]
    pub fn choosing(self, materiality: usize, effect: usize) -> Self {
        Self { chosen: [materiality.min(2), effect.min(2)], ..self }
    }

    /// The prediction that shows each category whose score reaches its threshold.
    #[must_use]
    pub fn with_thresholds(scores: Scores, thresholds: &[f64; CATEGORIES]) -> Self {
        let categories = Category::ALL
            .iter()
            .zip(scores.categories.iter().zip(thresholds))
            .filter(|(_, (score, threshold))| score >= threshold)
            .map(|(category, _)| *category)
            .collect();
        Self::new(scores, categories)
    }

    /// Index of the materiality that it shows.
    #[must_use]
    pub fn materiality(&self) -> usize {
        self.chosen[0]
    }

    /// Index of the effect that it shows.
    #[must_use]
    pub fn effect(&self) -> usize {
        self.chosen[1]
    }
}

/// Index of the highest; of equals the first.
#[must_use]
pub(super) fn likeliest(scores: &[f64; 3]) -> usize {
    let better = |best: usize, at: usize| if scores[at] > scores[best] { at } else { best };
    better(better(0, 1), 2)
}

/// A system that is evaluated: a model, a baseline, stored predictions.
pub trait Predictor {
    /// What it is called in reports.
    fn name(&self) -> &str;

    /// The threshold of each category, where it has such.
    fn thresholds(&self) -> Option<[f64; CATEGORIES]> {
        None
    }

    /// The scores of `items`, in their order.
    ///
    /// # Errors
    /// When it cannot judge them.
    fn scores(&self, items: &[LabelledChange]) -> Result<Vec<Scores>, EvalError>;

    /// What it says of `items`, in their order.
    ///
    /// # Errors
    /// When it cannot judge them.
    fn predict(&self, items: &[LabelledChange]) -> Result<Vec<Prediction>, EvalError> {
        let thresholds = self.thresholds().unwrap_or([0.5; CATEGORIES]);
        Ok(self.scores(items)?.into_iter().map(|scores| Prediction::with_thresholds(scores, &thresholds)).collect())
    }
}

/// What should be said of one clause change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Truth {
    /// The categories.
    pub categories: CategorySet,
    /// Index of the materiality.
    pub materiality: usize,
    /// Index of the effect.
    pub effect: usize,
    /// The grade of interest, where there is one.
    pub interest: Option<u8>,
}

impl Truth {
    /// The labels of `item`.
    #[must_use]
    pub fn of(item: &LabelledChange) -> Self {
        Self {
            categories: item.categories.iter().copied().collect(),
            materiality: item.materiality as usize,
            effect: item.effect as usize,
            // What is cosmetic is not graded: it has none.
            interest: item.interest.or((item.materiality == Materiality::Cosmetic).then_some(0)),
        }
    }

    /// These labels as a prediction that is sure of them.
    #[must_use]
    pub fn as_prediction(&self) -> Prediction {
        let one_hot = |index: usize| std::array::from_fn(|at| if at == index { 1.0 } else { 0.0 });
        let categories = std::array::from_fn(|at| if self.categories.has(at) { 1.0 } else { 0.0 });
        let scores =
            Scores { categories, materiality: one_hot(self.materiality), effect: one_hot(self.effect), interest: None };
        Prediction::new(scores, self.categories)
    }
}

/// The materiality at `index`.
#[must_use]
pub(super) fn materiality_at(index: usize) -> &'static str {
    Materiality::ALL.get(index).map_or("", |one| one.id())
}

/// The effect at `index`.
#[must_use]
pub(super) fn effect_at(index: usize) -> &'static str {
    Effect::ALL.get(index).map_or("", |one| one.id())
}
