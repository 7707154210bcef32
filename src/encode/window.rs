//! Making a long clause fit: what is far from an edit goes first.
//!
//! Each piece (a run of kept, deleted or inserted words) can lose its middle. First the kept pieces
//! are shortened, all to the same reach beside the edits, as far as needed; then the edits, all to
//! the same length. So every edit keeps a beginning and an end, and the cut depends on nothing but
//! the lengths. If there are more edits than room, the last ones are dropped.

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
/// Words that a kept piece keeps beside an edit at most when it is shortened, and the least.
const REACHES: [usize; 7] = [48, 32, 24, 16, 10, 6, 3];
/// Words that an edit keeps at each end when it is shortened.
const EDIT_ENDS: [usize; 8] = [64, 48, 32, 24, 16, 10, 6, 3];

impl Piece {
    pub(super) fn whole(op: Op, words: Vec<u32>) -> Self {
        Self { op, head: words, gap: false, tail: Vec::new() }
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
    let mut tightest = pieces.clone();
    for reach in REACHES {
        tightest = shortened(&pieces, reach, usize::MAX);
        if cost(&tightest) <= room {
            return tightest;
        }
    }
    for ends in EDIT_ENDS {
        tightest = shortened(&pieces, REACHES[REACHES.len() - 1], ends);
        if cost(&tightest) <= room {
            return tightest;
        }
    }
    let mut taken = 0;
    tightest.retain(|piece| {
        taken += piece.cost();
        taken <= room
    });
    tightest
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
    fn more_edits_than_room_are_cut_off() {
        let pieces: Vec<Piece> =
            (0..200).map(|at| words(if at % 2 == 0 { Op::Insert } else { Op::Equal }, 20)).collect();
        assert!(fit(pieces, 90).iter().map(Piece::cost).sum::<usize>() <= 90);
    }
}
