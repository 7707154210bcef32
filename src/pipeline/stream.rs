//! Chosen document changes of one collection, handed over as soon as they are known.
//!
//! A scan ranks and therefore waits for the last record; a store takes each at once, so that a run that is stopped
//! has kept what it did. Records come in no useful order; which ones come does not hang on the threads.

use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::document::History;
use super::ranking::Head;
use super::settle::{Desk, End};
use super::stories::Sketch;
use super::{Progress, ScanError};
use crate::infer::{Judge, Judgement};
use crate::outcome::Stop;
use crate::rank::Status;
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
    /// Takes the record at place `order` of the collection; `unreadable`: a version of it could not be read; `sketch`:
    /// what its story and its twins are found by, once all records are there.
    ///
    /// # Errors
    /// When it cannot be kept; the run ends with [`ScanError::Sink`].
    fn keep(
        &self,
        record: DocumentChangeRecord,
        order: u32,
        unreadable: bool,
        sketch: Option<Sketch>,
    ) -> io::Result<()>;
}

/// What was done.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StreamSummary {
    /// Records handed over.
    pub kept: usize,
    /// Document changes, and folders of the source, that could not be read, with the reason, sorted.
    pub unreadable: Vec<String>,
    /// Whether `stop` was asked before the end.
    pub stopped: bool,
}

/// Makes the records of `work` with `judge`, begun in the order given, and hands each to `shelf`.
///
/// Once `stop` is asked, each thread finishes the document change that it is at, and hands over what it found.
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
    let shelved = Shelved { shelf, summary: Mutex::default() };
    let next = AtomicUsize::new(0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().map_err(ScanError::Threads)?;
    let workers = pool.broadcast(|_| -> Result<(), ScanError> {
        let mut desk = Desk::new(false, judge, &shelved);
        let done = documents(collection, work, &next, &mut desk, stop, progress);
        // What is gathered was found already: also a run that is stopped keeps it.
        desk.settle()?;
        done
    });
    progress.finish();
    let mut summary = shelved.summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    for done in workers {
        match done {
            Ok(()) => {}
            Err(ScanError::Stopped) => summary.stopped = true,
            Err(error) => return Err(error),
        }
    }
    summary.unreadable.extend_from_slice(collection.left_out());
    summary.unreadable.sort();
    Ok(summary)
}

/// One document after the other, until none is left.
fn documents<'a>(
    collection: &'a Collection,
    work: &'a [Work<'_>],
    next: &AtomicUsize,
    desk: &mut Desk<'a, '_, Shelved<'_>>,
    stop: &Stop,
    progress: &dyn Progress,
) -> Result<(), ScanError> {
    while let Some(work) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
        if stop.asked() {
            return Err(ScanError::Stopped);
        }
        let mut reader = collection.reader()?;
        let history = History::new(collection, work.document, &mut reader);
        history.run(|revision| work.wants(revision), stop, |found| desk.take(0, found))?;
        progress.advance(work.document.revisions.len() as u64);
    }
    Ok(())
}

/// A shelf, and what was put there.
struct Shelved<'s> {
    shelf: &'s dyn Shelf,
    summary: Mutex<StreamSummary>,
}

impl End for Shelved<'_> {
    fn keep(
        &self,
        head: &Head<'_>,
        _status: Status,
        _judgements: &[Judgement],
        trouble: Option<String>,
        sketch: Option<Sketch>,
        record: impl FnOnce() -> DocumentChangeRecord,
    ) -> Result<(), ScanError> {
        self.shelf.keep(record(), head.order, trouble.is_some(), sketch).map_err(ScanError::Sink)?;
        let mut summary = self.summary.lock().unwrap_or_else(PoisonError::into_inner);
        summary.kept += 1;
        summary.unreadable.extend(trouble);
        Ok(())
    }
}
