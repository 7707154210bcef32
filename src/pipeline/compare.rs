//! Two versions of the same terms side by side: of two collections, or of two dates.
//!
//! In: which versions ([`Standing`]). Out: a [`ComparisonRecord`]. Alignment, facts and judgements
//! are those of a document change; only there is no history, so neither status nor priority.

use jiff::Timestamp;

use super::settle::{Context, LeadIns};
use crate::align::align;
use crate::facts::Facts;
use crate::infer::{ClauseView, Judge};
use crate::rank::{Features, Priority, Status, Verdict};
use crate::record::{ComparisonRecord, FactsRecord, SCHEMA, Scored, VersionRecord, document_change};
use crate::segment::segment;
use crate::source::{Collection, Document, Revision, SourceError, Version};

/// A version that stood at some time.
#[derive(Debug, Clone, Copy)]
pub struct Standing<'a> {
    /// The collection that recorded it.
    pub collection: &'a Collection,
    /// Its document.
    pub document: &'a Document,
    /// The revision that recorded it.
    pub revision: &'a Revision,
}

impl<'a> Standing<'a> {
    /// The version of `document` that stood at `at`, or the latest; nothing where none did.
    ///
    /// That is the last in the order of the record whose date is not after `at`: dates alone do
    /// not order a record.
    #[must_use]
    pub fn of(collection: &'a Collection, document: &'a Document, at: Option<Timestamp>) -> Option<Self> {
        let before = |revision: &&Revision| at.is_none_or(|at| revision.commit.date <= at);
        let revision = document.revisions.iter().rev().find(before)?;
        revision.new.is_some().then_some(Self { collection, document, revision })
    }

    fn read(&self) -> Result<Version, SourceError> {
        match self.revision.new {
            Some(id) => self.collection.reader()?.version(id),
            None => Ok(Version::default()),
        }
    }

    fn record(&self) -> VersionRecord {
        let commit = &self.revision.commit;
        VersionRecord {
            collection: self.collection.name.clone(),
            path: self.document.path.path.clone(),
            commit: commit.id.clone(),
            date: commit.date.to_string(),
            url: self.collection.permalinks.as_ref().map(|links| links.file(&commit.id, &self.document.path)),
        }
    }
}

/// Compares two versions with `judge`.
///
/// # Errors
/// When a version cannot be read.
pub fn compare(
    before: &Standing<'_>,
    after: &Standing<'_>,
    judge: &dyn Judge,
) -> Result<ComparisonRecord, SourceError> {
    let (old_version, new_version) = (before.read()?, after.read()?);
    let (old, new) = (segment(&old_version.text), segment(&new_version.text));
    let alignment = align(&old, &new);
    let contexts: Vec<Context<'_>> = alignment.changes.iter().map(|change| Context::of(change, &old, &new)).collect();
    let mut leads = LeadIns::default();
    let facts: Vec<Facts> = contexts.iter().map(|context| context.facts(&mut leads)).collect();
    let path = &after.document.path;
    let views: Vec<ClauseView<'_>> =
        contexts.iter().zip(&facts).map(|(context, facts)| context.view(path, facts, &old.plain, &new.plain)).collect();
    let judgements = judge.judge(&views);
    let mut notes = old_version.notes;
    notes.extend(new_version.notes);
    notes.extend(alignment.notes.iter().cloned());
    let record = document_change(&Scored {
        collection: &after.collection.name,
        permalinks: None,
        path,
        commit: &after.revision.commit,
        previous: Some(&before.revision.commit),
        previous_shown: false,
        verdict: Verdict { status: Status::Change, reason: None },
        priority: Priority::default(),
        features: Features::default(),
        unsure: false,
        old: &old,
        new: &new,
        changes: &alignment.changes,
        unchanged: alignment.unchanged.len(),
        judgements: &judgements,
        facts: &facts,
        document_facts: FactsRecord::default(),
        model: judge.model(),
        notes,
        with_clauses: true,
    });
    let (before, after) = (before.record(), after.record());
    let mut clauses = record.clauses;
    for clause in &mut clauses {
        clause.url = match (clause.after_line, clause.before_line) {
            (Some(line), _) => after.line(line),
            (None, Some(line)) => before.line(line),
            (None, None) => None,
        };
    }
    Ok(ComparisonRecord {
        schema: SCHEMA,
        service: record.service,
        terms_type: record.terms_type,
        before,
        after,
        categories: record.categories,
        model: record.model,
        counts: record.counts,
        notes: record.notes,
        clauses,
    })
}
