//! Inside a gap: a clause that was only extended or cut short. The longer side makes the two unlike, though one holds
//! all of the other.

use super::anchors::Gap;
use super::gaps::{Candidate, heaviest_increasing};
use super::left_over::{GapWords, Sides};
use crate::segment::Segmentation;
use crate::text::{offset, words};

/// Share of the lighter clause that the other must hold.
const HELD: f64 = 0.9;
/// Lighter clauses stand in many others.
const LEAST_WEIGHT: u64 = 8;
/// So many words at the start, or at the end, are the same.
const EDGE: usize = 4;
/// A gap with more pairs of left-over clauses is not looked into.
const MOST_PAIRS: usize = 2_500;

/// Pairs in order among the clauses of `gap` that are left over.
pub(super) fn extended(
    gap: &Gap,
    sides: &Sides,
    (old, new): (&Segmentation, &Segmentation),
    (old_words, new_words): (&GapWords<'_>, &GapWords<'_>),
) -> Vec<(u32, u32)> {
    let (olds, news) = (sides.removed.among(gap.old.clone()), sides.added.among(gap.new.clone()));
    if olds.len().saturating_mul(news.len()) > MOST_PAIRS {
        return Vec::new();
    }
    let alone = gap.old.len() == 1 && gap.new.len() == 1;
    let edges: Vec<Edges<'_>> = news.iter().map(|&at| Edges::of(new.text(at))).collect();
    let mut found = Vec::new();
    for (a, &at) in olds.iter().enumerate() {
        let edge = Edges::of(old.text(at));
        for ((b, &other), edges) in news.iter().enumerate().zip(&edges) {
            if !alone && !edge.meets(edges) {
                continue;
            }
            let (before, after) = (old_words.of(at), new_words.of(other));
            let held = before.containment(after);
            let enough = if alone { held >= 1.0 } else { before.weight().min(after.weight()) >= LEAST_WEIGHT };
            if enough && held >= HELD {
                found.push(Candidate { old: offset(a), new: offset(b), likeness: held });
            }
        }
    }
    let pairs = heaviest_increasing(found, news.len());
    pairs.into_iter().filter_map(|(a, b)| Some((*olds.get(a as usize)?, *news.get(b as usize)?))).collect()
}

/// The first and the last words of a clause.
struct Edges<'a> {
    first: Vec<&'a str>,
    last: Vec<&'a str>,
}

impl<'a> Edges<'a> {
    fn of(text: &'a str) -> Self {
        let all: Vec<&str> = words(text).collect();
        let last = all.get(all.len().saturating_sub(EDGE)..).unwrap_or_default().to_vec();
        let mut first = all;
        first.truncate(EDGE);
        Self { first, last }
    }

    fn meets(&self, other: &Self) -> bool {
        let same = |a: &[&str], b: &[&str]| {
            a.len() == EDGE && b.len() == EDGE && a.iter().zip(b).all(|(a, b)| a.eq_ignore_ascii_case(b))
        };
        same(&self.first, &other.first) || same(&self.last, &other.last)
    }
}
