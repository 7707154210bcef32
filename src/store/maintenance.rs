//! Checking a store and making it small.

use sha2::{Digest as _, Sha256};

use super::entry::unpack;
use super::{Store, StoreError};

/// Problems listed at most.
const LISTED: usize = 100;

/// What a check found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Document changes read.
    pub document_changes: usize,
    /// What is wrong; empty if nothing is.
    pub problems: Vec<String>,
}

/// What a vacuum did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Vacuumed {
    /// Comparisons and texts that nothing hangs on any more.
    pub removed: usize,
    /// Bytes before.
    pub before: u64,
    /// Bytes after.
    pub after: u64,
}

/// Conditions that tables alone cannot express, each a query for the rows that break it.
const RULES: [(&str, &str); 4] = [
    (
        "document change without a current record",
        "SELECT public_id FROM document_change WHERE NOT EXISTS
             (SELECT 1 FROM assessment WHERE document_change_id = document_change.id AND current = 1)",
    ),
    (
        "prediction without its clause change, of document change",
        "SELECT public_id FROM prediction JOIN assessment ON assessment.id = assessment_id
         JOIN document_change ON document_change.id = document_change_id WHERE current = 1 AND NOT EXISTS
             (SELECT 1 FROM clause_change WHERE clause_change.document_change_id = document_change.id
              AND clause_change.ordinal = prediction.ordinal)",
    ),
    (
        "clause text that the search does not know, number",
        "SELECT id FROM clause_text WHERE id NOT IN (SELECT id FROM clause_search_docsize)",
    ),
    (
        "clause text in the search only, number",
        "SELECT id FROM clause_search_docsize WHERE id NOT IN (SELECT id FROM clause_text)",
    ),
];

impl Store {
    /// Reads all of the store and says what is wrong with it.
    ///
    /// # Errors
    /// When it cannot be read at all.
    pub fn check(&self) -> Result<Checked, StoreError> {
        let mut checked = Checked::default();
        self.pragmas(&mut checked.problems)?;
        // The next query may break off at the same damage, and what was found would be lost.
        if checked.problems.iter().any(|problem| problem.starts_with("integrity")) {
            checked.problems.truncate(LISTED);
            return Ok(checked);
        }
        for (what, query) in RULES {
            let connection = self.connection();
            let mut statement = connection.prepare(query)?;
            let mut rows = statement.query([])?;
            while let Some(row) = rows.next()? {
                let which: rusqlite::types::Value = row.get(0)?;
                checked.problems.push(format!("{what} {}", said(&which)));
            }
        }
        self.comparisons(&mut checked.problems)?;
        for id in self.changes()? {
            checked.document_changes += 1;
            match self.record(id) {
                // A missing current record is told above.
                Ok(_) | Err(StoreError::Sqlite(rusqlite::Error::QueryReturnedNoRows)) => {}
                Err(StoreError::Damaged { id, source }) => {
                    checked.problems.push(format!("document change {id} cannot be read: {source}"));
                }
                Err(error) => return Err(error),
            }
        }
        checked.problems.truncate(LISTED);
        Ok(checked)
    }

    fn pragmas(&self, problems: &mut Vec<String>) -> Result<(), StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare("PRAGMA integrity_check")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let line: String = row.get(0)?;
            if line != "ok" {
                problems.push(format!("integrity: {line}"));
            }
        }
        drop(rows);
        let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
            problems.push(format!("a row of {table} points to no row of {parent}"));
        }
        Ok(())
    }

    fn comparisons(&self, problems: &mut Vec<String>) -> Result<(), StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare("SELECT id, hash, clauses FROM comparison")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let (id, hash, clauses): (i64, Vec<u8>, Vec<u8>) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if !unpack(&clauses).is_ok_and(|json| Sha256::digest(json).as_slice() == hash) {
                problems.push(format!("comparison {id} is not what it was"));
            }
        }
        Ok(())
    }

    fn changes(&self) -> Result<Vec<i64>, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare("SELECT id FROM document_change ORDER BY id")?;
        let ids = statement.query_map([], |row| row.get(0))?;
        Ok(ids.collect::<rusqlite::Result<_>>()?)
    }

    /// Removes what nothing hangs on any more, merges the search index, and gives free pages back.
    ///
    /// # Errors
    /// When the disk has no room for the copy, or another program reads the store.
    pub fn vacuum(&self) -> Result<Vacuumed, StoreError> {
        self.checkpoint()?;
        let before = self.bytes();
        let removed = {
            let mut connection = self.connection();
            let transaction = connection.transaction()?;
            let mut removed = transaction.execute(
                "DELETE FROM comparison WHERE id NOT IN
                     (SELECT comparison_id FROM assessment WHERE comparison_id IS NOT NULL)",
                [],
            )?;
            const LOOSE: &str = "FROM clause_text WHERE id NOT IN (SELECT clause_text_id FROM clause_change)";
            transaction.execute(
                &format!(
                    "INSERT INTO clause_search (clause_search, rowid, before, after)
                     SELECT 'delete', id, before, after {LOOSE}"
                ),
                [],
            )?;
            removed += transaction.execute(&format!("DELETE {LOOSE}"), [])?;
            transaction.execute("INSERT INTO clause_search (clause_search) VALUES ('optimize')", [])?;
            transaction.commit()?;
            connection.execute_batch("VACUUM; PRAGMA optimize;")?;
            removed
        };
        self.checkpoint()?;
        Ok(Vacuumed { removed, before, after: self.bytes() })
    }

    /// Bytes of the store's file and its log.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        let mut log = self.path().file_name().unwrap_or_default().to_owned();
        log.push("-wal");
        [self.path().to_path_buf(), self.path().with_file_name(log)]
            .iter()
            .filter_map(|path| std::fs::metadata(path).ok())
            .map(|found| found.len())
            .sum()
    }
}

fn said(value: &rusqlite::types::Value) -> String {
    match value {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text.clone(),
        _ => "?".to_owned(),
    }
}
