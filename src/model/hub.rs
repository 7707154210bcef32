//! Files of models on the Hugging Face hub.

use std::io;
use std::path::{Path, PathBuf};

use hf_hub::api::sync::{ApiBuilder, ApiError};
use hf_hub::{Repo, RepoType};

use super::error::ModelError;

/// The file `name` of the model `named` (`owner/model`, with `@revision` to pin one), fetched unless it
/// is in the hub's cache.
///
/// # Errors
/// When `named` is plainly a path, or the hub cannot be reached or has no such file.
pub(super) fn file(named: &str, name: &str) -> Result<PathBuf, ModelError> {
    // Whoever mistyped a path wants to hear of it, and not of the network.
    if let Some(why) = not_an_id(named) {
        let source = io::Error::new(io::ErrorKind::NotFound, why);
        return Err(ModelError::Io { path: named.into(), source });
    }
    let failed =
        |error: ApiError| ModelError::Hub { id: named.to_owned(), file: name.to_owned(), source: Box::new(error) };
    let (id, revision) = named.split_once('@').unwrap_or((named, "main"));
    let api = ApiBuilder::from_env().with_progress(false).build().map_err(failed)?;
    api.repo(Repo::with_revision(id.to_owned(), RepoType::Model, revision.to_owned())).get(name).map_err(failed)
}

/// Why `named`, which is no folder, is no id on the hub either, if that is plain.
fn not_an_id(named: &str) -> Option<&'static str> {
    if Path::new(named).exists() {
        return Some("it is no folder; a model is a folder, or an id on the Hugging Face hub");
    }
    // A revision may have slashes; an id has one at most.
    let id = named.split_once('@').map_or(named, |(id, _)| id);
    let path = ["/", "./", "../", "~"].iter().any(|start| named.starts_with(start))
        || named.contains('\\')
        || id.matches('/').count() > 1;
    path.then_some("there is no such folder; an id on the Hugging Face hub looks like owner/model")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_not_asked_for_on_the_hub() {
        for named in ["/no/such", "./no-such", "../no-such", "~/no-such", "no/such/folder", "C:\\no-such"] {
            assert!(not_an_id(named).is_some_and(|why| why.contains("no such folder")), "{named}");
            assert!(matches!(file(named, "config.json"), Err(ModelError::Io { .. })), "{named}");
        }
        assert!(not_an_id("Cargo.toml").is_some_and(|why| why.contains("no folder")));
        for named in ["bert-base-uncased", "owner/model", "owner/model@main", "owner/model@refs/pr/1"] {
            assert_eq!(not_an_id(named), None, "{named}");
        }
    }
}
