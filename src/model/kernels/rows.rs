//! Work on single rows: layer norm, and quantisation into blocks.

use super::isa::Lanes;
use super::pack::{MOST, QUAD, ROWS};

/// One row to quantise, in pointers.
#[derive(Clone, Copy)]
pub(super) struct Target {
    /// Where its first quad lies in the block.
    pub(super) bytes: *mut u8,
    pub(super) scale: *mut f32,
    pub(super) zero: *mut f32,
}

/// Writes `len` values as bytes that span their range and contain zero.
#[inline(always)]
pub(super) unsafe fn quantise<L: Lanes>(from: *const f32, len: usize, to: Target) {
    let mut least = L::splat(0.0);
    let mut greatest = L::splat(0.0);
    for at in (0..len).step_by(8) {
        let x = L::load(from.add(at));
        least = least.min(x);
        greatest = greatest.max(x);
    }
    let (least, greatest) = (least.least().min(0.0), greatest.greatest().max(0.0));
    // A row of zeros, or of numbers too small to be divided by a step of their range, becomes zeros, and so does what is
    // no number.
    let step = (greatest - least) / MOST;
    let scale = if step.is_normal() { step } else { 1.0 };
    let zero = (-least / scale).round().clamp(0.0, MOST);
    *to.scale = scale;
    *to.zero = zero;
    let (by, zero) = (L::splat(1.0 / scale), L::splat(zero));
    let (bottom, top) = (L::splat(0.0), L::splat(MOST));
    for at in (0..len).step_by(8) {
        let x = L::load(from.add(at)).fma(by, zero).round().max(bottom).min(top);
        let low = to.bytes.add(at / QUAD * ROWS * QUAD);
        x.store_bytes(low, low.add(ROWS * QUAD));
    }
}

/// Layer norm of `x + y`, written to `x`; `len` values each.
#[inline(always)]
pub(super) unsafe fn add_and_norm<L: Lanes>(
    x: *mut f32,
    y: *const f32,
    weight: *const f32,
    bias: *const f32,
    len: usize,
    epsilon: f32,
) {
    let mut total = L::splat(0.0);
    for at in (0..len).step_by(8) {
        let sum = L::load(x.add(at)).add(L::load(y.add(at)));
        sum.store(x.add(at));
        total = total.add(sum);
    }
    let mean = total.sum() / len as f32;
    let mean_lanes = L::splat(mean);
    let mut squares = L::splat(0.0);
    for at in (0..len).step_by(8) {
        let off = L::load(x.add(at)).sub(mean_lanes);
        squares = off.fma(off, squares);
    }
    let deviation = (squares.sum() / len as f32 + epsilon).sqrt();
    let by = L::splat(1.0 / deviation);
    for at in (0..len).step_by(8) {
        let unit = L::load(x.add(at)).sub(mean_lanes).mul(by);
        unit.fma(L::load(weight.add(at)), L::load(bias.add(at))).store(x.add(at));
    }
}

/// Adds `weight` times `x` to `sum`, `len` values each.
#[inline(always)]
pub(super) unsafe fn accumulate<L: Lanes>(sum: *mut f32, x: *const f32, weight: f32, len: usize) {
    let weight = L::splat(weight);
    for at in (0..len).step_by(8) {
        L::load(x.add(at)).fma(weight, L::load(sum.add(at))).store(sum.add(at));
    }
}
