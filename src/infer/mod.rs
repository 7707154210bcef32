//! The seam where judgements on clause changes enter.
//!
//! In: [`ClauseView`]s. Out: one [`Judgement`] each, in order. [`Neural`] judges by a model,
//! [`Signals`] by deterministic rules alone. Nothing downstream knows which.

mod cache;
mod judge;
mod neural;
mod signals;

pub use cache::{CachedPrediction, EncodingKey, OUTPUTS, PredictionCache};
pub use judge::{ClauseView, Judge, Judgement};
pub use neural::{Engine, Neural, Raw};
pub use signals::Signals;
pub(crate) use signals::changed_words;
