//! The seam where judgements on clause changes enter.
//!
//! In: [`ClauseView`]s. Out: one [`Judgement`] each, in order. A model implements [`Judge`];
//! until one is there [`Signals`] does, by deterministic rules. Nothing downstream knows which.

mod judge;
mod signals;

pub use judge::{ClauseView, Judge, Judgement};
pub use signals::Signals;
pub(crate) use signals::changed_words;
