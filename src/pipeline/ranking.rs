//! The ranking under way: which document changes were counted, and which records are kept.
//!
//! Where only the first so many are wanted, a document change that already ranks behind as many
//! others has no record made: of tens of thousands, a table of twenty makes a few hundred.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::io;
use std::sync::mpsc::sync_channel;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use super::settle::End;
use super::spill::{Place, Spill, pack};
use super::stories::{Related, Sketch, Stories};
use super::{Order, ScanError, ScanOptions, ScanSummary, Sink};
use crate::infer::Judgement;
use crate::rank::{Status, unsure};
use crate::record::{DocumentChangeRecord, document_effect, document_materiality};

/// Records unpacked ahead of the one that is being written.
const AHEAD: usize = 16;
/// Entries that may lie behind the last place before they are cleared away.
const SLACK: usize = 64;

/// What a document change is ranked by.
#[derive(Debug, Clone, Copy)]
pub(super) struct Head<'a> {
    /// The id that stories know it by.
    pub(super) id: &'a str,
    pub(super) priority: f64,
    pub(super) date: Timestamp,
    /// Place of the collection among those scanned.
    pub(super) collection: usize,
    pub(super) path: &'a str,
    pub(super) commit: &'a str,
    /// Place in the order of the collection.
    pub(super) order: u32,
}

impl Head<'_> {
    /// No two document changes are equal: the output must not hang on who was ready first.
    fn cmp(&self, other: &Head<'_>, order: Order) -> Ordering {
        let recorded = |head: &Head<'_>| (head.collection, head.order);
        match order {
            Order::History => recorded(self).cmp(&recorded(other)),
            Order::Priority => (other.priority.total_cmp(&self.priority))
                .then_with(|| other.date.cmp(&self.date))
                .then_with(|| {
                    (self.collection, self.path, self.commit).cmp(&(other.collection, other.path, other.commit))
                })
                .then_with(|| self.order.cmp(&other.order)),
        }
    }
}

/// A record that is kept.
#[derive(Debug)]
struct Entry {
    id: String,
    priority: f64,
    date: Timestamp,
    collection: usize,
    path: String,
    commit: String,
    order: u32,
    place: Place,
}

impl Entry {
    fn head(&self) -> Head<'_> {
        Head {
            id: &self.id,
            priority: self.priority,
            date: self.date,
            collection: self.collection,
            path: &self.path,
            commit: &self.commit,
            order: self.order,
        }
    }
}

impl End for Mutex<Ranking> {
    fn keep(
        &self,
        head: &Head<'_>,
        status: Status,
        judgements: &[Judgement],
        trouble: Option<String>,
        sketch: Option<Sketch>,
        record: impl FnOnce() -> DocumentChangeRecord,
    ) -> Result<(), ScanError> {
        let locked = || self.lock().unwrap_or_else(PoisonError::into_inner);
        if locked().count(head, status, judgements, trouble, sketch) {
            // Made and packed outside of the lock.
            let packed = pack(&record()).map_err(ScanError::Spill)?;
            locked().keep(head, &packed)?;
        }
        Ok(())
    }
}

/// The document changes so far.
#[derive(Debug)]
pub(super) struct Ranking {
    order: Order,
    most: usize,
    statuses: Vec<String>,
    categories: Vec<String>,
    materialities: Vec<String>,
    effects: Vec<String>,
    unsure: bool,
    stories: Stories,
    spill: Spill,
    /// Those kept; the first `sorted` of them are in order.
    entries: Vec<Entry>,
    sorted: usize,
    summary: ScanSummary,
}

impl Ranking {
    pub(super) fn new(options: &ScanOptions) -> Result<Self, ScanError> {
        Ok(Self {
            order: options.order,
            // Which is the first of its story is known at the end.
            most: options.filter.top.filter(|_| !options.filter.one_a_story).unwrap_or(usize::MAX),
            statuses: options.filter.statuses.clone(),
            categories: options.filter.categories.clone(),
            materialities: options.filter.materialities.clone(),
            effects: options.filter.effects.clone(),
            unsure: options.filter.unsure,
            stories: Stories::default(),
            spill: Spill::new().map_err(ScanError::Spill)?,
            entries: Vec::new(),
            sorted: 0,
            summary: ScanSummary::default(),
        })
    }

    /// Counts a document change. Whether its record may be shown.
    pub(super) fn count(
        &mut self,
        head: &Head<'_>,
        status: Status,
        judgements: &[Judgement],
        trouble: Option<String>,
        sketch: Option<Sketch>,
    ) -> bool {
        if let Some(sketch) = sketch {
            self.stories.take(sketch);
        }
        self.summary.count(status.id(), Some(head.date));
        self.summary.unreadable.extend(trouble);
        let passes = self.passes(status, judgements);
        if passes {
            self.summary.pass(status.id());
        }
        passes && self.has_place(head)
    }

    /// Takes note of what of a source could not be read at all.
    pub(super) fn left_out(&mut self, reasons: &[String]) {
        self.summary.unreadable.extend_from_slice(reasons);
    }

    /// The filters on what is known only now.
    fn passes(&self, status: Status, judgements: &[Judgement]) -> bool {
        let among = |wanted: &[String], id: &str| wanted.iter().any(|one| one == id);
        let categories = || judgements.iter().flat_map(|judgement| &judgement.categories);
        let has = |wanted: &[String], id: Option<String>| wanted.is_empty() || id.is_some_and(|id| among(wanted, &id));
        (!self.unsure || unsure(status, judgements))
            && has(&self.materialities, document_materiality(judgements))
            && has(&self.effects, document_effect(judgements))
            && (self.statuses.is_empty() || among(&self.statuses, status.id()))
            && (self.categories.is_empty() || categories().any(|(category, _)| among(&self.categories, category.id())))
    }

    fn has_place(&self, head: &Head<'_>) -> bool {
        let last = self.most.checked_sub(1).filter(|&last| last < self.sorted);
        self.most > 0
            && last
                .and_then(|last| self.entries.get(last))
                .is_none_or(|last| head.cmp(&last.head(), self.order).is_lt())
    }

    /// Keeps a record.
    pub(super) fn keep(&mut self, head: &Head<'_>, packed: &[u8]) -> Result<(), ScanError> {
        let place = self.spill.keep(packed).map_err(ScanError::Spill)?;
        self.entries.push(Entry {
            id: head.id.to_owned(),
            priority: head.priority,
            date: head.date,
            collection: head.collection,
            path: head.path.to_owned(),
            commit: head.commit.to_owned(),
            order: head.order,
            place,
        });
        if self.entries.len() >= self.most.saturating_add(self.most.clamp(1, SLACK)) {
            self.sort();
        }
        Ok(())
    }

    /// Puts those kept in order and drops those that have no place.
    fn sort(&mut self) {
        let order = self.order;
        self.entries.sort_by(|a, b| a.head().cmp(&b.head(), order));
        self.entries.truncate(self.most);
        self.sorted = self.entries.len();
    }

    /// Hands the records to `sink`, in order.
    pub(super) fn deliver(mut self, options: &ScanOptions, sink: &mut dyn Sink) -> Result<ScanSummary, ScanError> {
        self.sort();
        let Self { mut spill, mut entries, mut summary, stories, .. } = self;
        let related = stories.resolve();
        if options.filter.one_a_story {
            let mut told = HashSet::new();
            entries.retain(|entry| related.story_of(&entry.id).is_none_or(|story| told.insert(story.to_owned())));
            summary.passed = entries.len();
            entries.truncate(options.filter.top.unwrap_or(usize::MAX));
        }
        summary.unreadable.sort();
        summary.order = options.order;
        std::thread::scope(|scope| {
            let (sender, records) = sync_channel(AHEAD);
            scope.spawn(move || {
                for entry in &entries {
                    // Where nobody takes them any more, the sink failed or was stopped.
                    let json = spill.fetch(entry.place).and_then(|json| marked(json, &entry.id, &related));
                    if sender.send(json).is_err() {
                        return;
                    }
                }
            });
            for json in records {
                if options.stop.asked() {
                    return Err(ScanError::Stopped);
                }
                sink.json(&json.map_err(ScanError::Spill)?).map_err(ScanError::Sink)?;
                summary.reported += 1;
            }
            Ok(())
        })?;
        Ok(summary)
    }
}

/// The record with its story and its twins.
fn marked(json: Vec<u8>, id: &str, related: &Related) -> io::Result<Vec<u8>> {
    if !related.knows(id) {
        return Ok(json);
    }
    let mut record: DocumentChangeRecord = serde_json::from_slice(&json)?;
    related.mark(&mut record);
    Ok(serde_json::to_vec(&record)?)
}
