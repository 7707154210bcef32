//! Operations with a backward pass of their own.
//!
//! candle's fused layer norm has none, and the composed one walks the memory some thirty times. Each
//! operation here walks it once forwards and once backwards; tests hold them against composed ones.

use candle_core::{CpuStorage, CustomOp1, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor};

use crate::model::kernels::GREATEST_ACTIVATION;

/// The contiguous values of `storage`.
pub(super) fn values<'a>(storage: &'a CpuStorage, layout: &Layout, op: &'static str) -> Result<&'a [f32]> {
    let (start, end) =
        layout.contiguous_offsets().ok_or_else(|| candle_core::Error::Msg(format!("{op} needs contiguous input")))?;
    storage
        .as_slice::<f32>()?
        .get(start..end)
        .ok_or_else(|| candle_core::Error::Msg(format!("{op}: layout outside its storage")))
}

/// The values of `tensor`, row after row.
pub(super) fn flat(tensor: &Tensor) -> Result<Vec<f32>> {
    tensor.contiguous()?.flatten_all()?.to_vec1()
}

/// Layer norm over the last dimension: `(x - mean) / sqrt(variance + eps) * weight + bias`.
/// Shapes: `[rows, width]`, `[width]`, `[width]` → `[rows, width]`.
pub(super) struct LayerNorm {
    pub(super) eps: f32,
}

impl CustomOp3 for LayerNorm {
    fn name(&self) -> &'static str {
        "layer-norm"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        weight: &CpuStorage,
        weight_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let x = values(x, x_layout, self.name())?;
        let weight = values(weight, weight_layout, self.name())?;
        let bias = values(bias, bias_layout, self.name())?;
        let mut out = vec![0.0_f32; x.len()];
        for (row, out) in x.chunks_exact(weight.len()).zip(out.chunks_exact_mut(weight.len())) {
            let (mean, scale) = moments(row, self.eps);
            for (((out, x), weight), bias) in out.iter_mut().zip(row).zip(weight).zip(bias) {
                *out = (x - mean) * scale * weight + bias;
            }
        }
        Ok((CpuStorage::F32(out), x_layout.shape().clone()))
    }

    fn bwd(
        &self,
        x: &Tensor,
        weight: &Tensor,
        bias: &Tensor,
        _: &Tensor,
        grad: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let (shape, device) = (x.shape().clone(), x.device().clone());
        let (x, w, grad) = (flat(x)?, flat(weight)?, flat(grad)?);
        let width = w.len();
        let mut dx = vec![0.0_f32; x.len()];
        let (mut dw, mut db) = (vec![0.0_f32; width], vec![0.0_f32; width]);
        let mut normed = vec![0.0_f32; width];
        for ((row, grad), dx) in x.chunks_exact(width).zip(grad.chunks_exact(width)).zip(dx.chunks_exact_mut(width)) {
            let (mean, scale) = moments(row, self.eps);
            let (mut sum, mut dot) = (0.0_f32, 0.0_f32);
            for at in 0..width {
                let n = (row[at] - mean) * scale;
                normed[at] = n;
                dw[at] += grad[at] * n;
                db[at] += grad[at];
                let g = grad[at] * w[at];
                sum += g;
                dot += g * n;
            }
            let (sum, dot) = (sum / number(width), dot / number(width));
            for at in 0..width {
                dx[at] = (grad[at] * w[at] - sum - normed[at] * dot) * scale;
            }
        }
        Ok((
            Some(Tensor::from_vec(dx, shape, &device)?),
            Some(Tensor::from_vec(dw, weight.shape(), &device)?),
            Some(Tensor::from_vec(db, bias.shape(), &device)?),
        ))
    }
}

fn moments(row: &[f32], eps: f32) -> (f32, f32) {
    let width = number(row.len());
    let mean = row.iter().sum::<f32>() / width;
    let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / width;
    (mean, 1.0 / (variance + eps).sqrt())
}

#[expect(clippy::cast_precision_loss, reason = "widths are far below 2^24")]
pub(super) fn number(count: usize) -> f32 {
    count as f32
}

/// `x + bias`, row by row. Shapes: `[rows, width]`, `[width]` → `[rows, width]`.
///
/// candle spreads its own sum over a pool of spinning threads, which beside workers that each have a
/// core costs more than it brings.
pub(super) struct AddBias;

impl CustomOp2 for AddBias {
    fn name(&self) -> &'static str {
        "add-bias"
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        bias: &CpuStorage,
        bias_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (x, bias) = (values(x, x_layout, self.name())?, values(bias, bias_layout, self.name())?);
        let sums = x.chunks_exact(bias.len()).flat_map(|row| row.iter().zip(bias).map(|(x, bias)| x + bias));
        Ok((CpuStorage::F32(sums.collect()), x_layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, bias: &Tensor, _: &Tensor, grad: &Tensor) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut sums = vec![0.0_f32; bias.elem_count()];
        for row in flat(grad)?.chunks_exact(sums.len()) {
            for (sum, grad) in sums.iter_mut().zip(row) {
                *sum += grad;
            }
        }
        Ok((Some(grad.clone()), Some(Tensor::from_vec(sums, bias.shape(), bias.device())?)))
    }
}

/// GELU as BERT was trained with it: `x * Φ(x)`, Φ the normal distribution, by the error function.
pub(super) struct Gelu;

impl CustomOp1 for Gelu {
    fn name(&self) -> &'static str {
        "gelu"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let x = values(x, layout, self.name())?;
        Ok((CpuStorage::F32(x.iter().map(|&x| x * normal(x).0).collect()), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        let (values, grad) = (flat(x)?, flat(grad)?);
        let dx: Vec<f32> = values
            .iter()
            .zip(&grad)
            .map(|(&x, grad)| {
                let (cumulative, density) = normal(x);
                grad * (cumulative + x * density)
            })
            .collect();
        Ok(Some(Tensor::from_vec(dx, x.shape(), x.device())?))
    }
}

/// Distribution and density of the standard normal at `x`.
///
/// The error function by Abramowitz and Stegun, "Handbook of mathematical functions", 7.1.26;
/// absolute error at most 1.5e-7 there, 3e-7 with the exponential below (a test measures it).
fn normal(x: f32) -> (f32, f32) {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let power = exp_negative(z * z);
    let poly = t * (0.254_829_6 + t * (-0.284_496_74 + t * (1.421_413_8 + t * (-1.453_152_1 + t * 1.061_405_4))));
    let half_tail = 0.5 * poly * power;
    let cumulative = if x >= 0.0 { 1.0 - half_tail } else { half_tail };
    (cumulative, power * 0.398_942_3)
}

/// `exp(-y)` for `y >= 0`, without a call, so that loops over it can be vectorised: a power of two and a
/// polynomial on the rest (coefficients of the Cephes library's `expf`).
fn exp_negative(y: f32) -> f32 {
    let y = y.min(87.0);
    let scaled = -y * std::f32::consts::LOG2_E;
    let whole = scaled.floor();
    let rest = -y - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let poly = ((((1.987_569_1e-4 * rest + 1.398_199_9e-3) * rest + 8.333_452e-3) * rest + 4.166_579_6e-2) * rest
        + 0.166_666_65)
        * rest
        + 0.5;
    #[expect(clippy::cast_possible_truncation, reason = "between -126 and 0 by the bound above")]
    let exponent = whole as i32;
    let power = f32::from_bits(u32::try_from((exponent + 127).max(0)).unwrap_or(0) << 23);
    (poly * rest * rest + rest + 1.0) * power
}

/// Sets a share of the values to zero and raises the others, by a mask that hangs on `seed` and place only.
pub(super) struct Dropout {
    pub(super) share: f32,
    pub(super) seed: u64,
}

impl Dropout {
    fn apply(&self, values: &[f32]) -> Vec<f32> {
        let kept = 1.0 / (1.0 - self.share);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 2^32")]
        let bound = (f64::from(self.share) * 4_294_967_296.0) as u32;
        values
            .iter()
            .zip(0_u64..)
            .map(|(value, at)| if mixed(self.seed.wrapping_add(at)) < bound { 0.0 } else { value * kept })
            .collect()
    }
}

/// Upper half of `SplitMix64` (G. Steele et al., "Fast splittable pseudorandom number generators", 2014).
fn mixed(at: u64) -> u32 {
    let mut z = at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or(0)
}

impl CustomOp1 for Dropout {
    fn name(&self) -> &'static str {
        "dropout"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok((CpuStorage::F32(self.apply(values(x, layout, self.name())?)), layout.shape().clone()))
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(Tensor::from_vec(self.apply(&flat(grad)?), x.shape(), x.device())?))
    }
}

/// Rounds each row of `[rows, width]` to the steps that the 8-bit encoder keeps of it, so that training
/// learns to live with them (B. Jacob et al., "Quantization and training of neural networks for efficient
/// integer-arithmetic-only inference", 2018). Gradients pass straight through (Y. Bengio et al.,
/// "Estimating or propagating gradients through stochastic neurons", 2013).
pub(super) struct Coarse;

impl CustomOp1 for Coarse {
    fn name(&self) -> &'static str {
        "coarse"
    }

    fn cpu_fwd(&self, x: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        /// Added and taken away again, it leaves the nearest whole number.
        const MAGIC: f32 = 12_582_912.0;
        let (_, width) = layout.shape().dims2()?;
        let x = values(x, layout, self.name())?;
        let mut out = Vec::with_capacity(x.len());
        for row in x.chunks_exact(width) {
            let (least, greatest) = row.iter().fold((0.0_f32, 0.0_f32), |(a, b), &x| (a.min(x), b.max(x)));
            let range = greatest - least;
            if range > 0.0 && range.is_finite() {
                let scale = range / GREATEST_ACTIVATION;
                let (by, zero) = (1.0 / scale, (-least / scale).round());
                out.extend(row.iter().map(|x| ((x * by + zero + MAGIC) - MAGIC - zero) * scale));
            } else {
                out.extend_from_slice(row);
            }
        }
        Ok((CpuStorage::F32(out), layout.shape().clone()))
    }

    fn bwd(&self, _: &Tensor, _: &Tensor, grad: &Tensor) -> Result<Option<Tensor>> {
        Ok(Some(grad.clone()))
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{D, Device, Var};

    use super::*;

    #[expect(clippy::cast_possible_truncation, reason = "numbers between -2 and 2")]
    fn some(rows: usize, width: usize, seed: u64) -> Vec<f32> {
        (0..rows * width).map(|at| (f64::from(mixed(seed + at as u64)) / 4_294_967_296.0 * 4.0 - 2.0) as f32).collect()
    }

    fn close(a: &Tensor, b: &Tensor, within: f32) {
        let worst = (a - b).unwrap().abs().unwrap().flatten_all().unwrap().max(0).unwrap().to_scalar::<f32>().unwrap();
        assert!(worst < within, "{worst} is not below {within}");
    }

    #[test]
    fn layer_norm_and_its_gradients_are_those_of_the_composed_one() {
        let device = Device::Cpu;
        let make = |values, shape: &[usize]| Var::from_vec(values, shape, &device).unwrap();
        let (x, w, b) = (make(some(5, 16, 1), &[5, 16]), make(some(1, 16, 2), &[16]), make(some(1, 16, 3), &[16]));
        let weigh = Tensor::from_vec(some(5, 16, 4), &[5, 16], &device).unwrap();
        let fused = x.apply_op3(w.as_tensor(), b.as_tensor(), LayerNorm { eps: 1e-12 }).unwrap();
        let centred = x.broadcast_sub(&x.mean_keepdim(D::Minus1).unwrap()).unwrap();
        let deviation = centred.sqr().unwrap().mean_keepdim(D::Minus1).unwrap().sqrt().unwrap();
        let plain = centred.broadcast_div(&deviation).unwrap().broadcast_mul(&w).unwrap().broadcast_add(&b).unwrap();
        close(&fused, &plain, 1e-5);
        let a = (&fused * &weigh).unwrap().sum_all().unwrap().backward().unwrap();
        let c = (&plain * &weigh).unwrap().sum_all().unwrap().backward().unwrap();
        for var in [&x, &w, &b] {
            close(a.get(var).unwrap(), c.get(var).unwrap(), 1e-4);
        }
    }

    #[test]
    fn gelu_is_within_its_bound() {
        let device = Device::Cpu;
        let x = Var::from_vec((-6000_i16..6000).map(|at| f32::from(at) / 1000.0).collect::<Vec<f32>>(), 12000, &device)
            .unwrap();
        let (ours, theirs) = (x.apply_op1(Gelu).unwrap(), x.gelu_erf().unwrap());
        close(&ours, &theirs, 2e-6);
        let a = ours.sum_all().unwrap().backward().unwrap();
        let c = theirs.sum_all().unwrap().backward().unwrap();
        close(a.get(&x).unwrap(), c.get(&x).unwrap(), 3e-6);
    }

    #[test]
    fn dropout_drops_its_share_the_same_way_forwards_and_backwards() {
        let x = Var::from_vec(vec![1.0_f32; 10_000], 10_000, &Device::Cpu).unwrap();
        let y = x.apply_op1(Dropout { share: 0.1, seed: 7 }).unwrap();
        let zeros = y.to_vec1::<f32>().unwrap().iter().filter(|y| **y == 0.0).count();
        assert!((900..1100).contains(&zeros), "{zeros}");
        let grads = y.sum_all().unwrap().backward().unwrap();
        close(grads.get(&x).unwrap(), &y, 1e-9);
    }

    #[test]
    fn coarse_rows_keep_their_ends_and_zero_and_gradients_pass_through() {
        let row = [-0.5_f32, 0.0, 0.101, 0.333, 1.41];
        let x = Var::from_vec([row, [0.0; 5]].concat(), (2, 5), &Device::Cpu).unwrap();
        let y = x.apply_op1(Coarse).unwrap();
        let step = 1.91 / GREATEST_ACTIVATION;
        close(&y, &x, step * 0.51);
        let rows = y.to_vec2::<f32>().unwrap();
        assert_eq!(rows[1], [0.0; 5]);
        for (y, whole) in rows[0].iter().zip([-50.0_f32, 0.0, 10.0, 33.0, 141.0]) {
            assert!((y - whole * step).abs() < 1e-6, "{y} is not {whole} steps");
        }
        let grads = y.sum_all().unwrap().backward().unwrap();
        close(grads.get(&x).unwrap(), &x.ones_like().unwrap(), 1e-9);
    }
}
