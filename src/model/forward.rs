//! From tokens to embeddings: the layers, one after the other, over a batch of whole clauses.
//!
//! The rows of a batch are the tokens of its clauses, one clause after the other, without padding
//! between them. Whatever is computed of a row depends on that row or, in attention, on the rows of
//! its clause; so an embedding does not depend on what else is in the batch.

use std::ops::Range;

use super::attention::{Layout, attend};
use super::focus::Focus;
use super::kernels::{Epilogue, Kernels, Norm, PackedMatrix, PackedRows, ROWS};
use super::quantised::{Layer, QuantisedEncoder};
use crate::encode::Encoding;

/// Blocks of rows that go through the feed-forward part together, so that its wide middle stays in
/// the second-level cache.
const BLOCKS: usize = 8;
/// Added to the length of wide rows: rows a power of two apart would share cache sets.
const SKEW: usize = 16;

/// A sequence of tokens, `[CLS]` … `[SEP]` included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenSequence<'a> {
    /// Token ids.
    pub ids: &'a [u32],
    /// Token types, one for each id; missing ones count as 0.
    pub types: &'a [u8],
}

impl<'a> From<&'a Encoding> for TokenSequence<'a> {
    fn from(encoding: &'a Encoding) -> Self {
        Self { ids: &encoding.ids, types: &encoding.types }
    }
}

/// Memory that is used again from batch to batch. One for each thread.
#[derive(Default)]
pub struct Scratch {
    clauses: Vec<Range<usize>>,
    hidden: Vec<f32>,
    hidden_bytes: PackedRows,
    projections: Vec<f32>,
    context: Vec<f32>,
    bytes: PackedRows,
    middle: Vec<f32>,
    middle_bytes: PackedRows,
    branch: Vec<f32>,
    room: Vec<f32>,
}

impl std::fmt::Debug for Scratch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scratch").finish_non_exhaustive()
    }
}

impl QuantisedEncoder {
    /// Writes the embedding of each sequence of `batch` to `out`, [`width`](Self::width) values each: the means of
    /// its last hidden states, of those of deleted tokens, and of those of inserted ones. That of an empty sequence
    /// is zero; an id that the model does not have counts as 0; what is longer than the model's positions is cut.
    ///
    /// # Panics
    /// When `out` does not hold as many values.
    pub fn encode(&self, batch: &[TokenSequence<'_>], scratch: &mut Scratch, out: &mut [f32]) {
        let (width, hidden) = (self.width(), self.dims.hidden_size);
        assert_eq!(out.len(), batch.len() * width, "one embedding for each sequence");
        let rows = scratch.lay_out(batch, &self.sizes());
        if rows > 0 {
            self.embed(batch, scratch);
            for at in 0..self.layers.len() {
                self.layer(at, rows, scratch);
            }
        }
        for ((sequence, clause), sum) in batch.iter().zip(&scratch.clauses).zip(out.chunks_exact_mut(width)) {
            let focus = Focus::on(sequence.types, clause.len());
            sum.fill(0.0);
            let rows = scratch.hidden[clause.start * hidden..clause.end * hidden].chunks_exact(hidden);
            for (at, row) in rows.enumerate() {
                let weights = focus.weights(sequence.types.get(at).copied().unwrap_or_default());
                for (sum, weight) in sum.chunks_exact_mut(hidden).zip(weights).filter(|(_, weight)| *weight > 0.0) {
                    self.kernels.accumulate(sum, row, weight);
                }
            }
        }
    }

    /// Computes the products of all layers on `rows` empty rows and nothing else, and returns how many
    /// multiplications and additions that were: what benchmarks hold the whole against.
    pub fn products_alone(&self, rows: usize, scratch: &mut Scratch) -> usize {
        let (blocks, sizes, kernels) = (rows.div_ceil(ROWS), self.sizes(), self.kernels);
        scratch.make_room(blocks * ROWS, &sizes);
        let Scratch { hidden_bytes, bytes, projections, middle, middle_bytes, branch, .. } = scratch;
        let (narrow, wide, middle_stride) = (sizes.hidden, 3 * sizes.hidden + SKEW, sizes.inner + SKEW);
        for Layer { projections: first, attention_output, intermediate, output, .. } in &self.layers {
            kernels.product(hidden_bytes, 0..blocks, first, Epilogue::Linear, projections, wide);
            kernels.product(bytes, 0..blocks, attention_output, Epilogue::Linear, branch, narrow);
            for start in (0..blocks).step_by(BLOCKS) {
                let some = start..(start + BLOCKS).min(blocks);
                let count = some.len();
                kernels.product(hidden_bytes, some, intermediate, Epilogue::Linear, middle, middle_stride);
                kernels.product(middle_bytes, 0..count, output, Epilogue::Linear, branch, narrow);
            }
        }
        let products =
            self.layers.iter().flat_map(|it| [&it.projections, &it.attention_output, &it.intermediate, &it.output]);
        products.map(PackedMatrix::operations).sum::<usize>() * blocks * ROWS
    }

    fn sizes(&self) -> Sizes {
        Sizes {
            hidden: self.dims.hidden_size,
            inner: self.dims.intermediate_size,
            positions: self.dims.max_position_embeddings,
        }
    }

    /// The sum of the three embeddings of each token, normed, and quantised for the first layer.
    fn embed(&self, batch: &[TokenSequence<'_>], scratch: &mut Scratch) {
        let width = self.dims.hidden_size;
        let Scratch { clauses, hidden, hidden_bytes, branch, .. } = scratch;
        for (sequence, rows) in batch.iter().zip(clauses.iter()) {
            for (position, row) in rows.clone().enumerate() {
                let at = row * width..(row + 1) * width;
                let (x, y) = (&mut hidden[at.clone()], &mut branch[at]);
                self.words.copy(sequence.ids.get(position).map_or(0, |&id| id as usize), x);
                self.positions.copy(position, y);
                self.types.add(usize::from(sequence.types.get(position).is_some_and(|&kind| kind != 0)), y);
                self.kernels.add_and_norm(x, y, &self.norm);
                self.kernels.quantise(x, hidden_bytes, row);
            }
        }
    }

    fn layer(&self, number: usize, rows: usize, scratch: &mut Scratch) {
        let Self { kernels, dims, layers, .. } = self;
        let layer: &Layer = &layers[number];
        let last = number + 1 == layers.len();
        let (hidden, inner) = (dims.hidden_size, dims.intermediate_size);
        let Scratch {
            clauses,
            hidden: x,
            hidden_bytes,
            projections,
            context,
            bytes,
            middle,
            middle_bytes,
            branch,
            room,
        } = scratch;
        let blocks = rows.div_ceil(ROWS);

        let stride = 3 * hidden + SKEW;
        kernels.product(hidden_bytes, 0..blocks, &layer.projections, Epilogue::Linear, projections, stride);
        attend(
            kernels,
            Layout { hidden, heads: dims.num_attention_heads, stride },
            projections,
            clauses,
            room,
            context,
        );
        for (row, values) in context.chunks_exact(hidden).take(rows).enumerate() {
            kernels.quantise(values, bytes, row);
        }
        kernels.product(bytes, 0..blocks, &layer.attention_output, Epilogue::Linear, branch, hidden);
        let norms = Step { kernels, norm: &layer.attention_norm, width: hidden };
        for row in 0..rows {
            norms.row(x, &branch[row * hidden..(row + 1) * hidden], row);
            kernels.quantise(&x[row * hidden..(row + 1) * hidden], hidden_bytes, row);
        }

        let norms = Step { kernels, norm: &layer.norm, width: hidden };
        for first in (0..blocks).step_by(BLOCKS) {
            let some = first..(first + BLOCKS).min(blocks);
            let count = some.len();
            let stride = inner + SKEW;
            kernels.product(hidden_bytes, some.clone(), &layer.intermediate, Epilogue::Gelu, middle, stride);
            for (row, values) in middle.chunks(stride).take(count * ROWS).enumerate() {
                kernels.quantise(&values[..inner], middle_bytes, row);
            }
            kernels.product(middle_bytes, 0..count, &layer.output, Epilogue::Linear, branch, hidden);
            for (at, row) in (some.start * ROWS..(some.end * ROWS).min(rows)).enumerate() {
                norms.row(x, &branch[at * hidden..(at + 1) * hidden], row);
                if !last {
                    kernels.quantise(&x[row * hidden..(row + 1) * hidden], hidden_bytes, row);
                }
            }
        }
    }
}

/// A layer norm over rows of the hidden states.
struct Step<'a> {
    kernels: &'a Kernels,
    norm: &'a Norm,
    width: usize,
}

impl Step<'_> {
    fn row(&self, x: &mut [f32], branch: &[f32], row: usize) {
        self.kernels.add_and_norm(&mut x[row * self.width..(row + 1) * self.width], branch, self.norm);
    }
}

/// Sizes that the scratch memory depends on.
#[derive(Clone, Copy)]
struct Sizes {
    hidden: usize,
    inner: usize,
    positions: usize,
}

impl Scratch {
    /// Gives each clause its rows, makes room for them, and returns how many there are.
    fn lay_out(&mut self, batch: &[TokenSequence<'_>], sizes: &Sizes) -> usize {
        self.clauses.clear();
        let mut rows = 0;
        for sequence in batch {
            let end = rows + sequence.ids.len().min(sizes.positions);
            self.clauses.push(rows..end);
            rows = end;
        }
        self.make_room(rows, sizes);
        rows
    }

    /// Makes room for `rows` rows.
    fn make_room(&mut self, rows: usize, sizes: &Sizes) {
        let Sizes { hidden, inner, .. } = *sizes;
        let whole = rows.next_multiple_of(ROWS);
        let group = whole.min(BLOCKS * ROWS);
        self.hidden.resize(whole * hidden, 0.0);
        self.context.resize(whole * hidden, 0.0);
        self.branch.resize(whole * hidden, 0.0);
        self.projections.resize(whole * (3 * hidden + SKEW), 0.0);
        self.middle.resize(group * (inner + SKEW), 0.0);
        self.hidden_bytes.resize(whole, hidden);
        self.bytes.resize(whole, hidden);
        self.middle_bytes.resize(group, inner);
    }
}
