//! Finds the clauses that changed in the recorded history of online services' terms, says what
//! each change is about and whether it matters, and ranks the document changes.
//!
//! ```text
//! source → segment → align → facts → infer → rank → record → pipeline → report
//! ```
//!
//! The modules stand in the order of the data; each imports only from those before it
//! (`tests/architecture.rs` checks that). `ARCHITECTURE.md` draws the way and states the invariants.
//!
//! ```
//! use termsift::{align::align, segment::segment};
//!
//! let old = segment("We keep your data for 30 days.");
//! let new = segment("We keep your data for 90 days.");
//! assert_eq!(align(&old, &new).changes.len(), 1);
//! ```

// The base: imports nothing of ours but its own kind.
pub mod id;
pub mod outcome;
pub mod taxonomy;
pub mod text;

// The stages, in the order of the data.
pub mod source;
pub mod segment;
pub mod align;
pub mod facts;
pub mod encode;
pub mod model;
pub mod infer;
pub mod rank;
pub mod record;
pub mod pipeline;
pub mod store;
pub mod report;
pub mod dataset;
pub mod eval;
pub mod train;
pub mod config;
