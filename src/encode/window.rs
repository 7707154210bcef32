//! Making a long clause fit: what is far from an edit goes first.
//!
//! Each piece (a run of kept, deleted or inserted words) can lose its middle. First the kept pieces
//! are shortened, all to the same reach beside the edits, as far as needed; then the edits, all to
//! the same length; then the kept pieces again, until nothing is left of them. So every edit keeps a
//! beginning and an end, and the cut depends on nothing but the lengths. If there are more edits than
//! room even so, the last ones are dropped, and a gap stands for them.

use crate::align::Op;

/// The words of one piece, with its middle left out where `gap` says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) op: Op,
    pub(super) head: Vec<u32>,
    pub(super) gap: bool,
    pub(super) tail: Vec<u32>,
}

/// Tokens around an edit that mark it.
const MARKS: usize = 2;
/// Words that a kept piece keeps beside an edit when it is shortened, as long as edits can be shortened instead.
const REACHES: [usize; 7] = [48, 32, 24, 16, 10, 6, NEAR];
/// The least of them.
const NEAR: usize = 3;
/// Words that an edit keeps at each end when it is shortened.
const EDIT_ENDS: [usize; 8] = [64, 48, 32, 24, 16, 10, 6, LEAST];
/// The least of them.
const LEAST: usize = 3;
/// Words that a kept piece keeps beside an edit when an edit would be dropped otherwise.
const LAST_REACHES: [usize; 2] = [1, 0];

impl Piece {
    pub(super) fn whole(op: Op, words: Vec<u32>) -> Self {
        Self { op, head: words, gap: false, tail: Vec::new() }
    }

    /// Nothing but the sign that words are left out.
    fn left_out() -> Self {
        Self { op: Op::Equal, head: Vec::new(), gap: true, tail: Vec::new() }
    }

    /// Tokens that it takes.
    fn cost(&self) -> usize {
        let marks = if self.op == Op::Equal { 0 } else { MARKS };
        self.head.len() + usize::from(self.gap) + self.tail.len() + marks
    }

    /// Keeps `first` words of the beginning and `last` of the end, if that leaves any out.
    fn shorten(&mut self, first: usize, last: usize) {
        // A gap costs one, so leaving out a single word gains nothing.
        if self.gap || self.head.len() <= first + last + 1 {
            return;
        }
        self.tail = self.head.split_off(self.head.len() - last);
        self.head.truncate(first);
        self.gap = true;
    }
}

/// `pieces`, shortened to take at most `room` tokens.
pub(super) fn fit(pieces: Vec<Piece>, room: usize) -> Vec<Piece> {
    let cost = |pieces: &[Piece]| pieces.iter().map(Piece::cost).sum::<usize>();
    if cost(&pieces) <= room {
        return pieces;
    }
    let mut tightest = Vec::new();
    for (reach, ends) in steps() {
        tightest = shortened(&pieces, reach, ends);
        if cost(&tightest) <= room {
            return tightest;
        }
    }
    cut_off(tightest, room)
}

/// How far pieces are shortened, step by step: to how many words beside an edit, and at each end of one.
fn steps() -> impl Iterator<Item = (usize, usize)> {
    let kept = REACHES.map(|reach| (reach, usize::MAX));
    let edits = EDIT_ENDS.map(|ends| (NEAR, ends));
    let last = LAST_REACHES.map(|reach| (reach, LEAST));
    kept.into_iter().chain(edits).chain(last)
}

/// As many of `pieces` as there is room for, up to an edit, and a gap for the others.
fn cut_off(mut pieces: Vec<Piece>, room: usize) -> Vec<Piece> {
    let gap = Piece::left_out();
    let mut taken = gap.cost();
    let fitting = pieces.iter().take_while(|piece| {
        taken += piece.cost();
        taken <= room
    });
    let fitting = fitting.count();
    pieces.truncate(fitting);
    // What is kept before a gap is a gap itself, or a word.
    if pieces.last().is_some_and(|piece| piece.op == Op::Equal) {
        pieces.pop();
    }
    pieces.push(gap);
    pieces
}

fn shortened(pieces: &[Piece], reach: usize, ends: usize) -> Vec<Piece> {
    let last = pieces.len().saturating_sub(1);
    pieces
        .iter()
        .enumerate()
        .map(|(at, piece)| {
            let mut piece = piece.clone();
            if piece.op == Op::Equal {
                // The words before the first edit and after the last are near an edit on one side only.
                piece.shorten(if at == 0 { 0 } else { reach }, if at == last { 0 } else { reach });
            } else if ends < usize::MAX {
                piece.shorten(ends, ends);
            }
            piece
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(op: Op, count: u32) -> Piece {
        Piece::whole(op, (0..count).collect())
    }

    #[test]
    fn what_fits_stays_whole() {
        let pieces = vec![words(Op::Equal, 10), words(Op::Insert, 4)];
        assert_eq!(fit(pieces.clone(), 16), pieces);
    }

    #[test]
    fn kept_words_go_first_and_stay_beside_the_edit() {
        let fitted = fit(vec![words(Op::Equal, 300), words(Op::Insert, 4), words(Op::Equal, 300)], 80);
        assert_eq!(fitted[0].tail, (268..300).collect::<Vec<u32>>());
        assert_eq!((fitted[0].head.len(), fitted[0].gap), (0, true));
        assert_eq!(fitted[1], words(Op::Insert, 4));
        assert_eq!(fitted[2].head, (0..32).collect::<Vec<u32>>());
    }

    #[test]
    fn every_edit_keeps_both_ends_where_there_is_room() {
        let pieces = vec![words(Op::Delete, 500), words(Op::Equal, 90), words(Op::Insert, 700)];
        let fitted = fit(pieces, 100);
        assert!(fitted.iter().map(Piece::cost).sum::<usize>() <= 100);
        for piece in fitted.iter().filter(|piece| piece.op != Op::Equal) {
            assert!(piece.gap && !piece.head.is_empty() && !piece.tail.is_empty(), "{piece:?}");
        }
    }

    #[test]
    fn many_small_edits_are_kept_before_the_words_between_them() {
        let pieces: Vec<Piece> =
            (0..20).flat_map(|_| [words(Op::Delete, 1), words(Op::Insert, 1), words(Op::Equal, 5)]).collect();
        let fitted = fit(pieces.clone(), 20 * 7);
        assert_eq!(fitted.iter().map(Piece::cost).sum::<usize>(), 20 * 7);
        let edits = |pieces: &[Piece]| pieces.iter().filter(|piece| piece.op != Op::Equal).cloned().collect::<Vec<_>>();
        assert_eq!(edits(&fitted), edits(&pieces));
        // With more room each of the words beside an edit stays.
        assert_eq!(fit(pieces, 20 * 9)[2].head, [0]);
    }

    #[test]
    fn a_gap_stands_for_the_edits_that_are_cut_off() {
        let pieces: Vec<Piece> =
            (0..200).map(|at| words(if at % 2 == 0 { Op::Insert } else { Op::Equal }, 20)).collect();
        for room in 14..120 {
            let fitted = fit(pieces.clone(), room);
            assert!(fitted.iter().map(Piece::cost).sum::<usize>() <= room);
            let (gap, kept) = fitted.split_last().unwrap();
            assert_eq!(*gap, Piece::left_out());
            assert_eq!(kept.last().map(|piece| piece.op), Some(Op::Insert), "no two gaps in a row, {room}");
        }
    }
}
