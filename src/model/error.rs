//! Why a model cannot be used.

use std::path::PathBuf;

use crate::encode::TokenizerError;

/// Why a model cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// A file of the package cannot be read.
    #[error("model file {}: cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file of the package cannot be written.
    #[error("model file {} cannot be written", path.display())]
    Output {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A file is not what its checksum says.
    #[error(
        "{file} does not have the checksum that SHA256SUMS gives ({expected}…, found {found}…); fetch the model again"
    )]
    Checksum {
        /// The file.
        file: String,
        /// The beginning of what it should be.
        expected: String,
        /// The beginning of what it is.
        found: String,
    },
    /// SHA256SUMS has no line for a file.
    #[error(
        "SHA256SUMS has no line for {file}; a model folder holds config.json, tokenizer.json, model.safetensors and their sums"
    )]
    NoChecksum {
        /// The file.
        file: String,
    },
    /// The configuration cannot be read.
    #[error("config.json of the model is not one that this version reads")]
    Config(#[source] serde_json::Error),
    /// The configuration holds a value that makes no sense.
    #[error("config.json of the model: {0}")]
    Value(String),
    /// The tokenizer cannot be used.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// The tokenizer has a token that the word table has no row for.
    #[error(
        "tokenizer.json has a token with the id {id}, but vocab_size in config.json is {rows}; are both of one model?"
    )]
    Vocabulary {
        /// The greatest id.
        id: u32,
        /// Rows of the word table.
        rows: usize,
    },
    /// The weights cannot be read.
    #[error("the weights cannot be read: {0}")]
    Weights(String),
    /// The hub did not give a file.
    #[error("{id} is no folder here, and its {file} could not be had from the Hugging Face hub; is the network there?")]
    Hub {
        /// The model.
        id: String,
        /// The file.
        file: String,
        /// Why.
        #[source]
        source: Box<hf_hub::api::sync::ApiError>,
    },
    /// The computation failed.
    #[error("the model cannot be computed")]
    Compute(#[from] candle_core::Error),
}
