//! From a clause change to the sequence of tokens that a model reads.
//!
//! ```text
//! [CLS] terms type ‹H› heading path ‹L› lead-in [SEP] ‹modified› kept ‹D deleted D› ‹I inserted I› kept … [SEP]
//! ```
//!
//! The model reads the change, not two texts. Markers are slots of the vocabulary that its
//! pre-training left unused; words that were deleted have token type 1, inserted ones 2, all others 0
//! (BERT's table has two rows: both kinds of edits get the second).
//! A sequence that would be too long is windowed around its edits ([`window`](self)): unchanged words
//! far from an edit go first, then the middles of long edits, then the words between edits. Every edit keeps a
//! beginning and an end; only of more edits than there is room for the last are left out, and a gap says so.

mod encoding;
mod sequence;
mod tokenizer;
mod window;

pub use encoding::{DELETED, Encoding, EncodingKey, INSERTED};
pub use sequence::{ChangeKey, ChangeText, Encoder, LEAST_TOKENS};
pub use tokenizer::{TokenizerError, Tokens};
