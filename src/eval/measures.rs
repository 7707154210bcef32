//! Which measures there are, their names, and all of them for one system and one weighting of the items.

use super::metrics::{Confusion, Counts, Ranking, Reliability, mean};
use super::scores::{CATEGORIES, Prediction, Truth, likeliest};
use crate::taxonomy::Category;

/// Items from which a category counts in the macro averages that are called so.
pub const FREQUENT: f64 = 15.0;

/// The grade from which an item is one that analysts look for.
const INTERESTING: u8 = 2;

/// A figure of one category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Precision.
    Precision,
    /// Recall.
    Recall,
    /// F1.
    F1,
    /// Average precision.
    Ap,
}

/// A measure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Measure {
    /// Precision over all pairs of item and category.
    MicroPrecision,
    /// Recall over all pairs.
    MicroRecall,
    /// F1 over all pairs.
    MicroF1,
    /// Mean F1 of the categories with at least [`FREQUENT`] items.
    MacroF1,
    /// Mean F1 of all categories with an item.
    MacroF1All,
    /// Mean average precision of the categories with at least [`FREQUENT`] items.
    MacroAp,
    /// Mean average precision of all categories with an item.
    MacroApAll,
    /// Share of items whose categories are exactly right.
    ExactMatch,
    /// Mean F1 of the three labels of materiality.
    MaterialityMacroF1,
    /// Cohen's kappa of materiality.
    MaterialityKappa,
    /// Share of items with the right materiality.
    MaterialityAccuracy,
    /// Mean F1 of the three labels of effect.
    EffectMacroF1,
    /// Cohen's kappa of effect.
    EffectKappa,
    /// Share of items with the right effect.
    EffectAccuracy,
    /// Calibration error over all pairs of item and category.
    EceCategories,
    /// Mean of the calibration errors of the categories with at least [`FREQUENT`] items.
    EceCategoriesMean,
    /// Calibration error over the pairs that are shown as a category of the item.
    EceCategoriesShown,
    /// Calibration error of the likeliest materiality.
    EceMateriality,
    /// Calibration error of the likeliest effect.
    EceEffect,
    /// Average precision of interest: how early items of grade 2 and more come.
    InterestAp,
    /// A figure of one category.
    Of(Figure, Category),
}

/// Measures over everything, with their ids and names.
const OVERALL: [(Measure, &str, &str); 20] = [
    (Measure::MicroPrecision, "micro_precision", "micro precision"),
    (Measure::MicroRecall, "micro_recall", "micro recall"),
    (Measure::MicroF1, "micro_f1", "micro F1"),
    (Measure::MacroF1, "macro_f1", "macro F1, categories ≥ 15 items"),
    (Measure::MacroF1All, "macro_f1_all", "macro F1, all categories"),
    (Measure::MacroAp, "macro_ap", "macro AP, categories ≥ 15 items"),
    (Measure::MacroApAll, "macro_ap_all", "macro AP, all categories"),
    (Measure::ExactMatch, "exact_match", "all categories right"),
    (Measure::MaterialityMacroF1, "materiality_macro_f1", "materiality macro F1"),
    (Measure::MaterialityKappa, "materiality_kappa", "materiality κ"),
    (Measure::MaterialityAccuracy, "materiality_accuracy", "materiality accuracy"),
    (Measure::EffectMacroF1, "effect_macro_f1", "effect macro F1"),
    (Measure::EffectKappa, "effect_kappa", "effect κ"),
    (Measure::EffectAccuracy, "effect_accuracy", "effect accuracy"),
    (Measure::EceCategories, "ece", "ECE, item-category pairs"),
    (Measure::EceCategoriesMean, "ece_mean", "ECE, mean of categories ≥ 15"),
    (Measure::EceCategoriesShown, "ece_shown", "ECE, pairs shown"),
    (Measure::EceMateriality, "ece_materiality", "ECE, materiality"),
    (Measure::EceEffect, "ece_effect", "ECE, effect"),
    (Measure::InterestAp, "interest_ap", "interest ≥ 2, AP"),
];

const FIGURES: [(Figure, &str, &str); 4] = [
    (Figure::Precision, "precision", "precision"),
    (Figure::Recall, "recall", "recall"),
    (Figure::F1, "f1", "F1"),
    (Figure::Ap, "ap", "AP"),
];

impl Measure {
    /// Those over everything, in the order of reports.
    pub fn overall() -> impl Iterator<Item = Self> {
        OVERALL.iter().map(|(measure, ..)| *measure)
    }

    /// All, in a fixed order: the columns of [`measures`].
    pub fn all() -> impl Iterator<Item = Self> {
        Self::overall().chain(
            Category::ALL.iter().flat_map(|category| FIGURES.iter().map(|(figure, ..)| Self::Of(*figure, *category))),
        )
    }

    /// Its column.
    #[must_use]
    pub fn column(self) -> usize {
        Self::all().position(|one| one == self).unwrap_or(usize::MAX)
    }

    /// Its id in JSON and in gates: `macro_f1`, `f1:data-sharing`.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Self::Of(figure, category) => {
                let name = FIGURES.iter().find(|(one, ..)| *one == figure).map_or("", |(_, id, _)| id);
                format!("{name}:{category}")
            }
            _ => OVERALL.iter().find(|(one, ..)| *one == self).map_or_else(String::new, |(_, id, _)| (*id).to_owned()),
        }
    }

    /// Its name for people.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Of(figure, category) => {
                let name = FIGURES.iter().find(|(one, ..)| *one == figure).map_or("", |(.., name)| name);
                format!("{name} of {category}")
            }
            _ => {
                OVERALL.iter().find(|(one, ..)| *one == self).map_or_else(String::new, |(.., name)| (*name).to_owned())
            }
        }
    }

    /// The one with this id.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        Self::all().find(|measure| measure.id() == id)
    }

    /// Whether less is better.
    #[must_use]
    pub fn is_error(self) -> bool {
        matches!(
            self,
            Self::EceCategories
                | Self::EceCategoriesMean
                | Self::EceCategoriesShown
                | Self::EceMateriality
                | Self::EceEffect
        )
    }
}

/// The labels that systems are measured on.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What should be said of each item.
    pub truths: Vec<Truth>,
    /// Items of each category.
    pub supports: [f64; CATEGORIES],
    /// Whether the labels are one of two annotations, neither of which is the truth: a category that only the other
    /// gives is then one that they disagree on, and counts.
    pub mutual: bool,
}

impl Sample {
    /// The labels of items, as the truth.
    #[must_use]
    pub fn new(truths: Vec<Truth>) -> Self {
        let supports = std::array::from_fn(|category| {
            truths.iter().map(|truth| f64::from(u8::from(truth.categories.has(category)))).sum()
        });
        Self { truths, supports, mutual: false }
    }

    /// Whether a category has enough items for the macro averages.
    #[must_use]
    pub fn frequent(&self, category: usize) -> bool {
        self.supports.get(category).is_some_and(|support| *support >= FREQUENT)
    }

    /// How many categories have.
    #[must_use]
    pub fn frequent_count(&self) -> usize {
        (0..CATEGORIES).filter(|category| self.frequent(*category)).count()
    }

    /// How many categories have an item.
    #[must_use]
    pub fn supported_count(&self) -> usize {
        self.supports.iter().filter(|support| **support > 0.0).count()
    }
}

/// A system's predictions, made ready for being measured many times.
#[derive(Debug, Clone)]
pub struct Judged {
    /// What it said of each item.
    pub predictions: Vec<Prediction>,
    /// Items by the score of each category.
    pub rankings: Vec<Ranking>,
    /// Items by interest, where the system says something of it.
    interest: Option<Ranking>,
    bins: Vec<[u8; CATEGORIES]>,
}

impl Judged {
    /// Prepares `predictions`.
    #[must_use]
    pub fn new(predictions: Vec<Prediction>) -> Self {
        let rankings = (0..CATEGORIES).map(|category| Ranking::of(&category_scores(&predictions, category))).collect();
        let bins = predictions.iter().map(|one| one.scores.categories.map(Reliability::bin)).collect();
        let interest: Option<Vec<f64>> = predictions.iter().map(|one| one.scores.interest).collect();
        Self { rankings, bins, interest: interest.as_deref().map(Ranking::of), predictions }
    }
}

/// The scores of one category, item by item.
#[must_use]
pub(super) fn category_scores(predictions: &[Prediction], category: usize) -> Vec<f64> {
    predictions.iter().map(|one| one.scores.categories.get(category).copied().unwrap_or_default()).collect()
}

/// What is counted once over the items; all measures follow from it.
#[derive(Debug, Clone)]
pub struct Tally {
    /// Of each category.
    pub counts: [Counts; CATEGORIES],
    /// Scores of each category.
    pub reliability: [Reliability; CATEGORIES],
    /// Scores of the categories shown.
    pub shown: Reliability,
    /// Materiality.
    pub materiality: Confusion,
    /// Effect.
    pub effect: Confusion,
    /// Score of the likeliest materiality.
    pub materiality_reliability: Reliability,
    /// Score of the likeliest effect.
    pub effect_reliability: Reliability,
    exact: f64,
    total: f64,
}

impl Tally {
    /// Counts `judged` against `sample`; item `n` counts `weights[n]` times.
    #[must_use]
    pub fn of(sample: &Sample, judged: &Judged, weights: &[f64]) -> Self {
        let mut tally = Self {
            counts: [Counts::default(); CATEGORIES],
            reliability: [Reliability::default(); CATEGORIES],
            shown: Reliability::default(),
            materiality: Confusion::default(),
            effect: Confusion::default(),
            materiality_reliability: Reliability::default(),
            effect_reliability: Reliability::default(),
            exact: 0.0,
            total: 0.0,
        };
        let items = sample.truths.iter().zip(judged.predictions.iter().zip(&judged.bins)).zip(weights);
        for ((truth, (prediction, bins)), &weight) in items {
            if weight > 0.0 {
                tally.add(truth, prediction, bins, weight);
            }
        }
        tally
    }

    fn add(&mut self, truth: &Truth, prediction: &Prediction, bins: &[u8; CATEGORIES], weight: f64) {
        self.total += weight;
        if truth.categories == prediction.categories {
            self.exact += weight;
        }
        for (category, (&score, &bin)) in prediction.scores.categories.iter().zip(bins).enumerate() {
            let (given, shown) = (truth.categories.has(category), prediction.categories.has(category));
            self.counts[category].add(given, shown, weight);
            self.reliability[category].add(bin, score, given, weight);
            if shown {
                self.shown.add(bin, score, given, weight);
            }
        }
        let heads = [
            (truth.materiality, prediction.materiality(), &prediction.scores.materiality),
            (truth.effect, prediction.effect(), &prediction.scores.effect),
        ];
        let [materiality, effect] = heads;
        self.materiality.add(materiality.0, materiality.1, weight);
        self.effect.add(effect.0, effect.1, weight);
        // Whether probabilities are honest is asked of the likeliest, whatever a system shows.
        for ((given, _, scores), reliability) in
            heads.into_iter().zip([&mut self.materiality_reliability, &mut self.effect_reliability])
        {
            let best = likeliest(scores);
            reliability.add(Reliability::bin(scores[best]), scores[best], given == best, weight);
        }
    }

    /// Counts over all categories.
    #[must_use]
    pub fn micro(&self) -> Counts {
        let mut all = Counts::default();
        self.counts.iter().for_each(|counts| all.merge(*counts));
        all
    }

    /// Scores over all categories.
    #[must_use]
    pub fn pooled(&self) -> Reliability {
        let mut all = Reliability::default();
        self.reliability.iter().for_each(|bins| all.merge(bins));
        all
    }
}

/// All measures of `judged` in the order of [`Measure::all`]; NaN where one is not defined.
///
/// The categories of the macro averages are chosen by the whole sample, not by the resample. One
/// that a resample drew no item of is left out of that resample's mean: nothing was there to find. Between two
/// annotations it is left out where neither gave it.
#[must_use]
pub fn measures(sample: &Sample, judged: &Judged, weights: &[f64]) -> Vec<f64> {
    let tally = Tally::of(sample, judged, weights);
    let given = |category: usize| {
        move |item: u32| sample.truths.get(item as usize).is_some_and(|truth| truth.categories.has(category))
    };
    let weight = |item: u32| weights.get(item as usize).copied().unwrap_or_default();
    let precisions: Vec<Option<f64>> = judged
        .rankings
        .iter()
        .enumerate()
        .map(|(category, ranking)| ranking.average_precision(given(category), weight))
        .collect();
    let grade = |item: u32| sample.truths.get(item as usize).and_then(|truth| truth.interest);
    let graded = |item: u32| if grade(item).is_some() { weight(item) } else { 0.0 };
    let interesting = |item: u32| grade(item).is_some_and(|grade| grade >= INTERESTING);
    let there = |category: usize| {
        let counts = tally.counts[category];
        counts.support() > 0.0 || (sample.mutual && counts.predicted() > 0.0)
    };
    let averaged = |of: &dyn Fn(usize) -> Option<f64>, frequent_only: bool| {
        let chosen = (0..CATEGORIES)
            .filter(|category| sample.supports[*category] > 0.0 && (!frequent_only || sample.frequent(*category)));
        mean(chosen.filter(|category| there(*category)).filter_map(of))
    };
    let f1 = |category: usize| tally.counts[category].f1();
    let ap = |category: usize| precisions.get(category).copied().flatten();
    let ece = |category: usize| tally.reliability[category].error();
    let micro = tally.micro();
    Measure::all()
        .map(|measure| match measure {
            Measure::MicroPrecision => micro.precision(),
            Measure::MicroRecall => micro.recall(),
            Measure::MicroF1 => micro.f1(),
            Measure::MacroF1 => averaged(&f1, true),
            Measure::MacroF1All => averaged(&f1, false),
            Measure::MacroAp => averaged(&ap, true),
            Measure::MacroApAll => averaged(&ap, false),
            Measure::ExactMatch => super::metrics::share(tally.exact, tally.total),
            Measure::MaterialityMacroF1 => tally.materiality.macro_f1(),
            Measure::MaterialityKappa => tally.materiality.kappa(),
            Measure::MaterialityAccuracy => tally.materiality.accuracy(),
            Measure::EffectMacroF1 => tally.effect.macro_f1(),
            Measure::EffectKappa => tally.effect.kappa(),
            Measure::EffectAccuracy => tally.effect.accuracy(),
            Measure::EceCategories => tally.pooled().error(),
            Measure::EceCategoriesMean => averaged(&ece, true),
            Measure::EceCategoriesShown => tally.shown.error(),
            Measure::EceMateriality => tally.materiality_reliability.error(),
            Measure::EceEffect => tally.effect_reliability.error(),
            Measure::InterestAp => {
                judged.interest.as_ref().and_then(|ranking| ranking.average_precision(interesting, graded))
            }
            Measure::Of(figure, category) => {
                let counts = tally.counts[category as usize];
                match figure {
                    Figure::Precision => counts.precision(),
                    Figure::Recall => counts.recall(),
                    Figure::F1 => there(category as usize).then(|| counts.f1()).flatten(),
                    Figure::Ap => ap(category as usize),
                }
            }
        })
        .map(|value| value.unwrap_or(f64::NAN))
        .collect()
}
