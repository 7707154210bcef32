//! One document change, one transaction.

use rusqlite::{CachedStatement, Connection, OptionalExtension as _, Transaction, TransactionBehavior, params};

use super::entry::{Comparison, JudgedClause, pack};
use super::{Entry, Store, StoreError, related};

/// What makes records. Those that something else made are stale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Maker {
    /// The judge, see [`Store::model`].
    pub model: i64,
    /// The version of the engine.
    pub engine: u32,
    /// What tells the weights of priorities from others.
    pub weights: String,
}

/// For whom an entry is stored.
#[derive(Debug, Clone, Copy)]
pub struct Placing<'a> {
    /// The run.
    pub run: i64,
    /// The collection.
    pub collection: i64,
    /// What made it.
    pub maker: &'a Maker,
}

impl Store {
    /// Stores `entry`, or puts it in the place of what was known of the same document change before. Either all of
    /// it is stored or nothing.
    ///
    /// # Errors
    /// When the disk is full or the store fails.
    pub fn put(&self, entry: &Entry, placing: &Placing<'_>) -> Result<(), StoreError> {
        // Compressing is the costly part, and done outside of the lock.
        let packed = match &entry.comparison {
            Some(comparison) if comparison_id(&self.connection(), comparison)?.is_none() => {
                Some(pack(&comparison.json)?)
            }
            _ => None,
        };
        let mut connection = self.connection();
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let comparison = match &entry.comparison {
            Some(comparison) => Some(put_comparison(&transaction, comparison, packed)?),
            None => None,
        };
        let change = put_change(&transaction, entry, placing)?;
        let assessment = put_assessment(&transaction, entry, placing, change, comparison)?;
        put_clauses(&transaction, &entry.clauses, change, assessment)?;
        if let Some(sketch) = &entry.sketch {
            related::put(&transaction, assessment, sketch)?;
        }
        transaction.commit()?;
        Ok(())
    }
}

fn comparison_id(connection: &Connection, comparison: &Comparison) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM comparison WHERE hash = ?1")?
        .query_row([comparison.hash], |row| row.get(0))
        .optional()
}

fn put_comparison(
    transaction: &Transaction<'_>,
    comparison: &Comparison,
    packed: Option<Vec<u8>>,
) -> Result<i64, StoreError> {
    if let Some(id) = comparison_id(transaction, comparison)? {
        return Ok(id);
    }
    let packed = packed.map_or_else(|| pack(&comparison.json), Ok)?;
    transaction
        .prepare_cached("INSERT INTO comparison (hash, clauses) VALUES (?1, ?2)")?
        .execute(params![comparison.hash, packed])?;
    Ok(transaction.last_insert_rowid())
}

/// The row of the document change; what hung on it before is removed.
fn put_change(transaction: &Transaction<'_>, entry: &Entry, placing: &Placing<'_>) -> rusqlite::Result<i64> {
    let record = &entry.record;
    let known: Option<(i64, bool)> = transaction
        .prepare_cached(
            "SELECT document_change.id, EXISTS (SELECT 1 FROM assessment
                 WHERE document_change_id = document_change.id AND current = 1 AND unreadable = 1)
             FROM document_change WHERE collection_id = ?1 AND path = ?2 AND commit_id = ?3",
        )?
        .query_row(params![placing.collection, record.path, record.commit], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    if let Some((id, was_unreadable)) = known {
        transaction.prepare_cached("DELETE FROM clause_change WHERE document_change_id = ?1")?.execute([id])?;
        transaction
            .prepare_cached("DELETE FROM assessment WHERE document_change_id = ?1 AND (engine <> ?2 OR model_id = ?3)")?
            .execute(params![id, placing.maker.engine, placing.maker.model])?;
        transaction
            .prepare_cached("UPDATE assessment SET current = 0 WHERE document_change_id = ?1 AND current = 1")?
            .execute([id])?;
        // What could not be read was announced as such; that it now can be is news.
        transaction
            .prepare_cached(
                "UPDATE document_change SET place = ?2, gone = 0, announced_by = iif(?3, NULL, announced_by) WHERE id = ?1",
            )?
            .execute(params![id, entry.place, was_unreadable && !entry.unreadable])?;
        return Ok(id);
    }
    let seconds = record.date.parse::<jiff::Timestamp>().map_or(0, jiff::Timestamp::as_second);
    transaction
        .prepare_cached(
            "INSERT INTO document_change
                 (collection_id, path, commit_id, public_id, service, terms_type, date, seconds, place, stored_by)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute(params![
            placing.collection,
            record.path,
            record.commit,
            record.id,
            record.service,
            record.terms_type,
            record.date,
            seconds,
            entry.place,
            placing.run,
        ])?;
    Ok(transaction.last_insert_rowid())
}

fn put_assessment(
    transaction: &Transaction<'_>,
    entry: &Entry,
    placing: &Placing<'_>,
    change: i64,
    comparison: Option<i64>,
) -> Result<i64, StoreError> {
    let record = &entry.record;
    let categories = serde_json::to_string(&record.categories).map_err(|error| StoreError::Pack(error.into()))?;
    transaction
        .prepare_cached(
            "INSERT INTO assessment
                 (document_change_id, model_id, engine, current, unreadable, status, priority, materiality, effect,
                  categories, cost, record, comparison_id, unsure, weights)
             VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        )?
        .execute(params![
            change,
            placing.maker.model,
            placing.maker.engine,
            entry.unreadable,
            record.status,
            record.priority,
            record.materiality,
            record.effect,
            categories,
            i64::try_from(entry.cost).unwrap_or(i64::MAX),
            entry.packed,
            comparison,
            record.unsure,
            placing.maker.weights,
        ])?;
    Ok(transaction.last_insert_rowid())
}

fn put_clauses(
    transaction: &Transaction<'_>,
    clauses: &[JudgedClause],
    change: i64,
    assessment: i64,
) -> rusqlite::Result<()> {
    if clauses.is_empty() {
        return Ok(());
    }
    let mut texts = Texts::new(transaction)?;
    let mut put_clause = transaction.prepare_cached("INSERT INTO clause_change VALUES (?1, ?2, ?3, ?4, ?5)")?;
    let mut put_prediction =
        transaction.prepare_cached("INSERT INTO prediction VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")?;
    for clause in clauses {
        let ordinal = i64::try_from(clause.ordinal).unwrap_or(i64::MAX);
        let text = texts.id(transaction, clause)?;
        put_clause.execute(params![change, ordinal, clause.public_id, clause.kind, text])?;
        let (materiality, score) = &clause.materiality;
        let effect = clause.effect.as_ref();
        put_prediction.execute(params![
            assessment,
            ordinal,
            materiality,
            score,
            effect.map(|(id, _)| id),
            effect.map(|(_, score)| score),
            clause.categories,
        ])?;
    }
    Ok(())
}

/// Texts of clause changes, each pair stored and indexed once.
struct Texts<'c> {
    find: CachedStatement<'c>,
    put: CachedStatement<'c>,
    index: CachedStatement<'c>,
}

impl<'c> Texts<'c> {
    fn new(connection: &'c Connection) -> rusqlite::Result<Self> {
        Ok(Self {
            find: connection.prepare_cached("SELECT id FROM clause_text WHERE key = ?1")?,
            put: connection.prepare_cached("INSERT INTO clause_text (key, before, after) VALUES (?1, ?2, ?3)")?,
            index: connection.prepare_cached("INSERT INTO clause_search (rowid, before, after) VALUES (?1, ?2, ?3)")?,
        })
    }

    fn id(&mut self, connection: &Connection, clause: &JudgedClause) -> rusqlite::Result<i64> {
        if let Some(id) = self.find.query_row([clause.key], |row| row.get(0)).optional()? {
            return Ok(id);
        }
        self.put.execute(params![clause.key, clause.before, clause.after])?;
        let id = connection.last_insert_rowid();
        self.index.execute(params![id, clause.before, clause.after])?;
        Ok(id)
    }
}
