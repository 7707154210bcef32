//! Opening a store: journal, pragmas, versions.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::lock::LOCK;
use super::{StoreError, VERSION, migrate};

/// Bytes of a page.
const PAGE: u32 = 8192;
/// How long a transaction of another program is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How the store survives a kill.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Journal {
    /// A write-ahead log: readers do not wait.
    Wal,
    /// A rollback journal, since the file system has no shared memory: a reader waits for the writer.
    Rollback,
}

/// A judge, as the store tells them apart.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ModelKey {
    /// The model's name; `rules` for the deterministic judge.
    pub name: String,
    /// Checksum of its weights, thresholds and tokenizer; empty for the deterministic judge.
    pub checksum: String,
}

/// How to open a store for writing.
#[derive(Debug, Clone, Default)]
pub struct StoreOptions {
    /// Bytes that the file may grow to; 0: as many as the disk has.
    pub max_bytes: u64,
    /// Do without a write-ahead log, also where there could be one.
    pub rollback_journal: bool,
}

/// An open store. All that is done with it goes through one connection, one thread after the other.
#[derive(Debug)]
pub struct Store {
    connection: Mutex<Connection>,
    path: PathBuf,
    journal: Journal,
    newer: Option<u32>,
}

/// The file beside the store at `path` whose name ends with `ending` as well.
pub(super) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

impl Store {
    /// Opens the store at `path` for writing; makes it, or brings it up to date, where needed.
    ///
    /// # Errors
    /// When it cannot be opened, belongs to another program, or is of a newer version.
    pub fn open(path: &Path, options: &StoreOptions) -> Result<Self, StoreError> {
        let opened = |source| StoreError::Open { path: path.into(), source };
        let mut connection = Connection::open(path).map_err(opened)?;
        connection.busy_timeout(PATIENCE)?;
        let found = migrate::version(&connection, path)?;
        if found > VERSION {
            return Err(StoreError::Newer { path: path.into(), found, known: VERSION });
        }
        connection.pragma_update(None, "page_size", PAGE)?;
        let journal = if options.rollback_journal { rollback(&connection)? } else { wal_if_possible(&connection)? };
        connection.execute_batch(
            "PRAGMA foreign_keys = ON; PRAGMA cache_size = -32768; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0;
             PRAGMA wal_autocheckpoint = 2000;",
        )?;
        if options.max_bytes > 0 {
            let pages = i64::try_from((options.max_bytes / u64::from(PAGE)).max(1)).unwrap_or(i64::MAX);
            connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
        }
        migrate::migrate(&mut connection, path)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(Self { connection: Mutex::new(connection), path: path.into(), journal, newer: None })
    }

    /// Opens the store at `path` to read it. One that a newer program wrote is read as far as its tables are the same.
    ///
    /// # Errors
    /// When there is none, it cannot be opened, or is too old.
    pub fn open_to_read(path: &Path) -> Result<Self, StoreError> {
        if !path.exists() {
            return Err(StoreError::Missing { path: path.into() });
        }
        let opened = |source| StoreError::Open { path: path.into(), source };
        let connection =
            Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
                .map_err(opened)?;
        connection.busy_timeout(PATIENCE)?;
        let found = migrate::version(&connection, path)?;
        if found < VERSION {
            return Err(StoreError::Older { path: path.into(), found, known: VERSION });
        }
        let mode: String = connection.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
        let journal = if mode == "wal" { Journal::Wal } else { Journal::Rollback };
        let newer = (found > VERSION).then_some(found);
        Ok(Self { connection: Mutex::new(connection), path: path.into(), journal, newer })
    }

    /// The files of the store at `path`: itself, its logs, the lock of a run.
    #[must_use]
    pub fn files(path: &Path) -> [PathBuf; 5] {
        ["", "-wal", "-shm", "-journal", LOCK].map(|ending| beside(path, ending))
    }

    /// The terms types that something is stored of.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn terms_types(&self) -> Result<Vec<String>, StoreError> {
        let connection = self.connection();
        let mut statement = connection.prepare_cached("SELECT DISTINCT terms_type FROM document_change")?;
        let types = statement.query_map([], |row| row.get(0))?;
        Ok(types.collect::<rusqlite::Result<_>>()?)
    }

    /// Where it lies.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it survives a kill.
    #[must_use]
    pub fn journal(&self) -> Journal {
        self.journal
    }

    /// Its version, where a newer program wrote it.
    #[must_use]
    pub fn newer(&self) -> Option<u32> {
        self.newer
    }

    /// Moves what the log holds into the store and empties it.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn checkpoint(&self) -> Result<(), StoreError> {
        if self.journal == Journal::Wal {
            self.connection().query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        }
        Ok(())
    }

    /// The connection. A thread that panicked rolled its transaction back, so the store is whole.
    pub(super) fn connection(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A write-ahead log, if the file system can have one: that is known only once it was tried.
fn wal_if_possible(connection: &Connection) -> Result<Journal, StoreError> {
    let mode: Result<String, _> = connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0));
    let tried = mode.and_then(|mode| {
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
        Ok(mode)
    });
    match tried {
        Ok(mode) if mode == "wal" => {
            connection.pragma_update(None, "synchronous", "NORMAL")?;
            Ok(Journal::Wal)
        }
        Err(error) if is_busy(&error) => Err(error.into()),
        Ok(_) | Err(_) => rollback(connection),
    }
}

fn is_busy(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked | rusqlite::ErrorCode::DiskFull)
    )
}

fn rollback(connection: &Connection) -> Result<Journal, StoreError> {
    connection.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    Ok(Journal::Rollback)
}
