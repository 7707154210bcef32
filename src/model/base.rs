//! The encoder that training starts from: a folder, or a model of the Hugging Face hub.

use std::path::Path;

use serde::Deserialize;

use super::config::EncoderDims;
use super::error::ModelError;
use super::hub;
use crate::encode::Tokens;

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
    /// When there is no such folder, a file is missing or cannot be used, or the hub cannot be reached. What would
    /// make a training fail after hours is looked for here.
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
        dims.check()?;
        let tokenizer = read("tokenizer.json")?;
        let (id, rows) = (Tokens::from_json(&tokenizer)?.highest_id(), dims.vocab_size);
        if id as usize >= rows {
            return Err(ModelError::Vocabulary { id, rows });
        }
        Ok(Self { dims, tokenizer, weights: read("model.safetensors")? })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::package::Package;
    use super::*;

    /// A folder with the sizes of the built-in encoder after `change`, its tokenizer, and no weights, opened.
    fn open(change: impl Fn(&mut Value)) -> Result<Base, ModelError> {
        let package = Package::embedded().unwrap();
        let mut config = serde_json::to_value(&package.config.encoder).unwrap();
        change(&mut config);
        let folder = tempfile::tempdir().unwrap();
        let config = config.to_string();
        let files: [(&str, &[u8]); 3] =
            [("config.json", config.as_bytes()), ("tokenizer.json", &package.tokenizer), ("model.safetensors", b"")];
        for (name, bytes) in files {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        Base::open(folder.path().to_str().unwrap())
    }

    #[test]
    fn sizes_that_cannot_be_computed_are_refused_at_once() {
        assert!(open(|_| ()).is_ok());
        for heads in [0, 5] {
            let refused = open(|config| config["num_attention_heads"] = json!(heads));
            assert!(matches!(refused, Err(ModelError::Value(why)) if why.contains("num_attention_heads")), "{heads}");
        }
    }

    #[test]
    fn a_tokenizer_with_more_tokens_than_the_word_table_is_refused_at_once() {
        let rows = Package::embedded().unwrap().config.encoder.vocab_size;
        let refused = open(|config| config["vocab_size"] = json!(rows - 1));
        assert!(matches!(refused, Err(ModelError::Vocabulary { id, rows: found }) if id as usize == found));
    }
}
