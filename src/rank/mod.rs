//! Status and priority of document changes.
//!
//! In: an aligned document change, its judgements and facts, and what came before it in the
//! document's history. Out: a [`Status`] with its reason in words, and a [`Priority`] that can be
//! taken apart.

mod language;
mod priority;
mod returns;
mod status;
mod wall;

pub use language::{Language, language, swapped};
pub use priority::{Priority, PriorityInputs, priority};
pub use returns::{Returned, Returns, Seen};
pub use status::{Status, StatusInputs, Verdict, early, late};
pub use wall::{Wall, WallKind, replaced};
