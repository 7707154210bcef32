//! Words in clauses.

use rusqlite::params;

use super::{Store, StoreError};

/// A clause change that has the words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// Public id of its document change.
    pub change: String,
    /// Its own public id.
    pub clause: String,
    /// The collection.
    pub collection: String,
    /// The document.
    pub path: String,
    /// When it was recorded.
    pub date: String,
    /// `added`, `removed`, `modified` or `moved`.
    pub kind: String,
    /// The clause before.
    pub before: Option<String>,
    /// The clause after.
    pub after: Option<String>,
}

impl Store {
    /// Judged clause changes in which all of `words` occur, before or after; best match first, ties newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn search(&self, words: &[String], most: usize) -> Result<Vec<Hit>, StoreError> {
        // Quoted, no word can be an operator of the query language.
        let query: Vec<String> = words.iter().map(|word| format!("\"{}\"", word.replace('"', "\"\""))).collect();
        if query.is_empty() {
            return Ok(Vec::new());
        }
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT document_change.public_id, clause_change.public_id, collection.name, path, date, kind,
                    clause_text.before, clause_text.after
             FROM clause_search
             JOIN clause_text ON clause_text.id = clause_search.rowid
             JOIN clause_change ON clause_text_id = clause_text.id
             JOIN document_change ON document_change.id = document_change_id
             JOIN collection ON collection.id = collection_id
             WHERE clause_search MATCH ?1 AND gone = 0
             ORDER BY clause_search.rank, seconds DESC, document_change.public_id, ordinal LIMIT ?2",
        )?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let hits = statement.query_map(params![query.join(" "), most], |row| {
            Ok(Hit {
                change: row.get(0)?,
                clause: row.get(1)?,
                collection: row.get(2)?,
                path: row.get(3)?,
                date: row.get(4)?,
                kind: row.get(5)?,
                before: row.get(6)?,
                after: row.get(7)?,
            })
        })?;
        Ok(hits.collect::<rusqlite::Result<_>>()?)
    }
}
