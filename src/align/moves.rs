//! Across gaps: clauses that went elsewhere, as they were or reworded.

use std::collections::{HashMap, VecDeque};

use super::gaps::{Candidate, candidates};
use super::similarity::Words;
use crate::segment::Segmentation;

/// A clause that moved and was reworded must stay this much alike: far apart, likeness proves less.
const ALIKE_FAR: f64 = 0.75;
/// One that must give up a partner nearby must stay this much alike, and so must a short one.
pub(super) const NEARLY_EQUAL: f64 = 0.9;
/// Shorter clauses are too common to say that one of them moved and was reworded (words).
const LEAST_WORDS: usize = 6;
/// Unless it is nearly equal to one other and no more.
const LEAST_UNIQUE: usize = 3;

/// Pairs of equal clauses among those left over, first with first.
pub(super) fn equal(old: &Segmentation, new: &Segmentation, removed: &[u32], added: &[u32]) -> Vec<(u32, u32)> {
    let mut places: HashMap<&str, VecDeque<u32>, rapidhash::fast::RandomState> = HashMap::default();
    for &at in added {
        places.entry(new.text(at)).or_default().push_back(at);
    }
    removed.iter().filter_map(|&at| Some((at, places.get_mut(old.text(at))?.pop_front()?))).collect()
}

/// Pairs of reworded clauses among those left over, likeliest first. `held` says of a clause of each side whether it
/// has a partner already that it may give up.
pub(super) fn reworded(
    removed: &[(u32, &Words)],
    added: &[(u32, &Words)],
    held: impl Fn(u32, u32) -> bool,
) -> Vec<(u32, u32)> {
    let (olds, old_words) = telling(removed);
    let (news, new_words) = telling(added);
    let (mut found, _) = candidates(&old_words, &new_words, ALIKE_FAR);
    let (old_counts, new_counts) = nearly_equal(&found, olds.len(), news.len());
    found.retain(|pair| {
        let (a, b) = (pair.old as usize, pair.new as usize);
        let short = |words: &[&Words], at: usize| words.get(at).is_none_or(|words| words.len() < LEAST_WORDS);
        let unique = old_counts.get(a) == Some(&1) && new_counts.get(b) == Some(&1);
        let alone = olds.get(a).zip(news.get(b)).is_none_or(|(&old, &new)| !held(old, new));
        let far = !short(&old_words, a) && !short(&new_words, b);
        pair.likeness >= NEARLY_EQUAL && (far || unique) || far && alone
    });
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

/// Those that say enough to be known again elsewhere.
fn telling<'a>(clauses: &[(u32, &'a Words)]) -> (Vec<u32>, Vec<&'a Words>) {
    let tells = |words: &Words| words.len() >= LEAST_WORDS || words.len() >= LEAST_UNIQUE && words.has_long_word();
    clauses.iter().filter(|(_, words)| tells(words)).copied().unzip()
}

/// How many nearly equal partners each clause has, of both sides.
fn nearly_equal(found: &[Candidate], olds: usize, news: usize) -> (Vec<u32>, Vec<u32>) {
    let (mut old_counts, mut new_counts) = (vec![0; olds], vec![0; news]);
    for pair in found.iter().filter(|pair| pair.likeness >= NEARLY_EQUAL) {
        for (counts, at) in [(&mut old_counts, pair.old), (&mut new_counts, pair.new)] {
            if let Some(count) = counts.get_mut(at as usize) {
                *count += 1;
            }
        }
    }
    (old_counts, new_counts)
}
