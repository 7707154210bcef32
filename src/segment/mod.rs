//! Segmentation: from the Markdown of one version to its clauses.
//!
//! In: the text of a version. Out: [`Segmentation`], whose clauses and furniture tile the
//! text, byte for byte. Never fails: what no rule knows is still a clause or furniture.

mod abbreviation;
mod clause;
mod document;
mod enumeration;
mod furniture;
mod html;
mod inline;
mod label;
mod outline;
mod resume;
mod sentence;

pub use clause::{Clause, ClauseKind, Link, Segmentation};
pub use document::segment;
pub use furniture::{Furniture, FurnitureKind};
pub use resume::segment_after;

/// Offsets in `text` (the plain text of one block) where a new sentence starts.
///
/// The rule that [`segment`] applies inside each block, for those who measure it.
#[must_use]
pub fn sentence_boundaries(text: &str) -> Vec<usize> {
    let mut found = Vec::new();
    sentence::boundaries(text, &mut found);
    found.iter().map(|boundary| boundary.at).collect()
}
