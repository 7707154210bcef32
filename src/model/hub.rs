//! Files of models on the Hugging Face hub.

use std::path::PathBuf;

use hf_hub::api::sync::{ApiBuilder, ApiError};
use hf_hub::{Repo, RepoType};

use super::error::ModelError;

/// The file `name` of the model `named` (`owner/model`, with `@revision` to pin one), fetched unless it
/// is in the hub's cache.
///
/// # Errors
/// When the hub cannot be reached or has no such file.
pub(super) fn file(named: &str, name: &str) -> Result<PathBuf, ModelError> {
    let failed =
        |error: ApiError| ModelError::Hub { id: named.to_owned(), file: name.to_owned(), source: Box::new(error) };
    let (id, revision) = named.split_once('@').unwrap_or((named, "main"));
    let api = ApiBuilder::from_env().with_progress(false).build().map_err(failed)?;
    api.repo(Repo::with_revision(id.to_owned(), RepoType::Model, revision.to_owned())).get(name).map_err(failed)
}
