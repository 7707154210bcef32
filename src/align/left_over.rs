//! The clauses between the anchors: their words, read once, and which of them no pair has taken yet.

use std::cell::OnceCell;
use std::ops::Range;

use super::anchors::{Gap, is_heading};
use super::regroup::Group;
use super::similarity::Words;
use crate::segment::Segmentation;

/// The words of the clauses of one side that stand in gaps, each read when it is first asked for.
pub(super) struct GapWords<'a> {
    side: &'a Segmentation,
    /// The clauses of each gap, and how many stand in the gaps before it.
    gaps: Vec<(Range<u32>, usize)>,
    words: Vec<OnceCell<Words>>,
    /// For a clause outside of all gaps, which nobody asks for.
    none: Words,
}

impl<'a> GapWords<'a> {
    pub(super) fn new<'g>(side: &'a Segmentation, gaps: impl Iterator<Item = &'g Range<u32>>) -> Self {
        let mut count = 0;
        let counted = |gap: &'g Range<u32>| {
            let before = count;
            count += gap.len();
            (gap.clone(), before)
        };
        let gaps: Vec<(Range<u32>, usize)> = gaps.map(counted).collect();
        let count = gaps.last().map_or(0, |(gap, before)| before + gap.len());
        Self { side, gaps, words: vec![OnceCell::new(); count], none: Words::default() }
    }

    /// The words of the clause at `at`.
    pub(super) fn of(&self, at: u32) -> &Words {
        let gap = self.gaps.partition_point(|(gap, _)| gap.end <= at);
        let cell = self.gaps.get(gap).and_then(|(gap, before)| {
            let nth = at.checked_sub(gap.start)?;
            self.words.get(before + nth as usize)
        });
        cell.map_or(&self.none, |cell| {
            cell.get_or_init(|| {
                let heading = self.side.clauses.get(at as usize).is_some_and(is_heading);
                Words::of(self.side.text(at), heading)
            })
        })
    }

    pub(super) fn all(&self, clauses: Range<u32>) -> Vec<&Words> {
        clauses.map(|at| self.of(at)).collect()
    }

    pub(super) fn of_list(&self, clauses: Vec<u32>) -> Vec<(u32, &Words)> {
        clauses.into_iter().map(|at| (at, self.of(at))).collect()
    }
}

/// Some clauses of one side.
pub(super) struct Free {
    member: Vec<bool>,
    /// All of them lie in here.
    within: Range<usize>,
}

impl Free {
    fn new<'g>(clauses: usize, ranges: impl Iterator<Item = &'g Range<u32>>) -> Self {
        let mut member = vec![false; clauses];
        let mut within = clauses..0;
        for range in ranges {
            let range = range.start as usize..range.end as usize;
            if let Some(part) = member.get_mut(range.clone()) {
                part.fill(true);
                within = within.start.min(range.start)..within.end.max(range.end);
            }
        }
        Self { member, within }
    }

    pub(super) fn contains(&self, at: u32) -> bool {
        self.member.get(at as usize).is_some_and(|&is| is)
    }

    pub(super) fn remove(&mut self, clauses: Range<u32>) {
        if let Some(part) = self.member.get_mut(clauses.start as usize..clauses.end as usize) {
            part.fill(false);
        }
    }

    /// Those of `clauses` that are free.
    pub(super) fn among(&self, clauses: Range<u32>) -> Vec<u32> {
        clauses.filter(|&at| self.contains(at)).collect()
    }

    /// In order.
    pub(super) fn list(&self) -> Vec<u32> {
        let part = self.member.get(self.within.clone()).unwrap_or_default();
        let first = crate::text::offset(self.within.start);
        (first..).zip(part).filter(|&(_, &is)| is).map(|(at, _)| at).collect()
    }
}

/// Clauses that no pair has taken yet.
pub(super) struct Sides {
    pub(super) removed: Free,
    pub(super) added: Free,
}

impl Sides {
    /// All that stand in `gaps`.
    pub(super) fn new(old: &Segmentation, new: &Segmentation, gaps: &[Gap]) -> Self {
        Self {
            removed: Free::new(old.clauses.len(), gaps.iter().map(|gap| &gap.old)),
            added: Free::new(new.clauses.len(), gaps.iter().map(|gap| &gap.new)),
        }
    }

    pub(super) fn take(&mut self, (old, new): (u32, u32), moved: bool) -> Group {
        let group = Group { old: old..old + 1, new: new..new + 1, moved };
        self.removed.remove(group.old.clone());
        self.added.remove(group.new.clone());
        group
    }
}
