//! The status of a document change, with its reason in words.
//!
//! Rules are asked in the order of their certainty, and the first that applies decides: what the
//! history proves (returns), what the recorder says (technical), what stands in place of the page,
//! another language, then what the judgements on its clauses add up to. A silent or a back-dated
//! update is never noise.

use std::fmt;

use jiff::Timestamp;

use super::{Language, Returned, Wall};
use crate::facts::DocumentDate;
use crate::source::RecordKind;

/// Why a document change is news, or probably is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// The text changed.
    Change,
    /// It returns to an earlier version.
    Reversion,
    /// It keeps flipping between a few versions.
    Oscillation,
    /// Something else stands in its place, or it is back unchanged from behind that.
    PageReplaced,
    /// The same document in another language.
    LanguageSwapped,
    /// The recorder's own upgrade.
    Technical,
    /// No clause changed in substance.
    Cosmetic,
    /// Only dates, counters and ages.
    Rolling,
    /// The first version recorded: nothing to compare with.
    FirstRecord,
    /// The document is no longer recorded.
    LastRecord,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Change,
        Self::Reversion,
        Self::Oscillation,
        Self::PageReplaced,
        Self::LanguageSwapped,
        Self::Technical,
        Self::Cosmetic,
        Self::Rolling,
        Self::FirstRecord,
        Self::LastRecord,
    ];

    /// The id that records carry.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Reversion => "reversion",
            Self::Oscillation => "oscillation",
            Self::PageReplaced => "page-replaced",
            Self::LanguageSwapped => "language-swapped",
            Self::Technical => "technical",
            Self::Cosmetic => "cosmetic",
            Self::Rolling => "rolling",
            Self::FirstRecord => "first-record",
            Self::LastRecord => "last-record",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

/// A status and its reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The status.
    pub status: Status,
    /// Why, in words; nothing for a plain change.
    pub reason: Option<String>,
}

impl Verdict {
    fn new(status: Status, reason: impl Into<String>) -> Self {
        Self { status, reason: Some(reason.into()) }
    }

    /// On the recorder's own upgrade.
    #[must_use]
    pub fn technical() -> Self {
        Self::new(Status::Technical, "recorded as the recorder's own technical or declaration upgrade")
    }

    /// On a document whose own date moved back, from `before` to `after`. Whatever else changed, that is no noise.
    #[must_use]
    pub fn back_dated(before: &DocumentDate, after: &DocumentDate) -> Self {
        Self::new(Status::Change, format!("its own date moved back, from {before} to {after}"))
    }
}

/// What the statuses that need no judgement on clauses are read from.
#[derive(Debug)]
pub struct StatusInputs<'a> {
    /// What the recorder says.
    pub record: RecordKind,
    /// The return to an earlier version, if it is one.
    pub returned: Option<&'a Returned>,
    /// What stands in place of the page now.
    pub wall: Option<&'a Wall>,
    /// What stood in its place before, when it is back with the words it had.
    pub back_from: Option<&'a Wall>,
    /// The languages, if it was swapped.
    pub swapped: Option<(Language, Language)>,
    /// Whether no word and no link changed, only the markup around them.
    pub only_markup: bool,
    /// Whether clauses were, or may have been, reworded, not only added or removed: an upgrade of the recorder shows
    /// more or less of the page, it does not rewrite it.
    pub reworded: bool,
}

/// The status, where it does not hang on the clauses' judgements.
#[must_use]
pub fn early(inputs: &StatusInputs<'_>) -> Option<Verdict> {
    if let Some(returned) = inputs.returned {
        return Some(of_return(returned));
    }
    if inputs.record == RecordKind::Technical && !inputs.reworded {
        return Some(Verdict::technical());
    }
    if let Some((from, to)) = inputs.swapped {
        return Some(Verdict::new(Status::LanguageSwapped, format!("the same document in {to} instead of {from}")));
    }
    if let Some(wall) = inputs.wall {
        return Some(Verdict::new(
            Status::PageReplaced,
            format!("{} stands in place of the document: {}", wall.kind, wall.evidence),
        ));
    }
    if let Some(wall) = inputs.back_from {
        return Some(back(wall, "as it was"));
    }
    inputs
        .only_markup
        .then(|| Verdict::new(Status::Technical, "only the markup changed: the same words, rendered otherwise"))
}

/// The verdict on a document that is back after `wall`; `how` says with which text.
#[must_use]
pub fn back(wall: &Wall, how: &str) -> Verdict {
    let said = format!("the document is back, {how}, after {} stood in its place", wall.kind);
    Verdict::new(Status::PageReplaced, said)
}

fn of_return(returned: &Returned) -> Verdict {
    let day = |at: Timestamp| at.strftime("%Y-%m-%d").to_string();
    let how = if returned.exact { "returns to" } else { "returns, word for word, to" };
    let to = format!("{how} the version of {}", day(returned.to.date));
    if returned.oscillates() {
        let since = day(returned.since);
        Verdict::new(
            Status::Oscillation,
            format!("{to}; this document has flipped {} times since {since}", returned.count),
        )
    } else {
        Verdict::new(Status::Reversion, to)
    }
}

/// The status that the clauses' judgements add up to: how many clause changes there are, how many
/// of them are rolling, and how many matter beyond that.
#[must_use]
pub fn late(changes: usize, rolling: usize, material: usize, relinked: usize) -> Verdict {
    if material > 0 {
        return Verdict { status: Status::Change, reason: None };
    }
    if rolling > 0 {
        return Verdict::new(Status::Rolling, "only dates, counters or ages changed");
    }
    let reason = if changes > 0 && relinked == changes {
        "only link targets changed"
    } else if changes == 0 {
        "no clause changed, only white space or markup"
    } else {
        "no clause changed in substance"
    };
    Verdict::new(Status::Cosmetic, reason)
}
