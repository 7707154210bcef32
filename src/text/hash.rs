//! The hash that stages compare texts by.

/// A 64-bit hash of `bytes` that is the same on every machine and every run.
///
/// Not cryptographic: equality of hashes is always confirmed by equality of texts
/// before two clauses count as the same, because terms are untrusted input.
#[must_use]
pub fn stable_hash(bytes: &[u8]) -> u64 {
    rapidhash::v3::rapidhash_v3(bytes)
}
