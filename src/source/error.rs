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
    /// The repository lacks the older part of its history.
    #[error(
        "{path}: a shallow clone, without the older part of its history: old terms would be told as new; fetch the rest with `git -C '{path}' fetch --unshallow` (first where it was cloned from, if that is shallow too), or clone it again without --depth"
    )]
    Shallow {
        /// The repository.
        path: PathBuf,
    },
    /// Two sources would be stored under one name.
    #[error(
        "{given}: {other} has the name {name:?} too, and records are stored by it; give this one a `name` of its own in the configuration"
    )]
    NameTaken {
        /// The name.
        name: String,
        /// The source that cannot have it, as it may be shown.
        given: String,
        /// The source that has it.
        other: String,
    },
    /// An object is missing or damaged.
    #[error(
        "{path}: object {object} is missing or damaged (a corrupt or partial clone?); `git -C '{path}' fsck` may say more; clone it again, whole"
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
    /// A zip archive unpacks to far more than terms do.
    #[error(
        "{path}: {size} bytes that take more than {most} to read; entries that share one packed text, or hold nothing but repetition, are no recorded terms; if these are, unpack the archive and give the folder"
    )]
    Unpacks {
        /// The archive.
        path: PathBuf,
        /// Its length in bytes.
        size: u64,
        /// How many bytes it may cost to read.
        most: u64,
    },
    /// An archive holds a document of the same name in two folders: it is more than one collection.
    #[error(
        "{path}: {document:?} stands below {first:?} and below {other:?}, so it holds more than one collection; unpack the archive and give the folder of each"
    )]
    SeveralCollections {
        /// The archive.
        path: PathBuf,
        /// The document.
        document: String,
        /// Where it stands.
        first: String,
        /// Where it stands as well.
        other: String,
    },
    /// More is recorded in one commit than a collection holds.
    #[error(
        "{path}: one commit changes more than {most} files and folders (`git -C '{path}' ls-tree {tree}`), more than any collection holds; give a repository of versions, or a history without that commit"
    )]
    TooManyFiles {
        /// The repository.
        path: PathBuf,
        /// The hash of the commit's tree.
        tree: String,
        /// How many files and folders may differ.
        most: usize,
    },
    /// Two of the sources to read have the same name: their records could not be told apart.
    #[error("{name:?} is the name of two of the sources; give a source once, and different ones different names")]
    GivenTwice {
        /// The name.
        name: String,
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
