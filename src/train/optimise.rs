//! `AdamW` (I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019), with warm-up,
//! linear decay and a bound on the gradient's norm.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use candle_core::{Tensor, Var};

use super::error::TrainError;
use crate::infer::Workers;
use crate::model::reference::Parameters;

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.98;
const EPSILON: f32 = 1e-6;
/// Longest gradient.
const MOST_NORM: f64 = 1.0;

/// Gradients by the name of their parameter.
pub(super) type Gradients = BTreeMap<String, Vec<f32>>;

/// The optimiser and what it remembers of each parameter.
#[derive(Debug, Default)]
pub(super) struct AdamW {
    pub(super) step: usize,
    pub(super) first: Gradients,
    pub(super) second: Gradients,
}

/// How far a step goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepSize {
    /// Of the encoder.
    pub(super) rate: f32,
    /// Times this for the heads, which start from nothing.
    pub(super) heads: f32,
    /// Share of a weight taken off, relative to the rate.
    pub(super) decay: f32,
}

/// One parameter in a step.
struct Job<'a> {
    name: &'a str,
    var: &'a Var,
    gradient: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
}

/// What a step does alike to every parameter.
struct Move {
    size: StepSize,
    clip: f32,
    first_bias: f32,
    second_bias: f32,
}

impl AdamW {
    /// Moves `parameters` against the sum of the gradients of `parts`. Each parameter is one thread's: the
    /// result does not depend on their number.
    pub(super) fn step(
        &mut self,
        workers: &Workers,
        parameters: &Parameters,
        parts: &[Gradients],
        size: StepSize,
    ) -> Result<(), TrainError> {
        self.step += 1;
        let moved: Vec<(&String, &Var)> =
            parameters.iter().filter(|(name, _)| parts.iter().any(|part| part.contains_key(*name))).collect();
        let sums =
            workers.map(moved.len(), |at| moved.get(at).map(|(name, _)| summed(name, parts)).unwrap_or_default());
        let squares: f64 = sums.iter().map(|(_, squares)| squares).sum();
        if !squares.is_finite() {
            return Err(TrainError::Diverged { step: self.step });
        }
        #[expect(clippy::cast_possible_truncation, reason = "a factor between 0 and 1")]
        let clip = (MOST_NORM / squares.sqrt().max(MOST_NORM)) as f32;
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "steps are far below 2^31")]
        let steps = self.step as i32;
        let all = Move { size, clip, first_bias: 1.0 - BETA_1.powi(steps), second_bias: 1.0 - BETA_2.powi(steps) };
        let mut jobs = Vec::with_capacity(moved.len());
        for ((name, var), (gradient, _)) in moved.iter().zip(sums) {
            let memory = |of: &mut Gradients| of.remove(*name).unwrap_or_else(|| vec![0.0; gradient.len()]);
            let (first, second) = (memory(&mut self.first), memory(&mut self.second));
            jobs.push(Mutex::new(Job { name, var, gradient, first, second }));
        }
        let done = workers.map(jobs.len(), |at| match jobs.get(at) {
            Some(job) => job.lock().unwrap_or_else(PoisonError::into_inner).run(&all),
            None => Ok(()),
        });
        for job in jobs {
            let Job { name, first, second, .. } = job.into_inner().unwrap_or_else(PoisonError::into_inner);
            self.first.insert(name.to_owned(), first);
            self.second.insert(name.to_owned(), second);
        }
        done.into_iter().collect::<Result<(), _>>().map_err(TrainError::from)
    }
}

/// The sum of the gradients of `name` over `parts`, in their order, and the sum of its squares.
fn summed(name: &str, parts: &[Gradients]) -> (Vec<f32>, f64) {
    let mut found = parts.iter().filter_map(|part| part.get(name));
    let mut sum = found.next().cloned().unwrap_or_default();
    for gradient in found {
        for (sum, gradient) in sum.iter_mut().zip(gradient) {
            *sum += gradient;
        }
    }
    let squares = sum.iter().map(|g| f64::from(*g) * f64::from(*g)).sum();
    (sum, squares)
}

impl Job<'_> {
    fn run(&mut self, all: &Move) -> candle_core::Result<()> {
        let size = all.size;
        let rate = if self.name.starts_with("heads.") { size.rate * size.heads } else { size.rate };
        // Biases and norms are not decayed, as is usual with BERT.
        let plain = self.name.rsplit('.').next() == Some("bias") || self.name.contains("LayerNorm");
        let decay = if plain { 0.0 } else { size.decay };
        let mut values: Vec<f32> = self.var.as_tensor().flatten_all()?.to_vec1()?;
        let memory = self.first.iter_mut().zip(&mut self.second);
        for ((value, gradient), (first, second)) in values.iter_mut().zip(&self.gradient).zip(memory) {
            let gradient = gradient * all.clip;
            *first = BETA_1 * *first + (1.0 - BETA_1) * gradient;
            *second = BETA_2 * *second + (1.0 - BETA_2) * gradient * gradient;
            let change = (*first / all.first_bias) / ((*second / all.second_bias).sqrt() + EPSILON);
            *value -= rate * (change + decay * *value);
        }
        self.var.set(&Tensor::from_vec(values, self.var.shape(), self.var.device())?)
    }
}

/// The share of the full rate at `step` of `steps`: up in the first `warm_up` share, then down to nothing.
#[expect(clippy::cast_precision_loss, reason = "steps are far below 2^24")]
pub(super) fn schedule(step: usize, steps: usize, warm_up: f32) -> f32 {
    let done = step as f32 / steps.max(1) as f32;
    if done < warm_up { done / warm_up } else { ((1.0 - done) / (1.0 - warm_up)).max(0.0) }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    #[test]
    fn it_finds_the_bottom_of_a_bowl() {
        let var = Var::from_vec(vec![3.0_f32, -2.0], 2, &Device::Cpu).unwrap();
        let parameters = Parameters::from([("x".to_owned(), var.clone())]);
        let mut adam = AdamW::default();
        for _ in 0..400 {
            let values = var.to_vec1::<f32>().unwrap();
            let gradient = values.iter().zip([1.0, 1.0]).map(|(x, at)| 2.0 * (x - at)).collect();
            let size = StepSize { rate: 0.02, heads: 1.0, decay: 0.0 };
            let parts = [Gradients::from([("x".to_owned(), gradient)])];
            adam.step(&Workers::default(), &parameters, &parts, size).unwrap();
        }
        for value in var.to_vec1::<f32>().unwrap() {
            assert!((value - 1.0).abs() < 0.05, "{value}");
        }
    }

    #[test]
    fn the_first_step_is_the_one_computed_by_hand() {
        let names = ["encoder.a.weight", "encoder.a.bias", "encoder.LayerNorm.weight", "heads.b.weight", "still"];
        let vars = names.map(|name| (name.to_owned(), Var::from_vec(vec![2.0_f32], 1, &Device::Cpu).unwrap()));
        let parameters = Parameters::from(vars);
        let gradient = |by: f32| names[..4].iter().map(|name| ((*name).to_owned(), vec![by])).collect::<Gradients>();
        let size = StepSize { rate: 0.01, heads: 10.0, decay: 0.1 };
        // Two parts of one batch: their sum counts, which is longer than a gradient may be.
        AdamW::default().step(&Workers::default(), &parameters, &[gradient(3.0), gradient(5.0)], size).unwrap();
        // The first step goes as far as the rate against each gradient, whatever its length; what is decayed loses a
        // tenth of itself as well, relative to the rate.
        let expected = [2.0 - 0.01 * 1.2, 2.0 - 0.01, 2.0 - 0.01, 2.0 - 0.1 * 1.2, 2.0];
        for (name, expected) in names.iter().zip(expected) {
            let found = parameters[*name].to_vec1::<f32>().unwrap()[0];
            assert!((found - expected).abs() < 1e-5, "{name}: {found} is not {expected}");
        }
    }

    #[test]
    fn a_gradient_that_is_no_number_moves_nothing() {
        let var = Var::from_vec(vec![2.0_f32], 1, &Device::Cpu).unwrap();
        let parameters = Parameters::from([("x".to_owned(), var.clone())]);
        let size = StepSize { rate: 0.01, heads: 1.0, decay: 0.0 };
        let part = Gradients::from([("x".to_owned(), vec![f32::NAN])]);
        let refused = AdamW::default().step(&Workers::default(), &parameters, &[part], size);
        assert!(matches!(refused, Err(TrainError::Diverged { step: 1 })));
        assert_eq!(var.to_vec1::<f32>().unwrap(), [2.0]);
    }

    #[test]
    fn the_rate_rises_and_falls() {
        assert!(schedule(0, 100, 0.1) < 1e-6);
        assert!((schedule(10, 100, 0.1) - 1.0).abs() < 1e-6);
        assert!((schedule(55, 100, 0.1) - 0.5).abs() < 1e-6);
        assert!(schedule(100, 100, 0.1) < 1e-6);
    }
}
