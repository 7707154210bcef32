//! Clauses that are equal on both sides: the frame that everything else hangs in.

use std::collections::HashMap;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, Token};

use crate::segment::Segmentation;
use crate::text::offset;

/// A stretch where the sides differ; at least one of the ranges is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) old: Range<u32>,
    pub(super) new: Range<u32>,
}

/// The equal clauses, in order, and the gaps between them. Linear but for the histogram diff of
/// what is left after equal ends are set apart.
pub(super) fn anchors(old: &Segmentation, new: &Segmentation) -> (Vec<(u32, u32)>, Vec<Gap>) {
    let equal = |a: usize, b: usize| match (old.clauses.get(a), new.clauses.get(b)) {
        (Some(x), Some(y)) => x.hash == y.hash && x.text.of(&old.plain) == y.text.of(&new.plain),
        _ => false,
    };
    let (olds, news) = (old.clauses.len(), new.clauses.len());
    let shortest = olds.min(news);
    let head = (0..shortest).take_while(|&at| equal(at, at)).count();
    let tail = (0..shortest - head).take_while(|&at| equal(olds - 1 - at, news - 1 - at)).count();

    let mut pairs: Vec<(u32, u32)> = (0..head).map(|at| (offset(at), offset(at))).collect();
    let mut gaps = Vec::new();
    middle(old, new, head..olds - tail, head..news - tail, &mut pairs, &mut gaps);
    pairs.extend((0..tail).rev().map(|at| (offset(olds - 1 - at), offset(news - 1 - at))));
    (pairs, gaps)
}

fn middle(
    old: &Segmentation,
    new: &Segmentation,
    olds: Range<usize>,
    news: Range<usize>,
    pairs: &mut Vec<(u32, u32)>,
    gaps: &mut Vec<Gap>,
) {
    let mut ids: HashMap<&str, u32, rapidhash::fast::RandomState> = HashMap::default();
    let mut intern = |text| {
        let next = offset(ids.len());
        Token(*ids.entry(text).or_insert(next))
    };
    let before: Vec<Token> = olds.clone().map(|at| intern(old.text(offset(at)))).collect();
    let after: Vec<Token> = news.clone().map(|at| intern(new.text(offset(at)))).collect();
    let count = offset(ids.len());
    let mut diff = Diff::default();
    diff.compute_with(Algorithm::Histogram, &before, &after, count);

    let (first_old, first_new) = (offset(olds.start), offset(news.start));
    let (mut a, mut b) = (first_old, first_new);
    for hunk in diff.hunks() {
        let gap = Gap {
            old: first_old + hunk.before.start..first_old + hunk.before.end,
            new: first_new + hunk.after.start..first_new + hunk.after.end,
        };
        pairs.extend((a..gap.old.start).zip(b..gap.new.start));
        (a, b) = (gap.old.end, gap.new.end);
        gaps.push(gap);
    }
    pairs.extend((a..offset(olds.end)).zip(b..offset(news.end)));
}
