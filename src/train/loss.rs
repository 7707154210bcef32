//! What training makes small.

use candle_core::{D, Device, Tensor};

use super::data::Example;
use crate::model::reference::Head;

/// Weights of right answers of the first head.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Weights {
    /// One for each output.
    pub labels: Vec<f32>,
}

/// Weight of the sum over the outputs of the first head beside one cross-entropy of another head.
const LABELS: f64 = 0.5;

/// Weight of a head with one output beside one cross-entropy of another head.
const GRADED: f64 = 1.0;

/// The loss of `outputs` (`[examples, all outputs]`) as a share of a batch of `of` examples: binary
/// cross-entropy of the first head and of a head with one output, cross-entropy of the others.
pub(super) fn loss(
    outputs: &Tensor,
    examples: &[&Example],
    heads: &[Head],
    weights: &Weights,
    of: usize,
) -> candle_core::Result<Tensor> {
    #[expect(clippy::cast_precision_loss, reason = "a batch is small")]
    let share = 1.0 / of as f64;
    let mut from = 0;
    let mut total: Option<Tensor> = None;
    for (at, &(_, width)) in heads.iter().enumerate() {
        let part = outputs.narrow(D::Minus1, from, width)?;
        from += width;
        let one = if at == 0 {
            (multi_label(&part, examples, weights)? * (LABELS * share))?
        } else if width == 1 {
            (graded(&part, examples)? * (GRADED * share))?
        } else {
            (one_class(&part, examples, at - 1)? * share)?
        };
        total = Some(match total {
            Some(total) => (total + one)?,
            None => one,
        });
    }
    total.ok_or_else(|| candle_core::Error::Msg("a model without heads".into()))
}

/// `Σ w y softplus(-z) + (1 - y) softplus(z)`.
fn multi_label(z: &Tensor, examples: &[&Example], weights: &Weights) -> candle_core::Result<Tensor> {
    let (rows, width) = z.dims2()?;
    let mut right = Vec::with_capacity(rows * width);
    let mut wrong = Vec::with_capacity(rows * width);
    for example in examples {
        for (at, &label) in example.labels.iter().enumerate() {
            let weight = weights.labels.get(at).copied().unwrap_or(1.0);
            right.push(if label { weight } else { 0.0 });
            wrong.push(if label { 0.0 } else { 1.0 });
        }
    }
    let tensor = |values: Vec<f32>| Tensor::from_vec(values, (rows, width), &Device::Cpu);
    let right = (softplus(&z.neg()?)? * tensor(right)?)?;
    let wrong = (softplus(z)? * tensor(wrong)?)?;
    (right + wrong)?.sum_all()
}

/// `t softplus(-z) + (1 - t) softplus(z)` where the right value `t` is known.
fn graded(z: &Tensor, examples: &[&Example]) -> candle_core::Result<Tensor> {
    let tensor = |value: fn(f32) -> f32| {
        let values: Vec<f32> = examples.iter().map(|example| example.worth.map_or(0.0, value)).collect();
        Tensor::from_vec(values, (examples.len(), 1), &Device::Cpu)
    };
    let right = (softplus(&z.neg()?)? * tensor(|t| t)?)?;
    let wrong = (softplus(z)? * tensor(|t| 1.0 - t)?)?;
    (right + wrong)?.sum_all()
}

/// `log(1 + exp(z))`, without overflow.
fn softplus(z: &Tensor) -> candle_core::Result<Tensor> {
    let soft = (z.abs()?.neg()?.exp()? + 1.0)?.log()?;
    z.relu()? + soft
}

fn one_class(z: &Tensor, examples: &[&Example], head: usize) -> candle_core::Result<Tensor> {
    let (rows, width) = z.dims2()?;
    let mut right = vec![0.0_f32; rows * width];
    for (row, example) in right.chunks_exact_mut(width).zip(examples) {
        if let Some(slot) = example.classes.get(head).and_then(|&class| row.get_mut(class)) {
            *slot = 1.0;
        }
    }
    let right = Tensor::from_vec(right, (rows, width), &Device::Cpu)?;
    let most = z.max_keepdim(D::Minus1)?.detach();
    let centred = z.broadcast_sub(&most)?;
    let sum = centred.exp()?.sum_keepdim(D::Minus1)?.log()?;
    (centred.broadcast_sub(&sum)? * right)?.sum_all()?.neg()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::Encoding;

    #[test]
    fn the_loss_is_the_one_computed_by_hand() {
        let mut example =
            Example { encoding: Encoding::default(), labels: vec![true, false], classes: vec![1], worth: Some(0.25) };
        let outputs = Tensor::new(&[[2.0_f32, -1.0, 0.0, 3.0, 0.0, 1.5]], &Device::Cpu).unwrap();
        let weights = Weights { labels: vec![4.0, 1.0] };
        let heads = [("category", 2), ("materiality", 3), ("interest", 1)];
        let found = |example: &Example| {
            f64::from(loss(&outputs, &[example], &heads, &weights, 2).unwrap().to_scalar::<f32>().unwrap())
        };
        let labels = 4.0 * (1.0 + (-2.0_f64).exp()).ln() + (1.0 + (-1.0_f64).exp()).ln();
        let class = (1.0 + 2.0 * (-3.0_f64).exp()).ln();
        let grade = 0.25 * (1.0 + (-1.5_f64).exp()).ln() + 0.75 * (1.0 + 1.5_f64.exp()).ln();
        assert!((found(&example) - (0.25 * labels + 0.5 * class + 0.5 * grade)).abs() < 1e-5);
        example.worth = None;
        assert!((found(&example) - (0.25 * labels + 0.5 * class)).abs() < 1e-5, "an unknown grade teaches nothing");
    }
}
