//! What a model said before, by encoding.
//!
//! Only the trait: a store keeps the predictions across runs, and stands downstream.

use crate::encode::EncodingKey;
use crate::model::OUTPUTS;

/// What the heads of the model gave, before calibration.
pub type CachedPrediction = [f32; OUTPUTS];

/// Remembers the predictions of one model. A cache may forget; it never gives another prediction than the one put in.
pub trait PredictionCache: Sync {
    /// The predictions of `keys`, in order.
    fn get(&self, keys: &[EncodingKey]) -> Vec<Option<CachedPrediction>>;

    /// Remembers `entries`.
    fn put(&self, entries: &[(EncodingKey, CachedPrediction)]);
}
