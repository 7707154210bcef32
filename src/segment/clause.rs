//! The clause, and a version cut into clauses.

use super::resume::Block;
use super::{Furniture, FurnitureKind};
use crate::text::{Span, offset, stable_hash};

/// Where a clause stands in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ClauseKind {
    /// A heading of level 1 to 6, or 7 for a short paragraph that is all bold and acts as one.
    Heading(u8),
    /// A sentence of a paragraph.
    Sentence,
    /// A list item, or a sentence of one.
    ListItem,
    /// A part of a table's header cell.
    TableHeader,
    /// A part of a table's body cell.
    TableCell,
    /// A sentence of a block quote.
    Quote,
    /// A line of a code block or a piece of text in raw HTML.
    Raw,
}

/// The smallest piece an analyst would quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// Where it stands in the version, markup included, from the line on which its words start.
    pub span: Span,
    /// Where its rendered text stands in [`Segmentation::plain`].
    pub text: Span,
    /// 1-based number of its first line in the version.
    pub line: u32,
    /// What it is.
    pub kind: ClauseKind,
    /// The heading it stands under: an index into [`Segmentation::clauses`], always smaller than its own.
    pub heading: Option<u32>,
    /// The clauses that introduce it (`first..end`): the sentence before its list,
    /// or the first cell of its table row. Always before the clause itself.
    pub lead_in: Option<(u32, u32)>,
    /// Hash of the rendered text.
    pub hash: u64,
    /// Hash of the link targets in it; 0 when it has none.
    pub link_hash: u64,
}

/// A link in a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Link {
    /// The clause it stands in.
    pub clause: u32,
    /// Where its target stands in [`Segmentation::targets`].
    pub target: Span,
}

/// A version cut into clauses and furniture.
///
/// Invariants (tested on generated and on real input):
/// - the spans of `clauses` and `furniture` together cover the text exactly once;
/// - `clauses` are in the order of the text;
/// - no furniture holds words that a reader of the rendered page would see.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Segmentation {
    /// The clauses in the order of the text.
    pub clauses: Vec<Clause>,
    /// Everything between the clauses.
    pub furniture: Vec<Furniture>,
    /// The rendered text of all clauses, one after another.
    pub plain: String,
    /// The links of all clauses, in order.
    pub links: Vec<Link>,
    /// The targets of all links, one after another.
    pub targets: String,
    /// Length of the segmented text in bytes.
    pub len: usize,
    /// Blocks that stand in no container: where the next version can be taken up again.
    pub(super) blocks: Vec<Block>,
}

/// Bytes of a heading or a lead-in that a clause is told with. Every clause below repeats them: without a bound a
/// long one with many clauses below fills the memory. The longest in 61,000 annotated clause changes have 526 and 2,001.
const MOST_ABOVE: usize = 2048;

/// The beginning of `text`, at most `bytes` long.
fn beginning(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}

impl Segmentation {
    /// A clause that comes without its document: headings, what introduces it, and its text, all plain.
    #[must_use]
    pub fn of_clause(headings: &[String], lead_in: &str, text: &str) -> Self {
        let mut alone = Self::default();
        let mut above = None;
        for (level, heading) in (1..=u8::MAX).chain(std::iter::repeat(u8::MAX)).zip(headings) {
            above = Some(alone.push_plain(heading, ClauseKind::Heading(level), above, None));
        }
        let lead = (!lead_in.is_empty()).then(|| alone.push_plain(lead_in, ClauseKind::Sentence, above, None));
        alone.push_plain(text, ClauseKind::Sentence, above, lead.map(|at| (at, at + 1)));
        alone
    }

    fn push_plain(&mut self, text: &str, kind: ClauseKind, heading: Option<u32>, lead_in: Option<(u32, u32)>) -> u32 {
        let at = offset(self.clauses.len());
        let start = self.plain.len();
        self.plain.push_str(text);
        let text = Span::new(start..self.plain.len());
        let hash = stable_hash(text.of(&self.plain).as_bytes());
        self.clauses.push(Clause { span: text, text, line: 1, kind, heading, lead_in, hash, link_hash: 0 });
        at
    }

    /// A hash of the markup between the clauses: list markers, heading marks, table pipes. Images
    /// and raw HTML, whose addresses often roll, are left out, and so is white space.
    #[must_use]
    pub fn markup_hash(&self, source: &str) -> u64 {
        let mut marks = String::new();
        for furniture in self.furniture.iter().filter(|furniture| furniture.kind == FurnitureKind::Markup) {
            let text = furniture.span.of(source);
            if text.contains(['<', '(', '[']) {
                continue;
            }
            let mut last = ' ';
            for c in text.chars().filter(|c| !c.is_whitespace()) {
                if c != last {
                    marks.push(c);
                }
                last = c;
            }
            marks.push(' ');
        }
        stable_hash(marks.as_bytes())
    }

    /// The rendered text of the clause at `index`.
    #[must_use]
    pub fn text(&self, index: u32) -> &str {
        self.clauses.get(index as usize).map_or("", |clause| clause.text.of(&self.plain))
    }

    /// The headings above the clause at `index`, outermost first, of each at most 2 KiB.
    #[must_use]
    pub fn headings(&self, index: u32) -> Vec<&str> {
        let mut path = Vec::new();
        let mut above = self.clauses.get(index as usize).and_then(|clause| clause.heading);
        while let Some(at) = above {
            path.push(beginning(self.text(at), MOST_ABOVE));
            // A heading's own heading is always before it, so this ends.
            above = self.clauses.get(at as usize).and_then(|clause| clause.heading).filter(|&next| next < at);
        }
        path.reverse();
        path
    }

    /// The text that introduces the clause at `index`, at most 2 KiB of it, or nothing.
    #[must_use]
    pub fn lead_in(&self, index: u32) -> String {
        let Some((first, end)) = self.clauses.get(index as usize).and_then(|clause| clause.lead_in) else {
            return String::new();
        };
        let mut whole = String::new();
        for at in first..end {
            if whole.len() > MOST_ABOVE {
                break;
            }
            if at > first {
                whole.push(' ');
            }
            whole.push_str(beginning(self.text(at), MOST_ABOVE));
        }
        whole.truncate(beginning(&whole, MOST_ABOVE).len());
        whole
    }

    /// The targets of the links in the clause at `index`.
    pub fn targets_of(&self, index: u32) -> impl Iterator<Item = &str> {
        let from = self.links.partition_point(|link| link.clause < index);
        self.links
            .iter()
            .skip(from)
            .take_while(move |link| link.clause == index)
            .map(|link| link.target.of(&self.targets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_above_a_clause_is_bounded_and_whole_characters() {
        let long = "ü".repeat(5000);
        let heading = format!("x{long}");
        let version = Segmentation::of_clause(&["Terms".to_owned(), heading.clone()], &long, "We may.");
        let last = offset(version.clauses.len() - 1);
        // 2,048 bytes would end within a character of the heading, not of the lead-in.
        assert_eq!(version.headings(last), ["Terms", &heading[..2047]]);
        assert_eq!(version.lead_in(last), long[..2048]);
    }
}
