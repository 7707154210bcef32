//! Splits and merges: a modified clause takes in the left-over neighbours that it was split into
//! or merged from.

use std::borrow::Cow;
use std::ops::Range;

use super::left_over::{Free, GapWords, Sides};
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

/// Widens `groups` over left-over neighbours, which leave `sides`.
pub(super) fn widen(groups: &mut [Group], sides: &mut Sides, old_words: &GapWords<'_>, new_words: &GapWords<'_>) {
    for group in groups {
        let (old, new) = (old_words.of(group.old.start), new_words.of(group.new.start));
        let start = old.likeness(new);
        let grown_new = grow(&group.new, &sides.added, new, old, start, new_words);
        if grown_new != group.new {
            sides.added.remove(grown_new.clone());
            group.new = grown_new;
            continue;
        }
        let grown_old = grow(&group.old, &sides.removed, old, new, start, old_words);
        if grown_old != group.old {
            sides.removed.remove(grown_old.clone());
            group.old = grown_old;
        }
    }
}

/// `range` with the neighbours in `free` that make it more like `other`.
fn grow(range: &Range<u32>, free: &Free, words: &Words, other: &Words, start: f64, all: &GapWords<'_>) -> Range<u32> {
    let (mut range, mut words, mut likeness) = (range.clone(), Cow::Borrowed(words), start);
    loop {
        let next = free.contains(range.end).then_some(range.end);
        let before = range.start.checked_sub(1).filter(|&at| free.contains(at));
        let best = [next, before]
            .into_iter()
            .flatten()
            .map(|at| {
                let both = words.with(all.of(at));
                (both.likeness(other), at, both)
            })
            .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        match best {
            Some((gained, at, both)) if gained >= likeness + GAIN && range.end - range.start < MOST => {
                range = range.start.min(at)..range.end.max(at + 1);
                (words, likeness) = (Cow::Owned(both), gained);
            }
            _ => return range,
        }
    }
}
