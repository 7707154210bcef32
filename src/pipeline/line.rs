//! A clause change given as JSON Lines, as a document change of its own.

use std::sync::Mutex;

use jiff::Timestamp;

use super::ScanError;
use super::ranking::{Head, Ranking};
use super::settle::End as _;
use super::signals::judged;
use crate::align::{ClauseChange, redline};
use crate::facts::{ClauseTexts, Facts, facts};
use crate::infer::{ClauseView, Judge, Judgement};
use crate::rank::{FeatureInputs, Features, Verdict, WeightSets, features, late, priority, unsure};
use crate::record::{Numbering, Scored, document_change_id, facts_record, named_change};
use crate::segment::Segmentation;
use crate::source::{ClauseLine, Collection, CommitInfo, DocumentPath, RecordKind};

/// A line, and where it stands: as a document of its own that was recorded once, nobody says when.
#[derive(Debug)]
pub(super) struct Placed<'a> {
    line: &'a ClauseLine,
    /// The id of its record.
    id: String,
    order: u32,
    pub(super) path: DocumentPath,
    pub(super) commit: CommitInfo,
}

/// The lines of `collection`, in order. Several may have the same id; their records do not.
pub(super) fn placed(collection: &Collection) -> impl Iterator<Item = Placed<'_>> {
    let mut numbering = Numbering::default();
    (0_u32..).zip(collection.clause_lines.iter()).map(move |(order, line)| {
        let called = if line.id.is_empty() { order.to_string() } else { line.id.clone() };
        let path = DocumentPath {
            path: called.clone(),
            service: line.service.clone(),
            terms_type: line.terms_type.clone(),
            part: None,
        };
        let commit = CommitInfo { id: called, date: Timestamp::UNIX_EPOCH, record: RecordKind::Unsaid };
        let id = numbering.next(document_change_id(&collection.name, &commit, &path));
        Placed { line, id, order, path, commit }
    })
}

/// What a line changes, on documents that hold no more than its clause.
struct Sides {
    old: Segmentation,
    new: Segmentation,
    /// One at most: none where both sides are the same.
    changes: Vec<ClauseChange>,
}

impl Sides {
    fn of(line: &ClauseLine) -> Self {
        let side = |text: Option<&String>| {
            text.map_or_else(Segmentation::default, |text| Segmentation::of_clause(&line.headings, &line.lead_in, text))
        };
        let (old, new) = (side(line.before.as_ref()), side(line.after.as_ref()));
        // The headings and the lead-in are clauses before it.
        let last = |side: &Segmentation| crate::text::offset(side.clauses.len().saturating_sub(1));
        let change = match (&line.before, &line.after) {
            (Some(before), Some(after)) if before != after => Some(ClauseChange::Modified {
                old: last(&old)..last(&old) + 1,
                new: last(&new)..last(&new) + 1,
                redline: redline(before, after),
                moved: false,
            }),
            (None, Some(_)) => Some(ClauseChange::Added { new: last(&new) }),
            (Some(_), None) => Some(ClauseChange::Removed { old: last(&old) }),
            (Some(_), Some(_)) | (None, None) => None,
        };
        Self { old, new, changes: change.into_iter().collect() }
    }
}

/// What is said of a line.
struct Said {
    facts: Vec<Facts>,
    judgements: Vec<Judgement>,
    verdict: Verdict,
    features: Features,
}

impl Said {
    /// What `judge` and the facts say of `line`, which changes what `sides` say.
    fn of(line: &ClauseLine, sides: &Sides, judge: &dyn Judge) -> Self {
        let headings: Vec<&str> = line.headings.iter().map(String::as_str).collect();
        let (before, after) = (line.before.as_deref(), line.after.as_deref());
        let texts = ClauseTexts { before, after, headings: &headings, lead_in: &line.lead_in };
        let facts: Vec<Facts> = sides.changes.iter().map(|_| facts(&texts)).collect();
        let view = |(change, facts)| ClauseView {
            change,
            before,
            after,
            headings: &headings,
            lead_in: &line.lead_in,
            service: &line.service,
            terms_type: &line.terms_type,
            old_text: &sides.old.plain,
            new_text: &sides.new.plain,
            facts,
        };
        let views: Vec<ClauseView<'_>> = sides.changes.iter().zip(&facts).map(view).collect();
        let judgements = judge.judge(&views);
        let material = judgements.iter().filter(|it| it.may_matter()).count();
        let rolling = judgements.iter().filter(|it| it.rolling).count();
        let verdict = late(judgements.len(), rolling, material, 0);
        let features = features(&FeatureInputs {
            status: verdict.status,
            clauses: &judged(views.iter().cloned(), &judgements, &[]),
            facts: facts.first().unwrap_or(&Facts::default()),
            dated: false,
            quiet: false,
            rested: None,
        });
        Self { facts, judgements, verdict, features }
    }
}

/// Scores a line of the collection at `place`, and keeps its record, if it may be shown.
pub(super) fn keep_line(
    place: usize,
    collection: &Collection,
    placed: Placed<'_>,
    judge: &dyn Judge,
    ranking: &Mutex<Ranking>,
) -> Result<(), ScanError> {
    let Placed { line, id, order, path, commit } = placed;
    let sides = Sides::of(line);
    let Said { facts, judgements, verdict, features } = Said::of(line, &sides, judge);
    let status = verdict.status;
    let priority = priority(&features, WeightSets::built_in().judged_by(judge.model().is_some()));
    let unsure = unsure(status, &judgements);
    let head = Head {
        id: "",
        priority: priority.value,
        date: commit.date,
        collection: place,
        path: &path.path,
        commit: &commit.id,
        order,
    };
    let record = || {
        let scored = Scored {
            collection: &collection.name,
            permalinks: None,
            path: &path,
            commit: &commit,
            previous: None,
            previous_shown: true,
            verdict,
            priority,
            features,
            unsure,
            old: &sides.old,
            new: &sides.new,
            changes: &sides.changes,
            unchanged: 0,
            judgements: &judgements,
            document_facts: facts.first().map(facts_record).unwrap_or_default(),
            facts: &facts,
            model: judge.model(),
            notes: line.notes.clone(),
            with_clauses: true,
        };
        named_change(&scored, id)
    };
    ranking.keep(&head, status, &judgements, None, None, record)
}
