//! Files of models on the Hugging Face hub.

use std::path::PathBuf;

use hf_hub::{HFClientSync, split_id};

use super::error::ModelError;

/// The file `name` of the model `named` (`owner/model`, with `@revision` to pin one), fetched unless it
/// is in the hub's cache.
///
/// # Errors
/// When the hub cannot be reached or has no such file.
pub(super) fn file(named: &str, name: &str) -> Result<PathBuf, ModelError> {
    let failed = |error: hf_hub::HFError| ModelError::Hub {
        id: named.to_owned(),
        file: name.to_owned(),
        source: Box::new(error),
    };
    let (id, revision) = named.split_once('@').unwrap_or((named, "main"));
    let (owner, model) = split_id(id);
    let client = HFClientSync::new().map_err(failed)?;
    client.model(owner, model).download_file().filename(name).revision(revision).send().map_err(failed)
}
