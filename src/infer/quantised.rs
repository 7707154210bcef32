//! The model in 8 bits: the fast encoder, and the heads in 32-bit floats on top of it.

use std::sync::{Mutex, PoisonError};

use super::neural::{Engine, Raw};
use crate::encode::Encoding;
use crate::model::reference::HEADS;
use crate::model::{EncoderDims, EncoderWeights, ModelError, OUTPUTS, QuantisedEncoder, Scratch, TokenSequence};

/// A model in 8 bits. Threads may share it: each call takes memory to work in and gives it back.
#[derive(Debug)]
pub struct Quantised {
    encoder: QuantisedEncoder,
    /// Weights of all heads, an output a row.
    heads: Vec<f32>,
    bias: Vec<f32>,
    idle: Mutex<Vec<Scratch>>,
}

impl Quantised {
    /// The model in the bytes of a safetensors file.
    ///
    /// # Errors
    /// When a tensor is missing or cannot be used.
    pub fn from_safetensors(bytes: &[u8], dims: &EncoderDims) -> Result<Self, ModelError> {
        let weights = EncoderWeights::from_safetensors(bytes, dims)?;
        Self::with(QuantisedEncoder::new(&weights)?, &weights)
    }

    /// As [`from_safetensors`](Self::from_safetensors), for bytes that live as long as the program:
    /// embeddings are read in place.
    ///
    /// # Errors
    /// When a tensor is missing or cannot be used.
    pub fn in_place(bytes: &'static [u8], dims: &EncoderDims) -> Result<Self, ModelError> {
        let weights = EncoderWeights::from_safetensors(bytes, dims)?;
        Self::with(QuantisedEncoder::in_place(&weights)?, &weights)
    }

    fn with(encoder: QuantisedEncoder, weights: &EncoderWeights<'_>) -> Result<Self, ModelError> {
        let (mut heads, mut bias) = (Vec::new(), Vec::new());
        for (head, outputs) in HEADS {
            heads.extend(weights.tensor(&format!("heads.{head}.weight"), &[outputs, encoder.width()])?);
            bias.extend(weights.tensor(&format!("heads.{head}.bias"), &[outputs])?);
        }
        Ok(Self { encoder, heads, bias, idle: Mutex::new(Vec::new()) })
    }

    /// The outputs of the heads on one embedding; sums in 64 bits, in order.
    fn read(&self, embedding: &[f32]) -> Raw {
        let mut raw = [0.0; OUTPUTS];
        for ((raw, weights), bias) in raw.iter_mut().zip(self.heads.chunks_exact(embedding.len())).zip(&self.bias) {
            let sum: f64 = weights.iter().zip(embedding).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            #[expect(clippy::cast_possible_truncation, reason = "the result is in 32 bits")]
            let output = (sum + f64::from(*bias)) as f32;
            *raw = output;
        }
        raw
    }
}

impl Engine for Quantised {
    fn raw(&self, batch: &[&Encoding]) -> Result<Vec<Raw>, ModelError> {
        let mut scratch = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        let sequences: Vec<TokenSequence<'_>> = batch.iter().map(|&encoding| encoding.into()).collect();
        let width = self.encoder.width();
        let mut embeddings = vec![0.0; batch.len() * width];
        self.encoder.encode(&sequences, &mut scratch, &mut embeddings);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(scratch);
        Ok(embeddings.chunks_exact(width).map(|embedding| self.read(embedding)).collect())
    }
}
