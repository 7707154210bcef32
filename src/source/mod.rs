//! Sources: from a place where versions are recorded to the history of each document.
//!
//! In: a [`SourceSpec`]. Out: a [`Collection`]: its documents, each with its revisions in
//! topological order, and a reader for their texts. Dates order nothing here: commit dates of
//! versions repositories are not monotonic.

mod archive;
mod collection;
mod error;
mod folder;
mod git;
mod history;
mod jsonl;
mod link_template;
mod mirror;
mod open;
mod pair;
mod permalink;
mod track;
mod tree;

pub use archive::ArchiveReader;
pub use collection::{
    Collection, CommitInfo, ContentId, Document, DocumentPath, Reader, RecordKind, Revision, Version,
};
pub use error::SourceError;
pub use folder::{FolderReader, embedded};
pub use git::GitReader;
pub use jsonl::ClauseLine;
pub use mirror::shown;
pub use open::{OpenOptions, SourceSpec, open};
pub use permalink::{LineLinks, OldSide, Permalinks, Side};
pub use track::{Located, Tracked};

/// Longest version that is read. The longest known real version is under 2 MiB.
///
/// A longer one is cut here, at a character boundary, and says so in its notes.
pub const MAX_VERSION_BYTES: usize = 32 << 20;

/// Bytes of a version that are read at all, to be cut. A larger one is told as one that cannot be read.
pub(crate) const MAX_READ_BYTES: usize = 256 << 20;
