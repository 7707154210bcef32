//! How numbers lie in memory for the tiles.
//!
//! The inner dimension `k` is cut into quads of four and windows of four quads. Weights lie in panels
//! of 8 or 16 columns, `[panel][quad][column][4]`; activations in blocks of 8 rows,
//! `[block][quad][row][4]`. A tile reads both front to back.

/// Rows of a block of activations.
pub(crate) const ROWS: usize = 8;
/// Neighbours along `k` whose products one 32-bit lane adds up.
pub(super) const QUAD: usize = 4;
/// Quads of a window.
pub(super) const QUADS: usize = 4;
/// `k`s of a window.
pub(super) const WINDOW: usize = QUAD * QUADS;
/// The greatest activation.
pub(crate) const MOST: f32 = 191.0;
/// The most that positive weights, and negative ones, may sum to in one 16-bit lane of a window:
/// with activations up to [`MOST`] this is the greatest sum that 16 bits hold. AVX2 adds up there; the
/// other instruction sets do not, but all use the same weights.
pub(super) const WINDOW_SUM: i32 = i16::MAX as i32 / MOST as i32;

/// 64 bytes that do not straddle two cache lines.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// A whole number of cache lines.
#[derive(Clone, Default)]
struct Lines(Vec<Line>);

impl Lines {
    fn zeros(bytes: usize) -> Self {
        Self(vec![Line([0; 64]); bytes.div_ceil(64)])
    }

    fn bytes(&self) -> &[u8] {
        // SAFETY: a `Line` is 64 bytes without padding, and any byte is a `u8`.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() * 64) }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above, and the borrow is unique.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), self.0.len() * 64) }
    }
}

/// A matrix of weights, a column for each output, in bytes.
#[derive(Clone)]
pub(crate) struct PackedMatrix {
    data: Lines,
    pub(super) panel: usize,
    pub(super) windows: usize,
    pub(super) columns: usize,
    /// Of each column: what one unit of a weight is worth.
    pub(super) scales: Vec<f32>,
    /// Of each column: the sum of its weights.
    pub(super) sums: Vec<f32>,
    pub(super) bias: Vec<f32>,
}

impl PackedMatrix {
    /// Quantises the weights of `columns` outputs from `k` inputs each, and packs them in panels of `panel`
    /// columns. `read` writes the weights of an output to where it is told, all finite, and returns its
    /// bias: so no more than one output's weights are in memory as floats. `k` and `columns` must be
    /// multiples of 16.
    pub(super) fn new(columns: usize, k: usize, panel: usize, mut read: impl FnMut(usize, &mut [f32]) -> f32) -> Self {
        assert!(
            k > 0 && k.is_multiple_of(WINDOW) && columns.is_multiple_of(panel),
            "shapes are checked when weights are loaded"
        );
        let mut packed = Self {
            data: Lines::zeros(columns * k),
            panel,
            windows: k / WINDOW,
            columns,
            scales: Vec::with_capacity(columns),
            sums: Vec::with_capacity(columns),
            bias: Vec::with_capacity(columns),
        };
        let (mut row, mut column) = (vec![0.0; k], vec![0_i8; k]);
        let panels = packed.data.bytes_mut().chunks_exact_mut(panel * k).take(columns / panel);
        for (first, panel_bytes) in (0..).step_by(panel).zip(panels) {
            for at in 0..panel {
                packed.bias.push(read(first + at, &mut row));
                packed.scales.push(quantise(&row, &mut column));
                packed.sums.push(column.iter().map(|&q| i32::from(q)).sum::<i32>() as f32);
                let slots = panel_bytes.chunks_exact_mut(panel * QUAD);
                for (to, quad) in slots.zip(column.as_chunks::<QUAD>().0) {
                    to[at * QUAD..(at + 1) * QUAD].copy_from_slice(&quad.map(i8::cast_unsigned));
                }
            }
        }
        packed
    }

    pub(super) fn weights(&self) -> &[u8] {
        self.data.bytes()
    }

    /// Multiplications and additions for one row.
    pub(crate) fn operations(&self) -> usize {
        2 * self.inputs() * self.columns
    }

    /// Inputs.
    pub(super) fn inputs(&self) -> usize {
        self.windows * WINDOW
    }
}

/// Writes `row` as bytes and returns what one unit is worth: the least such that no byte overflows
/// and no window sums to more than [`WINDOW_SUM`].
fn quantise(row: &[f32], to: &mut [i8]) -> f32 {
    // Without their signs, floats have the order of their bits, and whole numbers are compared side by side.
    let greatest = f32::from_bits(row.iter().fold(0, |most, x| most.max(x.abs().to_bits())));
    if greatest == 0.0 || !greatest.is_finite() {
        to.fill(0);
        return 1.0;
    }
    let heaviest = row.as_chunks::<WINDOW>().0.iter().fold(0.0_f32, |most, window| most.max(heaviest(window)));
    let mut scale = (greatest / 127.0).max(heaviest / WINDOW_SUM as f32);
    loop {
        let by = 1.0 / scale;
        for (to, x) in to.iter_mut().zip(row) {
            *to = nearest(x * by);
        }
        if to.as_chunks::<WINDOW>().0.iter().fold(true, |all, window| all & fits(window)) {
            return scale;
        }
        // Rounding took the heaviest window over the limit.
        scale *= 1.004;
    }
}

/// The nearest whole number, which must be one that a byte holds. Adding this brings it into the last
/// bits of the float: some instructions less than a conversion that minds all other numbers too.
fn nearest(x: f32) -> i8 {
    const MAGIC: f32 = 12_582_912.0;
    (x + MAGIC).to_bits() as i8
}

/// The most that either 16-bit lane of `window` sums to, the positive weights or the negative ones.
/// Lanes are summed two quads side by side.
fn heaviest(window: &[f32; WINDOW]) -> f32 {
    const SIDE: usize = 2 * QUAD;
    let (mut positive, mut negative) = ([0.0_f32; SIDE], [0.0_f32; SIDE]);
    for quads in window.as_chunks::<SIDE>().0 {
        for ((&x, positive), negative) in quads.iter().zip(&mut positive).zip(&mut negative) {
            *positive += if x > 0.0 { x } else { 0.0 };
            *negative -= if x < 0.0 { x } else { 0.0 };
        }
    }
    let lane = |sums: &[f32; SIDE], lane: usize| {
        sums[2 * lane] + sums[2 * lane + 1] + sums[QUAD + 2 * lane] + sums[QUAD + 2 * lane + 1]
    };
    lane(&positive, 0).max(lane(&positive, 1)).max(lane(&negative, 0)).max(lane(&negative, 1))
}

/// Whether neither 16-bit lane of `window` can overflow.
fn fits(window: &[i8; WINDOW]) -> bool {
    const SIDE: usize = 2 * QUAD;
    let (mut positive, mut negative) = ([0_i16; SIDE], [0_i16; SIDE]);
    for quads in window.as_chunks::<SIDE>().0 {
        for ((&x, positive), negative) in quads.iter().zip(&mut positive).zip(&mut negative) {
            *positive += i16::from(x).max(0);
            *negative -= i16::from(x).min(0);
        }
    }
    let lane = |sums: &[i16; SIDE], lane: usize| {
        sums[2 * lane] + sums[2 * lane + 1] + sums[QUAD + 2 * lane] + sums[QUAD + 2 * lane + 1]
    };
    let most = lane(&positive, 0).max(lane(&positive, 1)).max(lane(&negative, 0)).max(lane(&negative, 1));
    i32::from(most) <= WINDOW_SUM
}

/// Rows of activations in bytes, each with its own scale and zero, so that what comes of a row does
/// not depend on the rows beside it.
#[derive(Clone, Default)]
pub(crate) struct PackedRows {
    data: Vec<u8>,
    pub(super) windows: usize,
    /// Of each row: what one unit of an activation is worth.
    pub(super) scales: Vec<f32>,
    /// Of each row: the byte that stands for zero.
    pub(super) zeros: Vec<f32>,
}

impl PackedRows {
    /// Makes room for `rows` rows of `k` values, a whole number of blocks.
    pub(crate) fn resize(&mut self, rows: usize, k: usize) {
        assert!(k.is_multiple_of(WINDOW), "shapes are checked when weights are loaded");
        let rows = rows.next_multiple_of(ROWS);
        self.windows = k / WINDOW;
        self.data.resize(rows * k, 0);
        self.scales.resize(rows, 0.0);
        self.zeros.resize(rows, 0.0);
    }

    /// Rows that there is room for.
    pub(super) fn rows(&self) -> usize {
        self.scales.len()
    }

    pub(super) fn k(&self) -> usize {
        self.windows * WINDOW
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.data
    }

    pub(super) fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.data
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_window_overflows_sixteen_bits() {
        // The worst: every weight as large as the largest.
        let heavy = vec![3.5_f32; WINDOW * 2];
        let mut bytes = vec![0; heavy.len()];
        let scale = quantise(&heavy, &mut bytes);
        assert!(bytes.as_chunks::<WINDOW>().0.iter().all(fits));
        assert!(bytes.iter().all(|&q| i32::from(q) == WINDOW_SUM / 8), "{bytes:?}");
        assert!((f32::from(bytes[0]) * scale - 3.5).abs() < scale, "within a step");
        // One large weight among small ones uses all seven bits.
        let mut light = vec![0.001_f32; WINDOW];
        light[3] = -2.0;
        let mut bytes = vec![0; WINDOW];
        quantise(&light, &mut bytes);
        assert_eq!(bytes[3], -127);
    }

    #[test]
    fn a_column_of_zeros_stays_zero() {
        let mut bytes = vec![1; WINDOW];
        assert!(quantise(&[0.0; WINDOW], &mut bytes) > 0.0);
        assert!(bytes.iter().all(|&q| q == 0));
    }
}
