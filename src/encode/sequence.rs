//! The sequence of one clause change.

use sha2::{Digest, Sha256};

use super::encoding::{DELETED, Encoding, INSERTED, half};
use super::tokenizer::{Marker, Tokens};
use super::window::{Piece, fit};
use crate::align::{Op, Redline};

/// Word pieces of the context at most, of each part of it.
const TERMS_TYPE_PIECES: usize = 6;
const HEADING_PIECES: usize = 12;
const HEADINGS: usize = 3;
const LEAD_IN_PIECES: usize = 32;
/// As many bytes of a text are tokenized: far more than any window holds. Where its end is read as well, half of them
/// are of its end.
const MOST_BYTES: usize = 16_384;

/// Fewest tokens of a sequence: with less the context alone would leave no room for an edit.
pub const LEAST_TOKENS: usize = 96;

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

/// Version of how a clause change becomes tokens, beside the tokenizer. Raised whenever the same texts get another
/// sequence: predictions that are remembered by texts are then not found again. A test in `tests/model.rs` notices.
const ENCODING: u8 = 2;

/// The identity of what an encoder reads of a clause change: equal keys mean equal encodings by the same encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ChangeKey(pub [u8; 16]);

impl ChangeText<'_> {
    /// Its identity, many times cheaper than its encoding: 128 bits of SHA-256, since it is a key of a cache that
    /// outlives the run and the texts are untrusted.
    #[must_use]
    pub fn key(&self) -> ChangeKey {
        let mut hasher = Sha256::new_with_prefix([ENCODING]);
        // Lengths go before texts, so that no two lists of texts run together alike.
        let mut text = |text: Option<&str>| {
            hasher.update(text.map_or(u64::MAX, |text| text.len() as u64).to_le_bytes());
            hasher.update(text.unwrap_or_default());
        };
        text(self.before);
        text(self.after);
        text(Some(self.lead_in));
        text(Some(self.terms_type));
        let headings = self.nearest_headings();
        headings.iter().for_each(|heading| text(Some(heading)));
        hasher.update(u64::MAX.wrapping_sub(1 + headings.len() as u64).to_le_bytes());
        if let Some(redline) = self.redline {
            for edit in redline.edits() {
                let places = [edit.old.start, edit.old.end, edit.new.start, edit.new.end];
                hasher.update([edit.op as u8]);
                places.iter().for_each(|place| hasher.update(place.to_le_bytes()));
            }
        }
        ChangeKey(half(hasher))
    }

    /// The headings that are read: the nearest say most.
    fn nearest_headings(&self) -> &[&str] {
        self.headings.get(self.headings.len().saturating_sub(HEADINGS)..).unwrap_or_default()
    }
}

/// Turns clause changes into encodings.
#[derive(Debug, Clone)]
pub struct Encoder {
    tokens: Tokens,
    most: usize,
}

impl Encoder {
    /// An encoder of sequences of at most `most` tokens, or of [`LEAST_TOKENS`] where that is more.
    #[must_use]
    pub fn new(tokens: Tokens, most: usize) -> Self {
        Self { tokens, most: most.max(LEAST_TOKENS) }
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
        let mut pieces = self.tokens.pieces(beginning(text, MOST_BYTES));
        pieces.truncate(self.most.saturating_sub(2));
        encoding.extend(&pieces, 0);
        encoding.push(self.tokens.sep, 0);
        encoding
    }

    fn context(&self, change: &ChangeText<'_>, encoding: &mut Encoding) {
        let head = |text: &str, most: usize| {
            let mut pieces = self.tokens.pieces(beginning(text, MOST_BYTES));
            pieces.truncate(most);
            pieces
        };
        encoding.extend(&head(change.terms_type, TERMS_TYPE_PIECES), 0);
        for heading in change.nearest_headings() {
            encoding.push(self.tokens.marker(Marker::Heading), 0);
            encoding.extend(&head(heading, HEADING_PIECES), 0);
        }
        if !change.lead_in.is_empty() {
            // Of a long lead-in the end, which stands before the list.
            let pieces = self.tokens.pieces(ending(change.lead_in, MOST_BYTES));
            encoding.push(self.tokens.marker(Marker::LeadIn), 0);
            encoding.extend(pieces.get(pieces.len().saturating_sub(LEAD_IN_PIECES)..).unwrap_or_default(), 0);
        }
    }

    fn clause(&self, change: &ChangeText<'_>) -> (Marker, Vec<Piece>) {
        let whole = |text: &str, op| vec![Piece::whole(op, self.both_ends(text))];
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
                    Piece::whole(edit.op, self.both_ends(text))
                });
                (Marker::Modified, pieces.collect())
            }
        }
    }

    /// The word pieces of `text`; of a long one those of its ends, since a window leaves out the middle.
    fn both_ends(&self, text: &str) -> Vec<u32> {
        if text.len() <= MOST_BYTES {
            return self.tokens.pieces(text);
        }
        let mut pieces = self.tokens.pieces(beginning(text, MOST_BYTES / 2));
        pieces.extend(self.tokens.pieces(ending(text, MOST_BYTES / 2)));
        pieces
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

/// The beginning of `text`, at most `most` bytes long.
fn beginning(text: &str, most: usize) -> &str {
    let end = (0..=text.len().min(most)).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

/// The end of `text`, at most `most` bytes long.
fn ending(text: &str, most: usize) -> &str {
    let start = (text.len().saturating_sub(most)..=text.len()).find(|&at| text.is_char_boundary(at));
    start.and_then(|start| text.get(start..)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::tokenizer::tests::read;
    use super::*;

    const END: u32 = 16;

    /// An encoder of few words: "we", "share", and "end", which is [`END`].
    fn encoder() -> Encoder {
        Encoder::new(read(|json| json["model"]["vocab"]["end"] = END.into()).unwrap(), 160)
    }

    const NOTHING: ChangeText<'static> =
        ChangeText { before: None, after: None, redline: None, headings: &[], lead_in: "", terms_type: "" };

    #[test]
    fn the_end_of_a_long_text_is_read() {
        let encoder = encoder();
        let long = format!("{}end", "we ".repeat(MOST_BYTES / 3 + 100));
        for change in [ChangeText { after: Some(&long), ..NOTHING }, ChangeText { before: Some(&long), ..NOTHING }] {
            let ids = encoder.encode(&change).ids;
            assert_eq!(ids[ids.len() - 2..], [END, encoder.tokens.sep]);
        }
        let ids = encoder.encode(&ChangeText { after: Some("we"), lead_in: &long, ..NOTHING }).ids;
        let lead_in = ids.iter().position(|&id| id == encoder.tokens.marker(Marker::LeadIn)).unwrap();
        assert_eq!(ids[lead_in + LEAD_IN_PIECES..lead_in + LEAD_IN_PIECES + 2], [END, encoder.tokens.sep]);
    }

    #[test]
    fn the_words_before_an_edit_are_read_however_many_stand_before_them() {
        let encoder = encoder();
        let long = "we ".repeat(MOST_BYTES / 3 + 100);
        let (before, after) = (format!("{long}end we"), format!("{long}end share"));
        let ids = encoder.encode(&ChangeText { before: Some(&before), after: Some(&after), ..NOTHING }).ids;
        let edit = ids.iter().position(|&id| id == encoder.tokens.marker(Marker::DeleteStart)).unwrap();
        assert_eq!(ids[edit - 1], END);
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        assert_eq!((beginning("aüb", 2), beginning("aüb", 3), beginning("aüb", 9)), ("a", "aü", "aüb"));
        assert_eq!((ending("aüb", 2), ending("aüb", 3), ending("aüb", 9), ending("ü", 1)), ("b", "üb", "aüb", ""));
    }

    #[test]
    fn what_is_read_has_a_key_of_its_own() {
        let plain = ChangeText {
            before: Some("We keep it."),
            after: Some("We sell it."),
            redline: None,
            headings: &["a", "b"],
            lead_in: "",
            terms_type: "Privacy Policy",
        };
        let redline = crate::align::redline("We keep it.", "We sell it.");
        let others = [
            ChangeText { before: None, ..plain },
            ChangeText { before: plain.after, after: plain.before, ..plain },
            ChangeText { after: Some(""), ..plain },
            ChangeText { after: None, ..plain },
            ChangeText { redline: Some(&redline), ..plain },
            ChangeText { headings: &["ab"], ..plain },
            ChangeText { headings: &["b", "a"], ..plain },
            ChangeText { headings: &[], lead_in: "a", ..plain },
            ChangeText { terms_type: "Terms of Service", ..plain },
        ];
        let keys: std::collections::BTreeSet<ChangeKey> = others.iter().chain([&plain]).map(ChangeText::key).collect();
        assert_eq!(keys.len(), others.len() + 1);
        let unread = ChangeText { headings: &["far", "x", "a", "b"], ..plain };
        let nearest = ChangeText { headings: &["x", "a", "b"], ..plain };
        assert_eq!(unread.key(), nearest.key(), "only the nearest headings are read");
    }
}
