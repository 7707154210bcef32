//! From what a user types to an open collection.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::collection::Collection;
use super::track::is_repository;
use super::{Permalinks, SourceError, archive, folder, git, jsonl, mirror, pair};
use crate::outcome::Stop;

/// A source as a user names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceSpec {
    /// A repository, a folder, a zip archive or a JSON Lines file.
    Path(PathBuf),
    /// A repository to clone or fetch.
    Url(String),
    /// Two files.
    Pair {
        /// The document before.
        old: PathBuf,
        /// The document after.
        new: PathBuf,
    },
    /// Clause changes as JSON Lines on standard input.
    Stdin,
}

impl SourceSpec {
    /// Reads what a user typed: `-`, a URL, or a path.
    #[must_use]
    pub fn parse(typed: &str) -> Self {
        let url = ["https://", "http://", "git://", "ssh://", "file://", "git@"];
        if typed == "-" {
            Self::Stdin
        } else if url.iter().any(|scheme| typed.starts_with(scheme)) {
            Self::Url(typed.to_owned())
        } else {
            Self::Path(typed.into())
        }
    }

    /// Whether `path` is called as a file of clause changes is, rather than of versions.
    #[must_use]
    pub fn is_clause_file(path: &Path) -> bool {
        path.extension().is_some_and(|it| it.eq_ignore_ascii_case("jsonl") || it.eq_ignore_ascii_case("ndjson"))
    }

    /// The name of the collection that it opens as, where that can be told without fetching anything and without reading
    /// a history. `branch`: the one to read, as in [`Tracked`](super::Tracked).
    #[must_use]
    pub fn name(&self, branch: Option<&str>) -> Option<String> {
        match self {
            Self::Url(url) => Permalinks::of_remote(url)?.collection().map(str::to_owned),
            Self::Path(path) if is_repository(path) => git::name(path, branch).ok(),
            Self::Path(path) => path.exists().then(|| plain_name(path)),
            Self::Pair { .. } | Self::Stdin => None,
        }
    }
}

/// The name of a collection that is no repository: the folder's, or the file's without its extension.
fn plain_name(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.into());
    let name = if path.is_dir() { absolute.file_name() } else { absolute.file_stem() };
    name.unwrap_or_default().to_string_lossy().into_owned()
}

/// How to open a source.
#[derive(Debug, Clone, Default)]
pub struct OpenOptions {
    /// Commits (full hashes or beginnings) that must be found, also where HEAD does not reach them.
    pub commits: Vec<String>,
    /// Where clones of URLs are kept.
    pub clones: PathBuf,
    /// Ends the reading with [`SourceError::Stopped`] when it is asked.
    pub stop: Stop,
}

/// Opens `spec`.
///
/// # Errors
/// When nothing is there, it is no kind of source, or it is damaged.
pub fn open(spec: &SourceSpec, options: &OpenOptions) -> Result<Collection, SourceError> {
    match spec {
        SourceSpec::Path(path) => open_path(path, options),
        SourceSpec::Url(url) => {
            let mirror = mirror::mirror(url, options)?;
            git::open_at(&mirror, &git::name_of_url(url), &git::tip(&mirror, None, true)?, options)
        }
        SourceSpec::Pair { old, new } => pair::open(old, new),
        SourceSpec::Stdin => jsonl::read(std::io::stdin().lock(), Path::new("-")),
    }
}

fn open_path(path: &Path, options: &OpenOptions) -> Result<Collection, SourceError> {
    if !path.exists() {
        return Err(SourceError::NotFound { path: path.into() });
    }
    let not_a_source = || SourceError::NotASource { path: path.into() };
    if path.is_dir() {
        if is_repository(path) {
            return git::open(path, options);
        }
        return folder::open(path)?.ok_or_else(not_a_source);
    }
    let extension = path.extension().unwrap_or_default().to_ascii_lowercase();
    if extension == "zip" {
        return archive::open(path)?.ok_or_else(not_a_source);
    }
    if SourceSpec::is_clause_file(path) {
        let file = std::fs::File::open(path).map_err(|source| SourceError::Io { path: path.into(), source })?;
        return jsonl::read(BufReader::new(file), path);
    }
    Err(not_a_source())
}
