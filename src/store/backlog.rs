//! What is stored already, and what of it is stale.

use std::collections::{HashMap, HashSet};

use rusqlite::{TransactionBehavior, params};

use super::{Maker, Store, StoreError};

/// The document changes of a collection that need not be made again.
#[derive(Debug, Default)]
pub struct Known {
    commits: HashMap<String, HashSet<String>>,
}

impl Known {
    /// Whether the change of the document at `path` by `commit` is stored.
    #[must_use]
    pub fn has(&self, path: &str, commit: &str) -> bool {
        self.commits.get(path).is_some_and(|commits| commits.contains(commit))
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.commits.values().map(HashSet::len).sum()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.commits.is_empty()
    }
}

/// A document with stale records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StaleDocument {
    /// Its path.
    pub path: String,
    /// The commits whose records are stale.
    pub commits: HashSet<String>,
    /// What it costs to make them again, in bytes of clause text.
    pub cost: u64,
}

impl Store {
    /// What is stored of `collection`. A document with a version that could not be read is left out as a whole: once
    /// that can be read, what comes after it may be another.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn known(&self, collection: i64) -> Result<Known, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT path, commit_id, unreadable FROM document_change
             JOIN assessment ON assessment.document_change_id = document_change.id AND current = 1
             WHERE collection_id = ?1",
        )?;
        let mut rows = statement.query([collection])?;
        let mut known = Known::default();
        let mut doubtful = HashSet::new();
        while let Some(row) = rows.next()? {
            let (path, commit, unreadable): (String, String, bool) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if unreadable {
                doubtful.insert(path.clone());
            }
            known.commits.entry(path).or_default().insert(commit);
        }
        known.commits.retain(|path, _| !doubtful.contains(path));
        Ok(known)
    }

    /// The services that something is stored of.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn services(&self) -> Result<Vec<String>, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT DISTINCT service FROM document_change")?;
        let services = statement.query_map([], |row| row.get(0))?;
        Ok(services.collect::<rusqlite::Result<_>>()?)
    }

    /// How many current records, over all collections, are by another model, another version of the engine, or other
    /// weights.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn stale_count(&self, maker: &Maker) -> Result<u64, StoreError> {
        let count: i64 = self.connection().query_row(
            // The index holds all that is asked of the record; the records themselves are megabytes.
            "SELECT count(*) FROM assessment INDEXED BY assessment_maker
             CROSS JOIN document_change ON document_change.id = document_change_id
             WHERE current = 1 AND gone = 0 AND (model_id <> ?1 OR engine <> ?2 OR weights <> ?3)",
            params![maker.model, maker.engine, maker.weights],
            |row| row.get(0),
        )?;
        Ok(count.unsigned_abs())
    }

    /// The documents of `collection` with records by another model or another version of the engine, which must be made
    /// again, cheapest first; ties by path.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn stale(&self, collection: i64, maker: &Maker) -> Result<Vec<StaleDocument>, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT path, commit_id, cost FROM assessment JOIN document_change ON document_change.id = document_change_id
             WHERE current = 1 AND gone = 0 AND (model_id <> ?2 OR engine <> ?3) AND collection_id = ?1
             ORDER BY path",
        )?;
        let mut rows = statement.query(params![collection, maker.model, maker.engine])?;
        let mut documents: Vec<StaleDocument> = Vec::new();
        while let Some(row) = rows.next()? {
            let path: String = row.get(0)?;
            if documents.last().is_none_or(|last| last.path != path) {
                documents.push(StaleDocument { path, commits: HashSet::new(), cost: 0 });
            }
            if let Some(document) = documents.last_mut() {
                document.commits.insert(row.get(1)?);
                document.cost += row.get::<_, i64>(2)?.unsigned_abs();
            }
        }
        documents.sort_by(|a, b| a.cost.cmp(&b.cost).then_with(|| a.path.cmp(&b.path)));
        Ok(documents)
    }

    /// Marks as gone the document changes of `collection` that have no place in the history any more, takes the mark from
    /// those that are back, and puts each where it stands now: `place` says where, by path and commit. Returns how many
    /// are newly gone and how many are back. If there are any, the collection no longer counts as stored up to a commit:
    /// the marks are those of another history than it was complete for.
    ///
    /// # Errors
    /// When the store fails.
    pub fn mark_gone(
        &self,
        collection: i64,
        place: &dyn Fn(&str, &str) -> Option<u32>,
    ) -> Result<(usize, usize), StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let (mut gone, mut back) = (0, 0);
        {
            let mut statement = transaction.prepare_cached(
                "SELECT id, path, commit_id, gone, place FROM document_change WHERE collection_id = ?1",
            )?;
            let mut rows = statement.query([collection])?;
            let mut changed: Vec<(i64, bool, i64)> = Vec::new();
            while let Some(row) = rows.next()? {
                let (path, commit): (String, String) = (row.get(1)?, row.get(2)?);
                let (was_gone, stood): (bool, i64) = (row.get(3)?, row.get(4)?);
                let found = place(&path, &commit);
                let stands = found.map_or(stood, i64::from);
                gone += usize::from(!was_gone && found.is_none());
                back += usize::from(was_gone && found.is_some());
                if was_gone != found.is_none() || stood != stands {
                    changed.push((row.get(0)?, found.is_none(), stands));
                }
            }
            let mut mark =
                transaction.prepare_cached("UPDATE document_change SET gone = ?2, place = ?3 WHERE id = ?1")?;
            for change in &changed {
                mark.execute(params![change.0, change.1, change.2])?;
            }
        }
        if gone + back > 0 {
            transaction.execute("UPDATE collection SET head = NULL WHERE id = ?1", [collection])?;
        }
        transaction.commit()?;
        Ok((gone, back))
    }
}
