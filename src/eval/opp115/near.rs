//! Segments that are nearly the same: policies copy each other's passages.

use std::collections::{BTreeMap, BTreeSet};

use super::Segment;
use crate::eval::metrics::count;
use crate::text::stable_hash;

/// Words in a row that are compared as one.
const WORDS: usize = 4;
/// Shared share of all such rows from which two segments are near twins.
const ALIKE: f64 = 0.5;

/// Which of `segments` have a near twin among `others`: at least half of the runs of four words that
/// the two have between them are in both.
#[must_use]
pub fn near_twins(segments: &[Segment], others: &[Segment]) -> Vec<bool> {
    let others: Vec<BTreeSet<u64>> = others.iter().map(|one| runs(&one.text)).collect();
    let mut places: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    for (at, runs) in others.iter().enumerate() {
        runs.iter().for_each(|run| places.entry(*run).or_default().push(at));
    }
    let has_twin = |segment: &Segment| {
        let own = runs(&segment.text);
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for at in own.iter().filter_map(|run| places.get(run)).flatten() {
            *shared.entry(*at).or_default() += 1;
        }
        shared.iter().any(|(at, both)| {
            let all = own.len() + others.get(*at).map_or(0, BTreeSet::len) - both;
            count(*both) >= ALIKE * count(all)
        })
    };
    segments.iter().map(has_twin).collect()
}

/// The runs of words of `text`, letter case and punctuation aside; of a shorter text itself.
fn runs(text: &str) -> BTreeSet<u64> {
    let lower = text.to_lowercase();
    let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let run = |words: &[&str]| stable_hash(words.join(" ").as_bytes());
    if words.len() < WORDS { BTreeSet::from([run(&words)]) } else { words.windows(WORDS).map(run).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_changed_is_a_near_twin_and_another_matter_is_not() {
        let segment = |text: &str| Segment { text: text.into(), labels: vec![] };
        let kept = "keeps what you tell us for as long as your account is open, and deletes it afterwards.";
        let segments = [segment(&format!("Alphawidget {kept}")), segment("We answer children's questions by post.")];
        let others = [segment("Something else altogether is said here."), segment(&format!("Betawidget {kept}"))];
        assert_eq!(near_twins(&segments, &others), [true, false]);
        assert_eq!(near_twins(&segments, &[]), [false, false]);
        assert_eq!(near_twins(&[segment("Cookies!")], &[segment("cookies")]), [true]);
    }
}
