//! The product of activations and weights, with what is done to each sum while it is at hand.

use super::isa::{Isa, Lanes};
use super::pack::{QUAD, ROWS, WINDOW};

/// Bytes of weights that are held in the first-level cache while blocks of rows pass.
const STRIP: usize = 12 * 1024;
/// Columns of the widest panel.
const WIDEST: usize = 16;

/// One product, in pointers. See `Kernels::product` for what each must hold.
pub(super) struct Job {
    pub(super) activations: *const u8,
    pub(super) row_scales: *const f32,
    pub(super) row_zeros: *const f32,
    pub(super) blocks: usize,
    pub(super) weights: *const i8,
    pub(super) panels: usize,
    pub(super) windows: usize,
    pub(super) column_scales: *const f32,
    pub(super) column_sums: *const f32,
    pub(super) bias: *const f32,
    pub(super) out: *mut f32,
    pub(super) stride: usize,
}

/// Multiplies; `GELU` applies it to what is stored.
#[inline(always)]
pub(super) unsafe fn product<I: Isa, const GELU: bool>(job: &Job) {
    let panel_bytes = I::PANEL * WINDOW * job.windows;
    let block_bytes = ROWS * WINDOW * job.windows;
    let strip = (STRIP / panel_bytes).max(1);
    let mut first = 0;
    while first < job.panels {
        let last = (first + strip).min(job.panels);
        for block in 0..job.blocks {
            for panel in first..last {
                let mut sums = [0_i32; ROWS * WIDEST];
                I::tile(
                    job.activations.add(block * block_bytes),
                    job.weights.add(panel * panel_bytes),
                    job.windows,
                    sums.as_mut_ptr(),
                );
                for vector in 0..I::PANEL / 8 {
                    let column = panel * I::PANEL + vector * 8;
                    finish::<I, GELU>(job, block * ROWS, column, sums.as_ptr().add(vector * 8));
                }
            }
        }
        first = last;
    }
}

/// From whole sums of 8 rows and 8 columns to numbers: scales, zeros, bias, GELU.
#[inline(always)]
unsafe fn finish<I: Isa, const GELU: bool>(job: &Job, row: usize, column: usize, sums: *const i32) {
    let scales = I::Lanes::load(job.column_scales.add(column));
    let column_sums = I::Lanes::load(job.column_sums.add(column));
    let bias = I::Lanes::load(job.bias.add(column));
    for at in 0..ROWS {
        let scale = *job.row_scales.add(row + at);
        let zero = scale * (I::SHIFT as f32 - *job.row_zeros.add(row + at));
        let sum = I::Lanes::load_i32(sums.add(at * I::PANEL));
        let inner = sum.fma(I::Lanes::splat(scale), column_sums.mul(I::Lanes::splat(zero)));
        let mut value = inner.fma(scales, bias);
        if GELU {
            value = gelu(value);
        }
        value.store(job.out.add((row + at) * job.stride + column));
    }
}

/// Where the polynomial ends: beyond it the normal distribution function counts as 0 or 1.
const GELU_END: f32 = 4.2;
/// Odd powers of the normal distribution function less a half; fitted by least squares, reweighted
/// towards the greatest error of `gelu`, with its value at the end fixed at a half.
const GELU_POWERS: [f32; 8] = [
    0.398_465_84,
    -0.065_528_16,
    0.009_298_211,
    -0.000_950_653_4,
    6.689_019e-5,
    -3.037_897_4e-6,
    7.941_219e-8,
    -9.017_361e-10,
];

/// `x` times the normal distribution function of `x` (the exact GELU, not the one by tanh), within
/// 0.0001.
#[inline(always)]
pub(super) unsafe fn gelu<L: Lanes>(x: L) -> L {
    let end = x.min(L::splat(GELU_END)).max(L::splat(-GELU_END));
    let square = end.mul(end);
    let mut sum = L::splat(GELU_POWERS[7]);
    sum = sum.fma(square, L::splat(GELU_POWERS[6]));
    sum = sum.fma(square, L::splat(GELU_POWERS[5]));
    sum = sum.fma(square, L::splat(GELU_POWERS[4]));
    sum = sum.fma(square, L::splat(GELU_POWERS[3]));
    sum = sum.fma(square, L::splat(GELU_POWERS[2]));
    sum = sum.fma(square, L::splat(GELU_POWERS[1]));
    sum = sum.fma(square, L::splat(GELU_POWERS[0]));
    x.mul(sum.fma(end, L::splat(0.5)))
}

const _: () = assert!(WINDOW.is_multiple_of(QUAD), "a window is whole quads");
