//! What a model said before, by what it read: texts, not encodings, so that what is known is not even tokenized.
//!
//! A store keeps the predictions across runs; it stands downstream and is known by a trait alone.

use super::{ClauseView, Judge, Judgement, Neural};
use crate::encode::ChangeKey;
use crate::model::OUTPUTS;

/// What the heads of the model gave, before calibration.
pub type CachedPrediction = [f32; OUTPUTS];

/// Remembers the predictions of one model. A cache may forget; it never gives another prediction than the one put in.
pub trait PredictionCache: Sync {
    /// The predictions of `keys`, in order.
    fn get(&self, keys: &[ChangeKey]) -> Vec<Option<CachedPrediction>>;

    /// Remembers `entries`.
    fn put(&self, entries: &[(ChangeKey, CachedPrediction)]);
}

/// A model that looks into a cache before it computes.
#[derive(Clone, Copy)]
pub struct Remembering<'a> {
    neural: &'a Neural,
    cache: &'a dyn PredictionCache,
}

impl std::fmt::Debug for Remembering<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Remembering").field("neural", self.neural).finish_non_exhaustive()
    }
}

impl<'a> Remembering<'a> {
    /// `neural` with `cache`, which must hold no predictions but those of the same model.
    #[must_use]
    pub fn new(neural: &'a Neural, cache: &'a dyn PredictionCache) -> Self {
        Self { neural, cache }
    }
}

impl Judge for Remembering<'_> {
    fn model(&self) -> Option<&str> {
        self.neural.model()
    }

    fn batch(&self) -> usize {
        self.neural.batch()
    }

    fn judge(&self, changes: &[ClauseView<'_>]) -> Vec<Judgement> {
        self.neural.judge_with(changes, Some(self.cache))
    }
}
