//! What a trained model must beat: systems that are fitted fast, or not at all.

mod base;
mod embeddings;
mod keywords;
mod linear;
mod logistic;
mod majority;
mod terms;
mod tfidf;

pub use base::frozen;
pub use embeddings::{Embed, FrozenEncoder};
pub use keywords::Keywords;
pub use majority::Majority;
pub use tfidf::TfIdf;
