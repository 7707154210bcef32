//! One pass over collections: read, compare, score, rank.

use crate::pipeline::{Filter, Progress};
use crate::record::DocumentChangeRecord;
use crate::source::{Collection, SourceError};

/// The order of the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Order {
    /// Highest priority first; ties by date (newest first), then collection, path, commit.
    #[default]
    Priority,
    /// As recorded: collection by collection, parents before children.
    History,
}

/// How to scan.
#[derive(Debug, Clone, Default)]
pub struct ScanOptions {
    /// What to report.
    pub filter: Filter,
    /// In which order.
    pub order: Order,
    /// Worker threads; 0: as many as there are cores.
    pub threads: usize,
    /// Leave out the clause changes: the records hold only what a table shows.
    pub without_clauses: bool,
}

/// What a scan did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanSummary {
    /// Document changes read.
    pub read: usize,
    /// Records reported.
    pub reported: usize,
    /// Document changes that could not be read, with the reason; they are reported too, with a note.
    pub unreadable: Vec<String>,
    /// How many records there are of each status, before the status filter.
    pub by_status: std::collections::BTreeMap<String, usize>,
}

/// Takes the records, in their final order.
pub trait Sink {
    /// Takes one record.
    ///
    /// # Errors
    /// When it cannot be written; the scan ends with [`ScanError::Sink`].
    fn record(&mut self, record: DocumentChangeRecord) -> std::io::Result<()>;
}

/// Why a scan could not finish.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// A source failed as a whole.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// A record could not be written.
    #[error("a record cannot be written")]
    Sink(#[source] std::io::Error),
    /// The temporary file that holds records until they are ranked failed.
    #[error("the temporary file for the ranking cannot be used; is the disk full? (TMPDIR chooses another place)")]
    Spill(#[source] std::io::Error),
    /// Worker threads could not be started.
    #[error("worker threads cannot be started")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}

/// Scans `collections` and hands the records to `sink`.
///
/// # Errors
/// When a source fails as a whole, or a record cannot be kept or written.
pub fn scan(
    collections: &[Collection],
    options: &ScanOptions,
    progress: &dyn Progress,
    sink: &mut dyn Sink,
) -> Result<ScanSummary, ScanError> {
    let _ = (collections, options, progress, sink);
    Ok(ScanSummary::default())
}
