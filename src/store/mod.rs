//! The store: what nightly runs found, in one `SQLite` file.
//!
//! In: [`Entry`]s, one transaction each, known by collection, commit and path. Out: the same records through a
//! [`Reader`]. Killed at any point, the store holds whole document changes and nothing else, and [`Store::known`] says
//! which, so the next run makes the others. Knows neither the clock nor where collections lie.

mod backlog;
mod entry;
mod error;
mod lock;
mod maintenance;
mod migrate;
mod open;
mod prediction_cache;
mod reader;
mod related;
mod reweigh;
mod runs;
mod search;
mod writer;

pub use backlog::{Known, StaleDocument};
pub use entry::Entry;
pub use error::StoreError;
pub use lock::RunLock;
pub use maintenance::{Checked, Vacuumed};
pub use migrate::VERSION;
pub use open::{Journal, ModelKey, Store, StoreOptions};
pub use prediction_cache::StoredPredictions;
pub use reader::{Reader, Selection, Stored};
pub use runs::{CollectionOutcome, CollectionRun, Complete, RunEnd, RunOutcome, RunStart};
pub use search::Hit;
pub use writer::{Maker, Placing};
