//! The rendered text of one block, with the way back to the source.
//!
//! Rendering folds white space to single spaces and drops characters that no reader sees
//! (zero-width space, soft hyphen, byte-order mark), so that two versions that look the same
//! compare as the same.

use std::ops::Range;

use crate::text::{Span, stable_hash};

/// A piece of rendered text whose bytes map one to one to the source.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Where the run starts in the rendered text of the block.
    plain: usize,
    /// Where it starts in the source.
    source: usize,
    /// Where it ends in the source.
    source_end: usize,
    /// Whether byte `i` of the run is byte `i` of the source; false for entities and folded space.
    exact: bool,
}

/// Collects the inline content of one block. Reused from block to block.
#[derive(Debug, Default)]
pub(super) struct Inline {
    /// The rendered text so far. `\n` is a hard line break.
    pub(super) plain: String,
    runs: Vec<Run>,
    /// Offsets in `plain` where a `<br>`-separated part starts.
    pub(super) parts: Vec<usize>,
    /// Links, in order: where they start in `plain`, and their target.
    pub(super) links: Vec<(usize, String)>,
    /// Source range of everything collected, markup included.
    pub(super) source: Option<Range<usize>>,
    /// Bytes of `plain` that stand in strong emphasis.
    pub(super) strong: usize,
}

impl Inline {
    pub(super) fn clear(&mut self) {
        self.plain.clear();
        self.runs.clear();
        self.parts.clear();
        self.links.clear();
        self.source = None;
        self.strong = 0;
    }

    /// Notes that the source range belongs to this block, whether or not it renders.
    pub(super) fn cover(&mut self, range: &Range<usize>) {
        self.source = Some(match self.source.take() {
            None => range.clone(),
            Some(so_far) => so_far.start.min(range.start)..so_far.end.max(range.end),
        });
    }

    /// Adds `text`, rendered from `range` of the source.
    pub(super) fn push(&mut self, text: &str, range: Range<usize>) {
        self.cover(&range);
        if text.len() == range.len() {
            self.push_exact(text, range.start);
        } else {
            for c in text.chars() {
                self.push_char(c, range.clone());
            }
        }
    }

    fn push_exact(&mut self, text: &str, source: usize) {
        let bytes = text.as_bytes();
        let (mut from, mut at) = (0, 0);
        while let Some(&byte) = bytes.get(at) {
            // Nearly all bytes stand for themselves; only the few that can start something to fold are decoded.
            let plain = match SUSPECTS[usize::from(byte)] {
                Suspect::No => true,
                // What stands before the run may have left a space, whatever its last byte is in the source.
                Suspect::Space => at > from && bytes.get(at - 1) != Some(&b' '),
                Suspect::Decode => false,
            };
            if plain {
                at += 1;
                continue;
            }
            let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
            let end = at + c.len_utf8();
            if c == ' ' || is_folded(c) {
                self.push_run(text.get(from..at).unwrap_or_default(), source + from);
                self.push_char(c, source + at..source + end);
                from = end;
            }
            at = end;
        }
        self.push_run(text.get(from..).unwrap_or_default(), source + from);
    }

    fn push_run(&mut self, text: &str, source: usize) {
        if text.is_empty() {
            return;
        }
        self.runs.push(Run { plain: self.plain.len(), source, source_end: source + text.len(), exact: true });
        self.plain.push_str(text);
    }

    fn push_char(&mut self, c: char, range: Range<usize>) {
        if is_invisible(c) {
            return;
        }
        let c = if c.is_whitespace() { ' ' } else { c };
        if c == ' ' && self.plain.as_bytes().last().is_none_or(|&last| last == b' ' || last == b'\n') {
            return;
        }
        self.runs.push(Run { plain: self.plain.len(), source: range.start, source_end: range.end, exact: false });
        self.plain.push(c);
    }

    /// A line break that a reader sees.
    pub(super) fn push_break(&mut self, range: Range<usize>) {
        self.cover(&range);
        match self.plain.as_bytes().last() {
            None | Some(b'\n') => {}
            Some(b' ') => {
                self.plain.pop();
                self.plain.push('\n');
            }
            Some(_) => {
                self.runs.push(Run {
                    plain: self.plain.len(),
                    source: range.start,
                    source_end: range.end,
                    exact: false,
                });
                self.plain.push('\n');
            }
        }
    }

    /// The end of a `<br>`-separated part.
    pub(super) fn push_part(&mut self, range: Range<usize>) {
        self.push_break(range);
        if self.parts.last() != Some(&self.plain.len()) {
            self.parts.push(self.plain.len());
        }
    }

    /// The source range of the character that starts at `plain`, or the end of the block.
    pub(super) fn source_of(&self, plain: usize) -> Range<usize> {
        let end = self.source.as_ref().map_or(0, |range| range.end);
        if plain >= self.plain.len() {
            return end..end;
        }
        let at = self.runs.partition_point(|run| run.plain <= plain);
        match at.checked_sub(1).and_then(|at| self.runs.get(at)) {
            Some(run) if run.exact => {
                let start = run.source + (plain - run.plain);
                let len = self.plain.get(plain..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
                start..(start + len).min(run.source_end)
            }
            Some(run) => run.source..run.source_end,
            None => end..end,
        }
    }

    /// Hash of the targets of the links that start in `piece`; 0 when there is none.
    pub(super) fn link_hash(&self, piece: &Range<usize>) -> u64 {
        self.links_in(piece).fold(0, |hash, target| {
            (hash.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ stable_hash(target.as_bytes())) | 1
        })
    }

    /// Targets of the links that start in `piece`.
    pub(super) fn links_in(&self, piece: &Range<usize>) -> impl Iterator<Item = &str> {
        let from = self.links.partition_point(|&(at, _)| at < piece.start);
        let to = self.links.partition_point(|&(at, _)| at < piece.end);
        self.links.get(from..to).unwrap_or_default().iter().map(|(_, target)| target.as_str())
    }

    /// `range` without the white space at its ends.
    pub(super) fn trim(&self, range: Range<usize>) -> Range<usize> {
        let text = self.plain.get(range.clone()).unwrap_or_default();
        let start = range.start + (text.len() - text.trim_start().len());
        start..start.max(range.start + text.trim_end().len())
    }
}

/// The span of `source` cut to its non-blank part.
pub(super) fn trim_source(source: Range<usize>, text: &str) -> Span {
    let slice = text.get(source.clone()).unwrap_or_default();
    let start = source.start + (slice.len() - slice.trim_start().len());
    Span::new(start..start.max(source.start + slice.trim_end().len()))
}

/// What a byte can be the start of.
#[derive(Clone, Copy)]
enum Suspect {
    No,
    Space,
    Decode,
}

/// Controls, the space, and the first bytes of characters that fold or vanish: C2 (no-break space,
/// soft hyphen), E1, E2 and E3 (the other spaces, zero-width marks), EF (byte-order mark).
const SUSPECTS: [Suspect; 256] = {
    let mut table = [Suspect::No; 256];
    let mut at = 0;
    while at < 256 {
        if at < 0x20 || matches!(at, 0x7f | 0xc2 | 0xe1..=0xe3 | 0xef) {
            table[at] = Suspect::Decode;
        }
        at += 1;
    }
    table[b' ' as usize] = Suspect::Space;
    table
};

fn is_folded(c: char) -> bool {
    (c != ' ' && c.is_whitespace()) || is_invisible(c)
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || (c.is_control() && !c.is_whitespace())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_one_space_whatever_it_is_made_of() {
        for (text, expected) in [
            ("We\u{a0} share data", "We share data"),
            ("We \u{a0}share data", "We share data"),
            ("a\t b", "a b"),
            ("a \u{200b} b", "a b"),
            ("a\u{ad} b", "a b"),
            ("a  \u{3000} \u{feff}  b   c", "a b c"),
            ("\u{a0} a", "a"),
        ] {
            let mut inline = Inline::default();
            inline.push(text, 0..text.len());
            assert_eq!(inline.plain, expected, "{text:?}");
            let at = text.find('a').unwrap();
            assert_eq!(inline.source_of(expected.find('a').unwrap()), at..at + 1, "{text:?}");
        }
    }

    #[test]
    fn links_are_found_where_they_start_however_many_there_are() {
        const MANY: usize = 200_000;
        let mut inline = Inline::default();
        for at in 0..MANY {
            inline.links.push((inline.plain.len(), at.to_string()));
            inline.push("See this. ", at * 10..at * 10 + 10);
        }
        for at in 0..MANY {
            let found: Vec<&str> = inline.links_in(&(at * 10..at * 10 + 10)).collect();
            assert_eq!(found, [at.to_string()]);
        }
        assert_eq!(inline.links_in(&(5..31)).collect::<Vec<_>>(), ["1", "2", "3"]);
        assert_eq!((inline.links_in(&(1..10)).count(), inline.links_in(&(0..0)).count()), (0, 0));
    }
}
