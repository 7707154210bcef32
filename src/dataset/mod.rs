//! Labelled clause changes: chosen from collections, annotated, kept stand-off, put back together.
//!
//! ```text
//! sample (→ classify → choose) → items with their texts → (an annotator) → label → stand-off labels → materialise → items again
//! ```
//!
//! What is committed holds no text of any terms: a label names a collection, commits, a path, byte
//! ranges and hashes. [`materialise()`] reads the texts back from clones and says what it cannot find.

mod check;
mod choose;
mod item;
mod json;
mod label;
mod labelled;
mod limits;
mod materialise;
mod rendered;
mod sample;
mod split;

pub use check::{CheckReport, check};
pub use choose::{ChooseOptions, ItemScores, ScoredItem, choose};
pub use item::{ClauseRef, DatasetError, DatasetLine, Item, Labels, StandoffLabel, read_lines};
pub use json::JsonFault;
pub use label::{Annotation, label};
pub use labelled::{LabelError, LabelledChange, Texts, read_labelled, read_labelled_from};
pub use materialise::{Materialised, Miss, materialise};
pub use sample::{Candidates, SampleOptions};
pub use split::Split;
pub(crate) use split::family;
