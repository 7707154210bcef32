//! A model's word pieces.

use tokenizers::models::wordpiece::WordPiece;
use tokenizers::{DecoderWrapper, NormalizerWrapper, PostProcessorWrapper, PreTokenizerWrapper, TokenizerImpl};

/// A tokenizer of word pieces. One that may be of any kind is read in two steps, which takes three
/// times as long: the vocabulary first into values of no kind.
type Tokenizer = TokenizerImpl<WordPiece, NormalizerWrapper, PreTokenizerWrapper, PostProcessorWrapper, DecoderWrapper>;

/// Why a tokenizer cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokenizerError {
    /// It cannot be read.
    #[error("the tokenizer cannot be read: {reason}; is the file a tokenizer.json of word pieces?")]
    Unreadable {
        /// Why, as the tokenizers crate says it.
        reason: String,
    },
    /// A token that the encoding needs is not in its vocabulary.
    #[error("the tokenizer has no token {token:?}; a BERT vocabulary with unused slots is needed")]
    NoToken {
        /// The token.
        token: String,
    },
}

/// A tokenizer without truncation, padding or special tokens of its own, and the ids of the markers.
#[derive(Debug, Clone)]
pub struct Tokens {
    tokenizer: Tokenizer,
    pub(super) cls: u32,
    pub(super) sep: u32,
    pub(super) markers: [u32; MARKERS],
}

/// Markers: slots `[unused1]` to `[unused10]` of the vocabulary, in the order of [`Marker`].
const MARKERS: usize = 10;

/// What a marker says. The order is that of the slots, and part of the format of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Marker {
    DeleteStart,
    DeleteEnd,
    InsertStart,
    InsertEnd,
    Added,
    Removed,
    Modified,
    Heading,
    LeadIn,
    /// Words are left out here.
    Gap,
}

impl Tokens {
    /// Reads a `tokenizer.json`.
    ///
    /// # Errors
    /// When it is none, or lacks a token that the encoding needs.
    pub fn from_json(json: &[u8]) -> Result<Self, TokenizerError> {
        let mut tokenizer: Tokenizer =
            serde_json::from_slice(json).map_err(|error| TokenizerError::Unreadable { reason: error.to_string() })?;
        let unreadable = |error: tokenizers::Error| TokenizerError::Unreadable { reason: error.to_string() };
        // The published files cut to 128 tokens and pad to them; the window is ours to choose.
        tokenizer.with_truncation(None).map_err(unreadable)?;
        tokenizer.with_padding(None);
        let id = |token: &str| {
            tokenizer.token_to_id(token).ok_or_else(|| TokenizerError::NoToken { token: token.to_owned() })
        };
        let mut markers = [0; MARKERS];
        for (slot, marker) in markers.iter_mut().zip(1..) {
            *slot = id(&format!("[unused{marker}]"))?;
        }
        let (cls, sep) = (id("[CLS]")?, id("[SEP]")?);
        Ok(Self { tokenizer, cls, sep, markers })
    }

    /// The ids of the markers: tokens that pre-training never met.
    #[must_use]
    pub fn markers(&self) -> &[u32] {
        &self.markers
    }

    /// The word pieces of `text`. What the tokenizer refuses has none.
    pub(super) fn pieces(&self, text: &str) -> Vec<u32> {
        self.tokenizer.encode_fast(text, false).map(|encoded| encoded.get_ids().to_vec()).unwrap_or_default()
    }

    pub(super) fn marker(&self, marker: Marker) -> u32 {
        self.markers.get(marker as usize).copied().unwrap_or(self.sep)
    }
}
