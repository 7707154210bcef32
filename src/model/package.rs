//! A model folder: weights, tokenizer, configuration, and the sums that prove them.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::beside::beside;
use super::config::ModelConfig;
use super::error::ModelError;
use crate::encode::{Encoder, Tokens};

/// The files that a sum is required of.
const FILES: [&str; 3] = ["config.json", "tokenizer.json", "model.safetensors"];
/// The file that holds the sums.
pub(super) const SUMS: &str = "SHA256SUMS";
/// Hex digits of a sum that a message shows.
const SHOWN: usize = 12;

/// The model in the binary: its sums, then its files in the order of [`FILES`].
static EMBEDDED: [&[u8]; 4] = [
    include_bytes!("../../models/termsift-en/SHA256SUMS"),
    include_bytes!("../../models/termsift-en/config.json"),
    include_bytes!("../../models/termsift-en/tokenizer.json"),
    include_bytes!("../../models/termsift-en/model.safetensors"),
];

/// A model's files, checked against their sums.
#[derive(Debug, Clone)]
pub struct Package {
    /// Its configuration.
    pub config: ModelConfig,
    /// `tokenizer.json`.
    pub tokenizer: Cow<'static, [u8]>,
    /// `model.safetensors`.
    pub weights: Cow<'static, [u8]>,
    /// The SHA-256 of `SHA256SUMS`, in hex: it stands for the whole model.
    pub checksum: String,
}

impl Package {
    /// The model that the binary carries. Its sums are not taken again: a test did, and it is not a
    /// file that could have been changed.
    ///
    /// # Errors
    /// When it cannot be used, which a test excludes.
    pub fn embedded() -> Result<Self, ModelError> {
        let [sums, config, tokenizer, weights] = EMBEDDED;
        Self::trusted(sums, config, tokenizer.into(), weights.into())
    }

    /// Reads the model in `folder`.
    ///
    /// # Errors
    /// When a file is missing, is not what its sum says, or cannot be used.
    pub fn from_folder(folder: &Path) -> Result<Self, ModelError> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map_err(|source| ModelError::Io { path, source })
        };
        let sums = read(SUMS)?;
        let [config, tokenizer, weights] = FILES;
        Self::checked(&sums, &read(config)?, read(tokenizer)?.into(), read(weights)?.into())
    }

    /// Opens `named`: a folder, or a hub id, with `@REVISION` to pin one.
    ///
    /// # Errors
    /// As [`Package::from_folder`], and when there is no such folder, or the hub cannot be reached.
    pub fn open(named: &str) -> Result<Self, ModelError> {
        let folder = Path::new(named);
        if folder.is_dir() {
            return Self::from_folder(folder);
        }
        for file in FILES {
            super::hub::file(named, file)?;
        }
        let sums = super::hub::file(named, SUMS)?;
        Self::from_folder(sums.parent().unwrap_or(folder))
    }

    /// A model from the bytes of its files.
    ///
    /// # Errors
    /// When a file is not what its sum says, or cannot be used.
    pub fn checked(
        sums: &[u8],
        config: &[u8],
        tokenizer: Cow<'static, [u8]>,
        weights: Cow<'static, [u8]>,
    ) -> Result<Self, ModelError> {
        for (file, bytes) in FILES.into_iter().zip([config, &tokenizer, &weights]) {
            check(sums, file, bytes)?;
        }
        Self::trusted(sums, config, tokenizer, weights)
    }

    fn trusted(
        sums: &[u8],
        config: &[u8],
        tokenizer: Cow<'static, [u8]>,
        weights: Cow<'static, [u8]>,
    ) -> Result<Self, ModelError> {
        Ok(Self { config: ModelConfig::from_json(config)?, tokenizer, weights, checksum: hex(sums) })
    }

    /// The encoder of clause changes that goes with the model.
    ///
    /// # Errors
    /// When the tokenizer cannot be used.
    pub fn encoder(&self) -> Result<Encoder, ModelError> {
        Ok(Encoder::new(Tokens::from_json(&self.tokenizer)?, self.config.max_tokens))
    }

    /// Writes a model folder, which must be there; the sums come last, since a folder without them is
    /// not whole. A model that is in it already stays until all of the new one is on the disk. Other files in it
    /// stay as they are.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(folder: &Path, config: &ModelConfig, tokenizer: &[u8], weights: &[u8]) -> Result<(), ModelError> {
        let mut json = serde_json::to_vec_pretty(config).map_err(ModelError::Config)?;
        json.push(b'\n');
        let files: [(&str, &[u8]); 3] =
            [("config.json", &json), ("tokenizer.json", tokenizer), ("model.safetensors", weights)];
        let sums = Self::sums(&files);
        let mut written = Vec::with_capacity(FILES.len() + 1);
        for (name, bytes) in files.into_iter().chain([(SUMS, sums.as_bytes())]) {
            let path = folder.join(name);
            match beside(folder, bytes) {
                Ok(file) => written.push((path, file)),
                Err(source) => return Err(ModelError::Output { path, source }),
            }
        }
        for (path, file) in written {
            file.persist(&path).map_err(|error| ModelError::Output { path, source: error.error })?;
        }
        Ok(())
    }

    /// The text of `SHA256SUMS` for `files`, as `sha256sum` writes it.
    #[must_use]
    pub fn sums(files: &[(&str, &[u8])]) -> String {
        files.iter().fold(String::new(), |mut text, (name, bytes)| {
            let _ = writeln!(text, "{}  {name}", hex(bytes));
            text
        })
    }
}

/// Whether `bytes` are what `sums` say of `file`.
pub(super) fn check(sums: &[u8], file: &str, bytes: &[u8]) -> Result<(), ModelError> {
    let sums = String::from_utf8_lossy(sums);
    let expected = sums
        .lines()
        .filter_map(|line| line.split_once("  "))
        .find(|(_, name)| *name == file)
        .map(|(sum, _)| sum.to_owned())
        .ok_or_else(|| ModelError::NoChecksum { file: file.to_owned() })?;
    let found = hex(bytes);
    if expected == found {
        return Ok(());
    }
    let shown = |sum: &str| sum.chars().take(SHOWN).collect();
    Err(ModelError::Checksum { file: file.to_owned(), expected: shown(&expected), found: shown(&found) })
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_model_is_what_its_sums_say() {
        let [sums, config, tokenizer, weights] = EMBEDDED;
        let checked = Package::checked(sums, config, tokenizer.into(), weights.into()).unwrap();
        assert_eq!(checked.checksum, Package::embedded().unwrap().checksum);
    }

    #[test]
    fn a_model_is_replaced_and_nothing_else_is_left_or_touched() {
        let config = Package::embedded().unwrap().config;
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("CARD.md"), "kept").unwrap();
        for weights in [b"first", b"other"] {
            Package::write(folder.path(), &config, b"{}", weights).unwrap();
            let read = Package::from_folder(folder.path()).unwrap();
            assert_eq!((&*read.weights, &*read.tokenizer), (&weights[..], &b"{}"[..]));
        }
        let mut names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|it| it.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["CARD.md", "SHA256SUMS", "config.json", "model.safetensors", "tokenizer.json"]);
        let none = Package::write(&folder.path().join("none"), &config, b"{}", b"x");
        assert!(matches!(none, Err(ModelError::Output { path, .. }) if path.ends_with("config.json")));
    }
}
