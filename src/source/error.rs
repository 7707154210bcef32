//! What can go wrong while reading a source.

use std::path::PathBuf;

/// Why a source, or one version of it, could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// Nothing is there.
    #[error(
        "{path}: no such file or folder; give a versions repository, a folder or zip of dated versions, or a .jsonl file"
    )]
    NotFound {
        /// What was asked for.
        path: PathBuf,
    },
    /// Something is there, but no kind of source.
    #[error(
        "{path}: neither a git repository nor a folder of dated versions (Service/Terms type/2025-01-31T10-00-00Z.md)"
    )]
    NotASource {
        /// What was asked for.
        path: PathBuf,
    },
    /// The repository could not be opened.
    #[error("{path}: the repository cannot be opened; `git -C '{path}' fsck` may say more")]
    Repository {
        /// The repository.
        path: PathBuf,
        /// What git said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The repository could not be cloned or fetched.
    #[error("{url}: cannot be cloned or fetched; check the address and the network, or give the path of a local clone")]
    Remote {
        /// The URL.
        url: String,
        /// What the transport said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody asked to stop.
    #[error("interrupted while the source was read")]
    Stopped,
    /// The repository has no commit yet, or HEAD points nowhere.
    #[error(
        "{path}: HEAD points to no commit that can be read; is the repository empty, damaged, or on another branch?"
    )]
    NoHead {
        /// The repository.
        path: PathBuf,
    },
    /// A branch was asked for that the repository does not have.
    #[error("{path}: no branch {branch:?}; `git -C '{path}' branch --all` lists them")]
    NoBranch {
        /// The repository.
        path: PathBuf,
        /// What was asked for.
        branch: String,
    },
    /// A commit was asked for that the repository does not hold.
    #[error("no commit {commit:?} in {path}, or more than one starts so; give more of its hash")]
    NoSuchCommit {
        /// The repository.
        path: PathBuf,
        /// What was asked for.
        commit: String,
    },
    /// An object is missing or damaged.
    #[error(
        "{path}: object {object} is missing or damaged (a shallow or corrupt clone?); clone it again without --depth"
    )]
    Object {
        /// The repository.
        path: PathBuf,
        /// The object's hash.
        object: String,
        /// What git said.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file could not be read.
    #[error("{path}: cannot be read")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A zip archive could not be read.
    #[error("{path}: not a readable zip archive")]
    Archive {
        /// The archive.
        path: PathBuf,
        /// What the reader said.
        source: zip::result::ZipError,
    },
    /// A line of JSON Lines could not be read.
    #[error(
        "{path}:{line}: not a clause change (expected an object with \"before\" and \"after\", one of which may be null)"
    )]
    Line {
        /// The file.
        path: PathBuf,
        /// 1-based line number.
        line: usize,
        /// What the parser said.
        source: serde_json::Error,
    },
}
