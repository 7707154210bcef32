//! What alignment finds.

use std::ops::Range;

use super::Redline;
use crate::outcome::Note;

/// One clause change. Indices are those of the clauses in the two segmentations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClauseChange {
    /// A clause is new.
    Added {
        /// The new clause.
        new: u32,
    },
    /// A clause is gone.
    Removed {
        /// The old clause.
        old: u32,
    },
    /// The same words stand elsewhere.
    Moved {
        /// The old clause.
        old: u32,
        /// The new clause.
        new: u32,
    },
    /// The words, or only the link targets, changed. More than one clause on a side means that
    /// the clause was split or merged, perhaps nothing else; their texts are then joined by single spaces.
    Modified {
        /// The old clauses.
        old: Range<u32>,
        /// The new clauses.
        new: Range<u32>,
        /// The edits from the old text to the new.
        redline: Redline,
        /// Whether it also stands elsewhere.
        moved: bool,
    },
}

/// The clause changes between two versions.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Alignment {
    /// The changes, in the order of the new version; a removed clause stands where it stood.
    pub changes: Vec<ClauseChange>,
    /// Pairs of clauses that did not change, in the order of the new version.
    pub unchanged: Vec<(u32, u32)>,
    /// What was cut short.
    pub notes: Vec<Note>,
}

impl Alignment {
    /// Share of the old version's clauses that stand unchanged or moved in the new one, 0 to 1.
    #[must_use]
    pub fn shared(&self, old_clauses: usize) -> f64 {
        if old_clauses == 0 {
            return 0.0;
        }
        let moved = self.changes.iter().filter(|change| matches!(change, ClauseChange::Moved { .. })).count();
        #[expect(clippy::cast_precision_loss, reason = "counts of clauses are far below 2^52")]
        let share = (self.unchanged.len() + moved) as f64 / old_clauses as f64;
        share
    }
}
