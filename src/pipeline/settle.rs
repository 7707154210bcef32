//! From the changes found to records: what each clause change says, the status it adds up to, the
//! priority, and the record, if there is a place for it.
//!
//! Changes are gathered until the judge has as many clause changes before it as it likes to see at
//! once, and then settled together.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use super::ScanError;
use super::document::Sides;
use super::own_date::OwnDate;
use super::ranking::Head;
use super::signals::judged;
use super::stories::Sketch;
use crate::align::{ClauseChange, Op, joined};
use crate::facts::{ClauseTexts, Facts, LeadIn, PartyName, facts_under};
use crate::id::stable_id;
use crate::infer::{ClauseView, Judge, Judgement};
use crate::outcome::Note;
use crate::rank::{
    FeatureInputs, Features, Priority, Status, Verdict, Wall, WeightSets, back, features, late, priority, unsure,
};
use crate::record::{
    DocumentChangeRecord, FactsRecord, PlaceRecord, Scored, clause_id, document_change, facts_record, kind, ranges,
};
use crate::segment::Segmentation;
use crate::source::{Collection, CommitInfo, Document, DocumentPath, Revision};
use crate::taxonomy::Materiality;
use crate::text::stable_hash;

/// Clauses in which words were replaced by words that an upgrade of the recorder does not explain.
const REPLACED: usize = 2;
/// A clause of fewer words may be the same in two documents by chance.
const LEAST_WORDS: usize = 5;
/// Changes gathered at most: each holds on to two versions.
const MOST_GATHERED: usize = 64;
/// Bytes of versions that are gathered at most before they are settled, but for those of the last one.
const MOST_BYTES: usize = 16 << 20;

/// What was found of one revision.
#[derive(Debug)]
pub(super) struct Found<'a> {
    pub(super) collection: &'a Collection,
    pub(super) document: &'a Document,
    pub(super) revision: &'a Revision,
    pub(super) change: Change,
}

/// A document change on the way to its record.
#[derive(Debug)]
pub(super) struct Change {
    /// What is compared; nothing where there is one version or none that can be read.
    pub(super) sides: Option<Sides>,
    /// The commit of the old side.
    pub(super) previous: Option<Arc<CommitInfo>>,
    /// Whether the hosting site shows the old side beside the new one.
    pub(super) previous_shown: bool,
    /// The status, where the clauses do not decide it.
    pub(super) verdict: Option<Verdict>,
    /// What to say of a plain change.
    pub(super) reason: Option<String>,
    /// Whether it was recorded as the recorder's own upgrade: no change, unless a reworded clause says something else.
    pub(super) upgrade: bool,
    /// What stood in place of the document, which is back nearly as it was: no change, unless a clause matters.
    pub(super) back_from: Option<Wall>,
    /// Of each clause change, whether it undoes what was done not long ago.
    pub(super) returning: Vec<bool>,
    /// What was mended or cut short.
    pub(super) notes: Vec<Note>,
    /// Why a version could not be read.
    pub(super) trouble: Option<String>,
}

impl Default for Change {
    fn default() -> Self {
        Self {
            sides: None,
            previous: None,
            previous_shown: true,
            verdict: None,
            reason: None,
            upgrade: false,
            back_from: None,
            returning: Vec::new(),
            notes: Vec::new(),
            trouble: None,
        }
    }
}

impl Change {
    /// A change with nothing to compare.
    pub(super) fn bare(previous: Option<&Arc<CommitInfo>>, verdict: Verdict) -> Self {
        Self { previous: previous.map(Arc::clone), verdict: Some(verdict), ..Self::default() }
    }

    /// The versions whose clause changes decide the status. Where it is known that the document
    /// change is no news, its clauses are kept but not looked into.
    fn open_sides(&self) -> Option<&Sides> {
        self.sides.as_ref().filter(|_| self.verdict.is_none())
    }
}

/// Where settled document changes end.
pub(super) trait End {
    /// Counts a document change, and keeps its record if there is a place for it. The record is made
    /// only then. `trouble`: a version of it could not be read, and why. `sketch`: what stories are found by.
    fn keep(
        &self,
        head: &Head<'_>,
        status: Status,
        judgements: &[Judgement],
        trouble: Option<String>,
        sketch: Option<Sketch>,
        record: impl FnOnce() -> DocumentChangeRecord,
    ) -> Result<(), ScanError>;
}

/// Gathers changes and settles them.
pub(super) struct Desk<'a, 's, E> {
    without_clauses: bool,
    judge: &'s dyn Judge,
    end: &'s E,
    gathered: Vec<(usize, Found<'a>)>,
    clauses: usize,
    bytes: usize,
}

impl<'a, 's, E: End> Desk<'a, 's, E> {
    pub(super) fn new(without_clauses: bool, judge: &'s dyn Judge, end: &'s E) -> Self {
        Self { without_clauses, judge, end, gathered: Vec::new(), clauses: 0, bytes: 0 }
    }

    /// Takes what was found in the collection at `place`.
    pub(super) fn take(&mut self, place: usize, found: Found<'a>) -> Result<(), ScanError> {
        self.clauses += found.change.open_sides().map_or(0, |sides| sides.compared.alignment.changes.len());
        self.bytes += found.change.sides.as_ref().map_or(0, |sides| sides.old.clauses.len + sides.new.clauses.len);
        self.gathered.push((place, found));
        let full = self.gathered.len() >= MOST_GATHERED || self.bytes >= MOST_BYTES;
        if full || self.clauses >= self.judge.batch() {
            self.settle()?;
        }
        Ok(())
    }

    /// Settles what was gathered.
    pub(super) fn settle(&mut self) -> Result<(), ScanError> {
        let gathered = std::mem::take(&mut self.gathered);
        (self.clauses, self.bytes) = (0, 0);
        let read: Vec<ReadClauses<'_>> = gathered.iter().map(|(_, found)| ReadClauses::of(&found.change)).collect();
        let views: Vec<ClauseView<'_>> =
            gathered.iter().zip(&read).flat_map(|((_, found), read)| read.views(found)).collect();
        let mut judged = if views.is_empty() { Vec::new() } else { self.judge.judge(&views) }.into_iter();
        for ((place, found), read) in gathered.iter().zip(&read) {
            let judgements: Vec<Judgement> = judged.by_ref().take(read.contexts.len()).collect();
            self.keep(*place, found, read, &judgements)?;
        }
        Ok(())
    }

    /// Scores a change and keeps its record, if it may be shown.
    fn keep(
        &self,
        place: usize,
        found: &Found<'_>,
        read: &ReadClauses<'_>,
        judgements: &[Judgement],
    ) -> Result<(), ScanError> {
        let Found { collection, document, revision, change } = found;
        let facts = &read.facts;
        let weights = WeightSets::built_in().judged_by(self.judge.model().is_some());
        let Settled { verdict, features, facts: document_facts } = settled(found, read, judgements);
        let priority = match change.sides {
            Some(_) => priority(&features, weights),
            None => Priority::default(),
        };
        let unsure = unsure(verdict.status, judgements);
        let id = stable_id(&[&collection.name, &revision.commit.id, &document.path.path]);
        let sketch = sketch(&id, found, read, verdict.status, judgements);
        let head = Head {
            id: &id,
            priority: priority.value,
            date: revision.commit.date,
            collection: place,
            path: &document.path.path,
            commit: &revision.commit.id,
            order: revision.order,
        };
        let nothing = Segmentation::default();
        let sides = change.sides.as_ref();
        let status = verdict.status;
        let record = || {
            document_change(&Scored {
                collection: &collection.name,
                permalinks: collection.permalinks.as_ref(),
                path: &document.path,
                commit: &revision.commit,
                previous: change.previous.as_deref(),
                previous_shown: change.previous_shown,
                verdict,
                priority,
                features,
                unsure,
                old: sides.map_or(&nothing, |sides| &sides.old.clauses),
                new: sides.map_or(&nothing, |sides| &sides.new.clauses),
                changes: match sides {
                    Some(sides) if self.without_clauses => &sides.compared.alignment.changes,
                    Some(sides) => sides.changes(),
                    None => &[],
                },
                unchanged: sides.map_or(0, |sides| sides.compared.alignment.unchanged.len()),
                judgements,
                facts,
                document_facts,
                model: self.judge.model(),
                notes: change.notes.clone(),
                with_clauses: !self.without_clauses,
            })
        };
        self.end.keep(&head, status, judgements, change.trouble.clone(), sketch, record)
    }
}

/// What stories are found by: the clause changes that matter and are long enough not to be alike
/// by chance, with the service's name masked, for it differs between services with the same terms.
fn sketch(
    id: &str,
    found: &Found<'_>,
    read: &ReadClauses<'_>,
    status: Status,
    judgements: &[Judgement],
) -> Option<Sketch> {
    if status != Status::Change {
        return None;
    }
    let path = &found.document.path;
    let masked = |text: Option<&str>| {
        let text = text.unwrap_or("\u{0}");
        stable_hash(
            if path.service.is_empty() { text.to_owned() } else { text.replace(&path.service, "\u{1}") }.as_bytes(),
        )
    };
    let keys = read
        .contexts
        .iter()
        .zip(judgements)
        .filter(|(_, judgement)| judgement.materiality != Materiality::Cosmetic && !judgement.rolling)
        .filter_map(|(context, _)| {
            let (before, after) = (context.before.as_deref(), context.after.as_deref());
            let words = after.or(before)?.split_whitespace().count();
            let clause = || clause_id(id, kind(context.change), before, after);
            (words >= LEAST_WORDS).then(|| {
                let key = masked(before).rotate_left(1) ^ masked(after);
                (key, u64::from_str_radix(&clause(), 16).unwrap_or_default())
            })
        })
        .collect();
    let commit = &found.revision.commit;
    let place = PlaceRecord {
        id: id.to_owned(),
        collection: found.collection.name.clone(),
        service: path.service.clone(),
        terms_type: path.terms_type.clone(),
        path: path.path.clone(),
        commit: commit.id.clone(),
        date: commit.date.to_string(),
        url: found.collection.permalinks.as_ref().map(|links| links.commit(&commit.id, path)),
    };
    Sketch::new(place, commit.date, keys)
}

/// The clause changes of a document change with what is read from them.
struct ReadClauses<'a> {
    contexts: Vec<Context<'a>>,
    facts: Vec<Facts>,
}

impl<'a> ReadClauses<'a> {
    fn of(change: &'a Change) -> Self {
        let contexts: Vec<Context<'_>> = change.open_sides().map_or_else(Vec::new, |sides| {
            let (old, new) = (&sides.old.clauses, &sides.new.clauses);
            sides.changes().iter().map(|clause| Context::of(clause, old, new)).collect()
        });
        let mut leads = LeadIns::default();
        let mut facts: Vec<Facts> = contexts.iter().map(|context| context.facts(&mut leads)).collect();
        if let Some(sides) = change.open_sides() {
            drop_known_parties(&mut facts, sides);
        }
        Self { contexts, facts }
    }

    fn views<'v>(&'v self, found: &'v Found<'_>) -> impl Iterator<Item = ClauseView<'v>> {
        let path = &found.document.path;
        let side = |side: Option<&'v Segmentation>| side.map_or("", |side| side.plain.as_str());
        let sides = found.change.sides.as_ref();
        let old_text = side(sides.map(|sides| &sides.old.clauses));
        let new_text = side(sides.map(|sides| &sides.new.clauses));
        self.contexts.iter().zip(&self.facts).map(move |(context, facts)| context.view(path, facts, old_text, new_text))
    }
}

/// What a document change comes to.
struct Settled {
    verdict: Verdict,
    features: Features,
    facts: FactsRecord,
}

fn settled(found: &Found<'_>, read: &ReadClauses<'_>, judgements: &[Judgement]) -> Settled {
    let change = &found.change;
    let Some(sides) = &change.sides else {
        let verdict = change.verdict.clone().unwrap_or_else(|| late(0, 0, 0, 0));
        return Settled { verdict, features: Features::default(), facts: FactsRecord::default() };
    };
    let mut summed = whole_document(judgements, &read.facts);
    drop_shared(&mut summed.jurisdictions_added, &mut summed.jurisdictions_dropped);
    drop_shared(&mut summed.laws_added, &mut summed.laws_dropped);
    let mut document_facts = facts_record(&summed);
    // Where the history or a wall decides, the dates of the two sides say nothing.
    let own = if change.verdict.is_none() { OwnDate::of(sides) } else { None };
    let mut verdict =
        change.verdict.clone().unwrap_or_else(|| verdict_on_clauses(change, sides, read, judgements, own.as_ref()));
    if verdict.reason.is_none() {
        verdict.reason.clone_from(&change.reason);
    }
    let own = own.filter(|_| verdict.status == Status::Change);
    if let Some(own) = &own {
        note_date(own, judgements, &mut document_facts);
    }
    let features = features(&FeatureInputs {
        status: verdict.status,
        clauses: &judged(read.views(found), judgements, &change.returning),
        facts: &summed,
        dated: own == Some(OwnDate::On),
        quiet: document_facts.silent_update.is_some() || document_facts.back_dated.is_some(),
        rested: change.previous.as_ref().map(|before| days(found.revision.commit.date.duration_since(before.date))),
    });
    Settled { verdict, features, facts: document_facts }
}

/// A party that another clause named before, or still names, is neither new nor gone.
fn drop_known_parties(facts: &mut [Facts], sides: &Sides) {
    let (mut before, mut after) = (HashMap::new(), HashMap::new());
    for facts in facts {
        for (parties, version, known) in [
            (&mut facts.parties_added, &sides.old.clauses, &mut before),
            (&mut facts.parties_dropped, &sides.new.clauses, &mut after),
        ] {
            parties.retain(|party| !*known.entry(party.clone()).or_insert_with(|| names_party(version, party)));
        }
    }
}

/// Whether a clause of `version` names `party`.
fn names_party(version: &Segmentation, party: &str) -> bool {
    PartyName::of(party).stands_in_any(version.clauses.iter().map(|clause| clause.text.of(&version.plain)))
}

/// The verdict that hangs on the clauses, and on the document's own date.
fn verdict_on_clauses(
    change: &Change,
    sides: &Sides,
    read: &ReadClauses<'_>,
    judgements: &[Judgement],
    own: Option<&OwnDate>,
) -> Verdict {
    if change.upgrade && !says_otherwise(read, judgements) {
        return Verdict::technical();
    }
    let count = |wanted: fn(&Judgement) -> bool| judgements.iter().filter(|judgement| wanted(judgement)).count();
    let relinked = |clause: &&ClauseChange| matches!(clause, ClauseChange::Modified { old, new, redline, .. } if redline.is_equal() && old.len() == 1 && new.len() == 1);
    let said = late(
        judgements.len(),
        count(|judgement| judgement.rolling),
        count(Judgement::may_matter),
        sides.changes().iter().filter(relinked).count(),
    );
    if said.status == Status::Change {
        return said;
    }
    match (own, &change.back_from) {
        (Some(OwnDate::Back { before, after }), _) => Verdict::back_dated(before, after),
        (_, Some(wall)) => back(wall, "nearly as it was"),
        (_, None) => said,
    }
}

/// Whether clauses say something else than before: what an upgrade of the recorder shows more or less of the page
/// comes or goes, it is not reworded. One clause does if its substance changed, several if words were replaced by words.
fn says_otherwise(read: &ReadClauses<'_>, judgements: &[Judgement]) -> bool {
    let (mut substance, mut replaced) = (0, 0);
    for (context, judgement) in read.contexts.iter().zip(judgements) {
        let ClauseChange::Modified { redline, .. } = context.change else { continue };
        let (before, after) =
            (context.before.as_deref().unwrap_or_default(), context.after.as_deref().unwrap_or_default());
        substance += usize::from(!redline.is_equal() && judgement.materiality == Materiality::Substantive);
        let words = |op| redline.texts(op, before, after).any(|text| text.chars().any(char::is_alphabetic));
        replaced += usize::from(judgement.reason.is_none() && words(Op::Delete) && words(Op::Insert));
    }
    substance > 0 || replaced >= REPLACED
}

/// A clause change with the text around it.
pub(super) struct Context<'a> {
    change: &'a ClauseChange,
    before: Option<Cow<'a, str>>,
    after: Option<Cow<'a, str>>,
    headings: Vec<&'a str>,
    lead_in: String,
}

impl<'a> Context<'a> {
    pub(super) fn of(change: &'a ClauseChange, old: &'a Segmentation, new: &'a Segmentation) -> Self {
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

    /// What a judge sees of it.
    pub(super) fn view<'v>(
        &'v self,
        path: &'v DocumentPath,
        facts: &'v Facts,
        old_text: &'v str,
        new_text: &'v str,
    ) -> ClauseView<'v> {
        ClauseView {
            change: self.change,
            before: self.before.as_deref(),
            after: self.after.as_deref(),
            headings: &self.headings,
            lead_in: &self.lead_in,
            service: &path.service,
            terms_type: &path.terms_type,
            old_text,
            new_text,
            facts,
        }
    }

    pub(super) fn facts(&self, leads: &mut LeadIns) -> Facts {
        if matches!(self.change, ClauseChange::Moved { .. }) {
            return Facts::default();
        }
        let texts = ClauseTexts {
            before: self.before.as_deref(),
            after: self.after.as_deref(),
            headings: &self.headings,
            lead_in: &self.lead_in,
        };
        facts_under(&texts, leads.of(&self.lead_in))
    }
}

/// The lead-in read last: that of a list comes back with each of its items.
#[derive(Default)]
pub(super) struct LeadIns {
    text: String,
    read: LeadIn,
}

impl LeadIns {
    fn of(&mut self, text: &str) -> &LeadIn {
        if self.text != text {
            text.clone_into(&mut self.text);
            self.read = LeadIn::read(text);
        }
        &self.read
    }
}

/// Notes silent and back-dated updates: facts that raise interest.
fn note_date(own: &OwnDate, judgements: &[Judgement], facts: &mut FactsRecord) {
    match own {
        OwnDate::On => {}
        OwnDate::Back { before, after } => facts.back_dated = Some(format!("{before} → {after}")),
        OwnDate::Stood(date) => {
            if judgements.iter().any(|judgement| judgement.materiality == Materiality::Substantive) {
                facts.silent_update = Some(format!("the text changed, its own date ({date}) did not"));
            }
        }
    }
}

fn days(time: jiff::SignedDuration) -> f64 {
    time.as_secs_f64() / 86_400.0
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

/// Takes out what one clause gained and another lost: for the document it is neither new nor gone.
fn drop_shared<T: PartialEq + Copy>(added: &mut Vec<T>, dropped: &mut Vec<T>) {
    let shared: Vec<T> = added.iter().copied().filter(|one| dropped.contains(one)).collect();
    added.retain(|one| !shared.contains(one));
    dropped.retain(|one| !shared.contains(one));
}

fn merge<T: PartialEq + Clone>(whole: &mut Vec<T>, more: &[T]) {
    for one in more {
        if !whole.contains(one) {
            whole.push(one.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_within_a_document_is_neither_new_nor_gone() {
        let (mut added, mut dropped) = (vec!["GDPR", "CCPA"], vec!["DMCA", "GDPR"]);
        drop_shared(&mut added, &mut dropped);
        assert_eq!((added, dropped), (vec!["CCPA"], vec!["DMCA"]));
    }
}
