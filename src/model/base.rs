//! The encoder that training starts from: a folder, or a model of the Hugging Face hub.

use std::path::Path;

use serde::Deserialize;

use super::config::EncoderDims;
use super::error::ModelError;
use super::hub;

/// A pre-trained encoder.
#[derive(Debug, Clone)]
pub struct Base {
    /// Its sizes.
    pub dims: EncoderDims,
    /// `tokenizer.json`.
    pub tokenizer: Vec<u8>,
    /// `model.safetensors`.
    pub weights: Vec<u8>,
}

/// Where a model folder has the sizes of its encoder.
#[derive(Deserialize)]
struct Packaged {
    encoder: EncoderDims,
}

impl Base {
    /// Opens `named`: a folder (also one that `train` wrote), or a hub id, with `@REVISION` to pin one.
    ///
    /// # Errors
    /// When there is no such folder, a file is missing or cannot be used, or the hub cannot be reached.
    pub fn open(named: &str) -> Result<Self, ModelError> {
        let folder = Path::new(named);
        let read = |name: &str| -> Result<Vec<u8>, ModelError> {
            let path = if folder.is_dir() { folder.join(name) } else { hub::file(named, name)? };
            std::fs::read(&path).map_err(|source| ModelError::Io { path, source })
        };
        let config = read("config.json")?;
        // A model folder of this program holds an encoder as well: training can go on from it.
        let dims = match serde_json::from_slice(&config) {
            Ok(Packaged { encoder }) => encoder,
            Err(_) => serde_json::from_slice(&config).map_err(ModelError::Config)?,
        };
        Ok(Self { dims, tokenizer: read("tokenizer.json")?, weights: read("model.safetensors")? })
    }
}
