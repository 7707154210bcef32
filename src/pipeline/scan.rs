//! One pass over collections: read, compare, score, rank.

use std::collections::{BTreeMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::document::History;
use super::line::{keep_line, placed};
use super::ranking::Ranking;
use super::settle::Desk;
use super::{Filter, Progress};
use crate::infer::{Judge, Signals};
use crate::outcome::Stop;
use crate::rank::Status;
use crate::record::DocumentChangeRecord;
use crate::source::{Collection, Document, Revision, SourceError};

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
    /// Ends the scan with [`ScanError::Stopped`] when it is asked.
    pub stop: Stop,
}

/// What a scan did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScanSummary {
    /// Document changes that are recorded, before any filter.
    pub recorded: usize,
    /// Document changes read: those of the services, terms types, commits and dates asked for.
    pub read: usize,
    /// Of those read, the ones that pass the other filters as well, before only the first so many are taken.
    pub passed: usize,
    /// Of those that pass, the ones with another status than `change`.
    pub passed_noise: usize,
    /// Of those read, the ones that rules alone judged: they have neither categories nor an effect.
    pub without_model: usize,
    /// Records reported.
    pub reported: usize,
    /// The first and the last date among those read.
    pub period: Option<(Timestamp, Timestamp)>,
    /// The order of the records.
    pub order: Order,
    /// Document changes that could not be read, with the reason; they are reported too, with a note. Also folders of
    /// a source that could not be read; what is in them is not reported.
    pub unreadable: Vec<String>,
    /// How many of those read there are of each status, before the status filter.
    pub by_status: BTreeMap<String, usize>,
}

impl ScanSummary {
    /// Counts a document change that is read.
    pub fn count(&mut self, status: &str, date: Option<Timestamp>) {
        self.read += 1;
        *self.by_status.entry(status.to_owned()).or_default() += 1;
        if let Some(date) = date {
            let (first, last) = self.period.unwrap_or((date, date));
            self.period = Some((first.min(date), last.max(date)));
        }
    }

    /// Counts one of those read that passes the other filters as well.
    pub fn pass(&mut self, status: &str) {
        self.passed += 1;
        self.passed_noise += usize::from(status != Status::Change.id());
    }
}

/// Takes the records, in their final order.
pub trait Sink {
    /// Takes one record.
    ///
    /// # Errors
    /// When it cannot be written; the scan ends with [`ScanError::Sink`].
    fn record(&mut self, record: DocumentChangeRecord) -> std::io::Result<()>;

    /// Takes one record as the JSON that [`DocumentChangeRecord`] is written as. For sinks that
    /// need no more than that; the others read it and take the record.
    ///
    /// # Errors
    /// As [`Sink::record`].
    fn json(&mut self, json: &[u8]) -> std::io::Result<()> {
        self.record(serde_json::from_slice(json)?)
    }
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
    /// Somebody asked to stop.
    #[error("interrupted before the end")]
    Stopped,
    /// Worker threads could not be started.
    #[error("worker threads cannot be started")]
    Threads(#[source] rayon::ThreadPoolBuildError),
}

/// Scans `collections` with the deterministic judge and hands the records to `sink`.
///
/// # Errors
/// When two collections have the same name, a source fails as a whole, or a record cannot be kept or written.
pub fn scan(
    collections: &[Collection],
    options: &ScanOptions,
    progress: &dyn Progress,
    sink: &mut dyn Sink,
) -> Result<ScanSummary, ScanError> {
    scan_with(collections, options, &Signals, progress, sink)
}

/// Scans `collections` with `judge`.
///
/// The documents are shared out over the threads, longest history first; records are ranked when
/// all are known, so the output does not depend on who was ready first.
///
/// # Errors
/// As [`scan`].
pub fn scan_with(
    collections: &[Collection],
    options: &ScanOptions,
    judge: &dyn Judge,
    progress: &dyn Progress,
    sink: &mut dyn Sink,
) -> Result<ScanSummary, ScanError> {
    told_apart(collections)?;
    let tasks = tasks(collections, &options.filter);
    progress.start(tasks.iter().map(|task| task.document.revisions.len() as u64).sum());
    let ranking = Mutex::new(Ranking::new(options)?);
    let next = AtomicUsize::new(0);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(options.threads).build().map_err(ScanError::Threads)?;
    let workers = pool.broadcast(|_| -> Result<(), ScanError> {
        let mut desk = Desk::new(options.without_clauses, judge, &ranking);
        while let Some(task) = tasks.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut reader = task.collection.reader()?;
            let history = History::new(task.collection, task.document, &mut reader);
            let wants = |revision: &Revision| options.filter.wants_revision(revision);
            history.run(wants, &options.stop, |found| desk.take(task.place, found))?;
            progress.advance(task.document.revisions.len() as u64);
        }
        desk.settle()
    });
    workers.into_iter().collect::<Result<Vec<()>, ScanError>>()?;
    for (at, collection) in collections.iter().enumerate() {
        lines(at, collection, options, judge, &ranking)?;
        ranking.lock().unwrap_or_else(PoisonError::into_inner).left_out(collection.left_out());
    }
    progress.finish();
    let delivered = ranking.into_inner().unwrap_or_else(PoisonError::into_inner).deliver(options, sink)?;
    let without_model = if judge.model().is_some() { 0 } else { delivered.read };
    Ok(ScanSummary { recorded: recorded(collections), without_model, ..delivered })
}

/// How many document changes `collections` record.
fn recorded(collections: &[Collection]) -> usize {
    let revisions = |collection: &Collection| -> usize {
        collection.documents.iter().map(|document| document.revisions.len()).sum()
    };
    collections.iter().map(|collection| revisions(collection) + collection.clause_lines.len()).sum()
}

/// Checks that no two collections have the same name: with the commit and the path it makes the id of a record. Pairs
/// of files are named by their paths, not by a collection.
fn told_apart(collections: &[Collection]) -> Result<(), SourceError> {
    let mut names = HashSet::new();
    match collections.iter().find(|one| !one.is_pair() && !names.insert(one.name.as_str())) {
        Some(twice) => Err(SourceError::GivenTwice { name: twice.name.clone() }),
        None => Ok(()),
    }
}

/// One document to read.
struct Task<'a> {
    place: usize,
    collection: &'a Collection,
    document: &'a Document,
}

fn tasks<'a>(collections: &'a [Collection], filter: &Filter) -> Vec<Task<'a>> {
    let mut tasks: Vec<Task<'a>> = collections
        .iter()
        .enumerate()
        .flat_map(|(place, collection)| {
            collection.documents.iter().map(move |document| Task { place, collection, document })
        })
        .filter(|task| filter.wants_document(task.document))
        .filter(|task| task.document.revisions.iter().any(|revision| filter.wants_revision(revision)))
        .collect();
    tasks.sort_by_key(|task| std::cmp::Reverse(task.document.revisions.len()));
    tasks
}

/// Clause changes given as JSON Lines: each a document change of its own.
fn lines(
    at: usize,
    collection: &Collection,
    options: &ScanOptions,
    judge: &dyn Judge,
    ranking: &Mutex<Ranking>,
) -> Result<(), ScanError> {
    let filter = &options.filter;
    for line in placed(collection) {
        if options.stop.asked() {
            return Err(ScanError::Stopped);
        }
        if filter.wants_path(&line.path) && filter.wants_commit(&line.commit) {
            keep_line(at, collection, line, judge, ranking)?;
        }
    }
    Ok(())
}
