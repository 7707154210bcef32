//! AVX-512 with VNNI: products of bytes that add up in 32 bits, sixteen columns at once.

use std::arch::x86_64::*;

use super::isa::Isa;
use super::pack::{QUADS, ROWS};

/// AVX-512 (F, BW, VL) and VNNI.
pub(super) struct Avx512Vnni;

impl Isa for Avx512Vnni {
    type Lanes = __m256;
    const PANEL: usize = 16;
    const SHIFT: i32 = 0;

    #[inline(always)]
    unsafe fn tile(mut a: *const u8, mut w: *const i8, windows: usize, out: *mut i32) {
        let mut sums = [_mm512_setzero_si512(); ROWS];
        for _ in 0..windows * QUADS {
            // SAFETY: the caller vouches for `windows` windows behind both pointers.
            let weights = _mm512_loadu_si512(w.cast());
            for row in 0..ROWS {
                let activations = _mm512_set1_epi32(a.add(row * 4).cast::<i32>().read_unaligned());
                sums[row] = _mm512_dpbusd_epi32(sums[row], activations, weights);
            }
            a = a.add(ROWS * 4);
            w = w.add(64);
        }
        for row in 0..ROWS {
            _mm512_storeu_si512(out.add(row * 16).cast(), sums[row]);
        }
    }
}

super::dispatch::compile_for!(
    AVX512_VNNI,
    Avx512Vnni,
    "avx512-vnni",
    #[target_feature(enable = "avx2,fma,avx512f,avx512bw,avx512vl,avx512vnni")]
);
