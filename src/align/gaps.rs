//! Inside a gap: which old clause became which new one.
//!
//! Pairs in order, so that their total likeness is greatest: a heaviest increasing subsequence
//! over the likely pairs, in O(k log n) with a Fenwick tree (Fenwick 1994) for k pairs.

use std::collections::HashMap;

use super::anchors::Gap;
use super::similarity::{ALIKE, Words};

/// Up to so many pairs of clauses every pair is compared; beyond, only those that share rare words.
const ALL_PAIRS: usize = 2_500;
/// A word that stands in more clauses than this of one side of a large gap says nothing.
const RARE: usize = 24;
/// Likeliest partners kept for each old clause of a large gap.
const PARTNERS: usize = 6;

/// A pair of clauses that could be versions of one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub(super) old: u32,
    pub(super) new: u32,
    pub(super) likeness: f64,
}

/// The pairs in `gap`, in order. `true` when some pairs were never compared.
pub(super) fn pair_in_order(gap: &Gap, old: &[&Words], new: &[&Words]) -> (Vec<(u32, u32)>, bool) {
    let (candidates, pruned) = candidates(old, new, ALIKE);
    let pairs = heaviest_increasing(candidates, new.len());
    (pairs.into_iter().map(|(a, b)| (gap.old.start + a, gap.new.start + b)).collect(), pruned)
}

/// Pairs at least `least` alike, by index, in the order of the old clauses.
pub(super) fn candidates(old: &[&Words], new: &[&Words], least: f64) -> (Vec<Candidate>, bool) {
    let pruned = old.len().saturating_mul(new.len()) > ALL_PAIRS;
    let mut found = Vec::new();
    let index = if pruned { rare_words(new) } else { HashMap::default() };
    let all: Vec<u32> = if pruned { Vec::new() } else { (0..crate::text::offset(new.len())).collect() };
    for (a, words) in old.iter().enumerate() {
        let partners = if pruned { partners(words, &index) } else { all.clone() };
        for b in partners {
            let likeness = new.get(b as usize).map_or(0.0, |other| words.likeness(other));
            if likeness >= least {
                found.push(Candidate { old: crate::text::offset(a), new: b, likeness });
            }
        }
    }
    (found, pruned)
}

type Index = HashMap<u64, Vec<u32>, rapidhash::fast::RandomState>;

/// The clauses that each rare word stands in.
fn rare_words(clauses: &[&Words]) -> Index {
    let mut index = Index::default();
    for (at, words) in clauses.iter().enumerate() {
        for hash in words.hashes() {
            let list = index.entry(hash).or_default();
            if list.len() <= RARE {
                list.push(crate::text::offset(at));
            }
        }
    }
    index.retain(|_, list| list.len() <= RARE);
    index
}

/// The clauses that share most rare words with `words`, in their order.
fn partners(words: &Words, index: &Index) -> Vec<u32> {
    let mut counts: std::collections::BTreeMap<u32, usize> = std::collections::BTreeMap::new();
    for at in words.hashes().filter_map(|hash| index.get(&hash)).flatten() {
        *counts.entry(*at).or_default() += 1;
    }
    let mut best: Vec<(usize, u32)> = counts.into_iter().map(|(at, count)| (usize::MAX - count, at)).collect();
    best.sort_unstable();
    best.truncate(PARTNERS);
    let mut chosen: Vec<u32> = best.into_iter().map(|(_, at)| at).collect();
    chosen.sort_unstable();
    chosen
}

/// The candidates that increase on both sides and weigh most. Ties: the chain found first, in the
/// order of the old clauses.
pub(super) fn heaviest_increasing(mut candidates: Vec<Candidate>, width: usize) -> Vec<(u32, u32)> {
    // Descending new indices within one old clause, so that it takes at most one partner.
    candidates.sort_by_key(|a| (a.old, std::cmp::Reverse(a.new)));
    let mut tree = Fenwick { best: vec![None; width + 1] };
    let mut chains: Vec<(f64, Option<usize>)> = Vec::with_capacity(candidates.len());
    for (at, candidate) in candidates.iter().enumerate() {
        let before = tree.best_before(candidate.new as usize, &chains);
        let weight = before.and_then(|at| chains.get(at)).map_or(0.0, |chain| chain.0);
        // Squared: one pair that is nearly the same beats two that are half alike.
        chains.push((weight + candidate.likeness * candidate.likeness, before));
        tree.offer(candidate.new as usize, at, &chains);
    }
    let mut at = tree.best_before(width, &chains);
    let mut pairs = Vec::new();
    while let Some(index) = at {
        if let Some(candidate) = candidates.get(index) {
            pairs.push((candidate.old, candidate.new));
        }
        at = chains.get(index).and_then(|chain| chain.1);
    }
    pairs.reverse();
    pairs
}

/// Prefix maxima of chains by the new clause they end with.
struct Fenwick {
    best: Vec<Option<usize>>,
}

impl Fenwick {
    /// The heaviest chain that ends before `new`.
    fn best_before(&self, new: usize, chains: &[(f64, Option<usize>)]) -> Option<usize> {
        let mut found = None;
        let mut at = new;
        while at > 0 {
            found = heavier(found, self.best.get(at).copied().flatten(), chains);
            at &= at - 1;
        }
        found
    }

    fn offer(&mut self, new: usize, chain: usize, chains: &[(f64, Option<usize>)]) {
        let mut at = new + 1;
        while let Some(slot) = self.best.get_mut(at) {
            *slot = heavier(*slot, Some(chain), chains);
            at += at & at.wrapping_neg();
        }
    }
}

fn heavier(a: Option<usize>, b: Option<usize>, chains: &[(f64, Option<usize>)]) -> Option<usize> {
    let weight = |at: Option<usize>| at.and_then(|at| chains.get(at)).map_or(-1.0, |chain| chain.0);
    match weight(a).total_cmp(&weight(b)) {
        std::cmp::Ordering::Less => b,
        std::cmp::Ordering::Greater => a,
        std::cmp::Ordering::Equal => a.min(b).or(a).or(b),
    }
}
