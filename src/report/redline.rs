//! The redline of a clause change as pieces to be shown, with what did not change left out.

use unicode_width::UnicodeWidthChar;

use super::safe_text;
use crate::record::ClauseChangeRecord;

/// What a piece of a redline is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PieceKind {
    /// Words that stay.
    Equal,
    /// Words that go.
    Delete,
    /// Words that come.
    Insert,
}

/// A piece of a redline, safe to print.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What it is.
    pub kind: PieceKind,
    /// Its words.
    pub text: String,
}

impl Piece {
    fn new(kind: PieceKind, text: &str) -> Self {
        Self { kind, text: safe_text(text).into_owned() }
    }

    /// The piece as plain text: `[-gone-]`, `{+new+}`, or as it is.
    #[must_use]
    pub fn marked(&self) -> String {
        let text = &self.text;
        match self.kind {
            PieceKind::Equal => text.clone(),
            PieceKind::Delete => format!("[-{text}-]"),
            PieceKind::Insert => format!("{{+{text}+}}"),
        }
    }
}

/// How much of a redline is shown, in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Elision {
    /// Words that stay, on each side of an edit.
    pub context: usize,
    /// Words of one edit, half of them from its beginning, half from its end.
    pub edit: usize,
}

impl Default for Elision {
    fn default() -> Self {
        Self { context: 6, edit: 40 }
    }
}

/// The pieces of a clause change, elided.
#[must_use]
pub fn pieces(change: &ClauseChangeRecord, elision: Elision) -> Vec<Piece> {
    let whole = whole(change);
    let last = whole.len().saturating_sub(1);
    let edited = whole.iter().any(|piece| piece.kind != PieceKind::Equal);
    whole
        .into_iter()
        .enumerate()
        .map(|(at, piece)| {
            let text = match piece.kind {
                PieceKind::Equal if edited => {
                    let head = if at == 0 { 0 } else { elision.context };
                    let tail = if at == last { 0 } else { elision.context };
                    elide(&piece.text, head, tail)
                }
                _ => elide(&piece.text, elision.edit.div_ceil(2), elision.edit / 2),
            };
            Piece { kind: piece.kind, text }
        })
        .filter(|piece| !piece.text.is_empty())
        .collect()
}

/// The pieces of a clause change in full.
fn whole(change: &ClauseChangeRecord) -> Vec<Piece> {
    let redline = change.redline.iter().map(|edit| {
        let kind = match edit.op.as_str() {
            "delete" => PieceKind::Delete,
            "insert" => PieceKind::Insert,
            _ => PieceKind::Equal,
        };
        Piece::new(kind, &edit.text)
    });
    match (&change.before, &change.after) {
        _ if !change.redline.is_empty() => redline.collect(),
        (Some(before), Some(after)) if before == after => vec![Piece::new(PieceKind::Equal, after)],
        (before, after) => {
            let gone = before.iter().map(|text| Piece::new(PieceKind::Delete, text));
            gone.chain(after.iter().map(|text| Piece::new(PieceKind::Insert, text))).collect()
        }
    }
}

/// `text` with only its first `head` and its last `tail` words, if that leaves out more than two.
fn elide(text: &str, head: usize, tail: usize) -> String {
    let words = word_starts(text);
    if words.len() <= head + tail + 2 {
        return text.to_owned();
    }
    let start_of = |word: usize| words.get(word).copied().unwrap_or(text.len());
    let first = text.get(..start_of(head)).unwrap_or_default();
    let rest = text.get(start_of(words.len() - tail)..).unwrap_or_default();
    match (head, tail) {
        (0, _) => format!("… {rest}"),
        (_, 0) => format!("{} …", first.trim_end()),
        _ => format!("{} … {rest}", first.trim_end()),
    }
}

/// `text` with only its first and last words, about `most` together.
pub(super) fn shortened(text: &str, most: usize) -> String {
    elide(&safe_text(text), most.div_ceil(2), most / 2)
}

/// Where the words of `text` start. In scripts without spaces each wide character is one.
fn word_starts(text: &str) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut boundary = true;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            boundary = true;
            continue;
        }
        let wide = c.width() == Some(2);
        if boundary || wide {
            starts.push(at);
        }
        boundary = wide;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::EditRecord;

    fn change(edits: &[(&str, &str)]) -> ClauseChangeRecord {
        let redline = edits.iter().map(|(op, text)| EditRecord { op: (*op).into(), text: (*text).into() }).collect();
        ClauseChangeRecord { redline, ..ClauseChangeRecord::default() }
    }

    fn shown(change: &ClauseChangeRecord, elision: Elision) -> String {
        pieces(change, elision).iter().map(Piece::marked).collect()
    }

    #[test]
    fn long_runs_are_left_out() {
        let elision = Elision { context: 2, edit: 4 };
        let cases: [(&[(&str, &str)], &str); 5] = [
            (
                &[
                    ("equal", "one two three four five "),
                    ("delete", "may"),
                    ("insert", "will"),
                    ("equal", " six seven eight nine ten"),
                ],
                "… four five [-may-]{+will+} six seven …",
            ),
            (
                &[("insert", "a "), ("equal", "one two three four five six seven "), ("delete", "b")],
                "{+a +}one two … six seven [-b-]",
            ),
            (&[("equal", "one two "), ("delete", "x")], "one two [-x-]"),
            (&[("insert", "1 2 3 4 5 6 7 8")], "{+1 2 … 7 8+}"),
            (&[("equal", "本当に長い文章です"), ("insert", "x")], "… です{+x+}"),
        ];
        for (edits, expected) in cases {
            assert_eq!(shown(&change(edits), elision), expected, "{edits:?}");
        }
    }

    #[test]
    fn whole_clauses_without_a_redline() {
        let of = |before: Option<&str>, after: Option<&str>| ClauseChangeRecord {
            before: before.map(Into::into),
            after: after.map(Into::into),
            ..ClauseChangeRecord::default()
        };
        assert_eq!(shown(&of(None, Some("new")), Elision::default()), "{+new+}");
        assert_eq!(shown(&of(Some("gone\u{1b}[0m"), None), Elision::default()), "[-gone[0m-]");
        assert_eq!(shown(&of(Some("a"), Some("b")), Elision::default()), "[-a-]{+b+}");
        assert_eq!(shown(&of(Some("same"), Some("same")), Elision::default()), "same");
        assert_eq!(shown(&of(None, None), Elision::default()), "");
    }
}
