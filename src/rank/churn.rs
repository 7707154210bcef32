//! Which clauses of a document keep coming and going.
//!
//! A page with a list that is sorted anew, a banner, or two versions served in turn shows the same
//! sentences as removed today and as added next week. Only hashes and times are kept.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};

/// A clause that comes back later than this is news again.
const MEMORY: SignedDuration = SignedDuration::from_hours(120 * 24);
/// Clauses of one document remembered at most; a document beyond that starts over.
const MOST: usize = 100_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Came,
    Went,
}

/// The clauses that came and went in one document so far.
#[derive(Debug, Default)]
pub struct Churn {
    last: HashMap<u64, (Timestamp, Way)>,
}

impl Churn {
    /// Takes in the clause changes recorded at `at`, each as the hashes of what went and what came,
    /// and says of each whether it undoes what was done not long ago.
    pub fn next(&mut self, changes: &[(Option<u64>, Option<u64>)], at: Timestamp) -> Vec<bool> {
        let was = |hash: Option<u64>, way| {
            hash.and_then(|hash| self.last.get(&hash))
                .is_some_and(|&(then, seen)| seen == way && at.duration_since(then).abs() < MEMORY)
        };
        let undone = changes
            .iter()
            .map(|&(went, came)| match (went, came) {
                (_, Some(_)) => was(came, Way::Went),
                (Some(_), None) => was(went, Way::Came),
                (None, None) => false,
            })
            .collect();
        if self.last.len() > MOST {
            self.last.clear();
        }
        for &(went, came) in changes {
            self.last.extend(went.map(|hash| (hash, (at, Way::Went))));
            self.last.extend(came.map(|hash| (hash, (at, Way::Came))));
        }
        undone
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
    }
}
