//! The redline of a clause change as pieces to be shown, with what did not change left out.

use unicode_width::UnicodeWidthChar;

use super::safe_text;
use crate::record::ClauseChangeRecord;

/// Marks after which a text without white space is cut.
const STOPS: [char; 4] = ['，', '。', '；', '、'];
/// Characters within which such a mark is looked for.
const REACH: usize = 12;

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
    let end = end_near(text, start_of(head), head);
    let start = start_near(text, start_of(words.len() - tail), tail);
    if text.get(end..start).is_none_or(|left_out| left_out.chars().count() <= 2) {
        return text.to_owned();
    }
    let first = text.get(..end).unwrap_or_default();
    let rest = text.get(start..).unwrap_or_default();
    match (head, tail) {
        (0, _) => format!("… {rest}"),
        (_, 0) => format!("{} …", first.trim_end()),
        _ => format!("{} … {rest}", first.trim_end()),
    }
}

/// Where the first `head` words of `text`, which end at `at`, had better end: after a mark near by, where no white
/// space says where a word ends. Rather later than earlier.
fn end_near(text: &str, at: usize, head: usize) -> usize {
    let Some((before, after)) = unspaced(text, at) else { return at };
    let later = after_stop(after.char_indices().take(REACH)).map(|stop| at + stop);
    let earlier = after_stop(before.char_indices().rev().take(head / 2));
    later.or(earlier).unwrap_or(at)
}

/// Where the last `tail` words of `text`, which start at `at`, had better start. Rather earlier than later.
fn start_near(text: &str, at: usize, tail: usize) -> usize {
    let Some((before, after)) = unspaced(text, at) else { return at };
    let earlier = after_stop(before.char_indices().rev().take(REACH));
    let later = after_stop(after.char_indices().take(tail / 2)).map(|stop| at + stop);
    earlier.or(later.filter(|&start| start < text.len())).unwrap_or(at)
}

/// Both sides of `at`, where `text` has no white space there and is in a script that needs none.
fn unspaced(text: &str, at: usize) -> Option<(&str, &str)> {
    let (before, after) = text.split_at_checked(at)?;
    (is_wide(before.chars().next_back()?) && is_wide(after.chars().next()?)).then_some((before, after))
}

/// The place after the first of `chars` that is one of [`STOPS`].
fn after_stop(mut chars: impl Iterator<Item = (usize, char)>) -> Option<usize> {
    chars.find(|(_, c)| STOPS.contains(c)).map(|(at, c)| at + c.len_utf8())
}

fn is_wide(c: char) -> bool {
    c.width() == Some(2)
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
        let wide = is_wide(c);
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
    fn texts_without_spaces_are_cut_after_marks() {
        let cases = [
            ("我们会保存您的信息，您可以随时要求我们关闭，关闭后我们", "… 您可以随时要求我们关闭，关闭后我们"),
            ("我们会保存您的信息，您可以要求删除，我们将在三十日内将其完全删除，关闭后我们", "… 关闭后我们"),
            ("我们会保存您的信息并在您要求时将其完全关闭，关闭后我们", "… 关闭后我们"),
            ("我们会保存您的信息您可以随时要求我们删除它们关闭后我们", "… 它们关闭后我们"),
        ];
        for (text, expected) in cases {
            assert_eq!(elide(text, 0, 7), expected, "{text}");
        }
        assert_eq!(elide("一二三，四五六七八九十甲乙丙丁戊己庚辛壬癸", 2, 0), "一二三， …");
        assert_eq!(elide("一二，三四五", 1, 1), "一二，三四五", "next to nothing would be left out");
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
