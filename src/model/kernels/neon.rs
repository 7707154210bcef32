//! NEON with the dot product of signed bytes (Armv8.2 and later).
//!
//! Weights are signed and activations are not, so 128 is taken off each activation; the epilogue
//! knows (`Isa::SHIFT`).

use std::arch::aarch64::*;
use std::arch::asm;

use super::isa::{Isa, Lanes};
use super::pack::{QUADS, ROWS};

/// NEON and dotprod.
pub(super) struct Neon;

/// Eight lanes in two registers.
#[derive(Clone, Copy)]
pub(super) struct Pair(float32x4_t, float32x4_t);

impl Lanes for Pair {
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        Self(vdupq_n_f32(x), vdupq_n_f32(x))
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        Self(vld1q_f32(from), vld1q_f32(from.add(4)))
    }
    #[inline(always)]
    unsafe fn load_i32(from: *const i32) -> Self {
        Self(vcvtq_f32_s32(vld1q_s32(from)), vcvtq_f32_s32(vld1q_s32(from.add(4))))
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        vst1q_f32(to, self.0);
        vst1q_f32(to.add(4), self.1);
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        Self(vaddq_f32(self.0, other.0), vaddq_f32(self.1, other.1))
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        Self(vsubq_f32(self.0, other.0), vsubq_f32(self.1, other.1))
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        Self(vmulq_f32(self.0, other.0), vmulq_f32(self.1, other.1))
    }
    #[inline(always)]
    unsafe fn fma(self, by: Self, plus: Self) -> Self {
        Self(vfmaq_f32(plus.0, self.0, by.0), vfmaq_f32(plus.1, self.1, by.1))
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        Self(vminq_f32(self.0, other.0), vminq_f32(self.1, other.1))
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        Self(vmaxq_f32(self.0, other.0), vmaxq_f32(self.1, other.1))
    }
    #[inline(always)]
    unsafe fn round(self) -> Self {
        Self(vrndnq_f32(self.0), vrndnq_f32(self.1))
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        let (low, high) = (vcvtq_s32_f32(self.0), vcvtq_s32_f32(self.1));
        let bias = vdupq_n_s32(127);
        Self(
            vreinterpretq_f32_s32(vshlq_n_s32::<23>(vaddq_s32(low, bias))),
            vreinterpretq_f32_s32(vshlq_n_s32::<23>(vaddq_s32(high, bias))),
        )
    }
    #[inline(always)]
    unsafe fn store_bytes(self, low: *mut u8, high: *mut u8) {
        let words = vcombine_u16(vqmovn_u32(vcvtq_u32_f32(self.0)), vqmovn_u32(vcvtq_u32_f32(self.1)));
        let bytes = vreinterpret_u32_u8(vqmovn_u16(words));
        low.cast::<u32>().write_unaligned(vget_lane_u32::<0>(bytes));
        high.cast::<u32>().write_unaligned(vget_lane_u32::<1>(bytes));
    }
    #[inline(always)]
    unsafe fn to_array(self) -> [f32; 8] {
        let mut out = [0.0; 8];
        self.store(out.as_mut_ptr());
        out
    }
}

/// `sum + weights · a[ROW]`, where `a` holds four activations of each of four rows.
///
/// The intrinsic is not stable in the oldest compiler that this package supports.
macro_rules! dot {
    ($sum:expr, $weights:expr, $a:expr, $row:literal) => {
        asm!(
            concat!("sdot {sum:v}.4s, {w:v}.16b, {a:v}.4b[", $row, "]"),
            sum = inout(vreg) $sum,
            w = in(vreg) $weights,
            a = in(vreg) $a,
            options(pure, nomem, nostack, preserves_flags)
        )
    };
}

impl Isa for Neon {
    type Lanes = Pair;
    const PANEL: usize = 8;
    const SHIFT: i32 = 128;

    #[inline(always)]
    unsafe fn tile(mut a: *const u8, mut w: *const i8, windows: usize, out: *mut i32) {
        let top = vdupq_n_u8(0x80);
        let mut sums = [[vdupq_n_s32(0); 2]; ROWS];
        for _ in 0..windows * QUADS {
            // SAFETY: the caller vouches for `windows` windows behind both pointers.
            let weights = [vld1q_s8(w), vld1q_s8(w.add(16))];
            for half in 0..2 {
                // Flipping the top bit takes 128 off.
                let four = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(a.add(half * 16)), top));
                for (column, weights) in weights.into_iter().enumerate() {
                    dot!(sums[half * 4][column], weights, four, "0");
                    dot!(sums[half * 4 + 1][column], weights, four, "1");
                    dot!(sums[half * 4 + 2][column], weights, four, "2");
                    dot!(sums[half * 4 + 3][column], weights, four, "3");
                }
            }
            a = a.add(ROWS * 4);
            w = w.add(32);
        }
        for (row, sums) in sums.into_iter().enumerate() {
            vst1q_s32(out.add(row * 8), sums[0]);
            vst1q_s32(out.add(row * 8 + 4), sums[1]);
        }
    }
}

super::dispatch::compile_for!(NEON, Neon, "neon-dotprod", #[target_feature(enable = "neon,dotprod")]);
