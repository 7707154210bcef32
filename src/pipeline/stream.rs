//! Chosen document changes of one collection, handed over as soon as they are known.
//!
//! A scan ranks and therefore waits for the last record; a store takes each at once, so that a run that is stopped
//! has kept what it did. Records come in no useful order; which ones come does not hang on the threads.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::document::History;
use super::{Progress, ScanError};
use crate::infer::Judge;
use crate::outcome::Stop;
use crate::record::DocumentChangeRecord;
use crate::source::{Collection, Document, Revision};

/// A document, and which of its revisions are wanted.
#[derive(Debug)]
pub struct Work<'a> {
    /// The document.
    pub document: &'a Document,
    /// Places of the wanted revisions in the order of the collection, ascending.
    pub wanted: Vec<u32>,
}

impl Work<'_> {
    fn wants(&self, revision: &Revision) -> bool {
        self.wanted.binary_search(&revision.order).is_ok()
    }
}

/// Takes records as they come, from several threads.
pub trait Shelf: Sync {
    /// Takes the record at place `order` of the collection; `unreadable`: a version of it could not be read.
    ///
    /// # Errors
    /// When it cannot be kept; the run ends with [`ScanError::Sink`].
    fn keep(&self, record: DocumentChangeRecord, order: u32, unreadable: bool) -> io::Result<()>;
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamSummary {
    /// Records handed over.
    pub kept: usize,
    /// Document changes that could not be read, with the reason, sorted.
    pub unreadable: Vec<String>,
    /// Whether `stop` was asked before the end.
    pub stopped: bool,
}

/// Makes the records of `work` with `judge`, begun in the order given, and hands each to `shelf`.
///
/// Once `stop` is asked, each thread finishes the document change that it is at.
///
/// # Errors
/// When a source fails as a whole, or a record cannot be kept; what was kept stays.
pub fn stream(
    collection: &Collection,
    work: &[Work<'_>],
    threads: usize,
    judge: &dyn Judge,
    stop: &Stop,
    progress: &dyn Progress,
    shelf: &dyn Shelf,
) -> Result<StreamSummary, ScanError> {
    progress.start(work.iter().map(|work| work.document.revisions.len() as u64).sum());
    let summary = Mutex::new(StreamSummary::default());
    let next = AtomicUsize::new(0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(ScanError::Threads)?;
    let workers = pool.broadcast(|_| -> Result<(), ScanError> {
        while let Some(work) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
            document(collection, work, judge, stop, shelf, &summary)?;
            progress.advance(work.document.revisions.len() as u64);
        }
        Ok(())
    });
    progress.finish();
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    for done in workers {
        match done {
            Ok(()) => {}
            Err(ScanError::Stopped) => summary.stopped = true,
            Err(error) => return Err(error),
        }
    }
    summary.unreadable.sort();
    Ok(summary)
}

fn document(
    collection: &Collection,
    work: &Work<'_>,
    judge: &dyn Judge,
    stop: &Stop,
    shelf: &dyn Shelf,
    summary: &Mutex<StreamSummary>,
) -> Result<(), ScanError> {
    if stop.asked() {
        return Err(ScanError::Stopped);
    }
    let mut reader = collection.reader()?;
    let mut left = work.wanted.len();
    let history = History::new(collection, work.document, judge, true, &mut reader);
    history.run(
        |revision| work.wants(revision),
        |(order, record, trouble)| {
            shelf.keep(record, order, trouble.is_some()).map_err(ScanError::Sink)?;
            left -= 1;
            let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
            summary.kept += 1;
            summary.unreadable.extend(trouble);
            if left > 0 && stop.asked() { Err(ScanError::Stopped) } else { Ok(()) }
        },
    )
}
