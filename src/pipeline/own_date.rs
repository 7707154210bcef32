//! The date that a document gives itself, before and after.

use super::document::Sides;
use crate::align::{ClauseChange, joined};
use crate::facts::{DocumentDate, document_date};
use crate::segment::Segmentation;

/// Clauses of a version that its own date is looked for in: first and last ones.
const NEAR: (usize, usize) = (60, 20);
/// Elsewhere a date is the document's own, or that of one of its parts, in a clause of so few bytes: hardly more than
/// a label and a date.
const ONLY_A_DATE: usize = 80;

/// How a document's own date moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum OwnDate {
    /// On: its authors call it an update.
    On,
    /// Back, in one and the same clause: what stands first may be another page of the document, or its date of effect.
    Back {
        /// What it said before.
        before: DocumentDate,
        /// What it says now.
        after: DocumentDate,
    },
    /// It stayed as it was.
    Stood(DocumentDate),
}

impl OwnDate {
    /// Nothing where a side has none, or where their order cannot be told.
    pub(super) fn of(sides: &Sides) -> Option<Self> {
        let (old, new) = (&sides.old.clauses, &sides.new.clauses);
        if moved_on(sides) {
            return Some(Self::On);
        }
        if let Some((before, after)) = moved(sides).find(|(before, after)| after.is_before(before)) {
            return Some(Self::Back { before, after });
        }
        let (before, after) = (said_by(old)?, said_by(new)?);
        if before.is_before(&after) {
            return Some(Self::On);
        }
        let same = |one: &DocumentDate| (one.takes_effect, one.date, one.last);
        (same(&before) == same(&after) && !says_another(sides, &after)).then_some(Self::Stood(after))
    }
}

/// Whether a date of the document moved on in one and the same clause.
pub(super) fn moved_on(sides: &Sides) -> bool {
    moved(sides).any(|(before, after)| before.is_before(&after))
}

/// The dates that changed in their clauses, before and after.
fn moved(sides: &Sides) -> impl Iterator<Item = (DocumentDate, DocumentDate)> {
    let (old, new) = (&sides.old.clauses, &sides.new.clauses);
    sides.compared.alignment.changes.iter().filter_map(|change| moved_in(change, old, new))
}

/// The dates of one label in a modified clause.
fn moved_in(change: &ClauseChange, old: &Segmentation, new: &Segmentation) -> Option<(DocumentDate, DocumentDate)> {
    let ClauseChange::Modified { old: was, new: is, .. } = change else { return None };
    let said = |side: &Segmentation, range: &std::ops::Range<u32>| {
        let text = joined(side, range.clone());
        let own = text.len() <= ONLY_A_DATE || is_near(side, range.start);
        if own { document_date(&text) } else { None }
    };
    let (before, after) = (said(old, was)?, said(new, is)?);
    (before.takes_effect == after.takes_effect).then_some((before, after))
}

/// Whether a clause that came or was reworded gives a date of the document, or of a part of it, other than `own`: then
/// the change is announced.
fn says_another(sides: &Sides, own: &DocumentDate) -> bool {
    let new = &sides.new.clauses;
    sides.compared.alignment.changes.iter().any(|change| {
        let text = match change {
            ClauseChange::Added { new: at } => joined(new, *at..at + 1),
            ClauseChange::Modified { new: range, .. } => joined(new, range.clone()),
            ClauseChange::Removed { .. } | ClauseChange::Moved { .. } => return false,
        };
        document_date(&text).is_some_and(|date| (date.date, date.last) != (own.date, own.last))
    })
}

fn is_near(version: &Segmentation, clause: u32) -> bool {
    let (first, last) = NEAR;
    let at = clause as usize;
    at < first || at + last >= version.clauses.len()
}

/// The document's own date, from its first and last clauses.
fn said_by(version: &Segmentation) -> Option<DocumentDate> {
    let near = (0_u32..).zip(&version.clauses).filter(|(at, _)| is_near(version, *at));
    let lines: Vec<&str> = near.map(|(_, clause)| clause.text.of(&version.plain)).collect();
    document_date(&lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(old: &str, new: &str) -> Option<OwnDate> {
        OwnDate::of(&Sides::of_texts(old, new))
    }

    #[test]
    fn a_date_moves_on_where_it_stands() {
        let on = [
            ("Last updated: February 2024\n\nWe keep data.", "Last updated: March 2024\n\nWe keep data."),
            ("Last updated: 12/05/2024\n\nWe keep data.", "Last updated: May 19, 2025\n\nWe keep data."),
            ("Last updated: May 3, 2024\n\nWe keep data.", "Last updated: June 3, 2024\n\nWe keep no data."),
        ];
        for (old, new) in on {
            assert_eq!(of(old, new), Some(OwnDate::On), "{old:?} → {new:?}");
        }
        let pages = |second: &str| {
            let between = "We keep some data.\n\n".repeat(90);
            format!("Updated: May 3, 2024\n\n{between}Updated: {second}\n\n{between}")
        };
        assert_eq!(of(&pages("June 1, 2024"), &pages("July 9, 2024")), Some(OwnDate::On), "of a page further down");
    }

    #[test]
    fn a_date_moves_back_only_in_one_clause_and_under_one_label() {
        let back = of("Last updated: May 3, 2024\n\nWe keep data.", "Last updated: April 3, 2024\n\nWe keep data.");
        assert!(matches!(back, Some(OwnDate::Back { .. })), "{back:?}");
        let none = [
            ("Effective: May 3, 2024\n\nWe keep data.", "Updated: April 3, 2024\n\nWe keep data."),
            ("Updated: 2/3/2024\n\nWe keep data.", "Updated: 1/3/2024\n\nWe keep data."),
            (
                "Updated: May 3, 2024\n\nWe keep data.\n\nUpdated: March 1, 2023\n\nWe share data.",
                "We keep data.\n\nUpdated: March 1, 2023\n\nWe share data.",
            ),
        ];
        for (old, new) in none {
            assert_eq!(of(old, new), None, "{old:?} → {new:?}");
        }
    }

    #[test]
    fn a_date_that_stands_is_told() {
        let stood = of("Updated: May 2024\n\nWe keep data.", "Updated: May 2024\n\nWe sell data.");
        assert!(matches!(stood, Some(OwnDate::Stood(date)) if date.to_string() == "May 2024"));
        let announced = "Effective: June 3, 2024\n\nWe sell data.\n\nUpdated: May 2024";
        assert_eq!(of("Updated: May 2024\n\nWe keep data.", announced), None);
    }
}
