//! Status and priority of document changes.
//!
//! In: an aligned document change, its judgements and facts, and what came before it in the
//! document's history. Out: a [`Status`] with its reason in words, and a [`Priority`] that can be
//! taken apart.

mod churn;
mod feature;
mod language;
mod priority;
mod reading;
mod returns;
mod status;
mod unsure;
mod wall;
mod weights;

pub use churn::Churn;
pub use feature::{Feature, Features};
pub use language::{Language, language, swapped};
pub use priority::{Priority, priority};
pub use reading::{FeatureInputs, RankedClause, features};
pub use returns::{Returned, Returns, Seen};
pub use status::{Status, StatusInputs, Verdict, back, early, late};
pub use unsure::unsure;
pub use wall::{Wall, WallKind, replaced};
pub use weights::{WeightSets, Weights};
