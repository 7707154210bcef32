//! One document's history, version by version.
//!
//! Versions of one document are read in order by one worker: each is read and cut into clauses
//! once, a pair of versions is compared once however often the document flips between them, and
//! the packed objects of one file lie close together.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::align::{Alignment, ClauseChange, align, joined};
use crate::facts::{ClauseTexts, DocumentDate, Facts, document_date, facts};
use crate::infer::{ClauseView, Judge, Judgement};
use crate::outcome::Note;
use crate::rank::{
    PriorityInputs, Returned, Returns, Seen, Status, StatusInputs, Verdict, Wall, early, late, priority, replaced,
    swapped,
};
use crate::record::{DocumentChangeRecord, FactsRecord, Scored, document_change, facts_record, ranges};
use crate::segment::{Segmentation, segment, segment_after};
use crate::source::{Collection, CommitInfo, ContentId, Document, Reader, Revision, SourceError};
use crate::taxonomy::Materiality;

/// Versions and comparisons of a document kept for when it flips back.
const KEPT: usize = 6;
/// Lines of a version that its own date is looked for in: first and last ones.
const DATE_LINES: (usize, usize) = (60, 20);
/// Below this share of clauses kept, a version may be a wall or another language.
const SUSPICIOUS: f64 = 0.6;
/// From this share of clauses kept on, a page that is back from behind a wall is as it was.
const AS_IT_WAS: f64 = 0.98;
/// A technical upgrade that changes the wording of clauses by more words than this holds a change of the service's own.
const TECHNICAL_WORDS: usize = 20;

/// A version, read and cut into clauses.
#[derive(Debug)]
struct Read {
    id: ContentId,
    clauses: Segmentation,
    /// Hash of the rendered text, the same for versions that differ in markup or links only.
    words: u64,
    /// Hash of the markup between the clauses.
    markup: u64,
    notes: Vec<Note>,
}

/// A comparison of two versions.
#[derive(Debug)]
struct Compared {
    alignment: Alignment,
    shared: f64,
}

/// What stood in place of a document, and the last version before it.
#[derive(Debug, Clone)]
struct Behind {
    wall: Wall,
    good: Arc<Read>,
    commit: Arc<CommitInfo>,
}

/// Reads one document's history and makes the records that are wanted.
pub(super) struct History<'a> {
    collection: &'a Collection,
    document: &'a Document,
    judge: &'a dyn Judge,
    with_clauses: bool,
    reader: &'a mut Reader,
    returns: Returns,
    kept: VecDeque<Arc<Read>>,
    /// The version read last, with its text: the next one mostly shares it.
    latest: Option<(String, Arc<Read>)>,
    compared: VecDeque<(ContentId, ContentId, Arc<Compared>)>,
    behind: Option<Behind>,
}

/// A record, or why a version could not be read.
pub(super) type Outcome = (u32, DocumentChangeRecord, Option<String>);

impl<'a> History<'a> {
    pub(super) fn new(
        collection: &'a Collection,
        document: &'a Document,
        judge: &'a dyn Judge,
        with_clauses: bool,
        reader: &'a mut Reader,
    ) -> Self {
        Self {
            collection,
            document,
            judge,
            with_clauses,
            reader,
            returns: Returns::default(),
            kept: VecDeque::new(),
            latest: None,
            compared: VecDeque::new(),
            behind: None,
        }
    }

    /// Hands a record to `take` for each revision that `wants` names. The others are read all the
    /// same up to the last that it does: status hangs on history.
    pub(super) fn run<E>(
        mut self,
        wants: impl Fn(&Revision) -> bool,
        mut take: impl FnMut(Outcome) -> Result<(), E>,
    ) -> Result<(), E> {
        let wanted: Vec<bool> = self.document.revisions.iter().map(wants).collect();
        let Some(last) = wanted.iter().rposition(|&wanted| wanted) else { return Ok(()) };
        let mut previous: Option<&Revision> = None;
        for (revision, wanted) in self.document.revisions.iter().zip(wanted).take(last + 1) {
            let outcome = match self.revision(revision, previous, wanted) {
                Ok(record) => record.map(|record| (revision.order, record, None)),
                Err(error) => {
                    let reason = format!("{} at {}: {error}", self.document.path.path, revision.commit.id);
                    Some((revision.order, self.unreadable(revision, previous, &error), Some(reason)))
                }
            };
            if let Some(outcome) = outcome.filter(|_| wanted) {
                take(outcome)?;
            }
            previous = Some(revision);
        }
        Ok(())
    }

    fn revision(
        &mut self,
        revision: &Revision,
        previous: Option<&Revision>,
        wanted: bool,
    ) -> Result<Option<DocumentChangeRecord>, SourceError> {
        let previous = previous.map(|previous| &previous.commit);
        let (Some(old), Some(new)) = (revision.old, revision.new) else {
            if let Some(new) = revision.new {
                let new = self.read(new)?;
                self.note_return(&new, revision);
            }
            self.behind = None;
            return Ok(wanted.then(|| self.one_sided(revision, previous)));
        };
        let (old, new) = (self.read(old)?, self.read(new)?);
        let returned = self.note_return(&new, revision);
        let compared = self.compare(&old, &new);
        let change = self.assess(revision, previous, (&old, &new), &compared, returned.as_ref());
        self.behind.clone_from(&change.behind);
        if !wanted {
            return Ok(None);
        }
        Ok(Some(self.record(revision, &change)))
    }

    fn note_return(&mut self, version: &Read, revision: &Revision) -> Option<Returned> {
        let seen = Seen { date: revision.commit.date, commit: revision.commit.id.clone() };
        self.returns.next(version.id, version.words, &seen)
    }

    fn read(&mut self, id: ContentId) -> Result<Arc<Read>, SourceError> {
        if let Some(known) = self.kept.iter().find(|read| read.id == id) {
            return Ok(Arc::clone(known));
        }
        let version = self.reader.version(id)?;
        let clauses = match &self.latest {
            Some((text, read)) => segment_after(text, &read.clauses, &version.text),
            None => segment(&version.text),
        };
        let words = clauses
            .clauses
            .iter()
            .fold(0, |hash: u64, clause| hash.rotate_left(5).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ clause.hash);
        let read =
            Arc::new(Read { id, words, markup: clauses.markup_hash(&version.text), clauses, notes: version.notes });
        self.latest = Some((version.text, Arc::clone(&read)));
        self.kept.push_front(Arc::clone(&read));
        self.kept.truncate(KEPT);
        Ok(read)
    }

    fn compare(&mut self, old: &Read, new: &Read) -> Arc<Compared> {
        if let Some((_, _, known)) = self.compared.iter().find(|(a, b, _)| *a == old.id && *b == new.id) {
            return Arc::clone(known);
        }
        let alignment = align(&old.clauses, &new.clauses);
        let shared = alignment.shared(old.clauses.clauses.len());
        let compared = Arc::new(Compared { alignment, shared });
        self.compared.push_front((old.id, new.id, Arc::clone(&compared)));
        self.compared.truncate(KEPT);
        compared
    }

    /// Status, and what is to be compared with what.
    fn assess(
        &mut self,
        revision: &Revision,
        previous: Option<&Arc<CommitInfo>>,
        (old, new): (&Arc<Read>, &Arc<Read>),
        compared: &Arc<Compared>,
        returned: Option<&Returned>,
    ) -> Change {
        let suspicious = compared.shared < SUSPICIOUS;
        let swap =
            (suspicious && returned.is_none()).then(|| swapped(&old.clauses.plain, &new.clauses.plain)).flatten();
        let wall = (suspicious && swap.is_none())
            .then(|| replaced(&lines(&old.clauses), &lines(&new.clauses), compared.shared))
            .flatten();
        // A wall is followed by another wall, or by the document.
        let behind = match (&wall, &self.behind) {
            (Some(wall), Some(before)) => Some(Behind { wall: wall.clone(), ..before.clone() }),
            (Some(wall), None) => {
                previous.map(|commit| Behind { wall: wall.clone(), good: Arc::clone(old), commit: Arc::clone(commit) })
            }
            (None, Some(before)) if compared.shared > SUSPICIOUS => Some(before.clone()),
            (None, _) => None,
        };
        let mut change = Change {
            old: Arc::clone(old),
            new: Arc::clone(new),
            compared: Arc::clone(compared),
            previous: previous.map(Arc::clone),
            previous_shown: true,
            verdict: None,
            reason: None,
            behind,
        };
        let mut back_from = None;
        if let (None, None, Some(before)) = (returned, &change.behind, self.behind.clone()) {
            change.reason =
                Some(format!("compared with the last version before {} stood in its place", before.wall.kind));
            change.compared = self.compare(&before.good, new);
            change.old = Arc::clone(&before.good);
            change.previous = Some(Arc::clone(&before.commit));
            change.previous_shown = false;
            if change.compared.shared >= AS_IT_WAS {
                back_from = Some(before.wall);
            }
        }
        let alignment = &change.compared.alignment;
        change.verdict = early(&StatusInputs {
            record: revision.commit.record,
            returned,
            wall: wall.as_ref(),
            back_from: back_from.as_ref(),
            swapped: swap,
            only_markup: change.old.markup != change.new.markup && alignment.changes.iter().all(is_relinked),
            reworded: alignment.changes.iter().map(|clause| reworded(clause, &change)).sum::<usize>() > TECHNICAL_WORDS,
        });
        change
    }

    fn record(&self, revision: &Revision, change: &Change) -> DocumentChangeRecord {
        let (judgements, facts) = self.judge_clauses(change);
        let mut notes = change.new.notes.clone();
        notes.extend(change.compared.alignment.notes.iter().cloned());
        let mut summed = whole_document(&judgements, &facts);
        // A party that another clause named before, or still names, is neither new nor gone.
        summed.parties_added.retain(|party| !change.old.clauses.plain.contains(party.as_str()));
        summed.parties_dropped.retain(|party| !change.new.clauses.plain.contains(party.as_str()));
        let mut document_facts = facts_record(&summed);
        let mut verdict = change.verdict.clone().unwrap_or_else(|| {
            let count =
                |wanted: fn(&Judgement) -> bool| judgements.iter().filter(|judgement| wanted(judgement)).count();
            let relinked = change.compared.alignment.changes.iter().filter(|clause| is_relinked(clause)).count();
            late(
                judgements.len(),
                count(|judgement| judgement.rolling),
                count(|judgement| !judgement.rolling && judgement.materiality != Materiality::Cosmetic),
                relinked,
            )
        });
        if verdict.reason.is_none() {
            verdict.reason.clone_from(&change.reason);
        }
        if verdict.status == Status::Change {
            note_dates(change, &judgements, &mut document_facts);
        }
        let substantive_words = substantive_words(change, &judgements);
        let priority = priority(&PriorityInputs {
            status: verdict.status,
            substantive_words,
            clarifying: judgements.iter().filter(|judgement| judgement.materiality == Materiality::Clarifying).count(),
            facts: &summed,
            silent: document_facts.silent_update.is_some(),
            back_dated: document_facts.back_dated.is_some(),
        });
        document_change(&Scored {
            collection: &self.collection.name,
            permalinks: self.collection.permalinks.as_ref(),
            path: &self.document.path,
            commit: &revision.commit,
            previous: change.previous.as_deref(),
            previous_shown: change.previous_shown,
            verdict,
            priority,
            old: &change.old.clauses,
            new: &change.new.clauses,
            alignment: &change.compared.alignment,
            judgements: &judgements,
            facts: &facts,
            document_facts,
            model: self.judge.model(),
            notes,
            with_clauses: self.with_clauses,
        })
    }

    /// Judgements and facts of the clause changes. Where the status already says that the
    /// document change is no news, its clauses are kept but not looked into.
    fn judge_clauses(&self, change: &Change) -> (Vec<Judgement>, Vec<Facts>) {
        if change.verdict.is_some() {
            return (Vec::new(), Vec::new());
        }
        let (old, new) = (&change.old.clauses, &change.new.clauses);
        let contexts: Vec<Context<'_>> =
            change.compared.alignment.changes.iter().map(|clause| Context::of(clause, old, new)).collect();
        let facts: Vec<Facts> = contexts.iter().map(Context::facts).collect();
        let views: Vec<ClauseView<'_>> = contexts
            .iter()
            .zip(&facts)
            .map(|(context, facts)| ClauseView {
                change: context.change,
                before: context.before.as_deref(),
                after: context.after.as_deref(),
                headings: &context.headings,
                lead_in: &context.lead_in,
                service: &self.document.path.service,
                terms_type: &self.document.path.terms_type,
                old_text: &old.plain,
                new_text: &new.plain,
                facts,
            })
            .collect();
        (self.judge.judge(&views), facts)
    }

    /// The record of a first or a last version.
    fn one_sided(&self, revision: &Revision, previous: Option<&Arc<CommitInfo>>) -> DocumentChangeRecord {
        let (status, reason) = if revision.new.is_some() {
            (Status::FirstRecord, "the first version recorded: nothing to compare with")
        } else {
            (Status::LastRecord, "the document is no longer recorded")
        };
        self.bare(revision, previous, Verdict { status, reason: Some(reason.into()) }, Vec::new())
    }

    fn unreadable(
        &self,
        revision: &Revision,
        previous: Option<&Revision>,
        error: &SourceError,
    ) -> DocumentChangeRecord {
        let verdict = Verdict { status: Status::Technical, reason: Some("a version could not be read".into()) };
        self.bare(
            revision,
            previous.map(|previous| &previous.commit),
            verdict,
            vec![Note::Unreadable { reason: error.to_string() }],
        )
    }

    fn bare(
        &self,
        revision: &Revision,
        previous: Option<&Arc<CommitInfo>>,
        verdict: Verdict,
        notes: Vec<Note>,
    ) -> DocumentChangeRecord {
        let nothing = Segmentation::default();
        document_change(&Scored {
            collection: &self.collection.name,
            permalinks: self.collection.permalinks.as_ref(),
            path: &self.document.path,
            commit: &revision.commit,
            previous: previous.map(|commit| &**commit),
            previous_shown: true,
            verdict,
            priority: crate::rank::Priority::default(),
            old: &nothing,
            new: &nothing,
            alignment: &Alignment::default(),
            judgements: &[],
            facts: &[],
            document_facts: FactsRecord::default(),
            model: self.judge.model(),
            notes,
            with_clauses: false,
        })
    }
}

/// A document change on the way to its record.
struct Change {
    old: Arc<Read>,
    new: Arc<Read>,
    compared: Arc<Compared>,
    previous: Option<Arc<CommitInfo>>,
    previous_shown: bool,
    /// The status, where the clauses do not decide it.
    verdict: Option<Verdict>,
    /// What to say of a plain change.
    reason: Option<String>,
    behind: Option<Behind>,
}

/// A clause change with the text around it.
struct Context<'a> {
    change: &'a ClauseChange,
    before: Option<String>,
    after: Option<String>,
    headings: Vec<&'a str>,
    lead_in: String,
}

impl<'a> Context<'a> {
    fn of(change: &'a ClauseChange, old: &'a Segmentation, new: &'a Segmentation) -> Self {
        let (before, after) = ranges(change);
        let (side, first) = match (&after, &before) {
            (Some(range), _) => (new, range.start),
            (None, Some(range)) => (old, range.start),
            (None, None) => (new, 0),
        };
        Self {
            change,
            headings: side.headings(first),
            lead_in: side.lead_in(first),
            before: before.map(|range| joined(old, range)),
            after: after.map(|range| joined(new, range)),
        }
    }

    fn facts(&self) -> Facts {
        if matches!(self.change, ClauseChange::Moved { .. }) {
            return Facts::default();
        }
        facts(&ClauseTexts {
            before: self.before.as_deref(),
            after: self.after.as_deref(),
            headings: &self.headings,
            lead_in: &self.lead_in,
        })
    }
}

/// Whether nothing but link targets changed.
fn is_relinked(clause: &ClauseChange) -> bool {
    matches!(clause, ClauseChange::Modified { redline, .. } if redline.is_equal())
}

/// Words that the redline of a modified clause changes.
fn reworded(clause: &ClauseChange, change: &Change) -> usize {
    match clause {
        ClauseChange::Modified { old, new, redline, .. } if !redline.is_equal() => crate::infer::changed_words(
            &joined(&change.old.clauses, old.clone()),
            &joined(&change.new.clauses, new.clone()),
            redline,
        ),
        _ => 0,
    }
}

/// The rendered text, a clause a line.
fn lines(version: &Segmentation) -> String {
    let mut text = String::with_capacity(version.plain.len() + version.clauses.len());
    for clause in &version.clauses {
        text.push_str(clause.text.of(&version.plain));
        text.push('\n');
    }
    text
}

/// The first and last lines of the rendered text, where a document says its own date.
fn own_date(version: &Segmentation) -> Option<DocumentDate> {
    let (first, last) = DATE_LINES;
    let clauses = &version.clauses;
    let tail = clauses.len().saturating_sub(last).max(first.min(clauses.len()));
    let near: Vec<&str> = clauses
        .iter()
        .take(first)
        .chain(clauses.get(tail..).unwrap_or_default())
        .map(|clause| clause.text.of(&version.plain))
        .collect();
    document_date(&near.join("\n"))
}

/// Silent and back-dated updates: facts that raise interest.
fn note_dates(change: &Change, judgements: &[Judgement], facts: &mut FactsRecord) {
    let (Some(before), Some(after)) = (own_date(&change.old.clauses), own_date(&change.new.clauses)) else { return };
    let substantive = judgements.iter().any(|judgement| judgement.materiality == Materiality::Substantive);
    if after.date < before.date {
        facts.back_dated = Some(format!("{} → {}", before.date, after.date));
    } else if after.date == before.date && substantive {
        facts.silent_update = Some(format!("the text changed, its own date ({}) did not", after.date));
    }
}

/// The facts of all clause changes that are not cosmetic, each once, in order.
fn whole_document(judgements: &[Judgement], facts: &[Facts]) -> Facts {
    let mut whole = Facts::default();
    let telling = judgements.iter().zip(facts).filter(|(judgement, _)| judgement.materiality != Materiality::Cosmetic);
    for (_, facts) in telling {
        merge(&mut whole.jurisdictions, &facts.jurisdictions);
        merge(&mut whole.jurisdictions_added, &facts.jurisdictions_added);
        merge(&mut whole.jurisdictions_dropped, &facts.jurisdictions_dropped);
        merge(&mut whole.laws, &facts.laws);
        merge(&mut whole.laws_added, &facts.laws_added);
        merge(&mut whole.laws_dropped, &facts.laws_dropped);
        merge(&mut whole.parties_added, &facts.parties_added);
        merge(&mut whole.parties_dropped, &facts.parties_dropped);
        merge(&mut whole.numbers, &facts.numbers);
        merge(&mut whole.modal_shifts, &facts.modal_shifts);
        merge(&mut whole.negations_added, &facts.negations_added);
        merge(&mut whole.negations_dropped, &facts.negations_dropped);
    }
    whole
}

fn merge<T: PartialEq + Clone>(whole: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !whole.contains(one) {
            whole.push(one.clone());
        }
    }
}

/// Words that changed in the substantive clause changes; a clause counts for a bounded number.
fn substantive_words(change: &Change, judgements: &[Judgement]) -> usize {
    let words =
        |side: &Segmentation, at: u32| side.text(at).split(' ').filter(|word| word.chars().count() >= 4).count();
    change
        .compared
        .alignment
        .changes
        .iter()
        .zip(judgements)
        .filter(|(_, judgement)| judgement.materiality == Materiality::Substantive)
        .map(|(clause, _)| match clause {
            ClauseChange::Added { new } => words(&change.new.clauses, *new),
            ClauseChange::Removed { old } => words(&change.old.clauses, *old),
            ClauseChange::Moved { .. } => 0,
            ClauseChange::Modified { .. } => reworded(clause, change),
        })
        .map(|words| words.min(PriorityInputs::WORDS_A_CLAUSE))
        .sum()
}
