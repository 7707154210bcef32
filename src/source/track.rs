//! A source that is read again and again: where it stands now, before its history is read.

use std::path::{Path, PathBuf};

use super::collection::Collection;
use super::{OpenOptions, Permalinks, SourceError, SourceSpec, git, mirror, open};
use crate::outcome::Stop;

/// A source that a run comes back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tracked {
    /// Where it is.
    pub spec: SourceSpec,
    /// The branch to read; none: the one that HEAD is on.
    pub branch: Option<String>,
    /// Where clones of URLs are kept.
    pub clones: PathBuf,
    /// Its name; none: as its address or path says.
    pub name: Option<String>,
    /// Links to its hosting site; none: as the repository says.
    pub links: Option<Permalinks>,
}

/// A source, fetched, with its history unread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    path: PathBuf,
    /// The commit that it stands at; nothing for a folder or an archive, which only reading can tell.
    pub head: Option<String>,
}

impl Tracked {
    fn options(&self, stop: &Stop) -> OpenOptions {
        OpenOptions { clones: self.clones.clone(), stop: stop.clone(), ..OpenOptions::default() }
    }

    /// Fetches a URL, and says where the source stands. `stop` ends that.
    ///
    /// # Errors
    /// When it cannot be fetched or is no source, or the branch is missing.
    pub fn locate(&self, stop: &Stop) -> Result<Located, SourceError> {
        let path = match &self.spec {
            SourceSpec::Url(url) => mirror::mirror(url, &self.options(stop))?,
            SourceSpec::Path(path) => path.clone(),
            SourceSpec::Pair { old, .. } => return Err(SourceError::NotASource { path: old.clone() }),
            SourceSpec::Stdin => return Err(SourceError::NotASource { path: "-".into() }),
        };
        if !path.exists() {
            return Err(SourceError::NotFound { path });
        }
        let mirror = matches!(self.spec, SourceSpec::Url(_));
        let head = if is_repository(&path) { Some(git::tip(&path, self.branch.as_deref(), mirror)?) } else { None };
        Ok(Located { path, head })
    }

    /// Reads the history of what was located. `stop` ends that.
    ///
    /// # Errors
    /// As [`open`](super::open).
    pub fn open(&self, located: &Located, stop: &Stop) -> Result<Collection, SourceError> {
        let mut collection = match &located.head {
            Some(head) => {
                let name = match &self.spec {
                    SourceSpec::Url(url) => git::name_of_url(url),
                    _ => git::name_of(&located.path),
                };
                git::open_at(&located.path, &name, head, &self.options(stop))?
            }
            None => open(&SourceSpec::Path(located.path.clone()), &self.options(stop))?,
        };
        if let Some(name) = &self.name {
            collection.name.clone_from(name);
        }
        if let Some(links) = &self.links {
            collection.permalinks = Some(links.clone());
        }
        Ok(collection)
    }
}

/// Whether `path` looks like a git repository, bare or not.
pub(super) fn is_repository(path: &Path) -> bool {
    path.join(".git").exists() || (path.join("HEAD").exists() && path.join("objects").exists())
}
