//! The seam where judgements on clause changes enter.
//!
//! In: [`ClauseView`]s. Out: one [`Judgement`] each, in order. [`Neural`] judges by a model,
//! [`Signals`] by deterministic rules alone. Nothing downstream knows which.

mod batch;
mod cache;
mod dedup;
mod engine;
mod judge;
mod neural;
mod signals;
mod spelling;
mod threads;

pub use batch::{BATCH_TOKENS, batches};
pub use cache::{CachedPrediction, PredictionCache, Remembering};
pub use dedup::{Distinct, distinct};
pub use engine::{Embedder, Engine, Raw};
pub use judge::{ClauseView, Judge, Judgement};
pub use neural::{Neural, Precision};
pub use signals::Signals;
pub(crate) use signals::changed_words;
pub(crate) use spelling::same_but_spelling;
pub use threads::Workers;
