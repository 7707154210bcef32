//! The whole alignment of two versions.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::anchors::{Gap, anchors, is_heading};
use super::extended::extended;
use super::gaps::pair_in_order;
use super::left_over::{GapWords, Sides};
use super::regroup::{Group, widen};
use super::{Alignment, ClauseChange, Redline, moves, redline};
use crate::outcome::Note;
use crate::segment::Segmentation;

/// Aligns `old` with `new`.
///
/// Swapping the arguments swaps the kinds of the changes and nothing else: the work is always
/// done in the same direction, chosen by content, and mirrored if need be.
#[must_use]
pub fn align(old: &Segmentation, new: &Segmentation) -> Alignment {
    let mut alignment = pair(old, new);
    alignment.changes = redlined(&alignment.changes, old, new);
    alignment
}

/// [`align`] without the redlines, which cost most: those of its changes are all empty.
#[must_use]
pub(crate) fn pair(old: &Segmentation, new: &Segmentation) -> Alignment {
    if hashes(old).le(hashes(new)) { order(forward(old, new)) } else { order(mirror(forward(new, old))) }
}

fn hashes(side: &Segmentation) -> impl Iterator<Item = u64> {
    side.clauses.iter().map(|clause| clause.hash ^ u64::from(is_heading(clause)))
}

/// `changes` with their redlines, which mirror as the changes do.
#[must_use]
pub(crate) fn redlined(changes: &[ClauseChange], old: &Segmentation, new: &Segmentation) -> Vec<ClauseChange> {
    let redlined = |change: &ClauseChange| match change {
        ClauseChange::Modified { old: before, new: after, moved, .. } => ClauseChange::Modified {
            old: before.clone(),
            new: after.clone(),
            redline: redline(&joined(old, before.clone()), &joined(new, after.clone())),
            moved: *moved,
        },
        whole => whole.clone(),
    };
    changes.iter().map(redlined).collect()
}

/// Whether `change` leaves the words as they are, so that only its link targets or its division into clauses differ.
pub(crate) fn is_relinked(change: &ClauseChange, old: &Segmentation, new: &Segmentation) -> bool {
    matches!(change, ClauseChange::Modified { old: before, new: after, .. }
        if joined(old, before.clone()) == joined(new, after.clone()))
}

fn forward(old: &Segmentation, new: &Segmentation) -> Alignment {
    let (equal, gaps) = anchors(old, new);
    around(equal, &gaps, old, new)
}

/// The alignment around the `equal` clauses, with the `gaps` between them.
fn around(equal: Vec<(u32, u32)>, gaps: &[Gap], old: &Segmentation, new: &Segmentation) -> Alignment {
    let mut work = Work {
        old,
        new,
        old_words: GapWords::new(old, gaps.iter().map(|gap| &gap.old)),
        new_words: GapWords::new(new, gaps.iter().map(|gap| &gap.new)),
        sides: Sides::new(old, new, gaps),
        groups: Vec::new(),
        equal,
        found: Alignment::default(),
    };
    let weak = work.inside(gaps);
    work.across(&Held::of(&weak));
    work.left_over(weak, gaps);
    widen(&mut work.groups, &mut work.sides, &work.old_words, &work.new_words);
    work.finish()
}

/// An alignment under way.
struct Work<'a> {
    old: &'a Segmentation,
    new: &'a Segmentation,
    old_words: GapWords<'a>,
    new_words: GapWords<'a>,
    sides: Sides,
    groups: Vec<Group>,
    equal: Vec<(u32, u32)>,
    found: Alignment,
}

impl Work<'_> {
    /// Takes the pairs inside the gaps, but for those that are hardly alike, which it gives back.
    fn inside(&mut self, gaps: &[Gap]) -> Vec<(u32, u32)> {
        let mut weak = Vec::new();
        for gap in gaps.iter().filter(|gap| !gap.old.is_empty() && !gap.new.is_empty()) {
            let (olds, news) = (self.old_words.all(gap.old.clone()), self.new_words.all(gap.new.clone()));
            let (pairs, pruned) = pair_in_order(gap, &olds, &news);
            if pruned {
                self.found.notes.push(Note::GapPruned { old: olds.len(), new: news.len() });
            }
            for pair in pairs {
                // A gap too long to be compared holds equal clauses, too.
                if self.old.text(pair.0) == self.new.text(pair.1) {
                    self.sides.take(pair, false);
                    self.equal.push(pair);
                } else if self.old_words.of(pair.0).likeness(self.new_words.of(pair.1)) >= FIRM {
                    self.groups.push(self.sides.take(pair, false));
                } else {
                    weak.push(pair);
                }
            }
        }
        weak
    }

    /// Takes the clauses that went elsewhere, as they were or reworded.
    fn across(&mut self, held: &Held) {
        let (removed, added) = self.free(held);
        for pair in moves::equal(self.old, self.new, &removed, &added) {
            self.sides.take(pair, true);
            self.found.changes.push(if relinked(self.old, self.new, pair) {
                modified(Group { old: pair.0..pair.0 + 1, new: pair.1..pair.1 + 1, moved: true })
            } else {
                ClauseChange::Moved { old: pair.0, new: pair.1 }
            });
        }
        let (removed, added) = self.free(held);
        let (removed, added) = (self.old_words.of_list(removed), self.new_words.of_list(added));
        for pair in moves::reworded(&removed, &added, |old, new| held.old.contains(&old) || held.new.contains(&new)) {
            self.groups.push(self.sides.take(pair, true));
        }
    }

    /// The clauses of both sides that no pair has taken, without the short ones that have a partner.
    fn free(&self, held: &Held) -> (Vec<u32>, Vec<u32>) {
        (
            Held::telling(&held.old, self.sides.removed.list(), &self.old_words),
            Held::telling(&held.new, self.sides.added.list(), &self.new_words),
        )
    }

    /// Takes the `weak` pairs that nothing else took a clause of, then clauses that were only extended or cut short.
    fn left_over(&mut self, weak: Vec<(u32, u32)>, gaps: &[Gap]) {
        for pair in weak {
            if self.sides.removed.contains(pair.0) && self.sides.added.contains(pair.1) {
                self.groups.push(self.sides.take(pair, false));
            }
        }
        for gap in gaps {
            for pair in extended(gap, &self.sides, (self.old, self.new), (&self.old_words, &self.new_words)) {
                self.groups.push(self.sides.take(pair, false));
            }
        }
    }

    fn finish(self) -> Alignment {
        let Alignment { mut changes, mut unchanged, notes } = self.found;
        changes.extend(self.groups.into_iter().map(modified));
        changes.extend(self.sides.removed.list().into_iter().map(|old| ClauseChange::Removed { old }));
        changes.extend(self.sides.added.list().into_iter().map(|new| ClauseChange::Added { new }));
        unchanged.reserve(self.equal.len());
        for pair in self.equal {
            if relinked(self.old, self.new, pair) {
                changes.push(modified(Group { old: pair.0..pair.0 + 1, new: pair.1..pair.1 + 1, moved: false }));
            } else {
                unchanged.push(pair);
            }
        }
        Alignment { changes, unchanged, notes }
    }
}

/// A pair in a gap that is less alike gives way to a clause elsewhere that is nearly the same.
const FIRM: f64 = 0.7;
/// One of fewer words stands in many places: that it stands elsewhere, too, says nothing.
const KNOWN_AGAIN: usize = 4;

/// The clauses that have a partner which they may give up.
struct Held {
    old: BTreeSet<u32>,
    new: BTreeSet<u32>,
}

impl Held {
    fn of(pairs: &[(u32, u32)]) -> Self {
        Self { old: pairs.iter().map(|pair| pair.0).collect(), new: pairs.iter().map(|pair| pair.1).collect() }
    }

    /// `clauses` without the short ones among those of `side` that have a partner.
    fn telling(side: &BTreeSet<u32>, clauses: Vec<u32>, words: &GapWords<'_>) -> Vec<u32> {
        clauses.into_iter().filter(|at| !side.contains(at) || words.of(*at).len() >= KNOWN_AGAIN).collect()
    }
}

fn relinked(old: &Segmentation, new: &Segmentation, pair: (u32, u32)) -> bool {
    let hash = |side: &Segmentation, at: u32| side.clauses.get(at as usize).map(|clause| clause.link_hash);
    hash(old, pair.0) != hash(new, pair.1)
}

/// A modified group; its redline is made when it is asked for.
fn modified(group: Group) -> ClauseChange {
    ClauseChange::Modified { old: group.old, new: group.new, redline: Redline::default(), moved: group.moved }
}

/// The texts of some clauses, joined by single spaces.
pub(crate) fn joined(side: &Segmentation, clauses: std::ops::Range<u32>) -> Cow<'_, str> {
    if clauses.len() == 1 {
        return Cow::Borrowed(side.text(clauses.start));
    }
    Cow::Owned(clauses.map(|at| side.text(at)).collect::<Vec<_>>().join(" "))
}

fn mirror(alignment: Alignment) -> Alignment {
    let changes = alignment
        .changes
        .into_iter()
        .map(|change| match change {
            ClauseChange::Added { new } => ClauseChange::Removed { old: new },
            ClauseChange::Removed { old } => ClauseChange::Added { new: old },
            ClauseChange::Moved { old, new } => ClauseChange::Moved { old: new, new: old },
            ClauseChange::Modified { old, new, moved, .. } => modified(Group { old: new, new: old, moved }),
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
    let mut places = Vec::new();
    if alignment.changes.iter().any(|change| matches!(change, ClauseChange::Removed { .. })) {
        places.clone_from(&alignment.unchanged);
        for change in &alignment.changes {
            if let ClauseChange::Modified { old, new, moved: false, .. } = change {
                places.extend(old.clone().map(|at| (at, new.start)));
            }
        }
        places.sort_unstable();
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::segment;

    /// A gap that holds all of both sides, as one that is too long to be compared.
    fn in_a_gap(old: &Segmentation, new: &Segmentation) -> Alignment {
        let all = |side: &Segmentation| 0..crate::text::offset(side.clauses.len());
        order(around(Vec::new(), &[Gap { old: all(old), new: all(new) }], old, new))
    }

    fn told(old: &str, new: &str) -> Vec<String> {
        let (old, new) = (segment(old), segment(new));
        let alignment = align(&old, &new);
        let told = |change: &ClauseChange| match change {
            ClauseChange::Added { new: at } => format!("+{}", new.text(*at)),
            ClauseChange::Removed { old: at } => format!("-{}", old.text(*at)),
            ClauseChange::Moved { new: at, .. } => format!("={}", new.text(*at)),
            ClauseChange::Modified { old: was, new: is, .. } => {
                format!("{} → {}", joined(&old, was.clone()), joined(&new, is.clone()))
            }
        };
        alignment.changes.iter().map(told).collect()
    }

    #[test]
    fn a_sentence_that_is_only_extended_stays_itself() {
        let short = "The dispute will be decided by a single neutral arbitrator.";
        let long = "The dispute will be decided by a single neutral arbitrator, who shall have at least five years of \
            experience in this area of law and shall be chosen by both of us from a list that the institution keeps.";
        let page = |clause: &str, next: &str| format!("We keep what you write.\n\n{clause}\n\n{next}\n");
        let found = told(&page(short, "You may leave."), &page(long, "Nothing else binds us here."));
        assert!(found.contains(&format!("{short} → {long}")), "{found:?}");
        let other = "Your single neutral arbitrator";
        let found = told(&page(other, "You may leave."), &page(long, "Nothing else binds us here."));
        assert!(found.contains(&format!("-{other}")), "held, but not at an edge: {found:?}");
    }

    #[test]
    fn a_weak_pair_gives_way_to_an_equal_clause_elsewhere() {
        let kept = "We keep this first clause.\n\nWe keep this second clause.\n\nWe keep this third clause.\n\n";
        let (report, other) =
            ("Report an advertisement for infringing goods", "Report an advertisement of yours for stolen goods");
        let (old, new) = (format!("{report}\n\n{kept}{other}\n"), format!("{kept}{report}\n"));
        let found = told(&old, &new);
        assert_eq!(found, [format!("-{other}"), format!("={report}")]);
    }

    #[test]
    fn a_heading_is_not_the_link_below_it() {
        let page = |number: &str| {
            let section = |name: &str, at: usize| {
                format!("## {}{name}\n\n[{name}](https://a.example)\n\n", number.replace('N', &at.to_string()))
            };
            ["Website policy", "Payment policy", "Privacy notice"]
                .iter()
                .zip(1..)
                .map(|(name, at)| section(name, at))
                .collect::<String>()
        };
        let found = told(&page("N. "), &page(""));
        assert_eq!(found.len(), 3, "{found:?}");
        assert!(found.iter().all(|change| change.contains(" → ")), "{found:?}");
    }

    #[test]
    fn equal_clauses_in_a_gap_are_unchanged() {
        let same = "We keep what you write.\n\nYou may leave at any time.\n\nSee [our policy](https://a.example/1).\n";
        let old = segment(same);
        let found = in_a_gap(&old, &segment(same));
        assert_eq!((found.changes, found.unchanged), (Vec::new(), vec![(0, 0), (1, 1), (2, 2)]));

        let changed = same.replace("at any time", "at any day").replace("a.example/1", "a.example/2");
        let found = in_a_gap(&old, &segment(&changed));
        assert_eq!(found.unchanged, [(0, 0)]);
        let modified = |at: u32| modified(Group { old: at..at + 1, new: at..at + 1, moved: false });
        assert_eq!(found.changes, [modified(1), modified(2)], "reworded, and with another link target");
    }
}
