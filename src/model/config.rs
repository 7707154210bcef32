//! `config.json` of a model.

use serde::{Deserialize, Serialize};

use super::calibration::Calibration;
use super::error::ModelError;
use super::focus::POOLS;
use crate::encode::LEAST_TOKENS;
use crate::taxonomy::{Category, Effect, GUIDELINES, Materiality};

/// Version of the format of a model folder.
const FORMAT: u32 = 2;
/// Outputs of the heads together: categories, materiality, effect, interest, in this order.
pub const OUTPUTS: usize = 26 + 3 + 3 + 1;

/// Sizes of the encoder. The names are those of BERT's published `config.json`
/// (<https://huggingface.co/docs/transformers/model_doc/bert#transformers.BertConfig>).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderDims {
    /// Rows of the word table.
    pub vocab_size: usize,
    /// Width.
    pub hidden_size: usize,
    /// Layers.
    pub num_hidden_layers: usize,
    /// Heads of attention.
    pub num_attention_heads: usize,
    /// Width of the feed-forward part.
    pub intermediate_size: usize,
    /// Rows of the position table.
    pub max_position_embeddings: usize,
    /// Rows of the token type table.
    pub type_vocab_size: usize,
    /// Added to the variance in layer norm.
    pub layer_norm_eps: f64,
}

impl EncoderDims {
    /// Width of an embedding: means of hidden states, end to end.
    #[must_use]
    pub fn embedding_width(&self) -> usize {
        POOLS * self.hidden_size
    }

    /// Whether an encoder of these sizes can be computed.
    ///
    /// # Errors
    /// When this version cannot use one of them.
    pub fn check(&self) -> Result<(), ModelError> {
        let bad = |what: String| Err(ModelError::Value(what));
        let sizes = [
            ("vocab_size", self.vocab_size, 1 << 20),
            ("hidden_size", self.hidden_size, 4096),
            ("num_hidden_layers", self.num_hidden_layers, 48),
            ("num_attention_heads", self.num_attention_heads, 256),
            ("intermediate_size", self.intermediate_size, 1 << 14),
            ("max_position_embeddings", self.max_position_embeddings, 1 << 14),
            ("type_vocab_size", self.type_vocab_size, 16),
        ];
        if let Some((name, value, most)) = sizes.iter().find(|(_, value, most)| *value == 0 || value > most) {
            return bad(format!("{name} is {value}; 1 to {most} can be used"));
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return bad("hidden_size is no multiple of num_attention_heads".into());
        }
        if self.type_vocab_size < 2 {
            return bad("type_vocab_size is 1; kept and edited words need two".into());
        }
        // Nothing, or less, would make what is no number out of equal values.
        if !(1e-16..=0.1).contains(&self.layer_norm_eps) {
            return bad(format!("layer_norm_eps is {:e}; 1e-16 to 0.1 can be used", self.layer_norm_eps));
        }
        Ok(())
    }
}

/// `config.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelConfig {
    /// Version of the format.
    pub format: u32,
    /// The model's name.
    pub name: String,
    /// Version of the annotation guidelines that its labels followed.
    pub guidelines: u32,
    /// Sizes of the encoder.
    pub encoder: EncoderDims,
    /// Longest sequence it reads.
    pub max_tokens: usize,
    /// Category ids in the order of the outputs.
    pub categories: Vec<String>,
    /// Materiality ids in the order of the outputs.
    pub materiality: Vec<String>,
    /// Effect ids in the order of the outputs.
    pub effect: Vec<String>,
    /// From raw outputs to probabilities, and the thresholds.
    pub calibration: Calibration,
}

/// The one field that every format has.
#[derive(Deserialize)]
struct Format {
    format: u32,
}

impl ModelConfig {
    /// A configuration without calibration.
    #[must_use]
    pub fn new(name: &str, encoder: EncoderDims, max_tokens: usize) -> Self {
        Self {
            format: FORMAT,
            name: name.to_owned(),
            guidelines: GUIDELINES,
            encoder,
            max_tokens,
            categories: Category::ALL.iter().map(|it| it.id().to_owned()).collect(),
            materiality: Materiality::ALL.iter().map(|it| it.id().to_owned()).collect(),
            effect: Effect::ALL.iter().map(|it| it.id().to_owned()).collect(),
            calibration: Calibration::none(),
        }
    }

    /// Reads and checks `config.json`.
    ///
    /// # Errors
    /// When it is no configuration, is of another format, or holds labels or sizes that this version cannot use.
    pub fn from_json(json: &[u8]) -> Result<Self, ModelError> {
        let bad = |what: String| Err(ModelError::Value(what));
        // First of all: another format may lack fields, and their absence says nothing to a reader.
        let Format { format } = serde_json::from_slice(json).map_err(ModelError::Config)?;
        if format != FORMAT {
            return bad(format!("format {format} is not the format {FORMAT} of this version; train the model anew"));
        }
        let config: Self = serde_json::from_slice(json).map_err(ModelError::Config)?;
        let own = Self::new("", config.encoder.clone(), 0);
        if (&config.categories, &config.materiality, &config.effect) != (&own.categories, &own.materiality, &own.effect)
        {
            return bad("its labels are not those of this version's taxonomy".into());
        }
        config.encoder.check()?;
        let positions = config.encoder.max_position_embeddings;
        if config.max_tokens > positions || config.max_tokens < LEAST_TOKENS {
            return bad(format!("max_tokens is {}; {LEAST_TOKENS} to {positions} can be used", config.max_tokens));
        }
        config.calibration.check().map_err(ModelError::Value)?;
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What is said of a configuration whose value at `place` is `value`.
    fn read(place: &str, value: Value) -> Result<ModelConfig, String> {
        let encoder = EncoderDims {
            vocab_size: 60,
            hidden_size: 32,
            num_hidden_layers: 2,
            num_attention_heads: 2,
            intermediate_size: 64,
            max_position_embeddings: 160,
            type_vocab_size: 2,
            layer_norm_eps: 1e-12,
        };
        let mut config = serde_json::to_value(ModelConfig::new("small", encoder, 160)).unwrap();
        *config.pointer_mut(place).unwrap() = value;
        ModelConfig::from_json(config.to_string().as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn a_size_that_cannot_be_computed_is_refused() {
        for (name, bad) in [("num_attention_heads", 0), ("num_attention_heads", 5), ("type_vocab_size", 1)] {
            let message = read(&format!("/encoder/{name}"), json!(bad)).unwrap_err();
            assert!(message.contains(name), "{message}");
        }
    }

    #[test]
    fn a_value_that_makes_no_scores_is_refused() {
        let eps = "/encoder/layer_norm_eps";
        assert!(read(eps, json!(1e-12)).is_ok() && read(eps, json!(1e-5)).is_ok());
        for bad in [-1.0, 0.0, -0.0, 1e-300, 1e300] {
            let message = read(eps, json!(bad)).unwrap_err();
            assert!(message.contains("layer_norm_eps is"), "{message}");
        }
        for place in ["categories/3/slope", "interest/offset", "materiality/slope", "effect/offsets/1", "effect/lean/0"]
        {
            let place = format!("/calibration/{place}");
            assert!(read(&place, json!(9.5)).is_ok(), "{place}");
            for bad in [1e308, -1e5] {
                let message = read(&place, json!(bad)).unwrap_err();
                assert!(message.contains("slope or an offset"), "{place}: {message}");
            }
        }
        for bad in [1.5, -0.1] {
            let message = read("/calibration/thresholds/25", json!(bad)).unwrap_err();
            assert!(message.contains("no probability"), "{message}");
        }
    }
}
