//! From raw outputs to probabilities that mean what they say.
//!
//! Categories: Platt scaling, one slope and offset each (J. Platt, "Probabilistic outputs for
//! support vector machines", 1999). Materiality and effect: vector scaling, one temperature and an
//! offset a class (C. Guo et al., "On calibration of modern neural networks", 2017).

use serde::{Deserialize, Serialize};

use super::config::OUTPUTS;
use crate::taxonomy::{Category, Effect, Materiality};

const CATEGORIES: usize = 26;
const CLASSES: usize = 3;
/// Slopes and offsets can be this great at most, above zero or below. Probabilities are 0 or 1 long before, and
/// products of much greater ones would be no numbers.
const GREATEST: f64 = 1e4;

/// Calibrated probabilities of one clause change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scores {
    /// Of each category, in the order of [`Category::ALL`].
    pub categories: [f64; CATEGORIES],
    /// Of each materiality; they sum to 1.
    pub materiality: [f64; CLASSES],
    /// Of each effect; they sum to 1.
    pub effect: [f64; CLASSES],
    /// How much it would be worth a memo by itself, 0 to 1.
    pub interest: f64,
    /// The places of the materiality and of the effect that are chosen.
    chosen: [usize; 2],
}

/// A slope and an offset.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// Multiplies the raw output.
    pub slope: f64,
    /// Added to it.
    pub offset: f64,
}

/// A slope (one over the temperature) and an offset a class.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct VectorScaling {
    /// Multiplies the raw outputs.
    pub slope: f64,
    /// Added to them.
    pub offsets: [f64; CLASSES],
    /// Added to the logarithms of the probabilities when one class is chosen: the likeliest class is
    /// nearly always the commonest one, which tells a reader little about the others.
    #[serde(default)]
    pub lean: [f64; CLASSES],
}

/// The calibration of a model, and from which probability on a category counts as given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Of each category.
    pub categories: Vec<Platt>,
    /// Of materiality.
    pub materiality: VectorScaling,
    /// Of effect.
    pub effect: VectorScaling,
    /// Of interest.
    pub interest: Platt,
    /// Threshold of each category.
    pub thresholds: Vec<f64>,
}

impl Calibration {
    /// No calibration: the raw outputs as they are, thresholds of a half.
    #[must_use]
    pub fn none() -> Self {
        let plain = VectorScaling { slope: 1.0, offsets: [0.0; CLASSES], lean: [0.0; CLASSES] };
        Self {
            categories: vec![Platt { slope: 1.0, offset: 0.0 }; CATEGORIES],
            materiality: plain,
            effect: plain,
            interest: Platt { slope: 1.0, offset: 0.0 },
            thresholds: vec![0.5; CATEGORIES],
        }
    }

    /// Whether every category has its numbers, and these are such that scores are numbers.
    pub(super) fn check(&self) -> Result<(), String> {
        let (fitted, thresholds) = (self.categories.len(), self.thresholds.len());
        if fitted != CATEGORIES || thresholds != CATEGORIES {
            return Err(format!(
                "calibration is for {fitted} categories and has {thresholds} thresholds, not {CATEGORIES} of each"
            ));
        }
        let numbers = self.categories.iter().chain([&self.interest]).flat_map(|it| [it.slope, it.offset]);
        let classes = [self.materiality, self.effect];
        let more = classes.iter().flat_map(|it| it.offsets.into_iter().chain(it.lean).chain([it.slope]));
        if !numbers.chain(more).all(|it| it.abs() <= GREATEST) {
            return Err(format!(
                "calibration holds a slope or an offset that is not between -{GREATEST} and {GREATEST}"
            ));
        }
        if !self.thresholds.iter().all(|it| (0.0..=1.0).contains(it)) {
            return Err("calibration holds a threshold that is no probability".into());
        }
        Ok(())
    }

    /// The probabilities of `raw` outputs.
    #[must_use]
    pub fn scores(&self, raw: &[f32; OUTPUTS]) -> Scores {
        let at = |index: usize| f64::from(raw.get(index).copied().unwrap_or_default());
        let mut categories = [0.0; CATEGORIES];
        for (index, (score, platt)) in categories.iter_mut().zip(&self.categories).enumerate() {
            *score = sigmoid(platt.slope * at(index) + platt.offset);
        }
        let (materiality, mut nature) = self.materiality.read(raw, CATEGORIES);
        let (effect, direction) = self.effect.read(raw, CATEGORIES + CLASSES);
        // What is cosmetic touches no matter and nobody (datasets/annotation-guidelines.md): where a matter or an
        // effect is shown, the next best is chosen. On the development items that is right more often than not.
        let touches = direction != Effect::Neutral as usize
            || categories.iter().zip(&self.thresholds).any(|(score, threshold)| score >= threshold);
        if nature == Materiality::Cosmetic as usize && touches {
            let [_, clarifying, substantive] = materiality;
            let better = if substantive > clarifying { Materiality::Substantive } else { Materiality::Clarifying };
            nature = better as usize;
        }
        let interest = sigmoid(self.interest.slope * at(OUTPUTS - 1) + self.interest.offset);
        Scores { categories, materiality, effect, interest, chosen: [nature, direction] }
    }
}

impl VectorScaling {
    /// The probabilities of the outputs of `raw` at `from`, and which class is chosen.
    fn read(&self, raw: &[f32; OUTPUTS], from: usize) -> ([f64; CLASSES], usize) {
        let probabilities = softmax(std::array::from_fn(|class| {
            let z = raw.get(from + class).copied().unwrap_or_default();
            self.slope * f64::from(z) + self.offsets.get(class).copied().unwrap_or_default()
        }));
        (probabilities, leaning(&probabilities, &self.lean))
    }
}

/// The class with the highest probability after `lean`; the first of equals.
#[must_use]
pub fn leaning(probabilities: &[f64; CLASSES], lean: &[f64; CLASSES]) -> usize {
    let leant: [f64; CLASSES] = std::array::from_fn(|class| probabilities[class].max(1e-12).ln() + lean[class]);
    (1..CLASSES).fold(0, |best, class| if leant[class] > leant[best] { class } else { best })
}

impl Scores {
    /// The materiality that is chosen, and its probability.
    #[must_use]
    pub fn materiality(&self) -> (Materiality, f64) {
        at(Materiality::ALL, &self.materiality, self.chosen[0])
    }

    /// The effect that is chosen, and its probability.
    #[must_use]
    pub fn effect(&self) -> (Effect, f64) {
        at(Effect::ALL, &self.effect, self.chosen[1])
    }

    /// The categories at or above their thresholds, best first; ties in the order of the taxonomy.
    #[must_use]
    pub fn categories(&self, thresholds: &[f64]) -> Vec<(Category, f64)> {
        let mut given: Vec<(Category, f64)> = Category::ALL
            .iter()
            .zip(self.categories)
            .zip(thresholds)
            .filter(|((_, score), threshold)| score >= threshold)
            .map(|((category, score), _)| (*category, score))
            .collect();
        given.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        given
    }
}

/// The class in `place` and its probability.
fn at<T: Copy>(all: &[T], probabilities: &[f64; CLASSES], place: usize) -> (T, f64) {
    let place = place.min(CLASSES - 1);
    (all[place], probabilities[place])
}

/// The logistic function.
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// The softmax of `raw`.
#[must_use]
pub fn softmax(raw: [f64; CLASSES]) -> [f64; CLASSES] {
    let most = raw.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers = raw.map(|x| (x - most).exp());
    let sum: f64 = powers.iter().sum();
    powers.map(|power| power / sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_are_probabilities() {
        let mut raw = [0.0; OUTPUTS];
        raw[3] = 4.0;
        raw[26] = -900.0;
        raw[28] = 900.0;
        let scores = Calibration::none().scores(&raw);
        assert!((scores.categories[3] - 0.982).abs() < 1e-3);
        assert_eq!(scores.materiality(), (Materiality::Substantive, 1.0));
        assert!((scores.effect.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(scores.categories(&[0.9; 26]), [(Category::AiTraining, scores.categories[3])]);
    }

    #[test]
    fn a_lean_chooses_another_class_and_leaves_probabilities() {
        let plain = Calibration::none();
        let mut leant = plain.clone();
        leant.effect.lean[Effect::Adverse as usize] = 1.0;
        let mut raw = [0.0; OUTPUTS];
        raw[CATEGORIES + CLASSES + Effect::Neutral as usize] = 0.8;
        let (before, after) = (plain.scores(&raw), leant.scores(&raw));
        assert_eq!((before.effect().0, after.effect().0), (Effect::Neutral, Effect::Adverse));
        assert!(before.effect.iter().zip(after.effect).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!((after.effect().1 - after.effect[Effect::Adverse as usize]).abs() < 1e-12);
    }

    #[test]
    fn what_touches_a_matter_or_users_is_not_cosmetic() {
        let mut raw = [0.0; OUTPUTS];
        raw[CATEGORIES + Materiality::Cosmetic as usize] = 3.0;
        raw[CATEGORIES + Materiality::Substantive as usize] = 1.0;
        raw[..CATEGORIES].fill(-5.0);
        raw[CATEGORIES + CLASSES + Effect::Neutral as usize] = 2.0;
        let materiality = |raw: &[f32; OUTPUTS]| Calibration::none().scores(raw).materiality().0;
        assert_eq!(materiality(&raw), Materiality::Cosmetic);
        let (mut touching, mut adverse) = (raw, raw);
        touching[4] = 1.0;
        assert_eq!(materiality(&touching), Materiality::Substantive);
        adverse[CATEGORIES + CLASSES + Effect::Adverse as usize] = 3.0;
        assert_eq!(materiality(&adverse), Materiality::Substantive);
    }

    #[test]
    fn a_calibration_for_other_categories_is_refused() {
        let mut calibration = Calibration::none();
        assert!(calibration.check().is_ok());
        calibration.thresholds.pop();
        assert!(calibration.check().unwrap_err().contains("26 categories and has 25 thresholds"));
    }

    #[test]
    fn scores_are_numbers_whatever_a_checked_calibration_holds() {
        let extreme =
            VectorScaling { slope: -GREATEST, offsets: [GREATEST, -GREATEST, 0.0], lean: [-GREATEST; CLASSES] };
        let platt = Platt { slope: GREATEST, offset: -GREATEST };
        let calibration = Calibration {
            categories: vec![platt; CATEGORIES],
            materiality: extreme,
            effect: extreme,
            interest: platt,
            thresholds: vec![1.0; CATEGORIES],
        };
        assert!(calibration.check().is_ok());
        for raw in [f32::MAX, f32::MIN, 0.0] {
            let scores = calibration.scores(&[raw; OUTPUTS]);
            let all = scores.categories.iter().chain(&scores.materiality).chain(&scores.effect);
            assert!(all.chain([&scores.interest]).all(|score| (0.0..=1.0).contains(score)), "{scores:?}");
        }
        for bad in [f64::NAN, f64::INFINITY, 1e308] {
            assert!(
                Calibration { interest: Platt { slope: bad, offset: 0.0 }, ..calibration.clone() }.check().is_err()
            );
            assert!(Calibration { thresholds: vec![bad; CATEGORIES], ..calibration.clone() }.check().is_err());
        }
    }
}
