//! Plain Rust: what every processor can do, and what the others are held against.

use super::isa::{Isa, Lanes};
use super::pack::{QUAD, QUADS, ROWS};

/// Plain Rust.
pub(super) struct Portable;

/// Eight lanes that the compiler lays out as it can.
#[derive(Clone, Copy)]
pub(super) struct Eight([f32; 8]);

#[inline(always)]
fn zip(a: Eight, b: Eight, with: impl Fn(f32, f32) -> f32) -> Eight {
    Eight(std::array::from_fn(|i| with(a.0[i], b.0[i])))
}

impl Lanes for Eight {
    #[inline(always)]
    unsafe fn splat(x: f32) -> Self {
        Self([x; 8])
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        Self(from.cast::<[f32; 8]>().read_unaligned())
    }
    #[inline(always)]
    unsafe fn load_i32(from: *const i32) -> Self {
        Self(from.cast::<[i32; 8]>().read_unaligned().map(|x| x as f32))
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        to.cast::<[f32; 8]>().write_unaligned(self.0);
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        zip(self, other, |a, b| a + b)
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        zip(self, other, |a, b| a - b)
    }
    #[inline(always)]
    unsafe fn mul(self, other: Self) -> Self {
        zip(self, other, |a, b| a * b)
    }
    #[inline(always)]
    unsafe fn fma(self, by: Self, plus: Self) -> Self {
        // `f32::mul_add` would call a library function where there is no such instruction.
        self.mul(by).add(plus)
    }
    #[inline(always)]
    unsafe fn min(self, other: Self) -> Self {
        zip(self, other, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        zip(self, other, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    unsafe fn round(self) -> Self {
        // Adding and taking away 1.5 × 2^23 leaves no room for a fraction.
        const MAGIC: f32 = 12_582_912.0;
        Self(self.0.map(|x| (x + MAGIC) - MAGIC))
    }
    #[inline(always)]
    unsafe fn power_of_two(self) -> Self {
        Self(self.0.map(|x| f32::from_bits(((x as i32 + 127) << 23) as u32)))
    }
    #[inline(always)]
    unsafe fn store_bytes(self, low: *mut u8, high: *mut u8) {
        let [a, b, c, d, e, f, g, h] = self.0.map(|x| x as u8);
        low.cast::<[u8; 4]>().write_unaligned([a, b, c, d]);
        high.cast::<[u8; 4]>().write_unaligned([e, f, g, h]);
    }
    #[inline(always)]
    unsafe fn to_array(self) -> [f32; 8] {
        self.0
    }
}

impl Isa for Portable {
    type Lanes = Eight;
    const PANEL: usize = 8;
    const SHIFT: i32 = 0;

    #[inline(always)]
    unsafe fn tile(a: *const u8, w: *const i8, windows: usize, out: *mut i32) {
        let mut sums = [[0_i32; 8]; ROWS];
        for quad in 0..windows * QUADS {
            // SAFETY: the caller vouches for `windows` windows behind both pointers.
            let a = a.add(quad * ROWS * QUAD).cast::<[[u8; QUAD]; ROWS]>().read_unaligned();
            let w = w.add(quad * 8 * QUAD).cast::<[[i8; QUAD]; 8]>().read_unaligned();
            for (sums, a) in sums.iter_mut().zip(a) {
                for (sum, w) in sums.iter_mut().zip(w) {
                    for (a, w) in a.into_iter().zip(w) {
                        *sum += i32::from(a) * i32::from(w);
                    }
                }
            }
        }
        out.cast::<[[i32; 8]; ROWS]>().write_unaligned(sums);
    }
}

super::dispatch::compile_for!(PORTABLE, Portable, "portable",);
