//! Stable identities.

use sha2::{Digest, Sha256};

/// 16 hex digits of the SHA-256 of `parts`, each ended by a zero byte.
///
/// The identity of a document change is that of its collection, commit and path; of a clause
/// change, that of its document change, kind, texts, and how many equal ones came before it.
#[must_use]
pub fn stable_id(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hasher.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
