//! The whole alignment of two versions.

use std::collections::{HashMap, HashSet};

use super::anchors::anchors;
use super::gaps::pair_in_order;
use super::regroup::{Group, widen};
use super::similarity::Words;
use super::{Alignment, ClauseChange, Redline, moves, redline};
use crate::outcome::Note;
use crate::segment::{ClauseKind, Segmentation};

/// Aligns `old` with `new`.
///
/// Swapping the arguments swaps the kinds of the changes and nothing else: the work is always
/// done in the same direction, chosen by content, and mirrored if need be.
#[must_use]
pub fn align(old: &Segmentation, new: &Segmentation) -> Alignment {
    let key = |side: &Segmentation| side.clauses.iter().map(|clause| clause.hash).collect::<Vec<_>>();
    let (old_key, new_key) = (key(old), key(new));
    if old_key <= new_key { order(forward(old, new)) } else { order(mirror(forward(new, old))) }
}

fn forward(old: &Segmentation, new: &Segmentation) -> Alignment {
    let (equal, gaps) = anchors(old, new);
    let mut sides = Sides::new();
    let mut notes = Vec::new();
    let mut groups = Vec::new();
    for gap in &gaps {
        sides.removed.extend(gap.old.clone());
        sides.added.extend(gap.new.clone());
        if gap.old.is_empty() || gap.new.is_empty() {
            continue;
        }
        let old_words: Vec<Words> = gap.old.clone().map(|at| words(old, at)).collect();
        let new_words: Vec<Words> = gap.new.clone().map(|at| words(new, at)).collect();
        let (pairs, pruned) = pair_in_order(gap, &old_words, &new_words);
        if pruned {
            notes.push(Note::GapPruned { old: old_words.len(), new: new_words.len() });
        }
        groups.extend(pairs.into_iter().map(|pair| sides.take(pair, false)));
    }
    let mut changes: Vec<ClauseChange> = Vec::new();
    for pair in moves::equal(old, new, &sorted(&sides.removed), &sorted(&sides.added)) {
        sides.take(pair, true);
        changes.push(if relinked(old, new, pair) {
            modified(old, new, Group { old: pair.0..pair.0 + 1, new: pair.1..pair.1 + 1, moved: true })
        } else {
            ClauseChange::Moved { old: pair.0, new: pair.1 }
        });
    }
    let left = |of: &Segmentation, free: &HashSet<u32>| {
        sorted(free).into_iter().map(|at| (at, words(of, at))).collect::<Vec<_>>()
    };
    for pair in moves::reworded(&left(old, &sides.removed), &left(new, &sides.added)) {
        let group = sides.take(pair, true);
        groups.push(group);
    }
    widen(&mut groups, &mut sides.removed, &mut sides.added, &|at| words(old, at), &|at| words(new, at));

    changes.extend(groups.into_iter().map(|group| modified(old, new, group)));
    changes.extend(sides.removed.iter().map(|&old| ClauseChange::Removed { old }));
    changes.extend(sides.added.iter().map(|&new| ClauseChange::Added { new }));
    let mut unchanged = Vec::with_capacity(equal.len());
    for pair in equal {
        if relinked(old, new, pair) {
            changes.push(modified(old, new, Group { old: pair.0..pair.0 + 1, new: pair.1..pair.1 + 1, moved: false }));
        } else {
            unchanged.push(pair);
        }
    }
    Alignment { changes, unchanged, notes }
}

/// Clauses that no pair has taken yet.
struct Sides {
    removed: HashSet<u32>,
    added: HashSet<u32>,
}

impl Sides {
    fn new() -> Self {
        Self { removed: HashSet::new(), added: HashSet::new() }
    }

    fn take(&mut self, (old, new): (u32, u32), moved: bool) -> Group {
        self.removed.remove(&old);
        self.added.remove(&new);
        Group { old: old..old + 1, new: new..new + 1, moved }
    }
}

fn sorted(set: &HashSet<u32>) -> Vec<u32> {
    let mut list: Vec<u32> = set.iter().copied().collect();
    list.sort_unstable();
    list
}

fn words(side: &Segmentation, at: u32) -> Words {
    let heading = side.clauses.get(at as usize).is_some_and(|clause| matches!(clause.kind, ClauseKind::Heading(_)));
    Words::of(side.text(at), heading)
}

fn relinked(old: &Segmentation, new: &Segmentation, pair: (u32, u32)) -> bool {
    let hash = |side: &Segmentation, at: u32| side.clauses.get(at as usize).map(|clause| clause.link_hash);
    hash(old, pair.0) != hash(new, pair.1)
}

fn modified(old: &Segmentation, new: &Segmentation, group: Group) -> ClauseChange {
    let redline = redline(&joined(old, group.old.clone()), &joined(new, group.new.clone()));
    ClauseChange::Modified { old: group.old, new: group.new, redline, moved: group.moved }
}

/// The texts of some clauses, joined by single spaces.
pub(crate) fn joined(side: &Segmentation, clauses: std::ops::Range<u32>) -> String {
    clauses.map(|at| side.text(at)).collect::<Vec<_>>().join(" ")
}

fn mirror(alignment: Alignment) -> Alignment {
    let changes = alignment
        .changes
        .into_iter()
        .map(|change| match change {
            ClauseChange::Added { new } => ClauseChange::Removed { old: new },
            ClauseChange::Removed { old } => ClauseChange::Added { new: old },
            ClauseChange::Moved { old, new } => ClauseChange::Moved { old: new, new: old },
            ClauseChange::Modified { old, new, redline, moved } => {
                ClauseChange::Modified { old: new, new: old, redline: Redline::mirrored(redline), moved }
            }
        })
        .collect();
    let unchanged = alignment.unchanged.into_iter().map(|(old, new)| (new, old)).collect();
    let notes = alignment
        .notes
        .into_iter()
        .map(|note| match note {
            Note::GapPruned { old, new } => Note::GapPruned { old: new, new: old },
            other => other,
        })
        .collect();
    Alignment { changes, unchanged, notes }
}

/// Puts everything into the order of the new version; a removed clause follows the clause that
/// stood before it.
fn order(mut alignment: Alignment) -> Alignment {
    alignment.unchanged.sort_unstable_by_key(|&(_, new)| new);
    let mut after: HashMap<u32, u32> = alignment.unchanged.iter().copied().collect();
    for change in &alignment.changes {
        if let ClauseChange::Modified { old, new, moved: false, .. } = change {
            after.extend(old.clone().map(|at| (at, new.start)));
        }
    }
    let mut places: Vec<(u32, u32)> = after.into_iter().collect();
    places.sort_unstable();
    let place = |old: u32| {
        let before = places.partition_point(|&(at, _)| at < old);
        before.checked_sub(1).and_then(|at| places.get(at)).map_or(0, |&(_, new)| new + 1)
    };
    alignment.changes.sort_by_cached_key(|change| match change {
        ClauseChange::Removed { old } => (place(*old), 0, *old),
        ClauseChange::Added { new } => (*new, 1, *new),
        ClauseChange::Moved { old, new } => (*new, 1, *old),
        ClauseChange::Modified { old, new, .. } => (new.start, 1, old.start),
    });
    alignment
}
