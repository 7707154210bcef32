//! What a pre-trained encoder gives of a clause change before anything is fine-tuned.

use super::embeddings::Embed;
use crate::dataset::LabelledChange;
use crate::encode::{Encoder, Encoding, Tokens};
use crate::eval::with_texts;
use crate::infer::{BATCH_TOKENS, Embedder, Workers};
use crate::model::{Base, EncoderWeights, ModelError, QuantisedEncoder, TokenSequence};

/// Longest sequence of tokens, that of training.
const MOST_TOKENS: usize = 160;

/// Embeds clause changes with `base` as it is: the redline encoding and the pooling of the trained model,
/// in 8 bits, so that fine-tuning is all that differs. The result does not hang on `workers`.
///
/// # Errors
/// When the base cannot be used.
pub fn frozen(base: &Base, workers: Workers) -> Result<Box<Embed>, ModelError> {
    let most = MOST_TOKENS.min(base.dims.max_position_embeddings);
    let encoder = Encoder::new(Tokens::from_json(&base.tokenizer)?, most);
    let weights = EncoderWeights::from_safetensors(&base.weights, &base.dims)?;
    let embedder = Embedder::new(QuantisedEncoder::new(&weights)?);
    Ok(Box::new(move |items: &[LabelledChange]| {
        let encodings: Vec<Encoding> =
            with_texts(items, |texts| texts.iter().map(|text| encoder.encode(text)).collect());
        let sequences: Vec<TokenSequence<'_>> = encodings.iter().map(Into::into).collect();
        embedder.embed(&sequences, &workers, BATCH_TOKENS)
    }))
}
