//! Segmentation of a version that differs little from the one before it.
//!
//! The history of a document is a chain of versions that share most of their bytes. Block structure
//! is decided from left to right, so a block that starts before the first difference starts there in
//! both versions; and once a block starts at the same bytes of the common end in both, all that
//! follows is the same too. Only what lies between is parsed; the rest is taken over with its offsets
//! shifted. Link reference definitions act on the whole text: where one may be, the whole is parsed.
//! The result is that of [`super::segment`], clause for clause (`tests/properties.rs`).

#![expect(clippy::cast_possible_wrap, reason = "versions are at most 32 MiB long, so their offsets fit")]

use std::collections::HashMap;

use super::document::{Walk, underlined};
use super::outline::{Opener, RootState};
use super::{Clause, ClauseKind, Link, Segmentation, segment};
use crate::text::{Span, offset};

/// A block that stands in no container, and what the outline knew when it started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Block {
    /// Where it starts in the source.
    pub(super) at: u32,
    /// Clauses before it.
    pub(super) clauses: u32,
    /// Headings and lead-ins open before it.
    pub(super) state: RootState,
}

/// The segmentation of `text`, taking over from that of `old_text` what both share.
#[must_use]
pub fn segment_after(old_text: &str, old: &Segmentation, text: &str) -> Segmentation {
    if may_define_links(old_text) || may_define_links(text) {
        return segment(text);
    }
    let Some(shared) = Shared::of(old_text, old, text) else { return segment(text) };
    shared.parse(old_text, old, text).unwrap_or_else(|| segment(text))
}

fn may_define_links(text: &str) -> bool {
    memchr::memmem::find(text.as_bytes(), b"]:").is_some()
}

/// What two versions share, by blocks of the old one.
struct Shared {
    /// The block to start from: the one before that of the first difference, and the one before this as well where it
    /// may be underlined by it.
    first: usize,
    /// Where its line starts, in both versions.
    start: usize,
    /// A block that lies wholly in the common end.
    resume: Option<usize>,
}

impl Shared {
    fn of(old_text: &str, old: &Segmentation, text: &str) -> Option<Self> {
        let (a, b) = (old_text.as_bytes(), text.as_bytes());
        let prefix = common_start(a, b);
        let suffix = common_end(a, b, a.len().min(b.len()) - prefix);
        // A line that may underline the block before is cut together with that.
        let underlines = |block: &Block| {
            let line = old_text.get(block.at as usize..).and_then(|rest| rest.split(['\n', '\r']).next());
            line.is_some_and(|line| underlined(line).is_some())
        };
        let first = old.blocks.partition_point(|block| block.at as usize <= prefix).checked_sub(2)?;
        // What differs may go on such a line, which then underlines nothing.
        let first = if old.blocks.get(first).is_some_and(underlines) { first.saturating_sub(1) } else { first };
        let at = old.blocks.get(first)?.at as usize;
        let start = old_text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
        if !old_text.get(start..at)?.bytes().all(|byte| byte == b' ') {
            return None;
        }
        let resume = old.blocks.partition_point(|block| (block.at as usize) < a.len() - suffix).max(first + 1);
        // What stands before a block on its line is part of what makes it that block: indented, it is code.
        let whole = |block: &Block| {
            let newline = old_text.get(..block.at as usize).and_then(|before| before.rfind('\n'));
            newline.is_some_and(|newline| newline >= a.len() - suffix)
        };
        let cut_anew = |block: &&Block| !whole(block) || underlines(block);
        let resume = resume + old.blocks.iter().skip(resume).take_while(cut_anew).count();
        Some(Self { first, start, resume: (resume < old.blocks.len()).then_some(resume) })
    }

    fn parse(&self, old_text: &str, old: &Segmentation, text: &str) -> Option<Segmentation> {
        let begin = old.blocks.get(self.first)?;
        let mut walk = Walk::resume(text, old, self.first, self.start, old_text.get(..self.start)?);
        let grown = text.len() as i64 - old_text.len() as i64;
        let (Some(resume), Some(end)) = (self.resume, self.resume.map(|at| end(old, at, old_text))) else {
            walk.parse(self.start..text.len());
            return Some(walk.finish());
        };
        walk.parse(self.start..usize::try_from(end as i64 + grown).ok()?);
        let old_block = old.blocks.get(resume)?;
        let target = u32::try_from(i64::from(old_block.at) + grown).ok()?;
        debug_assert!(begin.at <= old_block.at, "blocks are in order");
        match walk.cut_at(target).and_then(|state| references(old, &old_block.state, walk.out(), &state)) {
            Some(references) => {
                let lines = newlines(text, self.start, target as usize) as i64
                    - newlines(old_text, self.start, old_block.at as usize) as i64;
                append(walk.out_mut(), old, resume, &Shift { bytes: grown, lines, references });
                Some(walk.finish())
            }
            None => None,
        }
    }
}

/// Where the block after `at` starts in the old version, or where that ends.
fn end(old: &Segmentation, at: usize, old_text: &str) -> usize {
    old.blocks.get(at + 1).map_or(old_text.len(), |next| next.at as usize)
}

/// Bytes compared at once: a chunk compares at memory speed.
const CHUNK: usize = 256;

/// Bytes that `a` and `b` share from the start.
fn common_start(a: &[u8], b: &[u8]) -> usize {
    let whole = a.chunks_exact(CHUNK).zip(b.chunks_exact(CHUNK)).take_while(|(x, y)| x == y).count() * CHUNK;
    let rest = a.iter().zip(b).skip(whole);
    whole + rest.take_while(|(x, y)| x == y).count()
}

/// Bytes that `a` and `b` share at the end, `most` at most.
fn common_end(a: &[u8], b: &[u8], most: usize) -> usize {
    let (a, b) = (a.get(a.len() - most..).unwrap_or_default(), b.get(b.len() - most..).unwrap_or_default());
    let whole = a.rchunks_exact(CHUNK).zip(b.rchunks_exact(CHUNK)).take_while(|(x, y)| x == y).count() * CHUNK;
    let rest = a.iter().rev().zip(b.iter().rev()).skip(whole);
    whole + rest.take_while(|(x, y)| x == y).count()
}

fn newlines(text: &str, from: usize, to: usize) -> usize {
    memchr::memchr_iter(b'\n', text.as_bytes().get(from..to).unwrap_or_default()).count()
}

/// Old clauses that the common end refers to, and which clauses they are now. Nothing where the
/// two sides do not correspond: then headings above the common end changed their shape.
fn references(
    old: &Segmentation,
    before: &RootState,
    new: &Segmentation,
    after: &RootState,
) -> Option<HashMap<u32, u32>> {
    let mut map = HashMap::new();
    let (olds, news) = (chain(old, before.heading), chain(new, after.heading));
    if olds.len() != news.len() {
        return None;
    }
    for ((level, from), (new_level, to)) in olds.into_iter().zip(news) {
        if level != new_level {
            return None;
        }
        map.insert(from, to);
    }
    // A date right below a heading heads nothing.
    if before.below_heading != after.below_heading {
        return None;
    }
    // Which blocks an enumeration ends at is settled by more than the clause that opens it.
    if before.colon.map(Opener::reach) != after.colon.map(Opener::reach) {
        return None;
    }
    let opens = |state: &RootState| state.colon.map(|colon| colon.clauses);
    let outer = |state: &RootState| state.colon.and_then(Opener::outer);
    let pairs = [(before.before, after.before), (opens(before), opens(after)), (outer(before), outer(after))];
    for (from, to) in pairs {
        match (from, to) {
            (None, None) => {}
            // One clause that was both may be two now: then what refers to it cannot be told apart.
            (Some((from, _)), Some((to, _))) if map.insert(from, to).is_none_or(|before| before == to) => {}
            _ => return None,
        }
    }
    Some(map)
}

/// The open headings with their levels, innermost first.
pub(super) fn chain(of: &Segmentation, mut heading: Option<u32>) -> Vec<(u8, u32)> {
    let mut found = Vec::new();
    while let Some((at, clause)) = heading.and_then(|at| Some((at, of.clauses.get(at as usize)?))) {
        if let ClauseKind::Heading(level) = clause.kind {
            found.push((level, at));
        }
        heading = clause.heading.filter(|&above| above < at);
    }
    found
}

/// How the common end is shifted.
struct Shift {
    bytes: i64,
    lines: i64,
    references: HashMap<u32, u32>,
}

/// Appends to `out` the clauses of `old` from its block `from` on.
fn append(out: &mut Segmentation, old: &Segmentation, from: usize, shift: &Shift) {
    let Some(block) = old.blocks.get(from) else { return };
    let first = block.clauses;
    let clauses = i64::from(offset(out.clauses.len())) - i64::from(first);
    let start =
        |of: &Segmentation| of.clauses.get(first as usize).map_or(of.plain.len(), |clause| clause.text.start as usize);
    let (plain_from, links_from) = (start(old), old.links.partition_point(|link| link.clause < first));
    let targets_from = old.links.get(links_from).map_or(old.targets.len(), |link| link.target.start as usize);
    let plain = out.plain.len() as i64 - plain_from as i64;
    let targets = out.targets.len() as i64 - targets_from as i64;
    let clause_at =
        |at: u32| if at >= first { moved(at, clauses) } else { shift.references.get(&at).copied().unwrap_or(at) };
    let pair = |(from, end): (u32, u32)| (clause_at(from), clause_at(from) + (end - from));

    out.plain.push_str(old.plain.get(plain_from..).unwrap_or_default());
    out.targets.push_str(old.targets.get(targets_from..).unwrap_or_default());
    out.clauses.extend(old.clauses.iter().skip(first as usize).map(|clause| Clause {
        span: moved_span(clause.span, shift.bytes),
        text: moved_span(clause.text, plain),
        line: moved(clause.line, shift.lines),
        heading: clause.heading.map(clause_at),
        lead_in: clause.lead_in.map(pair),
        ..clause.clone()
    }));
    out.links.extend(
        old.links
            .iter()
            .skip(links_from)
            .map(|link| Link { clause: moved(link.clause, clauses), target: moved_span(link.target, targets) }),
    );
    out.blocks.extend(old.blocks.iter().skip(from).map(|block| Block {
        at: moved(block.at, shift.bytes),
        clauses: moved(block.clauses, clauses),
        state: RootState {
            heading: block.state.heading.map(clause_at),
            before: block.state.before.map(pair),
            colon: block.state.colon.map(|colon| colon.with(pair)),
            ..block.state
        },
    }));
}

fn moved(at: u32, by: i64) -> u32 {
    u32::try_from(i64::from(at) + by).unwrap_or(u32::MAX)
}

fn moved_span(span: Span, by: i64) -> Span {
    Span { start: moved(span.start, by), end: moved(span.end, by) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_enumeration_ends_where_it_does_without_the_version_before() {
        let version = |number: &str| {
            let head = "# Terms\n\nAll of it.\n\nAnd more.\n\n";
            format!("{head}{number} You must:\n\n(a) pay us;\n\n(b) tell us.\n\n2.4 We keep it.\n\n3\\. We sell it.\n")
        };
        let numbers = ["2.3", "Then", "2", "2.3.1", "2.3", "1\\.", "(c)", "(a)", "c.", "(i)"];
        for (old, new) in numbers.iter().zip(numbers.iter().skip(1)) {
            same_as_alone(&version(old), &version(new));
        }
    }

    #[test]
    fn an_item_is_introduced_by_what_it_is_without_the_version_before() {
        let version = |first: &str, item: &str| {
            let head = "# Terms\n\nAll of it.\n\nAnd more.\n\n";
            let items = "(i) names;\n\n(ii) dates.\n\n(c) pay us.\n\n(d) go.\n";
            format!("{head}{first}\n\n{item} tell us:\n\n{items}")
        };
        let mut versions = Vec::new();
        for first in ["You must:", "You must. You must:", "You must.", "2.3 You must:", "(b) You must:"] {
            for item in ["(a)", "(b)", "(d)", "b.", "You"] {
                versions.push(version(first, item));
            }
        }
        for old in &versions {
            for new in &versions {
                same_as_alone(old, new);
            }
        }
    }

    #[test]
    fn a_date_heads_what_it_does_without_the_version_before() {
        let version = |between: &str| {
            let date = "### Updated May 1, 2025\n\nWe keep it.\n\nWe sell it.\n";
            format!("# Terms\n\nAll of it.\n\n## More\n\n{between}{date}")
        };
        let versions = ["", "We may.\n\n", "\\-\n\n", "### Also\n\n", "| a |\n| --- |\n\n"].map(version);
        for old in &versions {
            for new in &versions {
                same_as_alone(old, new);
            }
        }
    }

    #[test]
    fn an_underline_makes_the_heading_that_it_makes_without_the_version_before() {
        let version = |head: &str, title: &str, kept: &str| {
            let tail = "### Updated 2025\n\nWe sell it.\n\nGo.\n";
            format!("# Terms\n\nAll of it.\n\n{head}{title}{kept}\n\n{tail}")
        };
        let titles = [
            "",
            "Your data\n\n",
            "Your data\n\n\n-------------\n\n",
            "Your data\n\n\n=============\n\n",
            "**Your data**\n\n\n-----------------\n\n",
            "All your data that we keep\n\n\n-------------\n\n",
            "One. Your data\n\n\n-----------------\n\n",
            "## Your data\n\n\n-------------\n\n",
            "-------------\n\n",
            "=============\n\n",
        ];
        let mut versions = Vec::new();
        for head in ["", "And more:\n\n", "## More\n"] {
            for title in titles {
                versions.extend(["We keep it.", "We keep all."].map(|kept| version(head, title, kept)));
            }
        }
        for old in &versions {
            for new in &versions {
                same_as_alone(old, new);
            }
        }
    }

    #[test]
    fn an_underline_that_the_next_line_goes_on_makes_no_heading() {
        let mut versions = Vec::new();
        for title in ["Your data\n\n\n=============\n", "**Your data**\n\n\n=================\n"] {
            for kept in ["* We keep it.", "We keep it.", "## We keep it.", "##We keep it.", "> We keep it."] {
                versions.push(format!("# Terms\n\nAll of it.\n\nAnd more.\n\n{title}{kept}\n\nWe sell it.\n\nGo.\n"));
            }
        }
        for old in &versions {
            for new in &versions {
                same_as_alone(old, new);
            }
        }
    }

    fn same_as_alone(old: &str, new: &str) {
        let (after, alone) = (segment_after(old, &segment(old), new), segment(new));
        assert_eq!(after.clauses, alone.clauses, "{new:?} after {old:?}");
        assert_eq!(after.plain, alone.plain, "{new:?} after {old:?}");
    }
}
