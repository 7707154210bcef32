//! One document's history, version by version.
//!
//! Versions of one document are read in order by one worker: each is read and cut into clauses
//! once, a pair of versions is compared once however often the document flips between them, and
//! the packed objects of one file lie close together.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, OnceLock};

use super::ScanError;
use super::own_date::moved_on;
use super::settle::{Change, Found};
use super::signals::touched;
use crate::align::{Alignment, ClauseChange, is_relinked, joined, pair, redlined};
use crate::outcome::{Note, Stop, causes};
use crate::rank::{
    Churn, Language, Returned, Returns, Seen, Status, StatusInputs, Verdict, Wall, WallKind, early, replaced, swapped,
};
use crate::segment::{Segmentation, segment, segment_after};
use crate::source::{Collection, CommitInfo, ContentId, Document, Reader, RecordKind, Revision, SourceError};
use crate::text::words;

/// Versions and comparisons of a document kept for when it flips back.
const KEPT: usize = 6;
/// Below this share of clauses kept, a version may be a wall or another language; from it on, it is the same page.
const SUSPICIOUS: f64 = 0.6;
/// Another document of more words than this has a text of its own: it may have come to stay, so its edits are told as
/// those of any document. A shorter one is rather a start page, whose edits are no more news than that it is there.
const OWN_WORDS: usize = 300;
/// From this share of clauses kept on, a page that is back from behind a wall is back as it was, unless a clause
/// changed that matters.
const AS_IT_WAS: f64 = 0.98;
/// A technical upgrade that changes the wording of clauses by more words than this holds a change of the service's own.
const TECHNICAL_WORDS: usize = 20;
/// One with so few clause changes, and more than this share of clauses kept, may hold one: its clauses are judged.
const TECHNICAL_FEW: (usize, f64) = (25, 0.8);

/// A version, read and cut into clauses.
#[derive(Debug)]
pub(super) struct Read {
    id: ContentId,
    pub(super) clauses: Segmentation,
    /// Hash of the rendered text, the same for versions that differ in markup or links only.
    words: u64,
    /// Hash of the markup between the clauses.
    markup: u64,
    pub(super) notes: Vec<Note>,
}

/// A comparison of two versions. What is costly and not always needed is made when first asked for.
#[derive(Debug)]
pub(super) struct Compared {
    /// The alignment, its redlines empty.
    pub(super) alignment: Alignment,
    shared: f64,
    redlined: OnceLock<Vec<ClauseChange>>,
    swapped: OnceLock<Option<(Language, Language)>>,
    wall: OnceLock<Option<Wall>>,
}

impl Compared {
    fn new(old: &Read, new: &Read) -> Self {
        let alignment = pair(&old.clauses, &new.clauses);
        let shared = alignment.shared(old.clauses.clauses.len());
        let (redlined, swapped, wall) = Default::default();
        Self { alignment, shared, redlined, swapped, wall }
    }

    /// The clause changes with their redlines; `old` and `new` are the versions compared.
    pub(super) fn changes(&self, old: &Read, new: &Read) -> &[ClauseChange] {
        self.redlined.get_or_init(|| redlined(&self.alignment.changes, &old.clauses, &new.clauses))
    }

    /// Whether so few clauses were kept that the new version may be a wall or in another language.
    fn is_suspicious(&self) -> bool {
        self.shared < SUSPICIOUS
    }

    fn swapped(&self, old: &Read, new: &Read) -> Option<(Language, Language)> {
        *self.swapped.get_or_init(|| swapped(&old.clauses.plain, &new.clauses.plain))
    }

    fn wall(&self, old: &Read, new: &Read) -> Option<&Wall> {
        self.wall.get_or_init(|| replaced(&lines(&old.clauses), &lines(&new.clauses), self.shared)).as_ref()
    }
}

/// What stood in place of a document, and the last version before it.
#[derive(Debug, Clone)]
pub(super) struct Behind {
    wall: Wall,
    good: Arc<Read>,
    commit: Arc<CommitInfo>,
}

/// Reads one document's history and finds its changes.
pub(super) struct History<'a, 'r> {
    collection: &'a Collection,
    document: &'a Document,
    reader: &'r mut Reader,
    returns: Returns,
    churn: Churn,
    kept: VecDeque<Arc<Read>>,
    /// The version read last, with its text: the next one mostly shares it.
    latest: Option<(String, Arc<Read>)>,
    compared: VecDeque<(ContentId, ContentId, Arc<Compared>)>,
    /// What stood in place of the document lately, by the version that did: on another branch the document may stand.
    behind: VecDeque<(ContentId, Behind)>,
}

impl<'a, 'r> History<'a, 'r> {
    pub(super) fn new(collection: &'a Collection, document: &'a Document, reader: &'r mut Reader) -> Self {
        Self {
            collection,
            document,
            reader,
            returns: Returns::default(),
            churn: Churn::default(),
            kept: VecDeque::new(),
            latest: None,
            compared: VecDeque::new(),
            behind: VecDeque::new(),
        }
    }

    /// Hands to `take` what was found of each revision that `wants` names. The others are read
    /// all the same up to the last that it does: status hangs on history.
    pub(super) fn run(
        mut self,
        wants: impl Fn(&Revision) -> bool,
        stop: &Stop,
        mut take: impl FnMut(Found<'a>) -> Result<(), ScanError>,
    ) -> Result<(), ScanError> {
        let wanted: Vec<bool> = self.document.revisions.iter().map(wants).collect();
        let Some(last) = wanted.iter().rposition(|&wanted| wanted) else { return Ok(()) };
        // The commit that recorded each version last. What comes before a revision in the walk may be another branch.
        let mut recorded: HashMap<ContentId, &Arc<CommitInfo>> = HashMap::new();
        for (revision, wanted) in self.document.revisions.iter().zip(wanted).take(last + 1) {
            if stop.asked() {
                return Err(ScanError::Stopped);
            }
            let previous = revision.old.and_then(|old| recorded.get(&old).copied());
            let change =
                self.revision(revision, previous).unwrap_or_else(|error| self.unreadable(revision, previous, &error));
            if wanted {
                take(Found { collection: self.collection, document: self.document, revision, change })?;
            }
            recorded.extend(revision.new.map(|new| (new, &revision.commit)));
        }
        Ok(())
    }

    /// What is told of a revision where one of its versions cannot be read.
    fn unreadable(&self, revision: &Revision, previous: Option<&Arc<CommitInfo>>, error: &SourceError) -> Change {
        let reason = causes(error);
        let verdict = Verdict { status: Status::Technical, reason: Some("a version could not be read".into()) };
        Change {
            trouble: Some(format!("{} at {}: {reason}", self.document.path.path, revision.commit.id)),
            notes: vec![Note::Unreadable { reason }],
            ..Change::bare(previous, verdict)
        }
    }

    /// `previous`: the commit that recorded the version before.
    fn revision(&mut self, revision: &Revision, previous: Option<&Arc<CommitInfo>>) -> Result<Change, SourceError> {
        let (Some(old), Some(new)) = (revision.old, revision.new) else {
            let mut change = Change::bare(previous, one_sided(revision));
            if let Some(new) = revision.new {
                let new = self.read(new)?;
                self.note_return(&new, revision);
                change.notes.clone_from(&new.notes);
            }
            self.behind.clear();
            return Ok(change);
        };
        // Where neither can be read, the new one is told: the old one was told of the revision before.
        let old = self.read(old);
        let new = self.read(new)?;
        let old = old?;
        let returned = self.note_return(&new, revision);
        let compared = self.compare(&old, &new);
        let mut change = self.assess(revision, previous, (&old, &new), &compared, returned.as_ref());
        change.returning = self.churned(&change, revision);
        Ok(change)
    }

    /// Of each clause change, whether it undoes what was done not long ago. What a wall hid neither
    /// went nor came.
    fn churned(&mut self, change: &Change, revision: &Revision) -> Vec<bool> {
        let walled = change.verdict.as_ref().is_some_and(|verdict| verdict.status == Status::PageReplaced);
        let Some(sides) = change.sides.as_ref().filter(|_| !walled) else { return Vec::new() };
        let changes = &sides.compared.alignment.changes;
        self.churn.next(&touched(changes, &sides.old.clauses, &sides.new.clauses), revision.commit.date)
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
        let compared = Arc::new(Compared::new(old, new));
        self.compared.push_front((old.id, new.id, Arc::clone(&compared)));
        self.compared.truncate(KEPT);
        compared
    }

    /// Remembers of the version `id` what it stands in place of; nothing if it is the document.
    fn note_behind(&mut self, id: ContentId, behind: Option<Behind>) {
        self.behind.retain(|(known, _)| *known != id);
        self.behind.extend(behind.map(|behind| (id, behind)));
        if self.behind.len() > KEPT {
            self.behind.pop_front();
        }
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
        let returns = returned.is_some();
        let mut sides = Sides { old: Arc::clone(old), new: Arc::clone(new), compared: Arc::clone(compared) };
        // Behind a wall the version before says little: the last good one tells if the document is back.
        let before = self.behind.iter().find(|(id, _)| *id == old.id).map(|(_, before)| before.clone());
        let (shown, last_good) = match before {
            None => (sides.shown(returns), None),
            Some(before) => {
                let (good, compared) = (Arc::clone(&before.good), self.compare(&before.good, new));
                let since = Sides { old: good, new: Arc::clone(new), compared };
                (shown_behind(&before.wall, &since, &sides, returns), Some((before, since)))
            }
        };
        let mut change = Change { previous: previous.map(Arc::clone), ..Change::default() };
        let (mut behind, mut back_from) = (None, None);
        match (&shown, last_good) {
            (Shown::Wall(wall), Some((before, _))) => behind = Some(Behind { wall: wall.clone(), ..before }),
            (Shown::Wall(wall), None) => {
                behind = previous.map(|commit| Behind {
                    wall: wall.clone(),
                    good: Arc::clone(old),
                    commit: Arc::clone(commit),
                });
            }
            (Shown::Other, last_good) => behind = last_good.map(|(before, _)| before),
            (Shown::Document | Shown::Translation(..), Some((before, since))) if !returns => {
                change.reason =
                    Some(format!("compared with the last version before {} stood in its place", before.wall.kind));
                change.previous = Some(before.commit);
                change.previous_shown = false;
                if since.same_words() {
                    back_from = Some(before.wall);
                } else if since.compared.shared >= AS_IT_WAS {
                    change.back_from = Some(before.wall);
                }
                sides = since;
            }
            (Shown::Document | Shown::Translation(..), _) => {}
        }
        self.note_behind(new.id, behind);
        let (wall, swapped) = match &shown {
            Shown::Wall(wall) => (Some(wall), None),
            Shown::Translation(from, to) => (None, Some((*from, *to))),
            Shown::Document | Shown::Other => (None, None),
        };
        let technical = revision.commit.record == RecordKind::Technical && returned.is_none();
        let reworded = technical && sides.is_of_the_service();
        change.upgrade = technical && !reworded && sides.differ_little();
        change.verdict = early(&StatusInputs {
            record: revision.commit.record,
            returned,
            wall,
            back_from: back_from.as_ref(),
            swapped,
            only_markup: sides.only_markup_differs(),
            reworded: reworded || change.upgrade,
        });
        change.notes.clone_from(&sides.old.notes);
        change.notes.extend(sides.new.notes.iter().cloned());
        change.notes.extend(sides.compared.alignment.notes.iter().cloned());
        change.sides = Some(sides);
        change
    }
}

/// What a version shows.
#[derive(Debug)]
enum Shown {
    /// The document, as far as can be told.
    Document,
    /// The document in the second language instead of the first.
    Translation(Language, Language),
    /// What stands in its place.
    Wall(Wall),
    /// Still another document, edited, with a text of its own.
    Other,
}

/// What a version shows that follows `wall`: in `since` it is compared with the last good version, in `beside` with
/// the wall. `returns`: it was there before.
fn shown_behind(wall: &Wall, since: &Sides, beside: &Sides, returns: bool) -> Shown {
    if !(since.compared.is_suspicious() && beside.are_alike()) {
        return since.shown(returns);
    }
    // The same page but for a few clauses, such as the number of the request: it is what it was.
    if wall.kind == WallKind::OtherDocument && words(&lines(&beside.new.clauses)).count() > OWN_WORDS {
        return Shown::Other;
    }
    Shown::Wall(since.compared.wall(&since.old, &since.new).unwrap_or(wall).clone())
}

/// Two versions and their comparison.
#[derive(Debug)]
pub(super) struct Sides {
    pub(super) old: Arc<Read>,
    pub(super) new: Arc<Read>,
    pub(super) compared: Arc<Compared>,
}

impl Sides {
    /// The clause changes with their redlines.
    pub(super) fn changes(&self) -> &[ClauseChange] {
        self.compared.changes(&self.old, &self.new)
    }

    /// What the new version shows beside the old one. `returns`: it was there before, so its language is no news.
    fn shown(&self, returns: bool) -> Shown {
        if !self.compared.is_suspicious() {
            return Shown::Document;
        }
        let swapped = if returns { None } else { self.compared.swapped(&self.old, &self.new) };
        if let Some((from, to)) = swapped {
            return Shown::Translation(from, to);
        }
        self.compared.wall(&self.old, &self.new).map_or(Shown::Document, |wall| Shown::Wall(wall.clone()))
    }

    /// Whether most clauses of either version stand in the other: a document that holds all of a short page is not
    /// that page.
    fn are_alike(&self) -> bool {
        let kept_of_new = self.compared.alignment.shared(self.new.clauses.clauses.len());
        self.compared.shared.min(kept_of_new) >= SUSPICIOUS
    }

    /// Whether no word changed, only the markup and perhaps link targets.
    fn only_markup_differs(&self) -> bool {
        let (old, new) = (&self.old.clauses, &self.new.clauses);
        self.old.markup != self.new.markup
            && self.compared.alignment.changes.iter().all(|clause| is_relinked(clause, old, new))
    }

    /// Whether clauses only moved, or changed their link targets.
    fn same_words(&self) -> bool {
        self.changes().iter().all(|clause| match clause {
            ClauseChange::Moved { .. } => true,
            ClauseChange::Modified { redline, .. } => redline.is_equal(),
            ClauseChange::Added { .. } | ClauseChange::Removed { .. } => false,
        })
    }

    /// Whether the service changed its text, whatever the recorder changed: it moved its own date on, or reworded much.
    fn is_of_the_service(&self) -> bool {
        moved_on(self) || self.reworded() > TECHNICAL_WORDS
    }

    /// Whether a few clauses of many changed.
    fn differ_little(&self) -> bool {
        let (most, kept) = TECHNICAL_FEW;
        self.compared.alignment.changes.len() <= most && self.compared.shared > kept
    }

    /// Words that the redlines of modified clauses change.
    fn reworded(&self) -> usize {
        self.changes().iter().map(|clause| reworded(clause, self)).sum()
    }
}

/// Words that the redline of a modified clause changes.
pub(super) fn reworded(clause: &ClauseChange, sides: &Sides) -> usize {
    match clause {
        ClauseChange::Modified { old, new, redline, .. } if !redline.is_equal() => crate::infer::changed_words(
            &joined(&sides.old.clauses, old.clone()),
            &joined(&sides.new.clauses, new.clone()),
            redline,
        ),
        _ => 0,
    }
}

/// The verdict on a first or a last version.
fn one_sided(revision: &Revision) -> Verdict {
    let (status, reason) = if revision.new.is_some() {
        (Status::FirstRecord, "the first version recorded: nothing to compare with")
    } else {
        (Status::LastRecord, "the document is no longer recorded")
    };
    Verdict { status, reason: Some(reason.into()) }
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

#[cfg(test)]
impl Sides {
    /// Of two versions without a history.
    pub(super) fn of_texts(old: &str, new: &str) -> Self {
        let read = |text: &str| {
            let clauses = segment(text);
            let id = ContentId::of(text.as_bytes());
            Read { id, words: 0, markup: clauses.markup_hash(text), clauses, notes: Vec::new() }
        };
        let (old, new) = (read(old), read(new));
        let compared = Arc::new(Compared::new(&old, &new));
        Self { old: Arc::new(old), new: Arc::new(new), compared }
    }
}
