//! The sequence of one clause change.

use super::encoding::{DELETED, Encoding, INSERTED};
use super::tokenizer::{Marker, Tokens};
use super::window::{Piece, fit};
use crate::align::{Op, Redline};

/// Word pieces of the context at most, of each part of it.
const TERMS_TYPE_PIECES: usize = 6;
const HEADING_PIECES: usize = 12;
const HEADINGS: usize = 3;
const LEAD_IN_PIECES: usize = 32;
/// A text is cut to this many bytes before it is tokenized: far more than any window holds.
const MOST_BYTES: usize = 16_384;

/// The texts of a clause change and of what stands around it.
#[derive(Debug, Clone, Copy)]
pub struct ChangeText<'a> {
    /// The clause before; none if it was added.
    pub before: Option<&'a str>,
    /// The clause after; none if it was removed.
    pub after: Option<&'a str>,
    /// The edits between them, where they are known; otherwise they are computed.
    pub redline: Option<&'a Redline>,
    /// The headings above it, outermost first.
    pub headings: &'a [&'a str],
    /// What introduces its list.
    pub lead_in: &'a str,
    /// The terms type.
    pub terms_type: &'a str,
}

/// Turns clause changes into encodings.
#[derive(Debug, Clone)]
pub struct Encoder {
    tokens: Tokens,
    most: usize,
}

impl Encoder {
    /// An encoder of sequences of at most `most` tokens.
    #[must_use]
    pub fn new(tokens: Tokens, most: usize) -> Self {
        // Below this the context alone would leave no room for an edit.
        Self { tokens, most: most.max(96) }
    }

    /// The tokens that it uses.
    #[must_use]
    pub fn tokens(&self) -> &Tokens {
        &self.tokens
    }

    /// The encoding of `change`. The same change always has the same one.
    #[must_use]
    pub fn encode(&self, change: &ChangeText<'_>) -> Encoding {
        let mut encoding = Encoding::default();
        encoding.push(self.tokens.cls, 0);
        self.context(change, &mut encoding);
        encoding.push(self.tokens.sep, 0);
        let (kind, pieces) = self.clause(change);
        encoding.push(self.tokens.marker(kind), 0);
        // One more for the last [SEP].
        let room = self.most.saturating_sub(encoding.ids.len() + 1);
        let gap = self.tokens.marker(Marker::Gap);
        for piece in fit(pieces, room) {
            self.piece(&piece, gap, kind == Marker::Modified, &mut encoding);
        }
        encoding.push(self.tokens.sep, 0);
        encoding
    }

    /// The encoding of a text that is no change, cut to `most` tokens: for published benchmarks.
    #[must_use]
    pub fn encode_text(&self, text: &str) -> Encoding {
        let mut encoding = Encoding::default();
        encoding.push(self.tokens.cls, 0);
        let mut pieces = self.tokens.pieces(cut(text));
        pieces.truncate(self.most.saturating_sub(2));
        encoding.extend(&pieces, 0);
        encoding.push(self.tokens.sep, 0);
        encoding
    }

    fn context(&self, change: &ChangeText<'_>, encoding: &mut Encoding) {
        let head = |text: &str, most: usize| {
            let mut pieces = self.tokens.pieces(cut(text));
            pieces.truncate(most);
            pieces
        };
        encoding.extend(&head(change.terms_type, TERMS_TYPE_PIECES), 0);
        // The nearest headings say most.
        let from = change.headings.len().saturating_sub(HEADINGS);
        for heading in change.headings.get(from..).unwrap_or_default() {
            encoding.push(self.tokens.marker(Marker::Heading), 0);
            encoding.extend(&head(heading, HEADING_PIECES), 0);
        }
        if !change.lead_in.is_empty() {
            // Of a long lead-in the end, which stands before the list.
            let pieces = self.tokens.pieces(cut(change.lead_in));
            encoding.push(self.tokens.marker(Marker::LeadIn), 0);
            encoding.extend(pieces.get(pieces.len().saturating_sub(LEAD_IN_PIECES)..).unwrap_or_default(), 0);
        }
    }

    fn clause(&self, change: &ChangeText<'_>) -> (Marker, Vec<Piece>) {
        let whole = |text: &str, op| vec![Piece::whole(op, self.tokens.pieces(cut(text)))];
        match (change.before, change.after) {
            (None, after) => (Marker::Added, whole(after.unwrap_or_default(), Op::Insert)),
            (Some(before), None) => (Marker::Removed, whole(before, Op::Delete)),
            (Some(before), Some(after)) => {
                let computed;
                let redline = if let Some(redline) = change.redline {
                    redline
                } else {
                    computed = crate::align::redline(before, after);
                    &computed
                };
                let pieces = redline.edits().iter().map(|edit| {
                    let text = match edit.op {
                        Op::Equal | Op::Insert => edit.new.of(after),
                        Op::Delete => edit.old.of(before),
                    };
                    Piece::whole(edit.op, self.tokens.pieces(cut(text)))
                });
                (Marker::Modified, pieces.collect())
            }
        }
    }

    /// Writes `piece`: its words, with marks around an edit of a modified clause.
    fn piece(&self, piece: &Piece, gap: u32, marked: bool, encoding: &mut Encoding) {
        let (start, end, kind) = match piece.op {
            Op::Equal => (None, None, 0),
            Op::Delete => (Some(Marker::DeleteStart), Some(Marker::DeleteEnd), DELETED),
            Op::Insert => (Some(Marker::InsertStart), Some(Marker::InsertEnd), INSERTED),
        };
        let mark = |marker: Option<Marker>| marker.filter(|_| marked).map(|marker| self.tokens.marker(marker));
        if let Some(start) = mark(start) {
            encoding.push(start, kind);
        }
        encoding.extend(&piece.head, kind);
        if piece.gap {
            encoding.push(gap, 0);
        }
        encoding.extend(&piece.tail, kind);
        if let Some(end) = mark(end) {
            encoding.push(end, kind);
        }
    }
}

/// `text`, or as much of it as is worth tokenizing.
fn cut(text: &str) -> &str {
    let end = (0..=text.len().min(MOST_BYTES)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}
