//! A sequence of tokens, and its identity.

use sha2::{Digest, Sha256};

/// The identity of an encoding: equal exactly when tokens and types are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EncodingKey(pub [u8; 16]);

/// The type of a token of deleted words.
pub const DELETED: u8 = 1;
/// The type of a token of inserted words.
pub const INSERTED: u8 = 2;

/// What a model reads of one clause change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Encoding {
    /// Token ids, `[CLS]` … `[SEP]` included; never empty.
    pub ids: Vec<u32>,
    /// One for each token: [`DELETED`], [`INSERTED`], or 0 for what stays and for context.
    pub types: Vec<u8>,
}

impl Encoding {
    /// Its identity: 128 bits of SHA-256, since the texts are untrusted.
    #[must_use]
    pub fn key(&self) -> EncodingKey {
        let mut hasher = Sha256::new();
        for (id, kind) in self.ids.iter().zip(&self.types) {
            hasher.update(id.to_le_bytes());
            hasher.update([*kind]);
        }
        EncodingKey(half(hasher))
    }

    pub(super) fn push(&mut self, id: u32, kind: u8) {
        self.ids.push(id);
        self.types.push(kind);
    }

    pub(super) fn extend(&mut self, ids: &[u32], kind: u8) {
        self.ids.extend_from_slice(ids);
        self.types.resize(self.ids.len(), kind);
    }
}

/// The first 128 bits of what `hasher` comes to.
pub(super) fn half(hasher: Sha256) -> [u8; 16] {
    let mut key = [0; 16];
    for (to, from) in key.iter_mut().zip(hasher.finalize()) {
        *to = from;
    }
    key
}
