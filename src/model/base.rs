//! The encoder that training starts from: a folder, or a model of the Hugging Face hub.

use std::path::Path;

use safetensors::SafeTensors;
use serde::Deserialize;

use super::config::EncoderDims;
use super::error::ModelError;
use super::hub;
use super::package::{SUMS, check};
use super::reference::HEADS;
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

/// What else a published configuration says of how the encoder is computed.
#[derive(Deserialize)]
struct Published {
    hidden_act: Option<String>,
    position_embedding_type: Option<String>,
}

impl Published {
    /// Another function, or positions of another kind, would be computed as BERT's, and nobody would hear of it.
    fn check(&self) -> Result<(), ModelError> {
        for (name, given, known) in [
            ("hidden_act", self.hidden_act.as_deref(), "gelu"),
            ("position_embedding_type", self.position_embedding_type.as_deref(), "absolute"),
        ] {
            if let Some(given) = given.filter(|given| *given != known) {
                return Err(ModelError::Value(format!("{name} is {given:?}; only {known:?}, BERT's, can be used")));
            }
        }
        Ok(())
    }
}

impl Base {
    /// Opens `named`: a folder (also one that `train` wrote), or a hub id, with `@REVISION` to pin one.
    ///
    /// # Errors
    /// When there is no such folder, a file is missing, is not what its sum says or cannot be used, or the hub cannot
    /// be reached. What would make a training fail after hours is looked for here.
    pub fn open(named: &str) -> Result<Self, ModelError> {
        let folder = Path::new(named);
        let read = |name: &str| -> Result<Vec<u8>, ModelError> {
            let path = if folder.is_dir() { folder.join(name) } else { hub::file(named, name)? };
            std::fs::read(&path).map_err(|source| ModelError::Io { path, source })
        };
        let config = read("config.json")?;
        // A model folder of this program holds an encoder as well: training can go on from it.
        let dims = if let Ok(Packaged { encoder }) = serde_json::from_slice(&config) {
            encoder
        } else {
            let published: Published = serde_json::from_slice(&config).map_err(ModelError::Config)?;
            published.check()?;
            serde_json::from_slice(&config).map_err(ModelError::Config)?
        };
        dims.check()?;
        let tokenizer = read("tokenizer.json")?;
        let (id, rows) = (Tokens::from_json(&tokenizer)?.highest_id(), dims.vocab_size);
        if id as usize >= rows {
            return Err(ModelError::Vocabulary { id, rows });
        }
        let base = Self { dims, tokenizer, weights: read("model.safetensors")? };
        // A model folder has sums; a published encoder has none, or some that leave files out.
        if let Ok(sums) = std::fs::read(folder.join(SUMS)) {
            let files: [(&str, &[u8]); 3] =
                [("config.json", &config), ("tokenizer.json", &base.tokenizer), ("model.safetensors", &base.weights)];
            for (file, bytes) in files {
                match check(&sums, file, bytes) {
                    Ok(()) | Err(ModelError::NoChecksum { .. }) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(base)
    }

    /// Whether it has heads, as a model has that `train` wrote: without, there is nothing to calibrate.
    #[must_use]
    pub fn has_heads(&self) -> bool {
        SafeTensors::deserialize(&self.weights)
            .is_ok_and(|tensors| HEADS.iter().all(|(head, _)| tensors.tensor(&format!("heads.{head}.weight")).is_ok()))
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
    fn what_would_be_computed_otherwise_is_refused() {
        let as_berts = [("hidden_act", "gelu"), ("position_embedding_type", "absolute")];
        for (name, value) in as_berts {
            assert!(open(|config| config[name] = json!(value)).is_ok(), "{name}");
        }
        for (name, value) in [("hidden_act", "relu"), ("position_embedding_type", "relative_key")] {
            let refused = open(|config| config[name] = json!(value));
            assert!(
                matches!(refused, Err(ModelError::Value(why)) if why.contains(name) && why.contains(value)),
                "{name}"
            );
        }
    }

    #[test]
    fn a_file_that_is_not_what_its_sum_says_is_refused() {
        let package = Package::embedded().unwrap();
        let folder = tempfile::tempdir().unwrap();
        Package::write(folder.path(), &package.config, &package.tokenizer, b"one").unwrap();
        let open = || Base::open(folder.path().to_str().unwrap());
        assert!(open().is_ok());
        std::fs::write(folder.path().join("model.safetensors"), "two").unwrap();
        assert!(matches!(open(), Err(ModelError::Checksum { file, .. }) if file == "model.safetensors"));
        std::fs::write(folder.path().join(SUMS), "").unwrap();
        assert!(open().is_ok(), "sums that name none of the files say nothing");
    }

    #[test]
    fn a_model_has_heads_and_what_is_none_has_not() {
        let package = Package::embedded().unwrap();
        let with = |weights: &[u8]| Base {
            dims: package.config.encoder.clone(),
            tokenizer: Vec::new(),
            weights: weights.to_vec(),
        };
        assert!(with(&package.weights).has_heads());
        assert!(!with(b"").has_heads());
    }

    #[test]
    fn a_tokenizer_with_more_tokens_than_the_word_table_is_refused_at_once() {
        let rows = Package::embedded().unwrap().config.encoder.vocab_size;
        let refused = open(|config| config["vocab_size"] = json!(rows - 1));
        assert!(matches!(refused, Err(ModelError::Vocabulary { id, rows: found }) if id as usize == found));
    }
}
