//! How wide the inputs of a trained model's products are, for the fast encoder in 8 bits.

use crate::encode::{Encoding, EncodingKey};
use crate::model::{EncoderDims, EncoderWeights, ModelError, Ranges, TokenSequence};

/// Encodings that ranges are observed on.
const OBSERVED: usize = 400;

/// `weights`, a safetensors file, with the ranges that some of `encodings` show beside them.
///
/// # Errors
/// When the fast encoder cannot compute a model of these sizes, or there is no encoding.
pub fn with_ranges(weights: &[u8], dims: &EncoderDims, encodings: &[&Encoding]) -> Result<Vec<u8>, ModelError> {
    let some: Vec<TokenSequence<'_>> = chosen(encodings).into_iter().map(TokenSequence::from).collect();
    Ranges::observe(&EncoderWeights::from_safetensors(weights, dims)?, &some)?.beside(weights)
}

/// Some encodings, each once: those with the least keys. Keys are hashes, so this is as good as
/// drawing lots, and the same whatever the order of the items.
fn chosen<'a>(encodings: &[&'a Encoding]) -> Vec<&'a Encoding> {
    let mut keyed: Vec<(EncodingKey, &Encoding)> =
        encodings.iter().map(|&encoding| (encoding.key(), encoding)).collect();
    keyed.sort_by_key(|(key, _)| *key);
    keyed.dedup_by_key(|(key, _)| *key);
    keyed.into_iter().take(OBSERVED).map(|(_, encoding)| encoding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_choice_does_not_hang_on_order_or_repeats() {
        let all: Vec<Encoding> = (0..1000_u32).map(|at| Encoding { ids: vec![at % 900], types: vec![0] }).collect();
        let forwards = chosen(&all.iter().collect::<Vec<_>>());
        let backwards = chosen(&all.iter().rev().collect::<Vec<_>>());
        assert_eq!(forwards.len(), OBSERVED);
        assert_eq!(forwards, backwards);
    }
}
