//! AVX2 with FMA; and AVX-VNNI, which adds one instruction to it.
//!
//! AVX2 has no product of bytes that adds up in 32 bits. `vpmaddubsw` multiplies bytes and adds pairs
//! in 16 bits, where four such pairs are added before they are widened. That this never overflows is
//! seen to when the weights are packed: see `pack::WINDOW_SUM`. It costs 5 multiplications for 128
//! products, where widening each pair would cost 8.

use std::arch::x86_64::*;

use super::isa::{Isa, Lanes};
use super::pack::{QUADS, ROWS};

/// AVX2 and FMA.
pub(super) struct Avx2;

/// AVX2, FMA and AVX-VNNI.
pub(super) struct AvxVnni;

impl Lanes for __m256 {
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        _mm256_set1_ps(x)
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        _mm256_loadu_ps(from)
    }
    #[inline(always)]
    unsafe fn load_i32(from: *const i32) -> Self {
        _mm256_cvtepi32_ps(_mm256_loadu_si256(from.cast()))
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        _mm256_storeu_ps(to, self);
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        _mm256_add_ps(self, other)
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        _mm256_sub_ps(self, other)
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        _mm256_mul_ps(self, other)
    }
    #[inline(always)]
    unsafe fn fma(self, by: Self, plus: Self) -> Self {
        _mm256_fmadd_ps(self, by, plus)
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        _mm256_min_ps(self, other)
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        _mm256_max_ps(self, other)
    }
    #[inline(always)]
    unsafe fn round(self) -> Self {
        _mm256_round_ps::<{ _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC }>(self)
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        let exponent = _mm256_add_epi32(_mm256_cvtps_epi32(self), _mm256_set1_epi32(127));
        _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
    }
    #[inline(always)]
    unsafe fn store_bytes(self, low: *mut u8, high: *mut u8) {
        let whole = _mm256_cvtps_epi32(self);
        let (a, b) = (_mm256_castsi256_si128(whole), _mm256_extracti128_si256::<1>(whole));
        let words = _mm_packus_epi32(a, b);
        let bytes = _mm_packus_epi16(words, words);
        low.cast::<i32>().write_unaligned(_mm_cvtsi128_si32(bytes));
        high.cast::<i32>().write_unaligned(_mm_extract_epi32::<1>(bytes));
    }
    #[inline(always)]
    unsafe fn to_array(self) -> [f32; 8] {
        let mut out = [0.0; 8];
        _mm256_storeu_ps(out.as_mut_ptr(), self);
        out
    }
}

/// Four activations of one row, in every lane.
#[inline(always)]
unsafe fn activations(a: *const u8, quad: usize, row: usize) -> __m256i {
    _mm256_set1_epi32(a.add((quad * ROWS + row) * 4).cast::<i32>().read_unaligned())
}

impl Isa for Avx2 {
    type Lanes = __m256;
    const PANEL: usize = 8;
    const SHIFT: i32 = 0;

    #[inline(always)]
    unsafe fn tile(mut a: *const u8, mut w: *const i8, windows: usize, out: *mut i32) {
        let ones = _mm256_set1_epi16(1);
        let mut sums = [_mm256_setzero_si256(); ROWS];
        for _ in 0..windows {
            // SAFETY: the caller vouches for `windows` windows behind both pointers.
            let w0 = _mm256_loadu_si256(w.cast());
            let w1 = _mm256_loadu_si256(w.add(32).cast());
            let w2 = _mm256_loadu_si256(w.add(64).cast());
            let w3 = _mm256_loadu_si256(w.add(96).cast());
            for row in 0..ROWS {
                let first = _mm256_maddubs_epi16(activations(a, 0, row), w0);
                let second = _mm256_maddubs_epi16(activations(a, 1, row), w1);
                let third = _mm256_maddubs_epi16(activations(a, 2, row), w2);
                let fourth = _mm256_maddubs_epi16(activations(a, 3, row), w3);
                let pairs = _mm256_add_epi16(_mm256_add_epi16(first, second), _mm256_add_epi16(third, fourth));
                sums[row] = _mm256_add_epi32(sums[row], _mm256_madd_epi16(pairs, ones));
            }
            a = a.add(QUADS * ROWS * 4);
            w = w.add(QUADS * 32);
        }
        for row in 0..ROWS {
            _mm256_storeu_si256(out.add(row * 8).cast(), sums[row]);
        }
    }
}

impl Isa for AvxVnni {
    type Lanes = __m256;
    const PANEL: usize = 8;
    const SHIFT: i32 = 0;

    #[inline(always)]
    unsafe fn tile(mut a: *const u8, mut w: *const i8, windows: usize, out: *mut i32) {
        let mut sums = [_mm256_setzero_si256(); ROWS];
        for _ in 0..windows * QUADS {
            // SAFETY: the caller vouches for `windows` windows behind both pointers.
            let weights = _mm256_loadu_si256(w.cast());
            for row in 0..ROWS {
                sums[row] = _mm256_dpbusd_avx_epi32(sums[row], activations(a, 0, row), weights);
            }
            a = a.add(ROWS * 4);
            w = w.add(32);
        }
        for row in 0..ROWS {
            _mm256_storeu_si256(out.add(row * 8).cast(), sums[row]);
        }
    }
}

super::dispatch::compile_for!(AVX2, Avx2, "avx2", #[target_feature(enable = "avx2,fma")]);
super::dispatch::compile_for!(AVX_VNNI, AvxVnni, "avx-vnni", #[target_feature(enable = "avx2,fma,avxvnni")]);
