//! `AdamW` (I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019), with warm-up,
//! linear decay and a bound on the gradient's norm.

use std::collections::BTreeMap;

use candle_core::Tensor;

use super::error::TrainError;
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

impl AdamW {
    /// Moves `parameters` against `gradients`.
    pub(super) fn step(
        &mut self,
        parameters: &Parameters,
        gradients: &Gradients,
        size: StepSize,
    ) -> Result<(), TrainError> {
        self.step += 1;
        let squares: f64 = gradients
            .values()
            .map(|gradient| gradient.iter().map(|g| f64::from(*g) * f64::from(*g)).sum::<f64>())
            .sum();
        if !squares.is_finite() {
            return Err(TrainError::Diverged { step: self.step });
        }
        #[expect(clippy::cast_possible_truncation, reason = "a factor between 0 and 1")]
        let clip = (MOST_NORM / squares.sqrt().max(MOST_NORM)) as f32;
        #[expect(clippy::cast_possible_truncation, clippy::cast_possible_wrap, reason = "steps are far below 2^31")]
        let steps = self.step as i32;
        let (first_bias, second_bias) = (1.0 - BETA_1.powi(steps), 1.0 - BETA_2.powi(steps));
        for (name, var) in parameters {
            let Some(gradient) = gradients.get(name) else { continue };
            let rate = if name.starts_with("heads.") { size.rate * size.heads } else { size.rate };
            // Biases and norms are not decayed, as is usual with BERT.
            let decay =
                if name.rsplit('.').next() == Some("bias") || name.contains("LayerNorm") { 0.0 } else { size.decay };
            let mut values: Vec<f32> = var.as_tensor().flatten_all()?.to_vec1()?;
            let first = self.first.entry(name.clone()).or_insert_with(|| vec![0.0; values.len()]);
            let second = self.second.entry(name.clone()).or_insert_with(|| vec![0.0; values.len()]);
            for (((value, gradient), first), second) in values.iter_mut().zip(gradient).zip(first).zip(second) {
                let gradient = gradient * clip;
                *first = BETA_1 * *first + (1.0 - BETA_1) * gradient;
                *second = BETA_2 * *second + (1.0 - BETA_2) * gradient * gradient;
                let change = (*first / first_bias) / ((*second / second_bias).sqrt() + EPSILON);
                *value -= rate * (change + decay * *value);
            }
            var.set(&Tensor::from_vec(values, var.shape(), var.device())?)?;
        }
        Ok(())
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
            adam.step(&parameters, &Gradients::from([("x".to_owned(), gradient)]), size).unwrap();
        }
        for value in var.to_vec1::<f32>().unwrap() {
            assert!((value - 1.0).abs() < 0.05, "{value}");
        }
    }

    #[test]
    fn the_rate_rises_and_falls() {
        assert!(schedule(0, 100, 0.1) < 1e-6);
        assert!((schedule(10, 100, 0.1) - 1.0).abs() < 1e-6);
        assert!((schedule(55, 100, 0.1) - 0.5).abs() < 1e-6);
        assert!(schedule(100, 100, 0.1) < 1e-6);
    }
}
