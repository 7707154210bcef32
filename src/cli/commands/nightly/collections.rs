//! One collection: what is new in it, made and stored.

use std::collections::HashMap;
use std::io;

use termsift::config::{CollectionConfig, Config, ReadFilter};
use termsift::infer::{Judge, PredictionCache, Remembering, Signals};
use termsift::model::ModelError;
use termsift::outcome::causes;
use termsift::pipeline::{Filter, NoProgress, ScanError, Shelf, Sketch, StreamSummary, Work, stream};
use termsift::record::DocumentChangeRecord;
use termsift::source::{Collection, Document, Located, Revision, SourceError, shown};
use termsift::store::{CollectionOutcome, Entry, Known, Maker, Placing, StaleDocument, Store, StoreError};
use tracing::{debug, info, warn};

use super::model::Model;
use super::names::Names;
use super::offer::Offer;
use super::watch::{Stopwatch, Watch};

/// Records whose priorities are summed anew in one transaction.
const REWEIGHED_AT_ONCE: u32 = 256;

/// What a run works with.
pub(super) struct Desk<'a> {
    pub(super) config: &'a Config,
    pub(super) store: &'a Store,
    pub(super) judge: &'a Model,
    /// What the model said before.
    pub(super) cache: &'a dyn PredictionCache,
    pub(super) watch: &'a Watch,
    pub(super) run: i64,
    pub(super) maker: &'a Maker,
    /// Time that threads spent in the store.
    pub(super) storing: &'a Stopwatch,
    /// Names of the collections.
    pub(super) names: &'a Names,
}

/// What became of a collection.
#[derive(Debug, Clone)]
pub(super) struct Done {
    /// The source, as it may be shown.
    pub(super) source: String,
    pub(super) name: Option<String>,
    pub(super) outcome: CollectionOutcome,
    pub(super) head: Option<String>,
    pub(super) stored: usize,
    pub(super) gone: usize,
    pub(super) offer: Offer,
    pub(super) reason: Option<String>,
}

/// Why a collection could not be finished.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    /// It alone is affected.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// The model cannot be made ready.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Worker threads or the like.
    #[error(transparent)]
    Scan(ScanError),
    /// The store fails, and with it the run.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ScanError> for Failure {
    fn from(error: ScanError) -> Self {
        match error {
            ScanError::Source(error) => Self::Source(error),
            ScanError::Sink(error) => match error.downcast::<StoreError>() {
                Ok(error) => Self::Store(error),
                Err(error) => Self::Scan(ScanError::Sink(error)),
            },
            other => Self::Scan(other),
        }
    }
}

impl Desk<'_> {
    /// Stores what is new in the collection. Only a failing store is an error: another failure is the collection's.
    pub(super) fn collection(&self, config: &CollectionConfig) -> Result<Done, StoreError> {
        let mut done = Done {
            source: shown(&config.source),
            name: config.tracked.name.clone(),
            outcome: CollectionOutcome::Done,
            head: None,
            stored: 0,
            gone: 0,
            offer: Offer::default(),
            reason: None,
        };
        if let Some(reason) = self.watch.reason() {
            done.outcome = CollectionOutcome::Interrupted;
            done.reason = Some(reason.to_owned());
            return Ok(done);
        }
        match self.new_changes(config, &mut done) {
            Ok(()) => {}
            Err(Failure::Store(error)) => return Err(error),
            Err(Failure::Source(SourceError::Stopped)) => {
                done.outcome = CollectionOutcome::Interrupted;
                done.reason = self.watch.reason().map(str::to_owned);
            }
            Err(failure) => {
                done.outcome = CollectionOutcome::Failed;
                done.reason = Some(causes(&failure));
            }
        }
        Ok(done)
    }

    fn new_changes(&self, config: &CollectionConfig, done: &mut Done) -> Result<(), Failure> {
        let located = config.tracked.locate(&self.watch.stop)?;
        done.head.clone_from(&located.head);
        let scope = self.config.scope();
        if let Some(name) = self.complete_as(config, &located, &scope)? {
            done.name = Some(name);
            done.offer = Offer::stored(&self.config.filter);
            done.outcome = CollectionOutcome::Unchanged;
            return Ok(());
        }
        let collection = self.opened(config, &located)?;
        done.name = Some(collection.name.clone());
        done.offer = Offer::read(&collection);
        let row = self.store.collection(&collection.name, &config.source)?;
        let known = self.store.known(row)?;
        // Where a part could not be read, what is missing is not known to be gone.
        let whole = collection.left_out().is_empty();
        let (gone, back) = if whole { self.store.mark_gone(row, &places(&collection))? } else { (0, 0) };
        done.gone = gone;
        if gone + back > 0 {
            warn!(collection = collection.name, gone, back, "the history was rewritten or the branch moved");
        }
        let work = new_work(&collection, &self.config.filter, &known);
        let count: usize = work.iter().map(|work| work.wanted.len()).sum();
        info!(collection = collection.name, documents = work.len(), new = count, known = known.len(), "reading");
        let summary = self.make(&collection, row, &work, Unreadable::Stored)?;
        done.stored = summary.kept;
        for reason in &summary.unreadable {
            warn!(collection = collection.name, reason, "a version cannot be read");
        }
        if summary.stopped {
            done.outcome = CollectionOutcome::Interrupted;
            done.reason = self.watch.reason().map(str::to_owned);
        } else if let Some(first) = summary.unreadable.first() {
            done.outcome = CollectionOutcome::Partly;
            done.reason = Some(format!("{} versions cannot be read, first {first}", summary.unreadable.len()));
        } else if let Some(head) = &located.head {
            self.store.set_complete(row, head, &scope)?;
        }
        Ok(())
    }

    /// The name under which all of the collection is stored, if nothing is new in it. Where another source has that name,
    /// the collection has to be read for its own.
    fn complete_as(
        &self,
        config: &CollectionConfig,
        located: &Located,
        scope: &str,
    ) -> Result<Option<String>, StoreError> {
        let Some(head) = &located.head else { return Ok(None) };
        let known = self.names.known(&config.source);
        let complete = self.store.complete(&config.source, scope)?;
        let mut names = complete.into_iter().filter(|complete| complete.head == *head).map(|complete| complete.name);
        Ok(names
            .find(|name| known.is_none_or(|known| known == name))
            .filter(|name| self.names.take(name, &config.source).is_ok()))
    }

    /// The collection's history, if no other of this run has its name.
    fn opened(&self, config: &CollectionConfig, located: &Located) -> Result<Collection, Failure> {
        let collection = config.tracked.open(located, &self.watch.stop)?;
        self.names.take(&collection.name, &config.source)?;
        debug!(collection = collection.name, documents = collection.documents.len(), "history read");
        Ok(collection)
    }

    fn make(
        &self,
        collection: &Collection,
        row: i64,
        work: &[Work<'_>],
        unreadable: Unreadable,
    ) -> Result<StreamSummary, Failure> {
        if work.is_empty() {
            return Ok(StreamSummary { unreadable: collection.left_out().to_vec(), ..StreamSummary::default() });
        }
        let remembering = self.judge.neural()?.map(|neural| Remembering::new(neural, self.cache));
        let judge: &dyn Judge = match &remembering {
            Some(remembering) => remembering,
            None => &Signals,
        };
        let placing = Placing { run: self.run, collection: row, maker: self.maker };
        let shelf = StoreShelf { desk: self, placing, unreadable };
        let threads = self.config.limits.threads;
        Ok(stream(collection, work, threads, judge, &self.watch.stop, &NoProgress, &shelf)?)
    }

    /// Sums anew the priorities of records that other weights were used for. Nothing but the store is read for it.
    /// Returns how many.
    pub(super) fn reweigh(&self) -> Result<usize, StoreError> {
        let mut reweighed = 0;
        while self.watch.reason().is_none() {
            match self.storing.time(|| self.store.reweigh(self.maker, REWEIGHED_AT_ONCE))? {
                0 => break,
                count => reweighed += count,
            }
        }
        Ok(reweighed)
    }

    /// Makes stale records again, collection by collection, cheapest first; `done`: what the run did with each. Returns
    /// how many, and why not all.
    pub(super) fn refresh(&self, done: &[Done]) -> Result<(usize, Option<String>), StoreError> {
        let mut stale = Vec::new();
        for (config, done) in self.config.collections.iter().zip(done) {
            let Some(name) = &done.name else { continue };
            let Some(row) = self.store.collection_named(name)? else { continue };
            let documents = self.store.stale(row, self.maker)?;
            if !documents.is_empty() {
                let cost: u64 = documents.iter().map(|document| document.cost).sum();
                stale.push((cost, config, row, documents));
            }
        }
        stale.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.source.cmp(&b.1.source)));
        let (mut refreshed, mut reason) = (0, None);
        for (cost, config, row, documents) in stale {
            if self.watch.reason().is_some() {
                break;
            }
            info!(source = shown(&config.source), documents = documents.len(), cost, "making stale records again");
            match self.refresh_collection(config, row, &documents) {
                Ok(summary) => {
                    refreshed += summary.kept - summary.unreadable.len().min(summary.kept);
                    let unread = summary.unreadable.first();
                    let told = unread.map(|first| {
                        format!(
                            "{}: {} versions cannot be read, first {first}",
                            shown(&config.source),
                            summary.unreadable.len()
                        )
                    });
                    reason = reason.or(told);
                }
                Err(Failure::Store(error)) => return Err(error),
                Err(Failure::Source(SourceError::Stopped)) => {}
                // The others are made again all the same.
                Err(failure) => {
                    reason = reason.or_else(|| Some(format!("{}: {}", shown(&config.source), causes(&failure))));
                }
            }
        }
        Ok((refreshed, self.watch.reason().map(str::to_owned).or(reason)))
    }

    fn refresh_collection(
        &self,
        config: &CollectionConfig,
        row: i64,
        stale: &[StaleDocument],
    ) -> Result<StreamSummary, Failure> {
        let stop = &self.watch.stop;
        let collection = config.tracked.open(&config.tracked.locate(stop)?, stop)?;
        let work: Vec<Work<'_>> = stale
            .iter()
            .filter_map(|stale| {
                let at = collection.documents.binary_search_by(|it| it.path.path.as_str().cmp(&stale.path)).ok()?;
                let document = collection.documents.get(at)?;
                let wanted = document.revisions.iter().filter(|it| stale.commits.contains(&it.commit.id));
                Some(Work { document, wanted: wanted.map(|it| it.order).collect() })
            })
            .collect();
        self.make(&collection, row, &work, Unreadable::LeftAsItWas)
    }
}

/// The place of a document change, by path and commit, in the order of the history; none if it is not in it.
fn places(collection: &Collection) -> impl Fn(&str, &str) -> Option<u32> + use<> {
    let places: HashMap<(String, String), u32> = collection
        .documents
        .iter()
        .flat_map(|document| {
            let placed =
                |revision: &Revision| ((document.path.path.clone(), revision.commit.id.clone()), revision.order);
            document.revisions.iter().map(placed)
        })
        .collect();
    move |path, commit| places.get(&(path.to_owned(), commit.to_owned())).copied()
}

/// The document changes that are wanted and not known, longest history first, so that no thread is left with it at
/// the end.
pub(super) fn new_work<'a>(collection: &'a Collection, wanted: &ReadFilter, known: &Known) -> Vec<Work<'a>> {
    let filter = Filter {
        since: wanted.since,
        services: wanted.services.clone(),
        terms_types: wanted.terms_types.clone(),
        ..Filter::default()
    };
    let new = |document: &Document| {
        let revisions = document.revisions.iter();
        revisions
            .filter(|revision| filter.wants_revision(revision) && !known.has(&document.path.path, &revision.commit.id))
            .map(|revision| revision.order)
            .collect::<Vec<u32>>()
    };
    let mut work: Vec<Work<'_>> = collection
        .documents
        .iter()
        .filter(|document| filter.wants_document(document))
        .map(|document| Work { document, wanted: new(document) })
        .filter(|work| !work.wanted.is_empty())
        .collect();
    work.sort_by_key(|work| std::cmp::Reverse(work.document.revisions.len()));
    work
}

/// What becomes of a record whose versions cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unreadable {
    /// It is stored, says so, and is tried again by each run.
    Stored,
    /// Not stored: an older record, of when they could be read, is worth more. It stays stale.
    LeftAsItWas,
}

/// Puts records into the store.
struct StoreShelf<'a> {
    desk: &'a Desk<'a>,
    placing: Placing<'a>,
    unreadable: Unreadable,
}

impl Shelf for StoreShelf<'_> {
    fn keep(
        &self,
        record: DocumentChangeRecord,
        order: u32,
        unreadable: bool,
        sketch: Option<Sketch>,
    ) -> io::Result<()> {
        if unreadable && self.unreadable == Unreadable::LeftAsItWas {
            return Ok(());
        }
        self.desk.storing.time(|| {
            let entry = Entry::new(record, order, unreadable, sketch).map_err(io::Error::other)?;
            self.desk.store.put(&entry, &self.placing).map_err(io::Error::other)
        })
    }
}
