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
pub(super) const MOST: f32 = 191.0;
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
    /// Quantises `weights`, `columns` × `k` row by row (an output each), and packs them in panels of
    /// `panel` columns. `k` and `columns` must be multiples of 16.
    pub(super) fn new(weights: &[f32], bias: &[f32], k: usize, panel: usize) -> Self {
        let columns = bias.len();
        assert!(
            k > 0 && k.is_multiple_of(WINDOW) && columns.is_multiple_of(panel),
            "shapes are checked when weights are loaded"
        );
        assert_eq!(weights.len(), columns * k, "one weight for each input and output");
        let mut packed = Self {
            data: Lines::zeros(columns * k),
            panel,
            windows: k / WINDOW,
            columns,
            scales: Vec::with_capacity(columns),
            sums: Vec::with_capacity(columns),
            bias: bias.to_vec(),
        };
        let mut column = vec![0_i8; k];
        for (panel_bytes, rows) in
            packed.data.bytes_mut().chunks_exact_mut(panel * k).zip(weights.chunks_exact(panel * k))
        {
            for (at, row) in rows.chunks_exact(k).enumerate() {
                packed.scales.push(quantise(row, &mut column));
                packed.sums.push(column.iter().map(|&q| i32::from(q)).sum::<i32>() as f32);
                for (to, quad) in panel_bytes.chunks_exact_mut(panel * QUAD).zip(column.chunks_exact(QUAD)) {
                    for (to, &from) in to[at * QUAD..].iter_mut().zip(quad) {
                        *to = from as u8;
                    }
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
    let greatest = row.iter().fold(0.0_f32, |most, x| most.max(x.abs()));
    if greatest == 0.0 || !greatest.is_finite() {
        to.fill(0);
        return 1.0;
    }
    let mut heaviest = 0.0_f32;
    for window in row.as_chunks::<WINDOW>().0 {
        let mut positive = [0.0_f32; 2];
        let mut all = [0.0_f32; 2];
        for quad in window.as_chunks::<QUAD>().0 {
            for lane in 0..2 {
                let [a, b] = [quad[lane * 2], quad[lane * 2 + 1]];
                positive[lane] += a.max(0.0) + b.max(0.0);
                all[lane] += a.abs() + b.abs();
            }
        }
        for (positive, all) in positive.into_iter().zip(all) {
            heaviest = heaviest.max(positive.max(all - positive));
        }
    }
    let mut scale = (greatest / 127.0).max(heaviest / WINDOW_SUM as f32);
    loop {
        let by = 1.0 / scale;
        for (to, x) in to.iter_mut().zip(row) {
            *to = nearest(x * by) as i8;
        }
        if to.as_chunks::<WINDOW>().0.iter().all(fits) {
            return scale;
        }
        // Rounding took the heaviest window over the limit.
        scale *= 1.004;
    }
}

/// Rounds to the nearest whole number, for numbers well below 2^22.
fn nearest(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0;
    (x + MAGIC) - MAGIC
}

/// Whether neither 16-bit lane of `window` can overflow.
fn fits(window: &[i8; WINDOW]) -> bool {
    let mut positive = [0_i32; 2];
    let mut negative = [0_i32; 2];
    for (at, &x) in window.iter().enumerate() {
        let lane = at % QUAD / 2;
        positive[lane] += i32::from(x.max(0));
        negative[lane] -= i32::from(x.min(0));
    }
    positive.into_iter().chain(negative).all(|sum| sum <= WINDOW_SUM)
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
