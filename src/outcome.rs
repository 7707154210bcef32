//! What was mended or cut short on the way, and why. Nothing is dropped in silence.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks long work to stop at the next good place. Its clones ask the same work.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    #[must_use]
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// What a signal handler sets.
    #[must_use]
    pub fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

/// An error with all that caused it, in one line.
#[must_use]
pub fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.ends_with(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}

/// A remark on one version or one comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Note {
    /// The version was not UTF-8; the bytes that are none were replaced.
    InvalidUtf8 {
        /// Offset of the first such byte.
        at: usize,
    },
    /// The version was longer than the limit and was cut.
    Cut {
        /// Its length in bytes.
        len: usize,
        /// How many bytes were kept.
        kept: usize,
    },
    /// A gap between unchanged clauses was too large to compare every pair.
    GapPruned {
        /// Clauses of the old version in the gap.
        old: usize,
        /// Clauses of the new version in the gap.
        new: usize,
    },
    /// The version could not be read.
    Unreadable {
        /// Why, with the remedy.
        reason: String,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidUtf8 { at } => write!(f, "not valid UTF-8 from byte {at} on; replaced by U+FFFD"),
            Self::Cut { len, kept } => write!(f, "{len} bytes long; only the first {kept} were read"),
            Self::GapPruned { old, new } => {
                write!(f, "{old} and {new} clauses changed in one place; only the likeliest pairs were compared")
            }
            Self::Unreadable { reason } => write!(f, "{reason}"),
        }
    }
}
