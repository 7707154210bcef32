//! What computes embeddings, and the heads that read them.

use std::sync::{Mutex, PoisonError};

use super::Workers;
use super::batch::BATCH_TOKENS;
use super::dedup::distinct;
use crate::encode::Encoding;
use crate::model::reference::{Bert, HEADS};
use crate::model::{EncoderWeights, ModelError, OUTPUTS, QuantisedEncoder, Scratch, TokenSequence};

/// Raw outputs of one clause change: categories, materiality, effect, interest.
pub type Raw = [f32; OUTPUTS];

/// Computes embeddings. One thread a call; calls on several threads at once are welcome.
pub trait Engine: Send + Sync {
    /// The embedding of each of `batch`, in order. The result for one does not depend on the others.
    ///
    /// # Errors
    /// When the computation fails.
    fn embeddings(&self, batch: &[&Encoding]) -> Result<Vec<Vec<f32>>, ModelError>;

    /// Tokens that it likes to be given at once.
    fn batch_tokens(&self) -> usize {
        BATCH_TOKENS
    }
}

impl Engine for Bert {
    fn embeddings(&self, batch: &[&Encoding]) -> Result<Vec<Vec<f32>>, ModelError> {
        Ok(self.pooled(batch, None)?.to_vec2()?)
    }

    fn batch_tokens(&self) -> usize {
        2 * BATCH_TOKENS
    }
}

/// The encoder in 8 bits. Threads may share it: each call takes memory to work in and gives it back.
#[derive(Debug)]
pub struct Embedder {
    encoder: QuantisedEncoder,
    idle: Mutex<Vec<Scratch>>,
}

impl Embedder {
    /// With `encoder`.
    #[must_use]
    pub fn new(encoder: QuantisedEncoder) -> Self {
        Self { encoder, idle: Mutex::new(Vec::new()) }
    }

    /// The encoder.
    #[must_use]
    pub fn encoder(&self) -> &QuantisedEncoder {
        &self.encoder
    }

    /// The embeddings of `sequences`, in order, computed in batches of at most `tokens` tokens; equal
    /// sequences are computed once.
    #[must_use]
    pub fn embed(&self, sequences: &[TokenSequence<'_>], workers: &Workers, tokens: usize) -> Vec<Vec<f32>> {
        let distinct = distinct(sequences);
        let firsts: Vec<TokenSequence<'_>> =
            distinct.firsts.iter().filter_map(|&at| sequences.get(at).copied()).collect();
        let lengths: Vec<usize> = firsts.iter().map(|sequence| sequence.ids.len()).collect();
        let found = workers.in_batches(&lengths, tokens, |batch| {
            let batch: Vec<TokenSequence<'_>> = batch.iter().filter_map(|&at| firsts.get(at).copied()).collect();
            Ok::<_, std::convert::Infallible>(self.batch(&batch))
        });
        let found = found.unwrap_or_else(|never| match never {});
        distinct.places.iter().filter_map(|&place| found.get(place).cloned()).collect()
    }

    fn batch(&self, batch: &[TokenSequence<'_>]) -> Vec<Vec<f32>> {
        let mut scratch = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let width = self.encoder.width();
        let mut embeddings = vec![0.0; batch.len() * width];
        self.encoder.encode(batch, &mut scratch, &mut embeddings);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        embeddings.chunks_exact(width).map(<[f32]>::to_vec).collect()
    }
}

impl Engine for Embedder {
    fn embeddings(&self, batch: &[&Encoding]) -> Result<Vec<Vec<f32>>, ModelError> {
        let sequences: Vec<TokenSequence<'_>> = batch.iter().map(|&encoding| encoding.into()).collect();
        Ok(self.batch(&sequences))
    }
}

/// The heads, in 32-bit floats whatever the encoder is in.
#[derive(Debug)]
pub(super) struct Heads {
    /// Weights of all heads, an output a row.
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Heads {
    /// Those that lie beside `weights`.
    pub(super) fn from_weights(weights: &EncoderWeights<'_>) -> Result<Self, ModelError> {
        let width = weights.dims().embedding_width();
        let (mut all, mut bias) = (Vec::new(), Vec::new());
        for (head, outputs) in HEADS {
            all.extend(weights.tensor(&format!("heads.{head}.weight"), &[outputs, width])?);
            bias.extend(weights.tensor(&format!("heads.{head}.bias"), &[outputs])?);
        }
        Ok(Self { weights: all, bias })
    }

    /// Their outputs on one embedding; sums in 64 bits, in order.
    pub(super) fn read(&self, embedding: &[f32]) -> Raw {
        let mut raw = [0.0; OUTPUTS];
        let rows = self.weights.chunks_exact(embedding.len().max(1));
        for ((raw, weights), bias) in raw.iter_mut().zip(rows).zip(&self.bias) {
            let sum: f64 = weights.iter().zip(embedding).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            #[expect(clippy::cast_possible_truncation, reason = "the result is in 32 bits")]
            let output = (sum + f64::from(*bias)) as f32;
            *raw = output;
        }
        raw
    }
}
