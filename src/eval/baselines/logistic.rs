//! L2-regularised logistic regression on sparse rows, fitted with L-BFGS.
//!
//! Idea: Nocedal and Wright, *Numerical Optimization*, algorithm 7.5, with a backtracking line
//! search. The loss is convex and smooth, so one start and no randomness suffice. Cost: one pass
//! over the non-zero features an evaluation, a few dozen evaluations.

use crate::eval::metrics::count;

/// Steps that the inverse Hessian is built from.
const MEMORY: usize = 8;
/// Steps after which a fit ends, converged or not; baselines converge in 20 to 60.
const MOST_STEPS: usize = 120;
/// Halvings of a step before the fit is taken to have arrived.
const MOST_HALVINGS: usize = 25;
/// Gradient, relative to the one at the start, below which the fit has arrived.
const TOLERANCE: f64 = 1e-4;

/// A row: features and their values, in ascending order of the feature.
pub(super) type Row = Vec<(u32, f32)>;

/// A fitted model: weights of the features, then the intercept.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Logistic {
    weights: Vec<f64>,
}

impl Logistic {
    /// Fits `labels` on `rows` of `features` features. `strength` is the weight of the data against
    /// the penalty (scikit-learn's `C`); the intercept is not penalised.
    pub(super) fn fit(rows: &[Row], labels: &[bool], features: usize, strength: f64) -> Self {
        let hits = count(labels.iter().filter(|label| **label).count());
        let all = count(labels.len());
        if hits < 0.5 || all - hits < 0.5 {
            // Nothing to tell apart: the smoothed share, whatever the row.
            let mut weights = vec![0.0; features + 1];
            if let Some(intercept) = weights.last_mut() {
                *intercept = ((hits + 0.5) / (all - hits + 0.5)).ln();
            }
            return Self { weights };
        }
        let problem = Problem { rows, labels, features, strength };
        Self { weights: minimise(&problem) }
    }

    /// The probability of the label for `row`.
    pub(super) fn probability(&self, row: &Row) -> f64 {
        sigmoid(score(&self.weights, row))
    }
}

struct Problem<'a> {
    rows: &'a [Row],
    labels: &'a [bool],
    features: usize,
    strength: f64,
}

impl Problem<'_> {
    /// The loss at `weights`, and its gradient into `gradient`.
    fn loss(&self, weights: &[f64], gradient: &mut [f64]) -> f64 {
        let penalised = weights.get(..self.features).unwrap_or_default();
        gradient.fill(0.0);
        for (slope, weight) in gradient.iter_mut().zip(penalised) {
            *slope = *weight;
        }
        let mut loss = 0.5 * dot(penalised, penalised);
        for (row, &label) in self.rows.iter().zip(self.labels) {
            let margin = score(weights, row);
            let target = if label { 1.0 } else { 0.0 };
            // ln(1 + exp(-z)) without overflow.
            let z = if label { margin } else { -margin };
            loss += self.strength * ((-z.abs()).exp().ln_1p() + (-z).max(0.0));
            let slope = self.strength * (sigmoid(margin) - target);
            for &(feature, value) in row {
                if let Some(at) = gradient.get_mut(feature as usize) {
                    *at += slope * f64::from(value);
                }
            }
            if let Some(at) = gradient.last_mut() {
                *at += slope;
            }
        }
        loss
    }
}

fn score(weights: &[f64], row: &Row) -> f64 {
    let intercept = weights.last().copied().unwrap_or_default();
    row.iter().fold(intercept, |sum, &(feature, value)| {
        sum + weights.get(feature as usize).copied().unwrap_or_default() * f64::from(value)
    })
}

fn sigmoid(margin: f64) -> f64 {
    if margin >= 0.0 {
        1.0 / (1.0 + (-margin).exp())
    } else {
        let e = margin.exp();
        e / (1.0 + e)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// `to += factor * of`
fn add(to: &mut [f64], factor: f64, of: &[f64]) {
    to.iter_mut().zip(of).for_each(|(to, of)| *to += factor * of);
}

/// One remembered step.
struct Step {
    moved: Vec<f64>,
    turned: Vec<f64>,
    curvature: f64,
}

fn minimise(problem: &Problem<'_>) -> Vec<f64> {
    let size = problem.features + 1;
    let mut at = vec![0.0; size];
    let mut gradient = vec![0.0; size];
    let mut loss = problem.loss(&at, &mut gradient);
    let target = TOLERANCE * dot(&gradient, &gradient).sqrt();
    let mut memory: Vec<Step> = Vec::new();
    let (mut next, mut next_gradient) = (vec![0.0; size], vec![0.0; size]);
    for number in 0..MOST_STEPS {
        let steepness = dot(&gradient, &gradient).sqrt();
        if steepness <= target {
            break;
        }
        let direction = direction(&gradient, &memory);
        let slope = dot(&direction, &gradient);
        // The first step has no curvature to go by.
        let mut length = if number == 0 { 1.0 / steepness } else { 1.0 };
        let mut improved = false;
        for _ in 0..MOST_HALVINGS {
            next.copy_from_slice(&at);
            add(&mut next, length, &direction);
            let reached = problem.loss(&next, &mut next_gradient);
            if reached <= loss + 1e-4 * length * slope {
                loss = reached;
                improved = true;
                break;
            }
            length *= 0.5;
        }
        if !improved {
            break;
        }
        let moved: Vec<f64> = next.iter().zip(&at).map(|(next, at)| next - at).collect();
        let turned: Vec<f64> = next_gradient.iter().zip(&gradient).map(|(next, at)| next - at).collect();
        let curvature = dot(&moved, &turned);
        if curvature > 1e-12 {
            if memory.len() == MEMORY {
                memory.remove(0);
            }
            memory.push(Step { moved, turned, curvature });
        }
        std::mem::swap(&mut at, &mut next);
        std::mem::swap(&mut gradient, &mut next_gradient);
    }
    at
}

/// The two-loop recursion: minus the inverse Hessian, as the remembered steps suggest it, times the gradient.
fn direction(gradient: &[f64], memory: &[Step]) -> Vec<f64> {
    let mut q: Vec<f64> = gradient.iter().map(|slope| -slope).collect();
    let mut factors = Vec::with_capacity(memory.len());
    for step in memory.iter().rev() {
        let factor = dot(&step.moved, &q) / step.curvature;
        add(&mut q, -factor, &step.turned);
        factors.push(factor);
    }
    if let Some(last) = memory.last() {
        let scale = last.curvature / dot(&last.turned, &last.turned);
        q.iter_mut().for_each(|value| *value *= scale);
    }
    for (step, factor) in memory.iter().zip(factors.into_iter().rev()) {
        let back = dot(&step.turned, &q) / step.curvature;
        add(&mut q, factor - back, &step.moved);
    }
    q
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_minimum_is_scikit_learns() {
        // scripts/eval-reference, scikit-learn 1.9.1: LogisticRegression(C=2.0, tol=1e-10).
        let rows: Vec<Row> = [[1.0, 0.5], [2.0, -1.0], [-1.0, 0.25], [-2.0, 1.0], [0.5, 2.0], [-0.5, -1.5]]
            .iter()
            .map(|row| vec![(0, row[0]), (1, row[1])])
            .collect();
        let labels = [true, true, false, false, true, false];
        let model = Logistic::fit(&rows, &labels, 2, 2.0);
        for (weight, expected) in model.weights.iter().zip(LEARNED) {
            assert!((weight - expected).abs() < 1e-3, "{:?}", model.weights);
        }
    }

    /// Coefficients and intercept.
    const LEARNED: [f64; 3] = [1.551_713_47, 0.648_081_81, -0.159_711_43];

    #[test]
    fn a_label_that_all_or_none_have_is_no_trouble() {
        let rows = vec![vec![(0, 1.0)]; 4];
        assert!(Logistic::fit(&rows, &[false; 4], 1, 1.0).probability(&rows[0]) < 0.2);
        assert!(Logistic::fit(&rows, &[true; 4], 1, 1.0).probability(&rows[0]) > 0.8);
    }
}
