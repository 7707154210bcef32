//! From an older store to the present one, a numbered SQL file a step.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::StoreError;

/// The steps, in order: the first makes version 1.
const MIGRATIONS: [&str; 5] = [
    include_str!("migrations/0001_initial.sql"),
    include_str!("migrations/0002_stories.sql"),
    include_str!("migrations/0003_weights.sql"),
    include_str!("migrations/0004_interest.sql"),
    include_str!("migrations/0005_change_keys.sql"),
];
/// Says in the file's header whose it is: "tsft".
pub(super) const APPLICATION: i32 = 0x7473_6674;

/// The version of the store that this program writes.
#[expect(clippy::cast_possible_truncation, reason = "a handful")]
pub const VERSION: u32 = MIGRATIONS.len() as u32;

/// The store version of the file; 0 for an empty one.
pub(super) fn version(connection: &Connection, path: &Path) -> Result<u32, StoreError> {
    let pragma = |name: &str| connection.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let opened = |source| StoreError::Open { path: path.into(), source };
    let tables: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).map_err(opened)?;
    let application = pragma("application_id").map_err(opened)?;
    if application != i64::from(APPLICATION) && (application != 0 || tables != 0) {
        return Err(StoreError::Foreign { path: path.into() });
    }
    let version = pragma("user_version").map_err(opened)?;
    u32::try_from(version).map_err(|_| StoreError::Foreign { path: path.into() })
}

/// Brings the store up to date, all steps in one transaction.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let failed = |source| match StoreError::from(source) {
        StoreError::Sqlite(source) => StoreError::Migration { path: path.into(), to: VERSION, source },
        other => other,
    };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = version(&transaction, path)?;
    if found > VERSION {
        return Err(StoreError::Newer { path: path.into(), found, known: VERSION });
    }
    if found == VERSION {
        return Ok(());
    }
    for step in MIGRATIONS.iter().skip(found as usize) {
        transaction.execute_batch(step).map_err(failed)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
    transaction.pragma_update(None, "user_version", VERSION).map_err(failed)?;
    transaction.commit().map_err(failed)
}
