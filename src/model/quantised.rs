//! The encoder's weights in bytes, packed for the kernels of this processor.
//!
//! The scale of attention and the factor that turns powers of *e* into powers of two lie in the weights
//! of the queries: they cost nothing at run time.

use std::borrow::Cow;

use super::config::EncoderDims;
use super::error::ModelError;
use super::kernels::{Kernels, Norm, PackedMatrix};
use super::weights::{EncoderWeights, Rows, decode};

/// Widths must be multiples of this.
const STEP: usize = 16;

/// The encoder in 8 bits.
pub struct QuantisedEncoder {
    pub(super) kernels: &'static Kernels,
    pub(super) dims: EncoderDims,
    pub(super) words: Table,
    pub(super) positions: Table,
    pub(super) types: Table,
    pub(super) norm: Norm,
    pub(super) layers: Vec<Layer>,
}

/// One layer.
pub(super) struct Layer {
    pub(super) projections: PackedMatrix,
    pub(super) attention_output: PackedMatrix,
    pub(super) attention_norm: Norm,
    pub(super) intermediate: PackedMatrix,
    pub(super) output: PackedMatrix,
    pub(super) norm: Norm,
}

/// A table of embeddings as it lies in the file.
pub(super) struct Table {
    bytes: Cow<'static, [u8]>,
    half: bool,
    width: usize,
}

impl std::fmt::Debug for QuantisedEncoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QuantisedEncoder")
            .field("kernels", &self.kernels.name())
            .field("dims", &self.dims)
            .finish_non_exhaustive()
    }
}

impl QuantisedEncoder {
    /// Quantises `weights` for this processor.
    ///
    /// # Errors
    /// When a tensor is missing, has another shape than the sizes say or holds what is no number, or a width is none
    /// that the kernels have.
    pub fn new(weights: &EncoderWeights<'_>) -> Result<Self, ModelError> {
        Self::with(weights, Kernels::best(), owned)
    }

    /// As [`new`](Self::new), from weights that live as long as the program: embeddings are read in place.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn in_place(weights: &EncoderWeights<'static>) -> Result<Self, ModelError> {
        Self::with(weights, Kernels::best(), Cow::Borrowed)
    }

    /// One encoder for each instruction set that this processor has, the best first, with its name.
    /// All must say the same within rounding; tests and benchmarks compare them.
    ///
    /// # Errors
    /// As for [`new`](Self::new).
    pub fn for_each_instruction_set(weights: &EncoderWeights<'_>) -> Result<Vec<(&'static str, Self)>, ModelError> {
        Kernels::available()
            .into_iter()
            .map(|kernels| Ok((kernels.name(), Self::with(weights, kernels, owned)?)))
            .collect()
    }

    fn with<'a>(
        weights: &EncoderWeights<'a>,
        kernels: &'static Kernels,
        keep: impl Fn(&'a [u8]) -> Cow<'static, [u8]>,
    ) -> Result<Self, ModelError> {
        let dims = weights.dims().clone();
        check(&dims)?;
        let hidden = dims.hidden_size;
        let table = |name: &str, rows: usize| {
            let (bytes, half) = weights.bytes(&format!("embeddings.{name}_embeddings.weight"), &[rows, hidden])?;
            Ok::<_, ModelError>(Table { bytes: keep(bytes), half, width: hidden })
        };
        let norm = norm(weights, "embeddings.LayerNorm")?;
        let loader = Loader { weights, kernels };
        let numbers: Vec<usize> = (0..dims.num_hidden_layers).collect();
        let layers = loader.layers(&numbers)?;
        Ok(Self {
            kernels,
            words: table("word", dims.vocab_size)?,
            positions: table("position", dims.max_position_embeddings)?,
            types: table("token_type", dims.type_vocab_size)?,
            norm,
            layers,
            dims,
        })
    }

    /// Width of an embedding: three times that of a hidden state.
    #[must_use]
    pub fn width(&self) -> usize {
        self.dims.embedding_width()
    }

    /// The instruction set that it computes with.
    #[must_use]
    pub fn instruction_set(&self) -> &'static str {
        self.kernels.name()
    }
}

/// Whether the kernels can work with these sizes.
fn check(dims: &EncoderDims) -> Result<(), ModelError> {
    let head = dims.hidden_size / dims.num_attention_heads.max(1);
    let widths = [
        ("hidden_size", dims.hidden_size),
        ("intermediate_size", dims.intermediate_size),
        ("the width of a head", head),
    ];
    match widths.into_iter().find(|(_, width)| *width == 0 || !width.is_multiple_of(STEP)) {
        Some((name, width)) => {
            Err(ModelError::Weights(format!("{name} is {width}; the fast encoder needs a multiple of {STEP}")))
        }
        None if head * dims.num_attention_heads != dims.hidden_size => {
            Err(ModelError::Weights("hidden_size is no multiple of num_attention_heads".into()))
        }
        None => Ok(()),
    }
}

fn norm(weights: &EncoderWeights<'_>, name: &str) -> Result<Norm, ModelError> {
    let width = [weights.dims().hidden_size];
    #[expect(clippy::cast_possible_truncation, reason = "the arithmetic is in f32")]
    let epsilon = weights.dims().layer_norm_eps as f32;
    Ok(Norm {
        weight: weights.tensor(&format!("{name}.weight"), &width)?,
        bias: weights.tensor(&format!("{name}.bias"), &width)?,
        epsilon,
    })
}

/// Reads and packs layers.
#[derive(Clone, Copy)]
struct Loader<'a, 'b> {
    weights: &'a EncoderWeights<'b>,
    kernels: &'static Kernels,
}

impl Loader<'_, '_> {
    /// The layers of these numbers; half of them on another thread, since packing is most of the start.
    fn layers(self, numbers: &[usize]) -> Result<Vec<Layer>, ModelError> {
        let (here, there) = numbers.split_at(numbers.len().div_ceil(2));
        let some = |numbers: &[usize]| numbers.iter().map(|&number| self.layer(number)).collect::<Result<Vec<_>, _>>();
        std::thread::scope(|scope| {
            let other = scope.spawn(|| some(there));
            let mut layers = some(here)?;
            let rest = other.join().map_err(|_| ModelError::Weights("packing them failed".into()))?;
            layers.extend(rest?);
            Ok(layers)
        })
    }

    fn layer(self, number: usize) -> Result<Layer, ModelError> {
        let EncoderDims { hidden_size: hidden, intermediate_size: inner, .. } = *self.weights.dims();
        let name = |part: &str| format!("encoder.layer.{number}.{part}");
        let dense = |part: &str, outputs, inputs| Dense::of(self.weights, &[(&name(part), 1.0)], outputs, inputs);
        // Queries, keys and values are one product; what attention multiplies them with lies in the queries.
        #[expect(clippy::cast_precision_loss, reason = "a width of a few hundred")]
        let scale = std::f32::consts::LOG2_E / ((hidden / self.weights.dims().num_attention_heads) as f32).sqrt();
        let [query, key, value] = ["query", "key", "value"].map(|part| name(&format!("attention.self.{part}")));
        let parts = [(query.as_str(), scale), (key.as_str(), 1.0), (value.as_str(), 1.0)];
        let projections = Dense::of(self.weights, &parts, hidden, hidden)?;
        let attention_output = dense("attention.output.dense", hidden, hidden)?;
        let intermediate = dense("intermediate.dense", inner, hidden)?;
        let output = dense("output.dense", hidden, inner)?;
        Ok(Layer {
            projections: projections.packed(self.kernels),
            attention_output: attention_output.packed(self.kernels),
            attention_norm: norm(self.weights, &name("attention.output.LayerNorm"))?,
            intermediate: intermediate.packed(self.kernels),
            output: output.packed(self.kernels),
            norm: norm(self.weights, &name("output.LayerNorm"))?,
        })
    }
}

/// Weights of a product as they lie in the file, an output a row, perhaps in several parts.
struct Dense<'a> {
    parts: Vec<Part<'a>>,
    /// Outputs of each part.
    outputs: usize,
    inputs: usize,
}

/// Some outputs of a product.
struct Part<'a> {
    rows: Rows<'a>,
    bias: Vec<f32>,
    /// Multiplies both.
    scale: f32,
}

impl<'a> Dense<'a> {
    /// Finds the `parts`, names and scales, of `outputs` × `inputs` each.
    fn of(
        weights: &EncoderWeights<'a>,
        parts: &[(&str, f32)],
        outputs: usize,
        inputs: usize,
    ) -> Result<Self, ModelError> {
        let part = |&(name, scale): &(&str, f32)| {
            let rows = weights.rows(&format!("{name}.weight"), [outputs, inputs])?;
            Ok(Part { rows, bias: weights.tensor(&format!("{name}.bias"), &[outputs])?, scale })
        };
        Ok(Self { parts: parts.iter().map(part).collect::<Result<_, ModelError>>()?, outputs, inputs })
    }

    /// Quantises and packs them.
    fn packed(&self, kernels: &Kernels) -> PackedMatrix {
        kernels.pack_rows(self.parts.len() * self.outputs, self.inputs, |output, to| self.read(output, to))
    }

    /// Writes the weights of an output and returns its bias.
    fn read(&self, output: usize, to: &mut [f32]) -> f32 {
        let Some(part) = self.parts.get(output / self.outputs) else { return 0.0 };
        let at = output % self.outputs;
        part.rows.read(at, to);
        to.iter_mut().for_each(|x| *x *= part.scale);
        part.bias.get(at).copied().unwrap_or_default() * part.scale
    }
}

/// A copy of a table.
fn owned(bytes: &[u8]) -> Cow<'static, [u8]> {
    Cow::Owned(bytes.to_vec())
}

impl Table {
    /// Writes row `row`, or row 0 if there is no such row, to `to`.
    pub(super) fn copy(&self, row: usize, to: &mut [f32]) {
        decode(self.row(row), self.half, to);
    }

    /// Adds row `row`, or row 0 if there is no such row, to `to`.
    pub(super) fn add(&self, row: usize, to: &mut [f32]) {
        const SOME: usize = 64;
        let mut values = [0.0; SOME];
        let bytes = if self.half { 2 } else { 4 };
        for (to, from) in to.chunks_mut(SOME).zip(self.row(row).chunks(SOME * bytes)) {
            let values = values.get_mut(..to.len()).unwrap_or_default();
            decode(from, self.half, values);
            to.iter_mut().zip(values).for_each(|(to, x)| *to += *x);
        }
    }

    fn row(&self, row: usize) -> &[u8] {
        let bytes = self.width * if self.half { 2 } else { 4 };
        let at = |row: usize| self.bytes.get(row * bytes..(row + 1) * bytes);
        at(row).or_else(|| at(0)).unwrap_or_default()
    }
}
