//! Which clauses of a document keep coming and going.
//!
//! A page with a list that is sorted anew, a banner, or two versions served in turn shows the same
//! sentences as removed today and as added next week. Only hashes and times are kept.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

/// A clause that comes back later than this is news again.
const MEMORY: SignedDuration = SignedDuration::from_hours(120 * 24);
/// What stood, or was gone, for so long before it is undone for the first time was meant: that it is undone is news.
const MEANT: SignedDuration = SignedDuration::from_hours(7 * 24);
/// Clauses of one document remembered at most; a document beyond that starts over.
const MOST: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Came,
    Went,
}

/// What a clause did last.
#[derive(Debug, Clone, Copy)]
struct Last {
    at: Timestamp,
    way: Way,
    /// Whether that undid what it had done before.
    undid: bool,
}

/// The clauses that came and went in one document so far.
#[derive(Debug, Default)]
pub struct Churn {
    last: HashMap<u64, Last>,
}

impl Churn {
    /// Takes in the clause changes recorded at `at`, each as the hashes of what went and what came,
    /// and says of each whether it is of those that come and go: it undoes what was done within days, or not for
    /// the first time.
    pub fn next(&mut self, changes: &[(Option<u64>, Option<u64>)], at: Timestamp) -> Vec<bool> {
        let comes_and_goes = changes
            .iter()
            .map(|&(went, came)| match (went, came) {
                (_, Some(came)) => self.undone(came, Way::Came, at),
                (Some(went), None) => self.undone(went, Way::Went, at),
                (None, None) => None,
            })
            .map(|undone| undone.is_some_and(|last| last.undid || at.duration_since(last.at).abs() < MEANT))
            .collect();
        let now: Vec<(u64, Last)> = changes
            .iter()
            .flat_map(|&(went, came)| [went.map(|hash| (hash, Way::Went)), came.map(|hash| (hash, Way::Came))])
            .flatten()
            .map(|(hash, way)| (hash, Last { at, way, undid: self.undone(hash, way, at).is_some() }))
            .collect();
        if self.last.len() > MOST {
            self.last.clear();
        }
        self.last.extend(now);
        comes_and_goes
    }

    /// What the clause `hash` did last, if that was not long ago and is undone where it now goes `way`.
    fn undone(&self, hash: u64, way: Way, at: Timestamp) -> Option<Last> {
        let last = self.last.get(&hash)?;
        (last.way != way && at.duration_since(last.at).abs() < MEMORY).then_some(*last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_and_goes_is_known_for_a_while() {
        let mut churn = Churn::default();
        let mut day = |day: i64, changes: &[(Option<u64>, Option<u64>)]| {
            churn.next(changes, Timestamp::from_second(day * 86_400).unwrap())
        };
        assert_eq!(day(0, &[(Some(1), None), (Some(2), Some(3)), (None, Some(4))]), [false; 3]);
        assert_eq!(
            day(5, &[(None, Some(1)), (Some(3), Some(2)), (Some(4), None), (Some(9), None)]),
            [true, true, true, false]
        );
        assert_eq!(day(400, &[(Some(1), None)]), [false], "a year later that is news again");
        assert_eq!(day(420, &[(None, Some(1))]), [false], "what was gone for weeks was meant to go");
        assert_eq!(day(440, &[(Some(1), None)]), [true], "the second time it is one that comes and goes");
    }
}
