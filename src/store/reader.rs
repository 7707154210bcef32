//! Stored document changes, as the records that a scan would give.

use std::collections::HashSet;

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row, params};

use super::entry::{restored, text_key};
use super::{Store, StoreError};
use crate::pipeline::{Filter, Order, Related, ScanSummary};
use crate::record::{DocumentChangeRecord, ScoredId};

/// Which records, and in which order.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// The same filter as a scan has.
    pub filter: Filter,
    /// The order.
    pub order: Order,
    /// Only those that no run has announced yet.
    pub unannounced: bool,
    /// Only those with at least this priority.
    pub least_priority: Option<f64>,
    /// Also those whose commit is no longer in the history.
    pub with_gone: bool,
}

/// What a stored document change is told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored<'r> {
    /// Its id, for [`Store::find`].
    pub id: &'r str,
    /// The collection.
    pub collection: &'r str,
    /// The service.
    pub service: &'r str,
    /// The terms type.
    pub terms_type: &'r str,
    /// The path of the document.
    pub path: &'r str,
    /// The commit.
    pub commit: &'r str,
    /// When it was recorded.
    pub date: &'r str,
}

/// What is known of a record before it is read.
#[derive(Debug, Clone, Default, PartialEq)]
struct Head {
    id: i64,
    public_id: String,
    collection: String,
    service: String,
    terms_type: String,
    path: String,
    commit: String,
    date: String,
    seconds: i64,
    place: i64,
    status: String,
    priority: f64,
    categories: Vec<ScoredId>,
    materiality: Option<String>,
    effect: Option<String>,
    unsure: bool,
    /// Whether no model judged it, but rules alone.
    by_rules: bool,
}

/// Records chosen by a [`Selection`]; their texts are read one at a time.
#[derive(Debug)]
pub struct Reader<'s> {
    store: &'s Store,
    related: &'s Related,
    heads: Vec<Head>,
    summary: ScanSummary,
}

impl<'s> Reader<'s> {
    /// Chooses records of `store`; `related` tells them of their stories and twins, see [`Store::related`].
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn new(store: &'s Store, selection: &Selection, related: &'s Related) -> Result<Self, StoreError> {
        let all = read_heads(store, selection)?;
        let mut summary = ScanSummary { recorded: all.len(), order: selection.order, ..ScanSummary::default() };
        let mut heads = Vec::new();
        for head in all {
            if !head.recorded_as(&selection.filter) {
                continue;
            }
            summary.count(&head.status, Timestamp::from_second(head.seconds).ok());
            summary.without_model += usize::from(head.by_rules);
            // Whether it is unsure stands in the record alone, so that is looked at last.
            if head.judged_as(selection) && (!selection.filter.unsure || store.record(head.id)?.unsure) {
                heads.push(head);
            }
        }
        match selection.order {
            Order::Priority => heads.sort_by(|a, b| {
                b.priority
                    .total_cmp(&a.priority)
                    .then_with(|| b.date.cmp(&a.date))
                    .then_with(|| (&a.collection, &a.path, &a.commit).cmp(&(&b.collection, &b.path, &b.commit)))
            }),
            Order::History => heads.sort_by(|a, b| {
                (&a.collection, a.place, &a.path, &a.commit).cmp(&(&b.collection, b.place, &b.path, &b.commit))
            }),
        }
        if selection.filter.one_a_story {
            let mut told = HashSet::new();
            heads.retain(|head| related.story_of(&head.public_id).is_none_or(|story| told.insert(story)));
        }
        heads.iter().for_each(|head| summary.pass(&head.status));
        heads.truncate(selection.filter.top.unwrap_or(usize::MAX));
        summary.reported = heads.len();
        Ok(Self { store, related, heads, summary })
    }

    /// How many records were chosen.
    #[must_use]
    pub fn len(&self) -> usize {
        self.heads.len()
    }

    /// Whether none was.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.heads.is_empty()
    }

    /// Counts as a scan with the same filter gives them. Where only what no run announced, or what came since some time,
    /// is asked for, nothing else counts as recorded.
    #[must_use]
    pub fn summary(&self) -> &ScanSummary {
        &self.summary
    }

    /// Row ids of the document changes chosen, for [`Store::announce`].
    #[must_use]
    pub fn ids(&self) -> Vec<i64> {
        self.heads.iter().map(|head| head.id).collect()
    }

    /// What the document changes chosen are told by, in order.
    pub fn stored(&self) -> impl Iterator<Item = Stored<'_>> {
        self.heads.iter().map(|head| Stored {
            id: &head.public_id,
            collection: &head.collection,
            service: &head.service,
            terms_type: &head.terms_type,
            path: &head.path,
            commit: &head.commit,
            date: &head.date,
        })
    }

    /// How many of them have at least this priority.
    #[must_use]
    pub fn count_from(&self, priority: f64) -> usize {
        self.heads.iter().filter(|head| head.priority >= priority).count()
    }

    /// The records, in order.
    pub fn records(&self) -> impl Iterator<Item = Result<DocumentChangeRecord, StoreError>> + '_ {
        self.heads.iter().map(|head| {
            let mut record = self.store.record(head.id)?;
            self.related.mark(&mut record);
            Ok(record)
        })
    }
}

impl Head {
    /// Whether the filter wants it by what the history says.
    fn recorded_as(&self, filter: &Filter) -> bool {
        let among = |wanted: &[String], is: &str| {
            wanted.is_empty() || wanted.iter().any(|one| one.to_lowercase() == is.to_lowercase())
        };
        among(&filter.services, &self.service)
            && among(&filter.terms_types, &self.terms_type)
            && filter.since.is_none_or(|since| self.seconds >= since.as_second())
            && filter.until.is_none_or(|until| self.seconds <= until.as_second())
            && (filter.commits.is_empty()
                || filter.commits.iter().any(|wanted| {
                    // As a scan compares them: folders name their records by times, with letters of either case.
                    self.commit.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted))
                }))
    }

    fn is(wanted: &[String], id: Option<&String>) -> bool {
        wanted.is_empty() || id.is_some_and(|id| wanted.contains(id))
    }

    /// Whether the selection wants it by what was judged.
    fn judged_as(&self, selection: &Selection) -> bool {
        let filter = &selection.filter;
        (!filter.unsure || self.unsure)
            && (filter.statuses.is_empty() || filter.statuses.contains(&self.status))
            && (filter.categories.is_empty()
                || self.categories.iter().any(|scored| filter.categories.contains(&scored.id)))
            && Self::is(&filter.materialities, self.materiality.as_ref())
            && Self::is(&filter.effects, self.effect.as_ref())
            && selection.least_priority.is_none_or(|least| self.priority >= least)
    }
}

/// The document change first, and its record only where it is wanted: a night with nothing new reads no record. Rules
/// stand among the models with an empty checksum.
const HEADS: &str = "
    SELECT document_change.id, collection.name, service, terms_type, path, commit_id, date, seconds, place,
           status, priority, categories, public_id, materiality, effect, unsure,
           model_id IN (SELECT id FROM model WHERE checksum = '')
    FROM document_change
    CROSS JOIN collection ON collection.id = collection_id
    CROSS JOIN assessment ON assessment.document_change_id = document_change.id AND current = 1
    WHERE (gone = 0 OR ?1) AND seconds >= ?2";

fn read_heads(store: &Store, selection: &Selection) -> Result<Vec<Head>, StoreError> {
    let connection = store.connection();
    let unannounced = if selection.unannounced { " AND announced_by IS NULL" } else { "" };
    let mut statement = connection.prepare_cached(&format!("{HEADS}{unannounced}"))?;
    let since = selection.filter.since.map_or(i64::MIN, Timestamp::as_second);
    let heads = statement.query_map(params![selection.with_gone, since], head)?;
    Ok(heads.collect::<rusqlite::Result<_>>()?)
}

fn head(row: &Row<'_>) -> rusqlite::Result<Head> {
    let categories: String = row.get(11)?;
    Ok(Head {
        id: row.get(0)?,
        public_id: row.get(12)?,
        collection: row.get(1)?,
        service: row.get(2)?,
        terms_type: row.get(3)?,
        path: row.get(4)?,
        commit: row.get(5)?,
        date: row.get(6)?,
        seconds: row.get(7)?,
        place: row.get(8)?,
        status: row.get(9)?,
        priority: row.get(10)?,
        // `store check` finds categories that cannot be read.
        categories: serde_json::from_str(&categories).unwrap_or_default(),
        materiality: row.get(13)?,
        effect: row.get(14)?,
        unsure: row.get(15)?,
        by_rules: row.get(16)?,
    })
}

impl Store {
    /// The current record of the document change in row `id`.
    pub(super) fn record(&self, id: i64) -> Result<DocumentChangeRecord, StoreError> {
        let (public_id, record, comparison): (String, Vec<u8>, Option<Vec<u8>>) = self
            .connection()
            .prepare_cached(
                "SELECT public_id, record, comparison.clauses FROM document_change
                 JOIN assessment ON assessment.document_change_id = document_change.id AND current = 1
                 LEFT JOIN comparison ON comparison.id = comparison_id WHERE document_change.id = ?1",
            )?
            .query_row([id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
        restored(&record, comparison.as_deref()).map_err(|source| StoreError::Damaged { id: public_id, source })
    }

    /// The record with the public id `id`, if it is stored, without its story and its twins: [`Related::mark`] tells it of
    /// them.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn find(&self, id: &str) -> Result<Option<DocumentChangeRecord>, StoreError> {
        let row: Option<i64> = self
            .connection()
            .prepare_cached("SELECT id FROM document_change WHERE public_id = ?1")?
            .query_row([id], |row| row.get(0))
            .optional()?;
        row.map(|row| self.record(row)).transpose()
    }

    /// Public ids of the document changes with a judged clause change of just these texts, oldest first: the same
    /// change in other documents and collections.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn with_clause(&self, before: Option<&str>, after: Option<&str>) -> Result<Vec<String>, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT DISTINCT document_change.public_id FROM clause_text
             JOIN clause_change ON clause_text_id = clause_text.id
             JOIN document_change ON document_change.id = document_change_id
             WHERE key = ?1 AND gone = 0 ORDER BY seconds, document_change.public_id",
        )?;
        let ids = statement.query_map([text_key(before, after)], |row| row.get(0))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_is_wanted_by_its_beginning_in_either_case() {
        let wants = |wanted: &str, commit: &str| {
            let head = Head { commit: commit.to_owned(), ..Head::default() };
            head.recorded_as(&Filter { commits: vec![wanted.to_owned()], ..Filter::default() })
        };
        for wanted in ["2025-01-02", "2025-01-02T00", "2025-01-02t00", "2025-01-02T00:00:00Z"] {
            assert!(wants(wanted, "2025-01-02T00:00:00Z"), "{wanted}");
        }
        assert!(wants("0AbC", "0abcdef") && wants("0abc", "0ABCDEF"));
        assert!(!wants("2025-01-03T00", "2025-01-02T00:00:00Z"));
        assert!(!wants("2025-01-02T00:00:00Z+", "2025-01-02T00:00:00Z"));
    }
}
