//! Across gaps: clauses that went elsewhere, as they were or reworded.

use std::collections::{HashMap, VecDeque};

use super::gaps::{Candidate, candidates};
use super::similarity::Words;
use crate::segment::Segmentation;

/// A clause that moved and was reworded must stay this much alike: far apart, likeness proves less.
const ALIKE_FAR: f64 = 0.75;
/// Shorter clauses are too common to say that one of them moved and was reworded (words).
const LEAST_WORDS: usize = 6;

/// Pairs of equal clauses among those left over, first with first.
pub(super) fn equal(old: &Segmentation, new: &Segmentation, removed: &[u32], added: &[u32]) -> Vec<(u32, u32)> {
    let mut places: HashMap<&str, VecDeque<u32>, rapidhash::fast::RandomState> = HashMap::default();
    for &at in added {
        places.entry(new.text(at)).or_default().push_back(at);
    }
    removed.iter().filter_map(|&at| Some((at, places.get_mut(old.text(at))?.pop_front()?))).collect()
}

/// Pairs of reworded clauses among those left over, likeliest first.
pub(super) fn reworded(removed: &[(u32, &Words)], added: &[(u32, &Words)]) -> Vec<(u32, u32)> {
    let (olds, old_words) = long(removed);
    let (news, new_words) = long(added);
    let (mut found, _) = candidates(&old_words, &new_words, ALIKE_FAR);
    found.sort_by(|a, b| b.likeness.total_cmp(&a.likeness).then((a.old, a.new).cmp(&(b.old, b.new))));
    let (mut old_taken, mut new_taken) = (vec![false; olds.len()], vec![false; news.len()]);
    let mut pairs = Vec::new();
    for Candidate { old, new, .. } in found {
        let (Some(a), Some(b)) = (old_taken.get_mut(old as usize), new_taken.get_mut(new as usize)) else { continue };
        if *a || *b {
            continue;
        }
        (*a, *b) = (true, true);
        if let (Some(&old), Some(&new)) = (olds.get(old as usize), news.get(new as usize)) {
            pairs.push((old, new));
        }
    }
    pairs
}

fn long<'a>(clauses: &[(u32, &'a Words)]) -> (Vec<u32>, Vec<&'a Words>) {
    clauses.iter().filter(|(_, words)| words.len() >= LEAST_WORDS).copied().unzip()
}
