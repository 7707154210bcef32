//! Splits and merges: a modified clause takes in the left-over neighbours that it was split into
//! or merged from.

use std::collections::HashSet;
use std::ops::Range;

use super::similarity::Words;

/// Taking in a neighbour must raise the likeness by this much.
const GAIN: f64 = 0.06;
/// A clause is split into, or merged from, at most so many.
const MOST: u32 = 8;

/// A modified pair: clauses on both sides, one or more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) old: Range<u32>,
    pub(super) new: Range<u32>,
    pub(super) moved: bool,
}

/// Widens `groups` over left-over neighbours, which leave `removed` and `added`.
pub(super) fn widen(
    groups: &mut [Group],
    removed: &mut HashSet<u32>,
    added: &mut HashSet<u32>,
    old_words: &dyn Fn(u32) -> Words,
    new_words: &dyn Fn(u32) -> Words,
) {
    for group in groups {
        let (old, new) = (old_words(group.old.start), new_words(group.new.start));
        let start = old.likeness(&new);
        let grown_new = grow(&group.new, added, &new, &old, start, new_words);
        if grown_new != group.new {
            added.retain(|at| !grown_new.contains(at));
            group.new = grown_new;
            continue;
        }
        let grown_old = grow(&group.old, removed, &old, &new, start, old_words);
        if grown_old != group.old {
            removed.retain(|at| !grown_old.contains(at));
            group.old = grown_old;
        }
    }
}

/// `range` with the neighbours in `free` that make it more like `other`.
fn grow(
    range: &Range<u32>,
    free: &HashSet<u32>,
    words: &Words,
    other: &Words,
    start: f64,
    words_of: &dyn Fn(u32) -> Words,
) -> Range<u32> {
    let (mut range, mut words, mut likeness) = (range.clone(), words.clone(), start);
    loop {
        let next = free.contains(&range.end).then_some(range.end);
        let before = range.start.checked_sub(1).filter(|at| free.contains(at));
        let best = [next, before]
            .into_iter()
            .flatten()
            .map(|at| {
                let both = words.with(&words_of(at));
                (both.likeness(other), at, both)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        match best {
            Some((gained, at, both)) if gained >= likeness + GAIN && range.end - range.start < MOST => {
                range = range.start.min(at)..range.end.max(at + 1);
                (words, likeness) = (both, gained);
            }
            _ => return range,
        }
    }
}
