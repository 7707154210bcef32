//! Calibration and thresholds, from the examples set aside.

use super::data::Example;
use crate::model::{Calibration, OUTPUTS, leaning, sigmoid, softmax};

/// Pull towards "as it is" on slopes and offsets, in examples: rare labels have few to learn from.
const PRIOR: f64 = 3.0;
/// Right examples at which a label's own threshold counts as much as the common one.
const OWN: f64 = 12.0;
const CLASSES: usize = 3;
/// Leans are sought at so many steps to either side, each so long.
const LEAN_STEPS: i32 = 15;
const LEAN_STEP: f64 = 0.1;

/// The calibration that suits `raw` outputs of `examples` which the model was not fitted on.
#[must_use]
pub fn calibrate(raw: &[Vec<f32>], examples: &[Example]) -> Calibration {
    let mut calibration = Calibration::none();
    let labels = calibration.categories.len();
    let column = |at: usize| raw.iter().map(move |row| f64::from(row.get(at).copied().unwrap_or_default()));
    let mut scored: Vec<Vec<(f64, bool)>> = Vec::with_capacity(labels);
    for (at, platt) in calibration.categories.iter_mut().enumerate() {
        let pairs: Vec<(f64, bool)> =
            column(at).zip(examples).map(|(z, example)| (z, example.labels.get(at) == Some(&true))).collect();
        let (slope, offset) = fit_platt(pairs.iter().map(|&(z, right)| (z, f64::from(u8::from(right)))));
        (platt.slope, platt.offset) = (slope, offset);
        scored.push(pairs.into_iter().map(|(z, right)| (sigmoid(slope * z + offset), right)).collect());
    }
    calibration.thresholds = thresholds(&scored);
    let graded = column(OUTPUTS - 1).zip(examples).filter_map(|(z, it)| Some((z, f64::from(it.worth?))));
    (calibration.interest.slope, calibration.interest.offset) = fit_platt(graded);
    for (head, scaling) in [&mut calibration.materiality, &mut calibration.effect].into_iter().enumerate() {
        let from = labels + head * CLASSES;
        let rows: Vec<([f64; CLASSES], usize)> = raw
            .iter()
            .zip(examples)
            .map(|(row, example)| {
                let z = std::array::from_fn(|class| f64::from(row.get(from + class).copied().unwrap_or_default()));
                (z, example.classes.get(head).copied().unwrap_or_default())
            })
            .collect();
        (scaling.slope, scaling.offsets) = fit_vector(&rows);
        let scored: Vec<([f64; CLASSES], usize)> = rows
            .iter()
            .map(|(z, right)| {
                (softmax(std::array::from_fn(|class| scaling.slope * z[class] + scaling.offsets[class])), *right)
            })
            .collect();
        scaling.lean = fit_lean(&scored);
    }
    calibration
}

/// Slope and offset that bring `sigmoid(slope * z + offset)` nearest to what is right, by Newton's method.
fn fit_platt(pairs: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    let pairs: Vec<(f64, f64)> = pairs.collect();
    let (mut a, mut b) = (1.0_f64, 0.0_f64);
    for _ in 0..50 {
        // Gradient and curvature of the penalised loss.
        let (mut ga, mut gb) = (PRIOR * (a - 1.0), PRIOR * b * 0.1);
        let (mut haa, mut hab, mut hbb) = (PRIOR, 0.0, PRIOR * 0.1);
        for &(z, right) in &pairs {
            let p = sigmoid(a * z + b);
            let error = p - right;
            let curve = p * (1.0 - p);
            ga += error * z;
            gb += error;
            haa += curve * z * z;
            hab += curve * z;
            hbb += curve;
        }
        let determinant = haa * hbb - hab * hab;
        if determinant.abs() < 1e-12 {
            break;
        }
        let (da, db) = ((hbb * ga - hab * gb) / determinant, (haa * gb - hab * ga) / determinant);
        // A bounded step: far from the bottom Newton's may overshoot.
        a -= da.clamp(-0.5, 0.5);
        b -= db.clamp(-1.0, 1.0);
        if da.abs() + db.abs() < 1e-9 {
            break;
        }
    }
    // A slope below zero would turn the ranking round: then the label cannot be learned from so few.
    if a > 0.05 { (a, b) } else { (0.05, b) }
}

/// Slope and offsets that make `softmax(slope * z + offsets)` likeliest, by gradient descent.
fn fit_vector(rows: &[([f64; CLASSES], usize)]) -> (f64, [f64; CLASSES]) {
    let (mut slope, mut offsets) = (1.0_f64, [0.0_f64; CLASSES]);
    #[expect(clippy::cast_precision_loss, reason = "a number of examples")]
    let count = rows.len().max(1) as f64;
    for _ in 0..3000 {
        let mut g_slope = PRIOR * (slope - 1.0) / count;
        let mut g_offsets = offsets.map(|offset| PRIOR * offset / count);
        for (z, right) in rows {
            let p = softmax(std::array::from_fn(|class| slope * z[class] + offsets[class]));
            for class in 0..CLASSES {
                let error = (p[class] - f64::from(u8::from(class == *right))) / count;
                g_slope += error * z[class];
                g_offsets[class] += error;
            }
        }
        slope = (slope - 0.1 * g_slope).max(0.05);
        for (offset, gradient) in offsets.iter_mut().zip(g_offsets) {
            *offset -= 0.5 * gradient;
        }
    }
    (slope, offsets)
}

/// The lean that gives the highest Cohen's κ, halved: it is chosen on few examples, and no lean is a
/// good guess too. The last class leans nowhere: only differences count.
fn fit_lean(scored: &[([f64; CLASSES], usize)]) -> [f64; CLASSES] {
    let steps = || (-LEAN_STEPS..=LEAN_STEPS).map(|step| f64::from(step) * LEAN_STEP);
    let mut best = ([0.0; CLASSES], kappa(scored, &[0.0; CLASSES]));
    for first in steps() {
        for second in steps() {
            let lean = [first, second, 0.0];
            let kappa = kappa(scored, &lean);
            if kappa > best.1 + 1e-9 {
                best = (lean, kappa);
            }
        }
    }
    best.0.map(|lean| lean / 2.0)
}

/// Cohen's κ between what is right and what is chosen with `lean`.
#[expect(clippy::cast_precision_loss, reason = "numbers of examples")]
fn kappa(scored: &[([f64; CLASSES], usize)], lean: &[f64; CLASSES]) -> f64 {
    let (mut agreed, mut right_of, mut chosen_of) = (0_usize, [0_usize; CLASSES], [0_usize; CLASSES]);
    for (probabilities, right) in scored {
        let chosen = leaning(probabilities, lean);
        agreed += usize::from(chosen == *right);
        right_of[(*right).min(CLASSES - 1)] += 1;
        chosen_of[chosen] += 1;
    }
    let count = scored.len().max(1) as f64;
    let chance: f64 = right_of.iter().zip(chosen_of).map(|(&a, b)| a as f64 / count * (b as f64 / count)).sum();
    (agreed as f64 / count - chance) / (1.0 - chance).max(1e-9)
}

/// For each label the threshold that gives the best F1, drawn towards the one that is best for all
/// labels together, the more so the fewer right examples there are; never below 0.1 or above 0.9.
pub(super) fn thresholds(scored: &[Vec<(f64, bool)>]) -> Vec<f64> {
    let all: Vec<(f64, bool)> = scored.iter().flatten().copied().collect();
    let common = best_threshold(&all).unwrap_or(0.5);
    scored
        .iter()
        .map(|pairs| {
            #[expect(clippy::cast_precision_loss, reason = "a number of examples")]
            let right = pairs.iter().filter(|(_, right)| *right).count() as f64;
            let own = best_threshold(pairs).unwrap_or(common);
            ((right * own + OWN * common) / (right + OWN)).clamp(0.1, 0.9)
        })
        .collect()
}

/// The threshold of the best F1: in the middle between the last score taken in and the next.
fn best_threshold(pairs: &[(f64, bool)]) -> Option<f64> {
    let mut sorted = pairs.to_vec();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    #[expect(clippy::cast_precision_loss, reason = "a number of examples")]
    let right = sorted.iter().filter(|(_, right)| *right).count() as f64;
    let (mut hits, mut taken) = (0.0, 0.0);
    let mut best: Option<(f64, f64)> = None;
    for (at, (score, is_right)) in sorted.iter().enumerate() {
        taken += 1.0;
        hits += f64::from(u8::from(*is_right));
        let f1 = 2.0 * hits / (taken + right);
        let next = sorted.get(at + 1).map_or(0.0, |next| next.0);
        if hits > 0.0 && next < *score && best.is_none_or(|(highest, _)| f1 > highest) {
            best = Some((f1, f64::midpoint(*score, next)));
        }
    }
    best.map(|(_, threshold)| threshold)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overconfident_outputs_are_toned_down() {
        // Three in four of those said with e^3 to 1 are right: the honest odds are 3 to 1.
        let pairs = (0..4000).map(|at| {
            let right = (at % 8 < 6) == (at % 2 == 0);
            (if at % 2 == 0 { 3.0 } else { -3.0 }, f64::from(u8::from(right)))
        });
        let (slope, offset) = fit_platt(pairs);
        assert!((sigmoid(3.0 * slope + offset) - 0.75).abs() < 0.01, "{slope} {offset}");
    }

    #[test]
    fn the_threshold_parts_the_right_from_the_wrong() {
        let found = best_threshold(&[(0.9, true), (0.8, true), (0.3, false), (0.1, false)]);
        assert_eq!(found, Some(0.55));
        assert_eq!(best_threshold(&[(0.4, false)]), None);
    }

    #[test]
    fn a_rare_class_that_is_never_likeliest_is_leant_to() {
        // Where the rare class has a third of the probability it is right in two cases of five.
        let sure: [f64; CLASSES] = [0.02, 0.02, 0.96];
        let near: [f64; CLASSES] = [0.4, 0.05, 0.55];
        let scored: Vec<_> =
            (0..1000).map(|at| if at % 4 == 0 { (near, if at % 20 < 8 { 0 } else { 2 }) } else { (sure, 2) }).collect();
        let lean = fit_lean(&scored);
        assert!(lean[0] > 0.1 && kappa(&scored, &[1.0, 0.0, 0.0]) > kappa(&scored, &[0.0; CLASSES]), "{lean:?}");
        assert!(fit_lean(&[]).iter().all(|lean| lean.abs() < 1e-12));
    }

    #[test]
    fn classes_get_their_frequency_where_outputs_say_nothing() {
        let rows: Vec<([f64; 3], usize)> = (0..900).map(|at| ([0.0; 3], usize::from(at % 3 == 0))).collect();
        let (slope, offsets) = fit_vector(&rows);
        let p = softmax(offsets.map(|offset| offset * 1.0 + slope * 0.0));
        assert!((p[1] - 1.0 / 3.0).abs() < 0.02 && p[2] < 0.02, "{p:?}");
    }
}
