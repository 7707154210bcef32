//! Clauses that are equal on both sides: the frame that everything else hangs in.
//!
//! Equal ends are set apart, and a histogram diff compares what is left. It is quadratic where every
//! other clause of a long document changed and where a few texts recur without end. So a stretch too
//! long for it is divided first at texts that stand once on each side, as patience diff does, and what
//! is then still long at recurring ones, first with first; each in the order of both sides.

use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use imara_diff::{Algorithm, Diff, Token};

use super::gaps::{Candidate, heaviest_increasing};
use crate::segment::{Clause, ClauseKind, Segmentation};
use crate::text::offset;

/// Clauses, of both sides together, that are compared without being divided. Hardly a document has as many between
/// the first and the last that changed.
const MOST_WHOLE: usize = 1 << 15;
/// The same of what comes of a division: fewer, since there may be many of these.
const MOST_PIECE: usize = 1 << 13;

/// A stretch where the sides differ; at least one of the ranges is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) old: Range<u32>,
    pub(super) new: Range<u32>,
}

/// The equal clauses, in order, and the gaps between them. Linear but for the histogram diff of
/// what is left after equal ends are set apart, which is bounded.
pub(super) fn anchors(old: &Segmentation, new: &Segmentation) -> (Vec<(u32, u32)>, Vec<Gap>) {
    let equal = |a: usize, b: usize| match (old.clauses.get(a), new.clauses.get(b)) {
        (Some(x), Some(y)) => {
            x.hash == y.hash && is_heading(x) == is_heading(y) && x.text.of(&old.plain) == y.text.of(&new.plain)
        }
        _ => false,
    };
    let (olds, news) = (old.clauses.len(), new.clauses.len());
    let shortest = olds.min(news);
    let head = (0..shortest).take_while(|&at| equal(at, at)).count();
    let tail = (0..shortest - head).take_while(|&at| equal(olds - 1 - at, news - 1 - at)).count();

    let pairs: Vec<(u32, u32)> = (0..head).map(|at| (offset(at), offset(at))).collect();
    let mut frame = Frame { old, new, pairs, gaps: Vec::new() };
    frame.fill(head..olds - tail, head..news - tail, MOST_WHOLE, &[Divide::Once, Divide::InTurn]);
    let Frame { mut pairs, gaps, .. } = frame;
    pairs.extend((0..tail).rev().map(|at| (offset(olds - 1 - at), offset(news - 1 - at))));
    (pairs, gaps)
}

pub(super) fn is_heading(clause: &Clause) -> bool {
    matches!(clause.kind, ClauseKind::Heading(_))
}

/// At which equal clauses a long stretch is divided.
#[derive(Debug, Clone, Copy)]
enum Divide {
    /// Those whose text stands once on each side.
    Once,
    /// The first of a text with the first, the second with the second, and so on.
    InTurn,
}

/// What is found so far, from the front.
struct Frame<'a> {
    old: &'a Segmentation,
    new: &'a Segmentation,
    pairs: Vec<(u32, u32)>,
    gaps: Vec<Gap>,
}

impl Frame<'_> {
    /// Fills in a stretch; one of more than `most` clauses is divided by the first of `divides`, and its pieces by
    /// the others. What is still too long then is a gap.
    fn fill(&mut self, olds: Range<usize>, news: Range<usize>, most: usize, divides: &[Divide]) {
        if olds.is_empty() || news.is_empty() || olds.len() + news.len() <= most {
            return self.compare(olds, news);
        }
        let Some((&divide, divides)) = divides.split_first() else {
            let range = |range: Range<usize>| offset(range.start)..offset(range.end);
            return self.gaps.push(Gap { old: range(olds), new: range(news) });
        };
        let (mut a, mut b) = (olds.start, news.start);
        for (old, new) in self.dividing(&olds, &news, divide) {
            let (old_at, new_at) = (olds.start + old as usize, news.start + new as usize);
            self.fill(a..old_at, b..new_at, MOST_PIECE, divides);
            self.pairs.push((offset(old_at), offset(new_at)));
            (a, b) = (old_at + 1, new_at + 1);
        }
        self.fill(a..olds.end, b..news.end, MOST_PIECE, divides);
    }

    /// A number for each clause of a stretch, the same for equal texts, and how many numbers there are. A heading is
    /// not the link or the label below it that has the same words.
    fn tokens(&self, olds: &Range<usize>, news: &Range<usize>) -> (Vec<Token>, Vec<Token>, u32) {
        let mut ids: HashMap<(bool, &str), u32, rapidhash::fast::RandomState> = HashMap::default();
        let mut intern = |clause| {
            let next = offset(ids.len());
            Token(*ids.entry(clause).or_insert(next))
        };
        let heads = |side: &Segmentation, at: usize| side.clauses.get(at).is_some_and(is_heading);
        let before: Vec<Token> =
            olds.clone().map(|at| intern((heads(self.old, at), self.old.text(offset(at))))).collect();
        let after: Vec<Token> =
            news.clone().map(|at| intern((heads(self.new, at), self.new.text(offset(at))))).collect();
        (before, after, offset(ids.len()))
    }

    /// The equal clauses that divide a stretch, counted from its start, in order.
    fn dividing(&self, olds: &Range<usize>, news: &Range<usize>, divide: Divide) -> Vec<(u32, u32)> {
        let (before, after, count) = self.tokens(olds, news);
        let places = |tokens: &[Token]| {
            let mut places = vec![VecDeque::new(); count as usize];
            for (at, token) in (0_u32..).zip(tokens) {
                if let Some(places) = places.get_mut(token.0 as usize) {
                    places.push_back(at);
                }
            }
            places
        };
        let once = |places: &VecDeque<u32>| places.len() == 1;
        let mut candidates = Vec::new();
        for (old, new) in places(&before).into_iter().zip(places(&after)) {
            if matches!(divide, Divide::InTurn) || (once(&old) && once(&new)) {
                candidates.extend(old.into_iter().zip(new).map(|(old, new)| Candidate { old, new, likeness: 1.0 }));
            }
        }
        heaviest_increasing(candidates, after.len())
    }

    /// Compares a stretch by a histogram diff.
    fn compare(&mut self, olds: Range<usize>, news: Range<usize>) {
        let (before, after, count) = self.tokens(&olds, &news);
        let mut diff = Diff::default();
        diff.compute_with(Algorithm::Histogram, &before, &after, count);

        let (first_old, first_new) = (offset(olds.start), offset(news.start));
        let (mut a, mut b) = (first_old, first_new);
        for hunk in diff.hunks() {
            let gap = Gap {
                old: first_old + hunk.before.start..first_old + hunk.before.end,
                new: first_new + hunk.after.start..first_new + hunk.after.end,
            };
            self.pairs.extend((a..gap.old.start).zip(b..gap.new.start));
            (a, b) = (gap.old.end, gap.new.end);
            self.gaps.push(gap);
        }
        self.pairs.extend((a..offset(olds.end)).zip(b..offset(news.end)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::segment;

    const MANY: usize = 100_000;

    /// A document with a clause for each number, the same for equal numbers.
    fn document(numbers: impl Iterator<Item = usize>) -> Segmentation {
        segment(&numbers.map(|number| format!("Clause number {number} stays.\n\n")).collect::<String>())
    }

    /// How many clauses of `old` and `new` are found equal. They are, in order, and with the gaps they are all.
    fn equal(old: &Segmentation, new: &Segmentation) -> usize {
        let (pairs, gaps) = anchors(old, new);
        let (mut at, mut left) = ((0, 0), gaps.iter().peekable());
        for pair in pairs.iter().copied().chain([(offset(old.clauses.len()), offset(new.clauses.len()))]) {
            if let Some(gap) = left.next_if(|gap| (gap.old.start, gap.new.start) == at) {
                assert!(!gap.old.is_empty() || !gap.new.is_empty());
                at = (gap.old.end, gap.new.end);
            }
            assert_eq!(pair, at);
            assert_eq!(old.text(pair.0), new.text(pair.1));
            at = (pair.0 + 1, pair.1 + 1);
        }
        assert!(left.next().is_none());
        pairs.len()
    }

    #[test]
    fn every_other_clause_of_a_long_document_may_change() {
        let side = |other: usize| document((0..MANY).map(|at| if at % 2 == 0 { at } else { other * MANY + at }));
        assert_eq!(equal(&side(1), &side(2)), MANY / 2);
    }

    #[test]
    fn few_texts_may_recur_without_end() {
        let side = |seed: u64| {
            let mut state = seed;
            document((0..MANY).map(move |_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                usize::try_from(state >> 61).unwrap_or_default()
            }))
        };
        let found = equal(&side(1), &side(2));
        assert!(found > MANY / 4, "{found}");
    }

    #[test]
    fn one_row_more_in_a_long_table_leaves_the_others_as_they_are() {
        let rows = |from: usize| document((from..MANY / 3).flat_map(|at| [at + 2, 0, 1]));
        let (old, new) = (rows(1), rows(0));
        assert_eq!(equal(&old, &new), old.clauses.len());
        // Another end, lest the table be set apart as equal.
        let longer = document((0..MANY / 3).flat_map(|at| [at + 2, 0, 1]).chain([MANY]));
        assert_eq!(equal(&old, &longer), old.clauses.len());
    }

    #[test]
    fn a_long_document_may_be_turned_round() {
        let (old, new) = (document(0..MANY), document((0..MANY).rev()));
        assert_eq!(equal(&old, &new), 1);
        let (old, new) = (document((0..MANY).map(|at| at / 64)), document((0..MANY).rev().map(|at| at / 64)));
        assert!(equal(&old, &new) >= 32);
    }
}
