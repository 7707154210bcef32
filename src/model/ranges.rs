//! How wide the inputs of the products are, channel by channel.
//!
//! Observed once on some texts when a model is made, stored beside its weights, used when these are
//! quantised. A model without them works, a little less exactly.

use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};

use super::config::EncoderDims;
use super::error::ModelError;
use super::forward::{Scratch, TokenSequence};
use super::quantised::QuantisedEncoder;
use super::weights::EncoderWeights;

/// The ranges of all layers.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranges {
    pub(super) layers: Vec<LayerRanges>,
}

/// The ranges of the inputs of a layer's products. Those of the product after attention are even.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct LayerRanges {
    pub(super) projections: Range,
    pub(super) intermediate: Range,
    pub(super) output: Range,
}

/// The least and greatest value of each channel.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Range {
    pub(super) least: Vec<f32>,
    pub(super) greatest: Vec<f32>,
}

impl Range {
    fn none(width: usize) -> Self {
        Self { least: vec![f32::INFINITY; width], greatest: vec![f32::NEG_INFINITY; width] }
    }

    /// Widens the ranges by a row of values.
    pub(super) fn note(&mut self, row: &[f32]) {
        for ((least, greatest), &x) in self.least.iter_mut().zip(&mut self.greatest).zip(row) {
            *least = least.min(x);
            *greatest = greatest.max(x);
        }
    }
}

/// How the names of the tensors begin that hold ranges.
const NAMES: &str = "ranges.layer.";

/// The name of the tensor that holds the ranges of a product's inputs: the least values, then the greatest.
fn name(layer: usize, product: &str) -> String {
    format!("{NAMES}{layer}.{product}")
}

impl Ranges {
    /// Observes them: runs `sequences` through the encoder.
    ///
    /// # Errors
    /// When the weights cannot be quantised, or `sequences` holds no token.
    pub fn observe(weights: &EncoderWeights<'_>, sequences: &[TokenSequence<'_>]) -> Result<Self, ModelError> {
        let encoder = QuantisedEncoder::with_ranges(weights, None)?;
        if sequences.iter().all(|sequence| sequence.ids.is_empty()) {
            return Err(ModelError::Weights("ranges cannot be observed without texts".into()));
        }
        let EncoderDims { hidden_size, intermediate_size, num_hidden_layers, .. } = *weights.dims();
        let layer = LayerRanges {
            projections: Range::none(hidden_size),
            intermediate: Range::none(hidden_size),
            output: Range::none(intermediate_size),
        };
        let seen = Self { layers: vec![layer; num_hidden_layers] };
        let mut scratch = Scratch::observing(seen.clone());
        let mut out = vec![0.0; hidden_size];
        for sequence in sequences {
            encoder.encode(std::slice::from_ref(sequence), &mut scratch, &mut out);
        }
        Ok(scratch.seen.unwrap_or(seen))
    }

    /// The tensors to store beside the weights: name, shape, values.
    #[must_use]
    pub fn tensors(&self) -> Vec<(String, [usize; 2], Vec<f32>)> {
        let mut found = Vec::new();
        for (number, layer) in self.layers.iter().enumerate() {
            for (product, range) in
                [("projections", &layer.projections), ("intermediate", &layer.intermediate), ("output", &layer.output)]
            {
                let values = range.least.iter().chain(&range.greatest).copied().collect();
                found.push((name(number, product), [2, range.least.len()], values));
            }
        }
        found
    }

    /// The safetensors file `file` with these ranges beside the weights, in place of any that it has.
    ///
    /// # Errors
    /// When `file` is no such file, or the new one cannot be made.
    pub fn beside(&self, file: &[u8]) -> Result<Vec<u8>, ModelError> {
        with_tensors(file, &self.tensors())
    }

    /// The safetensors file `file` without ranges.
    ///
    /// # Errors
    /// When `file` is no such file, or the new one cannot be made.
    pub fn taken_from(file: &[u8]) -> Result<Vec<u8>, ModelError> {
        with_tensors(file, &[])
    }

    /// Those that lie beside `weights`, if there are any.
    ///
    /// # Errors
    /// When only some are there or one has another shape.
    pub fn from_weights(weights: &EncoderWeights<'_>) -> Result<Option<Self>, ModelError> {
        if !weights.has(&name(0, "projections")) {
            return Ok(None);
        }
        let EncoderDims { hidden_size, intermediate_size, num_hidden_layers, .. } = *weights.dims();
        let range = |layer, product, width: usize| {
            let mut least = weights.tensor(&name(layer, product), &[2, width])?;
            let greatest = least.split_off(width);
            Ok::<_, ModelError>(Range { least, greatest })
        };
        let layers = (0..num_hidden_layers).map(|layer| {
            Ok(LayerRanges {
                projections: range(layer, "projections", hidden_size)?,
                intermediate: range(layer, "intermediate", hidden_size)?,
                output: range(layer, "output", intermediate_size)?,
            })
        });
        Ok(Some(Self { layers: layers.collect::<Result<_, ModelError>>()? }))
    }
}

/// `file` with `ranges` in place of any that it has.
fn with_tensors(file: &[u8], ranges: &[(String, [usize; 2], Vec<f32>)]) -> Result<Vec<u8>, ModelError> {
    let failed = |error: safetensors::SafeTensorError| ModelError::Weights(error.to_string());
    let weights = SafeTensors::deserialize(file).map_err(failed)?;
    let bytes: Vec<Vec<u8>> =
        ranges.iter().map(|(_, _, values)| values.iter().flat_map(|x| x.to_le_bytes()).collect()).collect();
    let mut all: Vec<(String, TensorView<'_>)> =
        weights.tensors().into_iter().filter(|(name, _)| !name.starts_with(NAMES)).collect();
    for ((name, shape, _), bytes) in ranges.iter().zip(&bytes) {
        all.push((name.clone(), TensorView::new(Dtype::F32, shape.to_vec(), bytes).map_err(failed)?));
    }
    // By name: the bytes of a model must not hang on the order of a hash table.
    all.sort_by(|a, b| a.0.cmp(&b.0));
    safetensors::serialize(all, None).map_err(failed)
}
