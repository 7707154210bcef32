//! Self-attention of many sequences laid end to end, without padding or masks.
//!
//! Forward: `softmax(Q Kᵀ / √d) V` for each sequence and head. Backward recomputes the softmax:
//! `dV = Pᵀ dO`, `dP = dO Vᵀ`, `dS = P ∘ (dP − rowsum(dP ∘ P))`, `dQ = dS K / √d`, `dK = dSᵀ Q / √d`.
//! Clauses are short, so this is a few hundredths of a layer's work; plain loops over the head width do.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use super::ops::{flat, number, values};

/// Attention over rows `[tokens, 3 * width]` that hold query, key and value → `[tokens, width]`.
pub(super) struct Attention {
    /// Rows of each sequence, in order.
    pub(super) lengths: Vec<usize>,
    pub(super) heads: usize,
}

/// One head of one sequence: rows of `d` values, end to end.
struct Head {
    d: usize,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
}

impl Head {
    fn gather(rows: &[f32], width: usize, head: usize, d: usize) -> Self {
        let part = |from: usize| -> Vec<f32> {
            rows.chunks_exact(3 * width).flat_map(|row| &row[from + head * d..from + (head + 1) * d]).copied().collect()
        };
        Self { d, q: part(0), k: part(width), v: part(2 * width) }
    }

    /// The attention weights, a row for each query.
    fn weights(&self) -> Vec<f32> {
        let scale = 1.0 / number(self.d).sqrt();
        let length = self.q.len() / self.d;
        let mut weights = Vec::with_capacity(length * length);
        for q in self.q.chunks_exact(self.d) {
            let start = weights.len();
            weights.extend(self.k.chunks_exact(self.d).map(|k| dot(q, k) * scale));
            let row = &mut weights[start..];
            let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let mut sum = 0.0;
            for weight in row.iter_mut() {
                *weight = (*weight - most).exp();
                sum += *weight;
            }
            for weight in row {
                *weight /= sum;
            }
        }
        weights
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    // Eight running sums, so that the compiler may use wide registers; the order is fixed.
    let mut sums = [0.0_f32; 8];
    for (a, b) in a.chunks_exact(8).zip(b.chunks_exact(8)) {
        for at in 0..8 {
            sums[at] += a[at] * b[at];
        }
    }
    let rest: f32 = a.chunks_exact(8).remainder().iter().zip(b.chunks_exact(8).remainder()).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

/// `to += by * from`.
fn add(to: &mut [f32], by: f32, from: &[f32]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to += by * from;
    }
}

impl CustomOp1 for Attention {
    fn name(&self) -> &'static str {
        "attention"
    }

    fn cpu_fwd(&self, qkv: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let (tokens, triple) = layout.shape().dims2()?;
        let width = triple / 3;
        let d = width / self.heads;
        let qkv = values(qkv, layout, self.name())?;
        let mut out = vec![0.0_f32; tokens * width];
        let mut from = 0;
        for &length in &self.lengths {
            let rows = &qkv[from * triple..(from + length) * triple];
            let out = &mut out[from * width..(from + length) * width];
            for head in 0..self.heads {
                let it = Head::gather(rows, width, head, d);
                for (weights, out) in it.weights().chunks_exact(length).zip(out.chunks_exact_mut(width)) {
                    let out = &mut out[head * d..(head + 1) * d];
                    for (&weight, v) in weights.iter().zip(it.v.chunks_exact(d)) {
                        add(out, weight, v);
                    }
                }
            }
            from += length;
        }
        Ok((CpuStorage::F32(out), Shape::from((tokens, width))))
    }

    fn bwd(&self, qkv: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (_, triple) = qkv.dims2()?;
        let width = triple / 3;
        let d = width / self.heads;
        let (values, grad) = (flat(qkv)?, flat(grad)?);
        let mut out = vec![0.0_f32; values.len()];
        let mut from = 0;
        for &length in &self.lengths {
            let rows = &values[from * triple..(from + length) * triple];
            let grad = &grad[from * width..(from + length) * width];
            let out = &mut out[from * triple..(from + length) * triple];
            for head in 0..self.heads {
                let it = Head::gather(rows, width, head, d);
                let grad: Vec<f32> =
                    grad.chunks_exact(width).flat_map(|row| &row[head * d..(head + 1) * d]).copied().collect();
                let [dq, dk, dv] = backward(&it, &grad, length);
                for (at, row) in out.chunks_exact_mut(triple).enumerate() {
                    for (part, from) in [(&dq, 0), (&dk, width), (&dv, 2 * width)] {
                        row[from + head * d..from + (head + 1) * d].copy_from_slice(&part[at * d..(at + 1) * d]);
                    }
                }
            }
            from += length;
        }
        Ok(Some(Tensor::from_vec(out, qkv.shape(), qkv.device())?))
    }
}

/// Gradients of query, key and value of one head.
fn backward(it: &Head, grad: &[f32], length: usize) -> [Vec<f32>; 3] {
    let d = it.d;
    let scale = 1.0 / number(d).sqrt();
    let [mut dq, mut dk, mut dv] = [(); 3].map(|()| vec![0.0_f32; length * d]);
    let mut dp = vec![0.0_f32; length];
    for (row, weights) in it.weights().chunks_exact(length).enumerate() {
        let grad = &grad[row * d..(row + 1) * d];
        let mut sum = 0.0;
        for at in 0..length {
            dp[at] = dot(grad, &it.v[at * d..(at + 1) * d]);
            sum += dp[at] * weights[at];
            add(&mut dv[at * d..(at + 1) * d], weights[at], grad);
        }
        for at in 0..length {
            let ds = weights[at] * (dp[at] - sum) * scale;
            add(&mut dq[row * d..(row + 1) * d], ds, &it.k[at * d..(at + 1) * d]);
            add(&mut dk[at * d..(at + 1) * d], ds, &it.q[row * d..(row + 1) * d]);
        }
    }
    [dq, dk, dv]
}

#[cfg(test)]
mod tests {
    use candle_core::{D, Device, Var};

    use super::*;

    /// The composed twin, for one sequence.
    fn composed(qkv: &Tensor, heads: usize) -> Tensor {
        let (tokens, triple) = qkv.dims2().unwrap();
        let width = triple / 3;
        let part = |at: usize| {
            let part = qkv.narrow(1, at * width, width).unwrap().reshape((tokens, heads, width / heads)).unwrap();
            part.transpose(0, 1).unwrap().contiguous().unwrap()
        };
        let scores = part(0).matmul(&part(1).t().unwrap().contiguous().unwrap()).unwrap();
        let scores = (scores / f64::from(number(width / heads)).sqrt()).unwrap();
        let most = scores.max_keepdim(D::Minus1).unwrap().detach();
        let powers = scores.broadcast_sub(&most).unwrap().exp().unwrap();
        let weights = powers.broadcast_div(&powers.sum_keepdim(D::Minus1).unwrap()).unwrap();
        weights
            .matmul(&part(2))
            .unwrap()
            .transpose(0, 1)
            .unwrap()
            .contiguous()
            .unwrap()
            .reshape((tokens, width))
            .unwrap()
    }

    #[test]
    fn sequences_end_to_end_are_those_alone_and_gradients_those_of_the_composed_one() {
        let device = Device::Cpu;
        let values: Vec<f32> = (0..9_u16 * 48).map(|at| f32::from(at * 37 % 101) / 50.0 - 1.0).collect();
        let qkv = Var::from_vec(values, (9, 48), &device).unwrap();
        let weigh = Tensor::from_vec((0..9_u8 * 16).map(f32::from).collect::<Vec<f32>>(), (9, 16), &device).unwrap();
        let fused = qkv.apply_op1(Attention { lengths: vec![4, 5], heads: 2 }).unwrap();
        let alone =
            Tensor::cat(&[composed(&qkv.narrow(0, 0, 4).unwrap(), 2), composed(&qkv.narrow(0, 4, 5).unwrap(), 2)], 0)
                .unwrap();
        let gradient = |out: &Tensor| {
            let grads = (out * &weigh).unwrap().sum_all().unwrap().backward().unwrap();
            grads.get(&qkv).unwrap().clone()
        };
        for (ours, theirs, within) in [(fused.clone(), alone.clone(), 1e-5), (gradient(&fused), gradient(&alone), 1e-3)]
        {
            let worst = (ours - theirs).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap();
            assert!(worst.to_scalar::<f32>().unwrap() < within, "{worst}");
        }
    }
}
