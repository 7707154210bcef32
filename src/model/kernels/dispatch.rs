//! Which kernels this processor runs, and their safe face.

use std::ops::Range;
use std::sync::OnceLock;

use super::attend::{Head, KEYS, QUERIES};
use super::pack::{MOST, PackedMatrix, PackedRows, QUAD, ROWS, WINDOW};
use super::portable::PORTABLE;
use super::product::Job;
use super::rows::Target;

/// The kernels of one instruction set.
pub(crate) struct Kernels {
    pub(super) name: &'static str,
    pub(super) panel: usize,
    pub(super) functions: Functions,
}

/// The bodies, compiled for the instruction set. To be called only where it is present.
pub(super) struct Functions {
    pub(super) product: unsafe fn(&Job),
    pub(super) product_gelu: unsafe fn(&Job),
    pub(super) quantise: unsafe fn(*const f32, usize, Target),
    pub(super) add_and_norm: unsafe fn(*mut f32, *const f32, *const f32, *const f32, usize, f32),
    pub(super) accumulate: unsafe fn(*mut f32, *const f32, f32, usize),
    pub(super) attend: unsafe fn(&Head),
}

/// Compiles the bodies for an instruction set, with the attribute that turns it on.
macro_rules! compile_for {
    ($kernels:ident, $isa:ident, $name:literal, $(#[$feature:meta])?) => {
        /// The kernels of this instruction set.
        pub(super) static $kernels: super::dispatch::Kernels = {
            use super::{attend, dispatch, product, rows};
            type L = <$isa as Isa>::Lanes;
            $(#[$feature])?
            unsafe fn product(job: &product::Job) {
                product::product::<$isa, false>(job);
            }
            $(#[$feature])?
            unsafe fn product_gelu(job: &product::Job) {
                product::product::<$isa, true>(job);
            }
            $(#[$feature])?
            unsafe fn quantise(from: *const f32, len: usize, to: rows::Target) {
                rows::quantise::<L>(from, len, to);
            }
            $(#[$feature])?
            unsafe fn add_and_norm(x: *mut f32, y: *const f32, weight: *const f32, bias: *const f32, len: usize, epsilon: f32) {
                rows::add_and_norm::<L>(x, y, weight, bias, len, epsilon);
            }
            $(#[$feature])?
            unsafe fn accumulate(sum: *mut f32, x: *const f32, weight: f32, len: usize) {
                rows::accumulate::<L>(sum, x, weight, len);
            }
            $(#[$feature])?
            unsafe fn attend(head: &attend::Head) {
                attend::attend::<L>(head);
            }
            dispatch::Kernels {
                name: $name,
                panel: <$isa as Isa>::PANEL,
                functions: dispatch::Functions {
                    product,
                    product_gelu,
                    quantise,
                    add_and_norm,
                    accumulate,
                    attend,
                },
            }
        };
    };
}
pub(super) use compile_for;

/// What is done to a product before it is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Epilogue {
    /// Scale and bias.
    Linear,
    /// Scale, bias and GELU.
    Gelu,
}

/// A layer norm.
#[derive(Debug, Clone)]
pub(crate) struct Norm {
    /// Multiplies each value.
    pub(crate) weight: Vec<f32>,
    /// Is added to each.
    pub(crate) bias: Vec<f32>,
    /// Is added to the variance.
    pub(crate) epsilon: f32,
}

/// Queries, keys and values of one head of one clause, and where the result goes.
pub(crate) struct AttentionJob<'a> {
    /// Rows of `stride` values.
    pub(crate) projections: &'a [f32],
    pub(crate) stride: usize,
    /// Columns where queries, keys and values of the head begin.
    pub(crate) columns: [usize; 3],
    /// The clause's rows.
    pub(crate) rows: Range<usize>,
    /// Width of a head.
    pub(crate) width: usize,
    /// Room to work in.
    pub(crate) room: &'a mut Vec<f32>,
    /// Rows of `out_stride` values; the head writes from `out_column` on.
    pub(crate) out: &'a mut [f32],
    pub(crate) out_stride: usize,
    pub(crate) out_column: usize,
}

impl Kernels {
    /// The best kernels of this processor. They have computed a small product as the portable ones do.
    pub(crate) fn best() -> &'static Self {
        static BEST: OnceLock<&Kernels> = OnceLock::new();
        BEST.get_or_init(|| Self::available().into_iter().find(|it| it.agrees()).unwrap_or(&PORTABLE))
    }

    /// All that this processor can run, the best first, the portable ones last.
    pub(crate) fn available() -> Vec<&'static Self> {
        let mut found: Vec<&'static Self> = Vec::new();
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            let avx512 = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl");
            if avx2 && avx512 && is_x86_feature_detected!("avx512vnni") {
                found.push(&super::avx512vnni::AVX512_VNNI);
            }
            if avx2 && is_x86_feature_detected!("avxvnni") {
                found.push(&super::avx2::AVX_VNNI);
            }
            if avx2 {
                found.push(&super::avx2::AVX2);
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("dotprod") {
            found.push(&super::neon::NEON);
        }
        found.push(&PORTABLE);
        found
    }

    /// What the instruction set is called.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Quantises and packs `weights`, an output a row of `inputs` values.
    pub(crate) fn pack(&self, weights: &[f32], bias: &[f32], inputs: usize) -> PackedMatrix {
        assert_eq!(weights.len(), bias.len() * inputs, "one weight for each input and output");
        self.pack_rows(bias.len(), inputs, |output, to| {
            to.copy_from_slice(&weights[output * inputs..(output + 1) * inputs]);
            bias[output]
        })
    }

    /// As [`pack`](Self::pack); `read` writes the weights of one output and returns its bias.
    pub(crate) fn pack_rows(
        &self,
        outputs: usize,
        inputs: usize,
        read: impl FnMut(usize, &mut [f32]) -> f32,
    ) -> PackedMatrix {
        PackedMatrix::new(outputs, inputs, self.panel, read)
    }

    /// Multiplies the rows of `blocks` with `weights`; row `i` of them goes to `out[i * stride..]`.
    pub(crate) fn product(
        &self,
        rows: &PackedRows,
        blocks: Range<usize>,
        weights: &PackedMatrix,
        epilogue: Epilogue,
        out: &mut [f32],
        stride: usize,
    ) {
        let count = blocks.len() * ROWS;
        assert!(blocks.start <= blocks.end && blocks.end * ROWS <= rows.rows(), "blocks of the rows");
        assert!(rows.windows == weights.windows && weights.panel == self.panel, "shapes and layouts fit");
        assert!(rows.bytes().len() >= rows.rows() * rows.k(), "rows have bytes");
        assert!(weights.weights().len() >= weights.columns * weights.inputs(), "columns have bytes");
        assert!(stride >= weights.columns && (count == 0 || out.len() >= (count - 1) * stride + weights.columns));
        assert!(weights.scales.len() == weights.columns && weights.sums.len() == weights.columns);
        assert!(weights.bias.len() == weights.columns && weights.columns.is_multiple_of(self.panel));
        let first = blocks.start * ROWS;
        let job = Job {
            activations: rows.bytes()[first * rows.k()..].as_ptr(),
            row_scales: rows.scales[first..].as_ptr(),
            row_zeros: rows.zeros[first..].as_ptr(),
            blocks: blocks.len(),
            weights: weights.weights().as_ptr().cast(),
            panels: weights.columns / self.panel,
            windows: weights.windows,
            column_scales: weights.scales.as_ptr(),
            column_sums: weights.sums.as_ptr(),
            bias: weights.bias.as_ptr(),
            out: out.as_mut_ptr(),
            stride,
        };
        let body = match epilogue {
            Epilogue::Linear => self.functions.product,
            Epilogue::Gelu => self.functions.product_gelu,
        };
        // SAFETY: `self` came from `available`, so the processor has the instruction set. The
        // assertions above say that every row, column and result that the job names exists.
        unsafe { body(&job) };
    }

    /// Quantises one row of values into row `row` of `to`.
    pub(crate) fn quantise(&self, from: &[f32], to: &mut PackedRows, row: usize) {
        let k = to.k();
        assert!(from.len() == k && row < to.rows(), "a row of that width");
        let start = row / ROWS * ROWS * k + row % ROWS * QUAD;
        let last = start + (k / QUAD - 1) * ROWS * QUAD + QUAD;
        assert!(last <= to.bytes().len(), "the row lies in the bytes");
        let target = Target {
            bytes: to.bytes_mut()[start..].as_mut_ptr(),
            scale: &raw mut to.scales[row],
            zero: &raw mut to.zeros[row],
        };
        // SAFETY: the processor has the instruction set; `from` holds `k` values, a multiple of 16, and
        // the quads of the row end within the bytes.
        unsafe { (self.functions.quantise)(from.as_ptr(), k, target) };
    }

    /// Layer norm of `x + y`, written to `x`.
    pub(crate) fn add_and_norm(&self, x: &mut [f32], y: &[f32], norm: &Norm) {
        let len = x.len();
        assert!(len.is_multiple_of(WINDOW) && y.len() == len && norm.weight.len() == len && norm.bias.len() == len);
        let (weight, bias) = (norm.weight.as_ptr(), norm.bias.as_ptr());
        // SAFETY: the processor has the instruction set; all four hold `len` values, a multiple of 8.
        unsafe { (self.functions.add_and_norm)(x.as_mut_ptr(), y.as_ptr(), weight, bias, len, norm.epsilon) };
    }

    /// Adds `weight` times `x` to `sum`.
    pub(crate) fn accumulate(&self, sum: &mut [f32], x: &[f32], weight: f32) {
        assert!(sum.len() == x.len() && x.len().is_multiple_of(WINDOW));
        // SAFETY: the processor has the instruction set; both hold as many values, a multiple of 8.
        unsafe { (self.functions.accumulate)(sum.as_mut_ptr(), x.as_ptr(), weight, x.len()) };
    }

    /// Attention of one head over one clause.
    pub(crate) fn attend(&self, job: AttentionJob<'_>) {
        let AttentionJob { projections, stride, columns, rows, width, room, out, out_stride, out_column } = job;
        let len = rows.len();
        if len == 0 {
            return;
        }
        assert!(width > 0 && width.is_multiple_of(16), "heads are whole vectors");
        let past = |start: usize, stride: usize| (rows.end - 1) * stride + start + width;
        assert!(columns.iter().all(|&start| start + width <= stride && past(start, stride) <= projections.len()));
        assert!(out_column + width <= out_stride && past(out_column, out_stride) <= out.len());
        let padded = len.next_multiple_of(KEYS);
        room.resize((width + QUERIES) * padded, 0.0);
        let (transposed, scores) = room.split_at_mut(width * padded);
        let at = |start: usize| projections[rows.start * stride + start..].as_ptr();
        let head = Head {
            queries: at(columns[0]),
            keys: at(columns[1]),
            values: at(columns[2]),
            stride,
            len,
            width,
            transposed: transposed.as_mut_ptr(),
            scores: scores.as_mut_ptr(),
            out: out[rows.start * out_stride + out_column..].as_mut_ptr(),
            out_stride,
        };
        // SAFETY: the processor has the instruction set; the assertions say that every row of the
        // three projections and of the result exists, and the room was sized above.
        unsafe { (self.functions.attend)(&head) };
    }

    /// Whether a small product comes out exactly as the portable kernels have it. A guard against
    /// processors, or emulators of them, that claim more than they do.
    fn agrees(&self) -> bool {
        small_product(self) == small_product(&PORTABLE)
    }
}

/// A product of made-up numbers whose results are whole and small enough to be exact.
fn small_product(kernels: &Kernels) -> Vec<f32> {
    let (k, columns) = (3 * WINDOW, 32);
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state >> 8
    };
    let weights: Vec<f32> = (0..k * columns).map(|_| (next() % 33) as f32 - 16.0).collect();
    let mut packed = kernels.pack(&weights, &vec![0.0; columns], k);
    packed.scales.fill(1.0);
    let mut rows = PackedRows::default();
    rows.resize(2 * ROWS, k);
    rows.bytes_mut().fill_with(|| (next() % (MOST as u32 + 1)) as u8);
    rows.scales.fill(1.0);
    rows.zeros.fill_with(|| (next() & 255) as f32);
    let mut out = vec![0.0; 2 * ROWS * columns];
    kernels.product(&rows, 0..2, &packed, Epilogue::Linear, &mut out, columns);
    out
}
