//! Which versions of a document were there before.

use std::collections::{HashMap, VecDeque};

use jiff::{SignedDuration, Timestamp};

use crate::source::ContentId;

/// Returns further back than this do not count towards an oscillation.
const MEMORY: SignedDuration = SignedDuration::from_hours(365 * 24);
/// From this many returns within [`MEMORY`] on (this one counted) a document oscillates.
const OSCILLATES: usize = 3;

/// When a version was recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When.
    pub date: Timestamp,
    /// By which commit.
    pub commit: String,
}

/// A return to an earlier version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The version returned to, as recorded first.
    pub to: Seen,
    /// Byte for byte, or only word for word.
    pub exact: bool,
    /// Returns of the document within a year, this one counted.
    pub count: usize,
    /// When the first of them was.
    pub since: Timestamp,
}

impl Returned {
    /// Whether the document keeps flipping.
    #[must_use]
    pub fn oscillates(&self) -> bool {
        self.count >= OSCILLATES
    }
}

/// The versions of one document so far, in topological order.
#[derive(Debug, Default)]
pub struct Returns {
    bytes: HashMap<ContentId, Seen>,
    words: HashMap<u64, Seen>,
    last: Option<(ContentId, u64)>,
    /// When the returns were, sorted: dates are not always in the order of the history.
    returns: VecDeque<Timestamp>,
}

impl Returns {
    /// Takes in the next version and says whether it returns to an earlier one.
    /// `words` is a hash of its rendered text.
    pub fn next(&mut self, id: ContentId, words: u64, seen: &Seen) -> Option<Returned> {
        let last = self.last.replace((id, words));
        let exact = self.bytes.get(&id).filter(|_| last.is_some_and(|(before, _)| before != id)).cloned();
        let reworded = self.words.get(&words).filter(|_| last.is_some_and(|(_, before)| before != words)).cloned();
        self.bytes.entry(id).or_insert_with(|| seen.clone());
        self.words.entry(words).or_insert_with(|| seen.clone());
        let (to, exact) = match (exact, reworded) {
            (Some(to), _) => (to, true),
            (None, Some(to)) => (to, false),
            (None, None) => return None,
        };
        let (count, since) = self.count_return(seen.date);
        Some(Returned { to, exact, count, since })
    }

    /// Takes in a return at `date`: how many there are within a year of it, and when the first of these was.
    fn count_return(&mut self, date: Timestamp) -> (usize, Timestamp) {
        // Nearly always the end.
        let place = self.returns.partition_point(|&at| at <= date);
        self.returns.insert(place, date);
        let from = self.returns.partition_point(|&at| date.duration_since(at) > MEMORY);
        let to = self.returns.partition_point(|&at| at.duration_since(date) <= MEMORY);
        (to.saturating_sub(from), self.returns.get(from).copied().unwrap_or(date))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn third_return_within_a_year_oscillates() {
        let mut returns = Returns::default();
        let seen =
            |day: i64| Seen { date: Timestamp::from_second(day * 86_400).unwrap_or_default(), commit: day.to_string() };
        let mut visit = |version: u8, day| returns.next(ContentId([version; 20]), u64::from(version), &seen(day));
        assert_eq!(visit(1, 0), None);
        assert_eq!(visit(2, 1), None);
        let found: Vec<Option<(String, bool)>> = [(1, 2), (2, 3), (1, 4), (2, 900)]
            .map(|(version, day)| {
                visit(version, day).map(|returned| (returned.to.commit.clone(), returned.oscillates()))
            })
            .into();
        let expected = [("0", false), ("1", false), ("0", true), ("1", false)];
        assert_eq!(found, expected.map(|(to, flips)| Some((to.to_owned(), flips))));
        assert_eq!(visit(2, 901), None, "the same version again is no return");
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    #[test]
    fn returns_within_a_year_are_counted_whatever_the_order_of_their_dates() {
        let mut returns = Returns::default();
        let mut so_far: Vec<Timestamp> = Vec::new();
        for step in 0..500_i64 {
            let date = at(step * step * 7919 % 1500 * 86_400);
            so_far.push(date);
            let near: Vec<Timestamp> =
                so_far.iter().copied().filter(|one| date.duration_since(*one).abs() <= MEMORY).collect();
            let since = near.iter().min().copied().expect("this one");
            assert_eq!(returns.count_return(date), (near.len(), since), "{step}");
        }
        let ends = [Timestamp::MIN, Timestamp::MAX].map(|date| Returns::default().count_return(date));
        assert_eq!(ends, [(1, Timestamp::MIN), (1, Timestamp::MAX)]);
    }

    #[test]
    fn a_document_may_flip_without_end() {
        const FLIPS: usize = 300_000;
        for backwards in [false, true] {
            let mut returns = Returns::default();
            let mut last = None;
            for (version, second) in [1_u8, 2].into_iter().cycle().zip(0_i64..).take(FLIPS + 2) {
                let seen = Seen { date: at(if backwards { -second } else { second }), commit: String::new() };
                last = returns.next(ContentId([version; 20]), u64::from(version), &seen);
            }
            assert_eq!(last.map(|returned| returned.count), Some(FLIPS));
        }
    }
}
