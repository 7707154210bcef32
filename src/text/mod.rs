//! Positions and words in a text: the vocabulary every stage shares.

mod hash;
mod line_index;
mod span;
mod words;

pub use hash::stable_hash;
pub use line_index::LineIndex;
pub use span::Span;
pub(crate) use span::offset;
pub use words::{Token, TokenKind, tokens, words};
