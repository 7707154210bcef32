//! Alignment: from two segmentations to the clause changes between them.
//!
//! Cheap and certain first: equal clauses at both ends, equal clauses in between (histogram diff),
//! then similar clauses inside the gaps, then moves across gaps, then splits and merges, and at
//! last a word-level redline inside each modified pair. [`align`] mirrors: swapping the sides
//! swaps the kinds and nothing else.

mod anchors;
mod change;
mod extended;
mod gaps;
mod left_over;
mod moves;
mod pairs;
mod redline;
mod regroup;
mod similarity;

pub use change::{Alignment, ClauseChange};
pub use pairs::align;
pub(crate) use pairs::{is_relinked, joined, pair, redlined};
pub use redline::{Edit, Op, Redline, redline};
