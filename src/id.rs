//! Stable identities, and those that others gave.

use serde::de::{Deserialize as _, Deserializer, Error as _};
use serde_json::Value;
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
    hex(hasher.finalize().get(..8).unwrap_or_default())
}

/// Reads an id as it was given, as text or as a number; text either way, empty for null.
///
/// # Errors
/// When it is a list or an object.
pub(crate) fn given_id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(String::new()),
        Value::String(id) => Ok(id),
        id @ (Value::Number(_) | Value::Bool(_)) => Ok(id.to_string()),
        Value::Array(_) | Value::Object(_) => {
            Err(D::Error::custom("the id is a list or an object; give text or a number"))
        }
    }
}

/// `bytes` as lower-case hex digits.
#[must_use]
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    let mut text = String::with_capacity(bytes.len() * 2);
    for &byte in bytes {
        text.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    }
    text
}
