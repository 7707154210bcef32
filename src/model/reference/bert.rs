//! BERT with four heads, on sequences laid end to end.
//!
//! The encoder is that of J. Devlin et al., "BERT", 2019, in the layout and with the names of the
//! published weights. No padding: a batch is the rows of all its tokens, so a clause's result does
//! not depend on its company.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor, Var};

use super::attention::Attention;
use super::ops::{AddBias, Coarse, Dropout, Gelu, LayerNorm};
use crate::encode::Encoding;
use crate::model::config::EncoderDims;
use crate::model::error::ModelError;
use crate::model::focus::{Focus, POOLS};

/// Named parameters, in the order of their names.
pub type Parameters = BTreeMap<String, Var>;

/// What keeps training from learning by heart, or what the 8-bit encoder cannot see.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Regularisation {
    /// Share of values dropped.
    pub dropout: f32,
    /// Another seed drops others.
    pub seed: u64,
    /// Whether the encoder's products see their inputs as coarse as in 8 bits.
    pub coarse: bool,
}

/// A head: its name and how many outputs it has.
pub type Head = (&'static str, usize);

/// The heads of a model of clause changes.
pub const HEADS: [Head; 4] = [("category", 26), ("materiality", 3), ("effect", 3), ("interest", 1)];
/// Standard deviation of new weights, BERT's.
const INITIAL: f32 = 0.02;

/// The word table. It is not trained, but for the rows of the tokens that mean something new: a few
/// thousand clauses use a tenth of it, and what they would teach the rest would be lost to it.
const WORDS: &str = "embeddings.word_embeddings.weight";
/// The position table.
const POSITIONS: &str = "embeddings.position_embeddings.weight";
/// The trained rows of the word table.
const OWN_ROWS: &str = "embeddings.own_rows";

/// The model.
#[derive(Debug, Clone)]
pub struct Bert {
    dims: EncoderDims,
    heads: Vec<Head>,
    parameters: Parameters,
    /// The word table, with zeros in the rows of `own`.
    words: Tensor,
    /// Tokens whose rows are trained, in the order of those rows.
    own: Vec<u32>,
}

impl Bert {
    /// A model from a safetensors file with BERT's names; heads that it lacks start small and random.
    /// The rows of the word table that belong to the tokens `own` can be trained.
    ///
    /// # Errors
    /// When a tensor is missing or has another shape than `dims` say.
    pub fn from_safetensors(
        bytes: &[u8],
        dims: &EncoderDims,
        heads: &[Head],
        own: &[u32],
        seed: u64,
    ) -> Result<Self, ModelError> {
        let read = candle_core::safetensors::load_buffer(bytes, &Device::Cpu)?;
        let mut parameters = Parameters::new();
        let mut words = None;
        for (name, shape) in shapes(dims, heads) {
            let found = read.get(&name).or_else(|| read.get(&format!("bert.{name}")));
            let tensor = match found {
                Some(tensor) => tensor.to_dtype(DType::F32)?,
                None if name.starts_with("heads.") => initial(&name, &shape, seed)?,
                None => return Err(ModelError::Weights(format!("there is no {name}"))),
            };
            if tensor.dims() != shape {
                return Err(ModelError::Weights(format!("{name} is {:?}, not {shape:?}", tensor.dims())));
            }
            if name == WORDS {
                words = Some(tensor);
            } else {
                parameters.insert(name, Var::from_tensor(&tensor)?);
            }
        }
        let mut words = words.ok_or_else(|| ModelError::Weights(format!("there is no {WORDS}")))?;
        if !own.is_empty() {
            let rows = words.index_select(&Tensor::new(own, &Device::Cpu)?, 0)?;
            words = with_rows(&words, own, &rows.zeros_like()?)?;
            parameters.insert(OWN_ROWS.to_owned(), Var::from_tensor(&rows)?);
        }
        Ok(Self { dims: dims.clone(), heads: heads.to_vec(), parameters, words, own: own.to_vec() })
    }

    /// The whole word table.
    fn word_table(&self) -> Result<Tensor, ModelError> {
        match self.parameters.get(OWN_ROWS) {
            Some(rows) => with_rows(&self.words, &self.own, rows.as_tensor()),
            None => Ok(self.words.clone()),
        }
    }

    /// Its parameters.
    #[must_use]
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Its sizes.
    #[must_use]
    pub fn dims(&self) -> &EncoderDims {
        &self.dims
    }

    /// Its weights as a safetensors file of 16-bit floats, with the first `positions` rows of the
    /// position table: no sequence is longer.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn to_safetensors(&self, positions: usize) -> Result<Vec<u8>, ModelError> {
        let mut halves = self
            .parameters
            .iter()
            .filter(|(name, _)| *name != OWN_ROWS)
            .map(|(name, var)| {
                let kept = match name.as_str() {
                    POSITIONS => var.as_tensor().narrow(0, 0, positions.min(self.dims.max_position_embeddings))?,
                    _ => var.as_tensor().clone(),
                };
                Ok((name.clone(), kept.contiguous()?.to_dtype(DType::F16)?))
            })
            .collect::<Result<Vec<_>, candle_core::Error>>()?;
        halves.push((WORDS.to_owned(), self.word_table()?.to_dtype(DType::F16)?));
        safetensors::serialize(halves.iter().map(|(name, tensor)| (name, tensor)), None)
            .map_err(|error| ModelError::Weights(error.to_string()))
    }

    /// The raw outputs of `batch`: `[clauses, outputs of all heads]`, head after head.
    ///
    /// # Errors
    /// When a token is outside the tables.
    pub fn outputs(&self, batch: &[&Encoding], drop: Option<Regularisation>) -> Result<Tensor, ModelError> {
        let mut pooled = self.pooled(batch, drop)?;
        if let Some(drop) = drop {
            pooled = pooled.apply_op1(Dropout { share: drop.dropout, seed: drop.seed ^ 0xffff })?;
        }
        let heads = self
            .heads
            .iter()
            .map(|(head, _)| self.linear(&pooled, &format!("heads.{head}")))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Tensor::cat(&heads, 1)?)
    }

    /// The embedding of each of `batch`, the means of its last hidden states, of those of deleted tokens and of
    /// those of inserted ones: `[clauses, 3 * width]`.
    ///
    /// # Errors
    /// When a token is outside the tables.
    pub fn pooled(&self, batch: &[&Encoding], drop: Option<Regularisation>) -> Result<Tensor, ModelError> {
        let lengths: Vec<usize> = batch.iter().map(|encoding| encoding.ids.len()).collect();
        let mut hidden = self.embeddings(batch, drop)?;
        for layer in 0..self.dims.num_hidden_layers {
            hidden = self.layer(&hidden, layer, &lengths, drop)?;
        }
        let tokens: usize = lengths.iter().sum();
        let mut weights = vec![0.0_f32; batch.len() * POOLS * tokens];
        let mut from = 0;
        for (rows, encoding) in weights.chunks_exact_mut(POOLS * tokens).zip(batch) {
            let focus = Focus::on(&encoding.types, encoding.ids.len());
            for at in 0..encoding.ids.len() {
                let shares = focus.weights(encoding.types.get(at).copied().unwrap_or_default());
                for (row, share) in rows.chunks_exact_mut(tokens).zip(shares) {
                    row[from + at] = share;
                }
            }
            from += encoding.ids.len();
        }
        let means = Tensor::from_vec(weights, (batch.len() * POOLS, tokens), &Device::Cpu)?.matmul(&hidden)?;
        Ok(means.reshape((batch.len(), POOLS * self.dims.hidden_size))?)
    }

    fn embeddings(&self, batch: &[&Encoding], drop: Option<Regularisation>) -> Result<Tensor, ModelError> {
        let ids: Vec<u32> = batch.iter().flat_map(|encoding| &encoding.ids).copied().collect();
        let types: Vec<u32> = batch.iter().flat_map(|encoding| &encoding.types).map(|&it| u32::from(it != 0)).collect();
        let positions: Vec<u32> =
            batch.iter().flat_map(|encoding| (0_u32..).zip(&encoding.ids)).map(|it| it.0).collect();
        let mut sum = self.words.index_select(&Tensor::new(ids.as_slice(), &Device::Cpu)?, 0)?;
        if let Some(rows) = self.parameters.get(OWN_ROWS) {
            // Row 0 is for all tokens without a row of their own.
            let places: Vec<u32> = ids
                .iter()
                .map(|id| (1_u32..).zip(&self.own).find(|(_, own)| *own == id).map_or(0, |(place, _)| place))
                .collect();
            let none = Tensor::zeros((1, self.dims.hidden_size), DType::F32, &Device::Cpu)?;
            let rows = Tensor::cat(&[&none, rows.as_tensor()], 0)?;
            sum = (sum + rows.index_select(&Tensor::new(places, &Device::Cpu)?, 0)?)?;
        }
        for (table, rows) in [("position", positions), ("token_type", types)] {
            let rows = Tensor::new(rows, &Device::Cpu)?;
            sum = (sum + self.get(&format!("embeddings.{table}_embeddings.weight"))?.index_select(&rows, 0)?)?;
        }
        dropped(self.norm(&sum, "embeddings.LayerNorm")?, drop, 0)
    }

    fn layer(
        &self,
        hidden: &Tensor,
        layer: usize,
        lengths: &[usize],
        drop: Option<Regularisation>,
    ) -> Result<Tensor, ModelError> {
        let at = |part: &str| format!("encoder.layer.{layer}.{part}");
        let seen = coarse(hidden, drop)?;
        let parts = ["query", "key", "value"]
            .iter()
            .map(|part| self.linear(&seen, &at(&format!("attention.self.{part}"))))
            .collect::<Result<Vec<_>, _>>()?;
        let qkv = Tensor::cat(&parts, 1)?;
        let heads = self.dims.num_attention_heads;
        let attended = qkv.apply_op1(Attention { lengths: lengths.to_vec(), heads })?;
        let attended = self.linear(&coarse(&attended, drop)?, &at("attention.output.dense"))?;
        let attended = dropped(attended, drop, 1 + 2 * layer)?;
        let hidden = self.norm(&(attended + hidden)?, &at("attention.output.LayerNorm"))?;
        let inner = self.linear(&coarse(&hidden, drop)?, &at("intermediate.dense"))?.apply_op1(Gelu)?;
        let outer = dropped(self.linear(&coarse(&inner, drop)?, &at("output.dense"))?, drop, 2 + 2 * layer)?;
        self.norm(&(outer + hidden)?, &at("output.LayerNorm"))
    }

    fn linear(&self, x: &Tensor, name: &str) -> Result<Tensor, ModelError> {
        let weight = self.get(&format!("{name}.weight"))?;
        let bias = self.get(&format!("{name}.bias"))?;
        Ok(x.matmul(&weight.t()?)?.apply_op2(bias, AddBias)?)
    }

    #[expect(clippy::cast_possible_truncation, reason = "a small constant of the configuration")]
    fn norm(&self, x: &Tensor, name: &str) -> Result<Tensor, ModelError> {
        let weight = self.get(&format!("{name}.weight"))?;
        let bias = self.get(&format!("{name}.bias"))?;
        Ok(x.contiguous()?.apply_op3(weight, bias, LayerNorm { eps: self.dims.layer_norm_eps as f32 })?)
    }

    fn get(&self, name: &str) -> Result<&Tensor, ModelError> {
        let var = self.parameters.get(name).ok_or_else(|| ModelError::Weights(format!("there is no {name}")))?;
        Ok(var.as_tensor())
    }
}

/// `table` with `rows` in the places `at`.
fn with_rows(table: &Tensor, at: &[u32], rows: &Tensor) -> Result<Tensor, ModelError> {
    let (count, width) = table.dims2()?;
    let mut values: Vec<f32> = table.flatten_all()?.to_vec1()?;
    let rows: Vec<f32> = rows.flatten_all()?.to_vec1()?;
    for (&at, row) in at.iter().zip(rows.chunks_exact(width)) {
        let from = at as usize * width;
        if let Some(slot) = values.get_mut(from..from + width) {
            slot.copy_from_slice(row);
        }
    }
    Ok(Tensor::from_vec(values, (count, width), &Device::Cpu)?)
}

fn dropped(x: Tensor, drop: Option<Regularisation>, place: usize) -> Result<Tensor, ModelError> {
    match drop {
        Some(drop) if drop.dropout > 0.0 => {
            // A stride no tensor reaches, so that no two places share a mask.
            let seed = drop.seed.wrapping_add((place as u64) << 40);
            Ok(x.contiguous()?.apply_op1(Dropout { share: drop.dropout, seed })?)
        }
        _ => Ok(x),
    }
}

fn coarse(x: &Tensor, drop: Option<Regularisation>) -> Result<Tensor, ModelError> {
    match drop {
        Some(drop) if drop.coarse => Ok(x.contiguous()?.apply_op1(Coarse)?),
        _ => Ok(x.clone()),
    }
}

/// Every parameter and its shape.
fn shapes(dims: &EncoderDims, heads: &[Head]) -> Vec<(String, Vec<usize>)> {
    let (width, inner) = (dims.hidden_size, dims.intermediate_size);
    let mut all = vec![
        (WORDS.to_owned(), vec![dims.vocab_size, width]),
        (POSITIONS.to_owned(), vec![dims.max_position_embeddings, width]),
        ("embeddings.token_type_embeddings.weight".to_owned(), vec![dims.type_vocab_size, width]),
    ];
    let mut both = |name: String, weight: Vec<usize>, bias: usize| {
        all.push((format!("{name}.weight"), weight));
        all.push((format!("{name}.bias"), vec![bias]));
    };
    both("embeddings.LayerNorm".into(), vec![width], width);
    for layer in 0..dims.num_hidden_layers {
        let at = |part: &str| format!("encoder.layer.{layer}.{part}");
        for part in ["query", "key", "value"] {
            both(at(&format!("attention.self.{part}")), vec![width, width], width);
        }
        both(at("attention.output.dense"), vec![width, width], width);
        both(at("attention.output.LayerNorm"), vec![width], width);
        both(at("intermediate.dense"), vec![inner, width], inner);
        both(at("output.dense"), vec![width, inner], width);
        both(at("output.LayerNorm"), vec![width], width);
    }
    for &(head, outputs) in heads {
        both(format!("heads.{head}"), vec![outputs, POOLS * width], outputs);
    }
    all
}

/// New weights of a head: uniform with BERT's deviation; biases zero.
fn initial(name: &str, shape: &[usize], seed: u64) -> Result<Tensor, ModelError> {
    let count: usize = shape.iter().product();
    let mut state = crate::text::stable_hash(format!("{seed} {name}").as_bytes());
    let values: Vec<f32> = (0..count)
        .map(|_| {
            if shape.len() == 1 {
                return 0.0;
            }
            // Xorshift64 (G. Marsaglia, "Xorshift RNGs", 2003).
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            #[expect(clippy::cast_precision_loss, reason = "24 bits fit a float exactly")]
            let unit = (state >> 40) as f32 / 16_777_216.0;
            (unit - 0.5) * 2.0 * 3.0_f32.sqrt() * INITIAL
        })
        .collect();
    Ok(Tensor::from_vec(values, shape, &Device::Cpu)?)
}
