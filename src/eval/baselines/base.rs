//! What a pre-trained encoder gives of a clause change before anything is fine-tuned.

use std::num::NonZeroUsize;

use super::embeddings::Embed;
use crate::dataset::LabelledChange;
use crate::encode::{ChangeText, Encoder, Encoding, Tokens};
use crate::infer::{Workers, embed};
use crate::model::{Base, EncoderWeights, ModelError, QuantisedEncoder, TokenSequence};

/// Longest sequence of tokens, that of training.
const MOST_TOKENS: usize = 160;

/// Embeds clause changes with `base` as it is: the redline encoding and the pooling of the trained model,
/// in 8 bits, so that fine-tuning is all that differs. `threads` do not change the result.
///
/// # Errors
/// When the base cannot be used.
pub fn frozen(base: &Base, threads: NonZeroUsize) -> Result<Box<Embed>, ModelError> {
    let most = MOST_TOKENS.min(base.dims.max_position_embeddings);
    let encoder = Encoder::new(Tokens::from_json(&base.tokenizer)?, most);
    let quantised = QuantisedEncoder::new(&EncoderWeights::from_safetensors(&base.weights, &base.dims)?)?;
    Ok(Box::new(move |items: &[LabelledChange]| {
        let encodings: Vec<Encoding> = items.iter().map(|item| encoding(&encoder, item)).collect();
        let sequences: Vec<TokenSequence<'_>> = encodings.iter().map(Into::into).collect();
        let all = embed(&quantised, &sequences, Workers::new(threads));
        all.chunks_exact(quantised.width()).map(<[f32]>::to_vec).collect()
    }))
}

fn encoding(encoder: &Encoder, item: &LabelledChange) -> Encoding {
    let headings: Vec<&str> = item.clause.headings.iter().map(String::as_str).collect();
    encoder.encode(&ChangeText {
        before: item.clause.before.as_deref(),
        after: item.clause.after.as_deref(),
        redline: None,
        headings: &headings,
        lead_in: &item.clause.lead_in,
        terms_type: &item.clause.terms_type,
    })
}
