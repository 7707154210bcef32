//! One run at a time.
//!
//! A lock of the operating system on a file beside the store: it goes when its holder does, however that ends, so no
//! stale lock is ever left. `SQLite`'s own locks last for a transaction only.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;

use super::StoreError;
use super::open::beside;

/// What the name of a store's lock ends with.
pub(super) const LOCK: &str = ".lock";

/// Held while a run is at work.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    /// Takes the lock of the store at `store`; `holder` is what others are told of this run.
    ///
    /// # Errors
    /// [`StoreError::Running`] when another run holds it.
    pub fn take(store: &Path, holder: &str) -> Result<Self, StoreError> {
        let path = beside(store, LOCK);
        let failed = |source| StoreError::Lock { path: path.clone(), source };
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut said = String::new();
                // What it says is a courtesy; the lock is what counts.
                let _ = file.take(200).read_to_string(&mut said);
                let holder = if said.trim().is_empty() { "it does not say which" } else { said.trim() };
                return Err(StoreError::Running { path, holder: holder.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        // On a full disk the lock still holds, and the run comes to tell what is wrong.
        let _ = file.set_len(0).and_then(|()| file.rewind()).and_then(|()| writeln!(file, "{holder}"));
        Ok(Self { _file: file })
    }
}
