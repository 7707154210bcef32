//! From what the stages found to the records.

use std::collections::{BTreeMap, HashSet};

use super::identity::Identities;
use super::{
    ClauseChangeRecord, DocumentChangeRecord, EditRecord, FactsRecord, LinkTargetsRecord, ModalShiftRecord,
    NumberRecord, SCHEMA, ScoredId,
};
use crate::align::{ClauseChange, Op, Redline, joined};
use crate::facts::Facts;
use crate::id::stable_id;
use crate::infer::Judgement;
use crate::outcome::Note;
use crate::rank::{Features, Priority, Verdict};
use crate::segment::Segmentation;
use crate::source::{CommitInfo, DocumentPath, LineLinks, OldSide, Permalinks, Side};
use crate::taxonomy::{Category, Effect, Materiality};

/// Everything that a record is made of.
#[derive(Debug)]
pub(crate) struct Scored<'a> {
    pub(crate) collection: &'a str,
    pub(crate) permalinks: Option<&'a Permalinks>,
    pub(crate) path: &'a DocumentPath,
    pub(crate) commit: &'a CommitInfo,
    pub(crate) previous: Option<&'a CommitInfo>,
    /// Whether `previous` is what the hosting site shows on the old side; not so when the version
    /// between was a wall that was looked past.
    pub(crate) previous_shown: bool,
    pub(crate) verdict: Verdict,
    pub(crate) priority: Priority,
    pub(crate) features: Features,
    pub(crate) unsure: bool,
    pub(crate) old: &'a Segmentation,
    pub(crate) new: &'a Segmentation,
    /// The clause changes, with their redlines.
    pub(crate) changes: &'a [ClauseChange],
    /// Clauses that did not change.
    pub(crate) unchanged: usize,
    pub(crate) judgements: &'a [Judgement],
    pub(crate) facts: &'a [Facts],
    pub(crate) document_facts: FactsRecord,
    pub(crate) model: Option<&'a str>,
    pub(crate) notes: Vec<Note>,
    pub(crate) with_clauses: bool,
}

/// The id of the document change that `commit` recorded at `path`.
pub(crate) fn document_change_id(collection: &str, commit: &CommitInfo, path: &DocumentPath) -> String {
    stable_id(&[collection, &commit.id, &path.path])
}

/// The record of a document change.
pub(crate) fn document_change(scored: &Scored<'_>) -> DocumentChangeRecord {
    named_change(scored, document_change_id(scored.collection, scored.commit, scored.path))
}

/// The record of a document change with the id `id`: not its own where an earlier one has that.
pub(crate) fn named_change(scored: &Scored<'_>, id: String) -> DocumentChangeRecord {
    let judgements = scored.judgements;
    let clauses = if scored.with_clauses { clauses(scored, &id) } else { Vec::new() };
    DocumentChangeRecord {
        schema: SCHEMA,
        collection: scored.collection.to_owned(),
        service: scored.path.service.clone(),
        terms_type: scored.path.terms_type.clone(),
        part: scored.path.part.clone(),
        path: scored.path.path.clone(),
        commit: scored.commit.id.clone(),
        date: scored.commit.date.to_string(),
        previous_commit: scored.previous.map(|commit| commit.id.clone()),
        previous_date: scored.previous.map(|commit| commit.date.to_string()),
        url: scored.permalinks.map(|links| links.commit(&scored.commit.id, scored.path)),
        status: scored.verdict.status.id().to_owned(),
        status_reason: scored.verdict.reason.clone(),
        priority: scored.priority.value,
        priority_parts: scored.priority.parts.clone(),
        signals: scored.features.telling().map(|(feature, value)| (feature.words().to_owned(), value)).collect(),
        unsure: scored.unsure,
        story: None,
        twins: Vec::new(),
        materiality: document_materiality(judgements),
        categories: best_categories(judgements),
        effect: document_effect(judgements),
        model: scored.model.map(str::to_owned),
        facts: scored.document_facts.clone(),
        counts: counts(scored),
        notes: scored.notes.iter().map(ToString::to_string).collect(),
        clauses,
        id,
    }
}

/// The best score of each category, best first; ties in the order of the taxonomy.
pub(crate) fn best_categories(judgements: &[Judgement]) -> Vec<ScoredId> {
    let mut best: BTreeMap<Category, f64> = BTreeMap::new();
    for &(category, score) in judgements.iter().flat_map(|judgement| &judgement.categories) {
        let slot = best.entry(category).or_insert(score);
        *slot = slot.max(score);
    }
    let mut list: Vec<(Category, f64)> = best.into_iter().collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    list.into_iter().map(|(category, score)| ScoredId { id: category.id().to_owned(), score }).collect()
}

/// The highest materiality among the clause changes.
pub(crate) fn document_materiality(judgements: &[Judgement]) -> Option<String> {
    judgements.iter().map(|judgement| judgement.materiality).max().map(|it| it.id().to_owned())
}

/// A side that pulls stronger than the other by less than this share of both does not decide.
const EVEN: f64 = 0.1;

/// The effect to which the substantive clause changes pull, each as strong as it is worth a memo and its effect is
/// sure; `neutral` where they pull both ways.
pub(crate) fn document_effect(judgements: &[Judgement]) -> Option<String> {
    let pull = |wanted| -> f64 {
        judgements
            .iter()
            .filter(|judgement| judgement.materiality == Materiality::Substantive)
            .filter_map(|judgement| Some((judgement.interest.unwrap_or(1.0), judgement.effect?)))
            .filter(|(_, (effect, _))| *effect == wanted)
            .map(|(interest, (_, sure))| interest * sure)
            .sum()
    };
    judgements.iter().any(|judgement| judgement.effect.is_some()).then(|| {
        let (adverse, favourable) = (pull(Effect::Adverse), pull(Effect::Favourable));
        let even = EVEN * (adverse + favourable);
        let effect = if adverse - favourable > even {
            Effect::Adverse
        } else if favourable - adverse > even {
            Effect::Favourable
        } else {
            Effect::Neutral
        };
        effect.id().to_owned()
    })
}

fn counts(scored: &Scored<'_>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::from([("unchanged".to_owned(), scored.unchanged)]);
    for change in scored.changes {
        *counts.entry(kind(change).to_owned()).or_default() += 1;
    }
    counts
}

pub(crate) fn kind(change: &ClauseChange) -> &'static str {
    match change {
        ClauseChange::Added { .. } => "added",
        ClauseChange::Removed { .. } => "removed",
        ClauseChange::Moved { .. } => "moved",
        ClauseChange::Modified { .. } => "modified",
    }
}

fn clauses(scored: &Scored<'_>, id: &str) -> Vec<ClauseChangeRecord> {
    let mut identities = Identities::new(id);
    let old = scored.previous.map(|commit| OldSide { commit: &commit.id, shown: scored.previous_shown });
    let links = scored.permalinks.map(|links| links.lines(&scored.commit.id, old, scored.path));
    scored
        .changes
        .iter()
        .enumerate()
        .map(|(at, change)| {
            let mut record = clause(scored, change, links.as_ref(), scored.judgements.get(at), scored.facts.get(at));
            record.id = identities.next(&record);
            record
        })
        .collect()
}

fn clause(
    scored: &Scored<'_>,
    change: &ClauseChange,
    line_links: Option<&LineLinks>,
    judgement: Option<&Judgement>,
    facts: Option<&Facts>,
) -> ClauseChangeRecord {
    let (old, new) = ranges(change);
    let before = old.clone().map(|range| joined(scored.old, range).into_owned());
    let after = new.clone().map(|range| joined(scored.new, range).into_owned());
    let (side, first) = match (&new, &old) {
        (Some(range), _) => (scored.new, range.start),
        (None, Some(range)) => (scored.old, range.start),
        (None, None) => (scored.new, 0),
    };
    let line = |side: &Segmentation, range: &Option<std::ops::Range<u32>>| {
        range.as_ref().and_then(|range| side.clauses.get(range.start as usize)).map(|clause| clause.line)
    };
    let span = |side: &Segmentation, range: &Option<std::ops::Range<u32>>| {
        let range = range.as_ref()?;
        let (first, last) = (side.clauses.get(range.start as usize)?, side.clauses.get(range.end as usize - 1)?);
        Some([first.span.start, last.span.end])
    };
    let (before_line, after_line) = (line(scored.old, &old), line(scored.new, &new));
    let url = line_links.and_then(|links| {
        let (side, line) = match (after_line, before_line) {
            (Some(line), _) => (Side::New, line),
            (None, Some(line)) => (Side::Old, line),
            (None, None) => return None,
        };
        links.line(side, line)
    });
    let redline = match change {
        ClauseChange::Modified { redline, .. } => edits(redline, before.as_deref(), after.as_deref()),
        _ => Vec::new(),
    };
    let regrouped = match change {
        ClauseChange::Modified { old, new, .. } if old.len() > 1 || new.len() > 1 => Some([old.len(), new.len()]),
        _ => None,
    };
    ClauseChangeRecord {
        id: String::new(),
        kind: kind(change).to_owned(),
        redline,
        headings: side.headings(first).into_iter().map(str::to_owned).collect(),
        lead_in: side.lead_in(first),
        before_line,
        after_line,
        before_span: span(scored.old, &old),
        after_span: span(scored.new, &new),
        url,
        moved: matches!(change, ClauseChange::Modified { moved: true, .. }),
        regrouped,
        links: links(scored, old.as_ref(), new.as_ref()),
        materiality: judgement.map(|it| ScoredId { id: it.materiality.id().to_owned(), score: it.score }),
        materiality_reason: judgement.and_then(|it| it.reason.clone()),
        categories: judgement
            .iter()
            .flat_map(|it| &it.categories)
            .map(|&(category, score)| ScoredId { id: category.id().to_owned(), score })
            .collect(),
        effect: judgement
            .and_then(|it| it.effect)
            .map(|(effect, score)| ScoredId { id: effect.id().to_owned(), score }),
        interest: judgement.and_then(|it| it.interest),
        facts: facts.map(facts_record).unwrap_or_default(),
        before,
        after,
    }
}

type Clauses = Option<std::ops::Range<u32>>;

/// The clauses on the old and on the new side.
pub(crate) fn ranges(change: &ClauseChange) -> (Clauses, Clauses) {
    let one = |at: u32| Some(at..at + 1);
    match change {
        ClauseChange::Added { new } => (None, one(*new)),
        ClauseChange::Removed { old } => (one(*old), None),
        ClauseChange::Moved { old, new } => (one(*old), one(*new)),
        ClauseChange::Modified { old, new, .. } => (Some(old.clone()), Some(new.clone())),
    }
}

fn edits(redline: &Redline, before: Option<&str>, after: Option<&str>) -> Vec<EditRecord> {
    let (before, after) = (before.unwrap_or_default(), after.unwrap_or_default());
    redline
        .edits()
        .iter()
        .map(|edit| {
            let (op, text) = match edit.op {
                Op::Equal => ("equal", edit.new.of(after)),
                Op::Delete => ("delete", edit.old.of(before)),
                Op::Insert => ("insert", edit.new.of(after)),
            };
            EditRecord { op: op.to_owned(), text: text.to_owned() }
        })
        .collect()
}

/// Link targets that differ; none where they do not.
fn links(
    scored: &Scored<'_>,
    old: Option<&std::ops::Range<u32>>,
    new: Option<&std::ops::Range<u32>>,
) -> Option<LinkTargetsRecord> {
    let targets = |side: &Segmentation, range: &std::ops::Range<u32>| -> Vec<String> {
        range.clone().flat_map(|at| side.targets_of(at)).map(str::to_owned).collect()
    };
    let (before, after) = (targets(scored.old, old?), targets(scored.new, new?));
    let without = |list: &[String], other: &[String]| -> Vec<String> {
        let other: HashSet<&String> = other.iter().collect();
        list.iter().filter(|one| !other.contains(one)).cloned().collect()
    };
    let record = LinkTargetsRecord { dropped: without(&before, &after), added: without(&after, &before) };
    (record != LinkTargetsRecord::default()).then_some(record)
}

/// The record of facts.
pub(crate) fn facts_record(facts: &Facts) -> FactsRecord {
    let owned = |ids: &[&'static str]| ids.iter().map(|&id| id.to_owned()).collect::<Vec<_>>();
    FactsRecord {
        jurisdictions: owned(&facts.jurisdictions),
        jurisdictions_added: owned(&facts.jurisdictions_added),
        jurisdictions_dropped: owned(&facts.jurisdictions_dropped),
        laws: owned(&facts.laws),
        laws_added: owned(&facts.laws_added),
        laws_dropped: owned(&facts.laws_dropped),
        parties_added: facts.parties_added.clone(),
        parties_dropped: facts.parties_dropped.clone(),
        numbers: facts
            .numbers
            .iter()
            .map(|number| NumberRecord {
                kind: number.kind.id().to_owned(),
                from: number.from.clone(),
                to: number.to.clone(),
            })
            .collect(),
        modal_shifts: facts
            .modal_shifts
            .iter()
            .map(|shift| ModalShiftRecord {
                from: shift.from.clone(),
                to: shift.to.clone(),
                direction: shift.direction.id().to_owned(),
            })
            .collect(),
        negations_added: facts.negations_added.clone(),
        negations_dropped: facts.negations_dropped.clone(),
        silent_update: None,
        back_dated: None,
    }
}
