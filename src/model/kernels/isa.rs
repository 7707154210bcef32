//! What an instruction set must give: an integer tile and eight lanes of `f32`.

/// Eight `f32` in registers.
///
/// # Safety
/// Every function may be called only on a processor that has the instruction set of the
/// implementation, and inside a function compiled for it; pointers must be good for eight values.
pub(super) trait Lanes: Copy {
    unsafe fn splat(x: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    unsafe fn load_i32(from: *const i32) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn sub(self, other: Self) -> Self;
    unsafe fn mul(self, other: Self) -> Self;
    /// `self * by + plus`, rounded once where the instruction set can.
    unsafe fn fma(self, by: Self, plus: Self) -> Self;
    unsafe fn min(self, other: Self) -> Self;
    unsafe fn max(self, other: Self) -> Self;
    /// To the nearest whole number.
    unsafe fn round(self) -> Self;
    /// Two to the power of `self`, a whole number from -126 to 127.
    unsafe fn power_of_two(self) -> Self;
    /// Stores eight whole numbers from 0 to 255 as two groups of four bytes.
    unsafe fn store_bytes(self, low: *mut u8, high: *mut u8);
    unsafe fn to_array(self) -> [f32; 8];

    /// The sum of the lanes, always in the same order.
    #[inline(always)]
    unsafe fn sum(self) -> f32 {
        let [a, b, c, d, e, f, g, h] = self.to_array();
        ((a + e) + (c + g)) + ((b + f) + (d + h))
    }

    #[inline(always)]
    unsafe fn greatest(self) -> f32 {
        self.to_array().into_iter().fold(f32::NEG_INFINITY, f32::max)
    }

    #[inline(always)]
    unsafe fn least(self) -> f32 {
        self.to_array().into_iter().fold(f32::INFINITY, f32::min)
    }
}

/// An instruction set.
pub(super) trait Isa {
    type Lanes: Lanes;
    /// Columns of a panel of weights; a multiple of 8, at most 16.
    const PANEL: usize;
    /// Taken off each activation before it is multiplied, where the instruction wants signed bytes.
    const SHIFT: i32;

    /// The sums of products of 8 rows and `PANEL` columns over `windows` windows of 16, written to
    /// `out` as `[8][PANEL]`.
    ///
    /// # Safety
    /// As for [`Lanes`]; `a` and `w` must hold `windows` windows, `out` 8 × `PANEL` values.
    unsafe fn tile(a: *const u8, w: *const i8, windows: usize, out: *mut i32);
}
