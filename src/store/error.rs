//! What can go wrong with a store.

use std::path::PathBuf;

/// Why the store could not be opened, read or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The file is no store, or cannot be opened.
    #[error("{path}: cannot be opened as a store; is its folder there and writable, and is it a file of termsift?")]
    Open {
        /// The store.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// The file belongs to another program.
    #[error("{path}: a database, but not one of termsift; give another path for the store")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// There is no such file.
    #[error("{path}: no such store; `termsift nightly` makes it")]
    Missing {
        /// The store.
        path: PathBuf,
    },
    /// A newer program made it.
    #[error(
        "{path}: written by a newer termsift (store version {found}, this one writes {known}); it is read, never written"
    )]
    Newer {
        /// The store.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version that this program writes.
        known: u32,
    },
    /// An older program made it and it was opened for reading only.
    #[error(
        "{path}: written by an older termsift (store version {found}, this one reads {known}); the next `termsift nightly` brings it up to date"
    )]
    Older {
        /// The store.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// The version that this program reads.
        known: u32,
    },
    /// A migration failed; the store is as it was.
    #[error("{path}: cannot be brought to store version {to}; it was left as it was")]
    Migration {
        /// The store.
        path: PathBuf,
        /// The version that was not reached.
        to: u32,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// Another run is at work.
    #[error("{path}: another run is at work ({holder}); wait for it, or see why it takes so long")]
    Running {
        /// The lock file.
        path: PathBuf,
        /// What the other run wrote into it.
        holder: String,
    },
    /// The lock file cannot be used.
    #[error("{path}: the lock of the run cannot be made; is the folder writable?")]
    Lock {
        /// The lock file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another program keeps the store locked.
    #[error("the store is locked by another program; end its transaction (an open sqlite3 shell?)")]
    Locked(#[source] rusqlite::Error),
    /// The disk is full, or the store has reached its limit.
    #[error(
        "the disk is full, or the store has reached limits.store; what was stored is whole, the next run goes on from there"
    )]
    Full(#[source] rusqlite::Error),
    /// Reading or writing failed.
    #[error("the store cannot be used; `termsift store check` may say more")]
    Sqlite(#[source] rusqlite::Error),
    /// Not even a check can read it.
    #[error("{path}: damaged so that not all of it can be checked; `sqlite3 FILE .recover` saves what can be read")]
    Unreadable {
        /// The store.
        path: PathBuf,
        /// What `SQLite` said.
        source: rusqlite::Error,
    },
    /// A record in the store cannot be read.
    #[error("document change {id} in the store cannot be read; `termsift store check` may say more")]
    Damaged {
        /// Its public id.
        id: String,
        /// Why.
        source: std::io::Error,
    },
    /// A record cannot be packed, or a file beside the store not be written.
    #[error("a record cannot be packed")]
    Pack(#[source] std::io::Error),
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull};
        match error.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked) => Self::Locked(error),
            Some(DiskFull) => Self::Full(error),
            _ => Self::Sqlite(error),
        }
    }
}
