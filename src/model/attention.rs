//! Attention, clause by clause: no padding, no masks.

use std::ops::Range;

use super::kernels::{AttentionJob, Kernels};

/// How queries, keys and values lie: rows of `stride` values, queries in the first `hidden` columns,
/// then keys, then values, head by head.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout {
    pub(super) hidden: usize,
    pub(super) heads: usize,
    pub(super) stride: usize,
}

/// Attends within each of `clauses` (ranges of rows) and writes rows of `hidden` values to `out`.
pub(super) fn attend(
    kernels: &Kernels,
    layout: Layout,
    projections: &[f32],
    clauses: &[Range<usize>],
    room: &mut Vec<f32>,
    out: &mut [f32],
) {
    let Layout { hidden, heads, stride } = layout;
    let width = hidden / heads;
    for rows in clauses {
        for head in 0..heads {
            let column = head * width;
            kernels.attend(AttentionJob {
                projections,
                stride,
                columns: [column, hidden + column, 2 * hidden + column],
                rows: rows.clone(),
                width,
                room,
                out,
                out_stride: hidden,
                out_column: column,
            });
        }
    }
}
