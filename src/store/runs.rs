//! Runs, what they did with each collection, and what was announced.

use rusqlite::{OptionalExtension as _, params};

use super::{ModelKey, Store, StoreError};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunOutcome {
    /// Everything was done.
    Done,
    /// A collection, a report or a notification failed.
    Partly,
    /// It was asked to stop, or its time was up.
    Interrupted,
    /// The store failed.
    Failed,
}

impl RunOutcome {
    /// The word in the store.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Partly => "partly",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }
}

/// How a collection fared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollectionOutcome {
    /// All that was new is stored.
    Done,
    /// Nothing was new.
    Unchanged,
    /// Some versions could not be read.
    Partly,
    /// The run was stopped.
    Interrupted,
    /// It could not be fetched or opened.
    Failed,
}

impl CollectionOutcome {
    /// The word in the store.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Unchanged => "unchanged",
            Self::Partly => "partly",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
        }
    }
}

/// A run that begins.
#[derive(Debug, Clone)]
pub struct RunStart<'a> {
    /// When, RFC 3339.
    pub started: &'a str,
    /// Of the program.
    pub version: &'a str,
    /// The judge.
    pub model: i64,
    /// Version of the engine.
    pub engine: u32,
}

/// A run that ends.
#[derive(Debug, Clone)]
pub struct RunEnd<'a> {
    /// When, RFC 3339.
    pub ended: &'a str,
    /// How.
    pub outcome: RunOutcome,
    /// Document changes stored.
    pub stored: usize,
    /// Document changes made again.
    pub refreshed: usize,
    /// Why not all was done.
    pub reason: Option<&'a str>,
}

/// A collection of which everything is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Complete {
    /// Its name.
    pub name: String,
    /// Up to which commit.
    pub head: String,
}

/// What a run did with one collection.
#[derive(Debug, Clone)]
pub struct CollectionRun<'a> {
    /// The source as configured.
    pub source: &'a str,
    /// How it fared.
    pub outcome: CollectionOutcome,
    /// The commit that it stood at.
    pub head: Option<&'a str>,
    /// Document changes stored.
    pub stored: usize,
    /// Why not all was done.
    pub reason: Option<&'a str>,
}

impl Store {
    /// The row of the judge `key`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn model(&self, key: &ModelKey) -> Result<i64, StoreError> {
        let connection = self.connection();
        connection.execute(
            "INSERT INTO model (name, checksum) VALUES (?1, ?2) ON CONFLICT DO NOTHING",
            params![key.name, key.checksum],
        )?;
        Ok(connection.query_row(
            "SELECT id FROM model WHERE name = ?1 AND checksum = ?2",
            params![key.name, key.checksum],
            |row| row.get(0),
        )?)
    }

    /// Begins a run. Runs without an end were killed, since only one is at work at a time.
    ///
    /// # Errors
    /// When the store fails.
    pub fn begin_run(&self, start: &RunStart<'_>) -> Result<i64, StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        transaction.execute("UPDATE run SET outcome = 'killed' WHERE outcome IS NULL", [])?;
        transaction.execute(
            "INSERT INTO run (started, version, model_id, engine) VALUES (?1, ?2, ?3, ?4)",
            params![start.started, start.version, start.model, start.engine],
        )?;
        let id = transaction.last_insert_rowid();
        transaction.commit()?;
        Ok(id)
    }

    /// Ends the run `id`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn end_run(&self, id: i64, end: &RunEnd<'_>) -> Result<(), StoreError> {
        self.connection().execute(
            "UPDATE run SET ended = ?2, outcome = ?3, stored = ?4, refreshed = ?5, reason = ?6 WHERE id = ?1",
            params![
                id,
                end.ended,
                end.outcome.id(),
                i64::try_from(end.stored).unwrap_or(i64::MAX),
                i64::try_from(end.refreshed).unwrap_or(i64::MAX),
                end.reason
            ],
        )?;
        Ok(())
    }

    /// Notes what the run did with a collection.
    ///
    /// # Errors
    /// When the store fails.
    pub fn note_collection(&self, run: i64, done: &CollectionRun<'_>) -> Result<(), StoreError> {
        self.connection().execute(
            "INSERT OR REPLACE INTO run_collection (run_id, source, outcome, head, stored, reason)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![
                run,
                done.source,
                done.outcome.id(),
                done.head,
                i64::try_from(done.stored).unwrap_or(i64::MAX),
                done.reason
            ],
        )?;
        Ok(())
    }

    /// The row of the collection `name`, which is read from `source`.
    ///
    /// # Errors
    /// When the store fails.
    pub fn collection(&self, name: &str, source: &str) -> Result<i64, StoreError> {
        Ok(self.connection().query_row(
            "INSERT INTO collection (name, source) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET source = excluded.source RETURNING id",
            [name, source],
            |row| row.get(0),
        )?)
    }

    /// The row of the collection `name`, if there is one.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn collection_named(&self, name: &str) -> Result<Option<i64>, StoreError> {
        Ok(self
            .connection()
            .query_row("SELECT id FROM collection WHERE name = ?1", [name], |row| row.get(0))
            .optional()?)
    }

    /// The names of the collections that were last read from `source`, oldest first. There are several where it got
    /// another name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn names_of(&self, source: &str) -> Result<Vec<String>, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT name FROM collection WHERE source = ?1 ORDER BY id")?;
        let names = statement.query_map([source], |row| row.get(0))?;
        Ok(names.collect::<rusqlite::Result<_>>()?)
    }

    /// Under which name, and up to which commit, everything of `source` is stored that `scope` asks for, newest first;
    /// nothing if not everything is. There are several where it got another name.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn complete(&self, source: &str, scope: &str) -> Result<Vec<Complete>, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached(
            "SELECT name, head FROM collection WHERE source = ?1 AND scope = ?2 AND head IS NOT NULL ORDER BY id DESC",
        )?;
        let complete =
            statement.query_map([source, scope], |row| Ok(Complete { name: row.get(0)?, head: row.get(1)? }))?;
        Ok(complete.collect::<rusqlite::Result<_>>()?)
    }

    /// Says that everything up to `head` that `scope` asks for is stored.
    ///
    /// # Errors
    /// When the store fails.
    pub fn set_complete(&self, collection: i64, head: &str, scope: &str) -> Result<(), StoreError> {
        self.connection()
            .execute("UPDATE collection SET head = ?2, scope = ?3 WHERE id = ?1", params![collection, head, scope])?;
        Ok(())
    }

    /// Says that the document changes with the row ids `changes` were announced by `run`; all or none.
    ///
    /// # Errors
    /// When the store fails.
    pub fn announce(&self, run: i64, changes: &[i64]) -> Result<(), StoreError> {
        let mut connection = self.connection();
        let transaction = connection.transaction()?;
        {
            let mut statement =
                transaction.prepare_cached("UPDATE document_change SET announced_by = ?1 WHERE id = ?2")?;
            for change in changes {
                statement.execute([run, *change])?;
            }
        }
        transaction.commit()?;
        Ok(())
    }
}
