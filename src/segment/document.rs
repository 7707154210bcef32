//! One pass over a version: blocks to clauses.
//!
//! The block structure comes from pulldown-cmark (CommonMark with GFM tables), whose events carry
//! source offsets. Each leaf block is rendered to plain text that remembers where it came from,
//! cut into parts (`<br>`) and sentences, and mapped back. What no clause covers is furniture.
//! Linear in the length of the version.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::html::{self, Html};
use super::inline::{Inline, trim_source};
use super::label::{Label, Ordinal, tells_date};
use super::outline::{Container, Ending, Outline, RootState, announces};
use super::resume::{Block, chain};
use super::sentence::{self, Boundary, BoundaryKind};
use super::{Clause, ClauseKind, Furniture, Link, Segmentation};
use crate::text::{Span, offset, stable_hash};

/// Level of a paragraph that is all bold, and so acts as a heading below all real ones.
const BOLD_HEADING: u8 = 7;
/// A bold paragraph longer than this is emphasis, not a heading (bytes).
const BOLD_HEADING_MAX: usize = 120;

/// A line that ends with one of these is a sentence or introduces one, whatever it looks like.
const NO_TITLE: [char; 4] = ['.', ',', ';', ':'];

/// A line of fewer marks underlines nothing.
const SHORTEST_UNDERLINE: usize = 5;
/// An underline that was cut off from its heading is longer than that by its line breaks, and spaces at its end.
const MOST_BREAKS: usize = 8;

/// The byte order mark that some programs write at the start of a file.
const MARK: char = '\u{feff}';

/// Cuts the Markdown `text` into clauses and furniture.
#[must_use]
pub fn segment(text: &str) -> Segmentation {
    let mut walk = Walk::new(text);
    // To the parser a mark would be the first word, and what follows it no heading. Here it is furniture.
    let start = if text.starts_with(MARK) { MARK.len_utf8() } else { 0 };
    walk.parse(start..text.len());
    walk.finish()
}

/// Characters before the text of a line inside containers that are looked past.
const LONGEST_LINE_START: usize = 200;

/// What introduces the items that run on in a sentence.
#[derive(Debug, Clone, Copy, Default)]
struct Stem {
    /// The piece that does.
    clauses: Option<(u32, u32)>,
    /// What it counts with itself: it may be the first of the items.
    own: Option<Ordinal>,
    /// What the last of its items counts with.
    item: Option<Ordinal>,
    /// Whether the piece before ended with a colon.
    colon: bool,
}

impl Stem {
    /// Whether it introduces the piece that the boundary `opened` starts and that counts with `ordinal`.
    fn introduces(&self, opened: BoundaryKind, ordinal: Option<Ordinal>) -> bool {
        let counts_on = |from: Option<Ordinal>| ordinal.zip(from).is_some_and(|(next, last)| next.follows(last));
        // An item may end like a sentence: `(a) ads, spam, etc. (b) lies`.
        if counts_on(self.item) {
            return true;
        }
        match opened {
            // `(b)` stands beside `(a)`, which nothing introduces if the block starts with it.
            BoundaryKind::Item => !counts_on(self.own),
            // The first item may stand on a line of its own.
            BoundaryKind::Sentence => self.colon && ordinal.is_some_and(Ordinal::is_first),
        }
    }
}

/// What the open leaf block is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leaf {
    Paragraph,
    /// The words of a tight list item.
    ItemText,
    Heading(u8),
    HeaderCell,
    Cell,
    /// Code; `true` when indented, which in these documents is mostly prose that lost its list.
    Code(bool),
    Html,
}

pub(super) struct Walk<'t> {
    text: &'t str,
    out: Segmentation,
    outline: Outline,
    leaf: Option<Leaf>,
    inline: Inline,
    boundaries: Vec<Boundary>,
    /// Open strong emphasis, and open images, whose alternative text nobody reads.
    strong: usize,
    images: usize,
    in_header: bool,
    column: usize,
    /// The cells so far, by their first clauses, of a row that may be the header of its table.
    bold_row: Option<Vec<Option<u32>>>,
    hidden_html: Option<&'static str>,
    /// Cursor for line numbers: offset and the line it is on.
    counted: (usize, u32),
    /// Open tags.
    depth: usize,
}

impl<'t> Walk<'t> {
    fn new(text: &'t str) -> Self {
        let out = Segmentation {
            clauses: Vec::with_capacity(text.len() / 120 + 4),
            plain: String::with_capacity(text.len()),
            len: text.len(),
            ..Segmentation::default()
        };
        Self {
            text,
            out,
            outline: Outline::new(),
            leaf: None,
            inline: Inline::default(),
            boundaries: Vec::new(),
            strong: 0,
            images: 0,
            in_header: false,
            column: 0,
            bold_row: None,
            hidden_html: None,
            counted: (0, 1),
            depth: 0,
        }
    }

    /// A walk that goes on at `start` of `text`, where the block `first` of `old` starts; `head` is
    /// the text before it.
    pub(super) fn resume(text: &'t str, old: &Segmentation, first: usize, start: usize, head: &str) -> Self {
        let mut walk = Self::new(text);
        let Some(block) = old.blocks.get(first) else { return walk };
        let clauses = block.clauses as usize;
        walk.out.clauses.extend(old.clauses.iter().take(clauses).cloned());
        walk.out.blocks.extend_from_slice(old.blocks.get(..first).unwrap_or_default());
        let plain = walk.out.clauses.last().map_or(0, |clause| clause.text.end as usize);
        walk.out.plain.push_str(old.plain.get(..plain).unwrap_or_default());
        walk.out.links.extend(old.links.iter().take_while(|link| link.clause < block.clauses));
        let targets = walk.out.links.last().map_or(0, |link| link.target.end as usize);
        walk.out.targets.push_str(old.targets.get(..targets).unwrap_or_default());
        let mut headings = chain(&walk.out, block.state.heading);
        headings.reverse();
        walk.outline = Outline::at_root(block.state, headings);
        // Lines are counted from the last clause taken over, not from the start.
        walk.counted = walk.out.clauses.last().map_or((0, 1), |clause| (clause.span.start as usize, clause.line));
        debug_assert!(head.len() == start, "the head ends where the walk goes on");
        walk
    }

    /// Parses `range` of the text, which starts and ends where a block does.
    pub(super) fn parse(&mut self, range: Range<usize>) {
        let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
        let text = self.text.get(range.clone()).unwrap_or_default();
        for (event, at) in Parser::new_ext(text, options).into_offset_iter() {
            let at = at.start + range.start..at.end + range.start;
            self.note_depth(&event, at.start);
            self.event(event, at);
        }
        self.flush();
    }

    /// Notes where blocks start that stand in no container.
    fn note_depth(&mut self, event: &Event<'t>, at: usize) {
        if self.depth == 0 && matches!(event, Event::Start(_) | Event::Rule) {
            self.out.blocks.push(Block {
                at: offset(at),
                clauses: offset(self.out.clauses.len()),
                state: self.outline.root(),
            });
        }
        match event {
            Event::Start(_) => self.depth += 1,
            Event::End(_) => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
    }

    /// Drops what came of the block that starts at `at` and after it; nothing if none starts there.
    pub(super) fn cut_at(&mut self, at: u32) -> Option<RootState> {
        let index = self.out.blocks.iter().rposition(|block| block.at == at)?;
        let Block { clauses, state, .. } = *self.out.blocks.get(index)?;
        let out = &mut self.out;
        out.blocks.truncate(index);
        if let Some(clause) = out.clauses.get(clauses as usize) {
            out.plain.truncate(clause.text.start as usize);
        }
        out.clauses.truncate(clauses as usize);
        let links = out.links.partition_point(|link| link.clause < clauses);
        if let Some(link) = out.links.get(links) {
            out.targets.truncate(link.target.start as usize);
        }
        out.links.truncate(links);
        Some(state)
    }

    pub(super) fn out(&self) -> &Segmentation {
        &self.out
    }

    pub(super) fn out_mut(&mut self) -> &mut Segmentation {
        &mut self.out
    }

    fn event(&mut self, event: Event<'t>, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.start(tag, range),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.images > 0 => drop(text),
            Event::Text(text) | Event::Code(text) if matches!(self.leaf, Some(Leaf::Code(_))) => {
                self.code_text(&text, &range);
            }
            Event::Code(text) => self.code_span(&text, range),
            Event::Text(text) => {
                self.need_leaf();
                if self.strong > 0 {
                    self.inline.strong += text.len();
                }
                self.inline.push(&text, range);
            }
            Event::SoftBreak => self.inline.push(" ", range),
            Event::HardBreak => self.inline.push_break(range),
            Event::InlineHtml(tag) => self.inline_html(&tag, range),
            Event::Html(source) => self.html_text(&source, range.start),
            // Rules are furniture.
            Event::Rule => self.note_underline(&range),
            // The other extensions are switched off.
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'t>, range: Range<usize>) {
        match tag {
            Tag::Paragraph => self.open_leaf(Leaf::Paragraph),
            Tag::Heading { level, .. } => self.open_leaf(Leaf::Heading(level as u8)),
            Tag::CodeBlock(kind) => self.open_leaf(Leaf::Code(matches!(kind, CodeBlockKind::Indented))),
            Tag::HtmlBlock => self.open_leaf(Leaf::Html),
            Tag::TableCell => {
                self.open_leaf(if self.in_header { Leaf::HeaderCell } else { Leaf::Cell });
            }
            Tag::BlockQuote(_) => self.open(Container::Quote),
            Tag::List(_) => self.open(Container::List),
            Tag::Item => self.open(Container::Item),
            Tag::Table(_) => {
                self.open(Container::Table);
                self.outline.columns.clear();
            }
            Tag::TableHead => self.open_row(true),
            Tag::TableRow => self.open_row(false),
            Tag::Strong => {
                self.need_leaf();
                self.strong += 1;
                self.inline.cover(&range);
            }
            Tag::Image { .. } => {
                self.need_leaf();
                self.images += 1;
                self.inline.cover(&range);
            }
            Tag::Link { dest_url, .. } => {
                self.need_leaf();
                self.inline.cover(&range);
                self.inline.links.push((self.inline.plain.len(), dest_url.into_string()));
            }
            Tag::Emphasis | Tag::Strikethrough => {
                self.need_leaf();
                self.inline.cover(&range);
            }
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::CodeBlock | TagEnd::HtmlBlock | TagEnd::TableCell => {
                self.flush();
            }
            TagEnd::BlockQuote(_) | TagEnd::List(_) | TagEnd::Item | TagEnd::TableHead | TagEnd::Table => {
                self.flush();
                self.outline.close();
            }
            TagEnd::TableRow => {
                self.flush();
                self.close_row();
            }
            TagEnd::Strong => self.strong = self.strong.saturating_sub(1),
            TagEnd::Image => self.images = self.images.saturating_sub(1),
            _ => {}
        }
    }

    fn open(&mut self, container: Container) {
        self.flush();
        self.outline.open(container);
    }

    fn open_row(&mut self, header: bool) {
        self.open(Container::Row);
        // Below an empty header, which Markdown demands of every table, the first row may be meant as one.
        let below_empty = self.in_header && !header && self.outline.columns.iter().all(Option::is_none);
        self.bold_row = below_empty.then(Vec::new);
        self.in_header = header;
        self.column = 0;
        self.outline.row_label = None;
    }

    /// Takes note of a body cell and of its first clause: a row is no header if words of it are not bold.
    fn note_cell(&mut self, first: Option<u32>) {
        let Some(mut row) = self.bold_row.take() else { return };
        if first.is_none() || self.is_bold() {
            row.push(first);
            self.bold_row = Some(row);
        }
    }

    /// Ends a body row, which heads the columns if it was found to be their header.
    fn close_row(&mut self) {
        self.outline.close();
        let Some(row) = self.bold_row.take() else { return };
        let Some(&first) = row.iter().flatten().next() else { return };
        let label = self.outline.row_label;
        for clause in self.out.clauses.iter_mut().skip(first as usize) {
            clause.kind = ClauseKind::TableHeader;
            // Parts of a header's cell may introduce one another, its cells do not.
            clause.lead_in = clause.lead_in.filter(|&lead_in| Some(lead_in) != label);
        }
        self.outline.columns = row;
    }

    fn open_leaf(&mut self, leaf: Leaf) {
        self.flush();
        self.leaf = Some(leaf);
    }

    /// Inline content directly in a container is the words of a tight list item.
    fn need_leaf(&mut self) {
        if self.leaf.is_none() {
            self.leaf = Some(Leaf::ItemText);
        }
    }

    fn code_span(&mut self, text: &str, range: Range<usize>) {
        self.need_leaf();
        // The range covers the backticks; the text stands in the middle of it.
        let source = self.text.get(range.clone()).unwrap_or_default();
        self.inline.cover(&range);
        match source.find(text) {
            Some(at) => self.inline.push(text, range.start + at..range.start + at + text.len()),
            None => self.code_span_in_lines(text, &range),
        }
    }

    /// A code span over several lines of a container: its line starts are not part of the text, so
    /// each character is looked for where it stands.
    fn code_span_in_lines(&mut self, text: &str, range: &Range<usize>) {
        let source = self.text.get(range.clone()).unwrap_or_default();
        let mut at = range.start + source.len() - source.trim_start_matches('`').len();
        for c in text.chars() {
            let rest = self.text.get(at..range.end).unwrap_or_default();
            let stands = |s: char| s == c || (c == ' ' && matches!(s, '\n' | '\r'));
            // Line starts are short; a character that does not stand near was replaced by the parser.
            let place = rest
                .char_indices()
                .take(LONGEST_LINE_START)
                .find(|&(_, s)| stands(s))
                .map_or(at..at, |(by, s)| at + by..at + by + s.len_utf8());
            at = place.end;
            self.inline.push(c.encode_utf8(&mut [0; 4]), place);
        }
    }

    fn code_text(&mut self, text: &str, range: &Range<usize>) {
        let indented = self.leaf == Some(Leaf::Code(true));
        let mut at = range.start;
        for line in text.split_inclusive('\n') {
            let end = (at + line.len()).min(range.end);
            if line.trim().is_empty() {
                self.inline.push_part(at..end);
            } else {
                self.inline
                    .push(line.trim_end_matches('\n'), at..(at + line.trim_end_matches('\n').len()).min(range.end));
                if !line.ends_with('\n') {
                    // The parser hands out the line break inside containers as an event of its own.
                } else if indented {
                    self.inline.push(" ", end.saturating_sub(1).max(at)..end);
                } else {
                    self.inline.push_part(end.saturating_sub(1).max(at)..end);
                }
            }
            at = end;
        }
    }

    fn inline_html(&mut self, tag: &str, range: Range<usize>) {
        self.need_leaf();
        if !html::is_break(tag) {
            self.inline.cover(&range);
        } else if matches!(self.leaf, Some(Leaf::Cell | Leaf::HeaderCell)) {
            self.inline.push_part(range);
        } else {
            self.inline.push_break(range);
        }
    }

    fn html_text(&mut self, source: &str, start: usize) {
        for piece in html::visible(source, &mut self.hidden_html) {
            match piece {
                Html::Text(range) => {
                    let text = source.get(range.clone()).unwrap_or_default();
                    self.inline.push(text, start + range.start..start + range.end);
                }
                Html::Entity(range, text) => self.inline.push(&text, start + range.start..start + range.end),
                Html::Break(range) => self.inline.push_part(start + range.start..start + range.end),
            }
        }
    }

    /// Ends the open leaf block: its text becomes clauses.
    fn flush(&mut self) {
        self.strong = 0;
        self.images = 0;
        self.hidden_html = None;
        let Some(leaf) = self.leaf.take() else { return };
        let column = self.column;
        if matches!(leaf, Leaf::Cell | Leaf::HeaderCell) {
            self.column += 1;
        }
        // A heading of nothing but marks ("### **") announces nothing, a paragraph of them ("====", "●") says nothing.
        let wordless = match leaf {
            Leaf::Heading(_) => !self.inline.plain.chars().any(char::is_alphanumeric),
            Leaf::Paragraph | Leaf::ItemText => self.inline.plain.chars().all(is_mark),
            _ => false,
        };
        if wordless || self.inline.plain.trim().is_empty() {
            if leaf == Leaf::Paragraph
                && let Some(range) = self.inline.source.take()
            {
                self.note_underline(&range);
            }
            match leaf {
                Leaf::HeaderCell => self.outline.columns.push(None),
                Leaf::Cell => self.note_cell(None),
                _ => {}
            }
            self.inline.clear();
            return;
        }
        let first = offset(self.out.clauses.len());
        let kind = self.kind(leaf);
        // A bold line is one clause, be it a heading or a date.
        if matches!(leaf, Leaf::Heading(_)) || self.is_bold_line(leaf) {
            self.push_whole(kind);
        } else {
            self.push_pieces(kind, leaf, column);
        }
        let end = offset(self.out.clauses.len());
        self.note_block(leaf, kind, first, end);
        self.inline.clear();
    }

    fn kind(&self, leaf: Leaf) -> ClauseKind {
        match leaf {
            Leaf::Heading(level) => ClauseKind::Heading(level),
            Leaf::HeaderCell => ClauseKind::TableHeader,
            Leaf::Cell => ClauseKind::TableCell,
            Leaf::Code(_) | Leaf::Html => ClauseKind::Raw,
            _ if self.is_bold_line(leaf) && !tells_date(&self.inline.plain) => ClauseKind::Heading(BOLD_HEADING),
            _ if self.outline.in_quote() => ClauseKind::Quote,
            Leaf::ItemText => ClauseKind::ListItem,
            Leaf::Paragraph if self.outline.container() == Container::Item => ClauseKind::ListItem,
            Leaf::Paragraph => ClauseKind::Sentence,
        }
    }

    /// Whether all words of the block are bold.
    fn is_bold(&self) -> bool {
        let letters = self.inline.plain.chars().filter(|c| !c.is_whitespace()).map(char::len_utf8).sum::<usize>();
        self.inline.strong >= letters
    }

    /// Whether the block is a short paragraph that is all bold: a heading, if it is no date.
    fn is_bold_line(&self, leaf: Leaf) -> bool {
        let plain = self.inline.plain.trim();
        leaf == Leaf::Paragraph
            && plain.len() <= BOLD_HEADING_MAX
            && self.is_bold()
            && !plain.contains('\n')
            && !plain.ends_with(NO_TITLE)
            && plain.chars().any(char::is_alphabetic)
    }

    /// Makes a heading of the paragraph before if the line at `range` underlines it. The recorder draws a line as long
    /// as the heading, whose own line breaks are then blank lines between the two: to a parser both stand alone.
    fn note_underline(&mut self, range: &Range<usize>) {
        let line = self.text.get(range.clone()).unwrap_or_default();
        let Some(level) = underlined(line).filter(|_| self.outline.container() == Container::Root) else { return };
        let Some(at) = self.out.clauses.len().checked_sub(1) else { return };
        // The last block is that of the line. The one before must hold the one clause and no more.
        let alone = self.out.blocks.iter().rev().nth(1).is_some_and(|block| block.clauses as usize == at);
        let Some(title) = self.out.clauses.get(at).filter(|_| alone) else { return };
        let source = title.span.of(self.text);
        let between = self.text.get(title.span.end as usize..range.start).map_or("", str::trim);
        let breaks = line.trim().len().saturating_sub(source.chars().count());
        // A heading of that very level may be underlined as well.
        let fits = match title.kind {
            ClauseKind::Sentence => true,
            ClauseKind::Heading(open) => open == BOLD_HEADING || open == level,
            _ => false,
        };
        let drawn = between.is_empty() && !source.contains('\n') && (1..=MOST_BREAKS).contains(&breaks);
        let words = title.text.of(&self.out.plain);
        if !fits || !drawn || words.ends_with(NO_TITLE) || tells_date(words) {
            return;
        }
        let heading = self.outline.heading_above(level);
        if let Some(title) = self.out.clauses.get_mut(at) {
            (title.kind, title.heading, title.lead_in) = (ClauseKind::Heading(level), heading, None);
        }
        self.outline.enter_heading(level, offset(at));
    }

    /// Tells the outline what the block means for those after it.
    fn note_block(&mut self, leaf: Leaf, kind: ClauseKind, first: u32, end: u32) {
        match (leaf, kind) {
            // A date right below a heading belongs to it, and heads nothing itself.
            (Leaf::Heading(_), _) if self.outline.below_heading() && tells_date(&self.inline.plain) => {}
            (_, ClauseKind::Heading(level)) => self.outline.enter_heading(level, first),
            (Leaf::HeaderCell, _) => self.outline.columns.push(Some(first)),
            (Leaf::Cell, _) => {
                if self.outline.row_label.is_none() {
                    self.outline.row_label = Some((first, end));
                }
                self.note_cell(Some(first));
            }
            // A date introduces nothing.
            _ if self.is_bold_line(leaf) => self.outline.after_block(first, end, Ending::Closed, None),
            _ => {
                let label = Label::of(&self.inline.plain);
                let ending = Ending::of(&self.inline.plain);
                // "You have the rights below. They are not absolute.": the list belongs to the first sentence.
                let announcing = |at: &u32| ending == Ending::Announces && announces(self.out.text(*at));
                let end = (first..end).rev().find(announcing).map_or(end, |at| at + 1);
                self.outline.after_block(first, end, ending, label);
            }
        }
    }

    /// The whole block is one clause.
    fn push_whole(&mut self, kind: ClauseKind) {
        let heading = match kind {
            ClauseKind::Heading(level) => self.outline.heading_above(level),
            _ => self.outline.heading(),
        };
        let piece = self.inline.trim(0..self.inline.plain.len());
        let source = self.inline.source.clone().unwrap_or(0..0);
        self.push(piece, source, kind, heading, None);
    }

    /// The block is cut into parts and sentences.
    fn push_pieces(&mut self, kind: ClauseKind, leaf: Leaf, column: usize) {
        let context = self.context(leaf, column);
        let source = self.inline.source.clone().unwrap_or(0..0);
        let mut parts = std::mem::take(&mut self.inline.parts);
        parts.retain(|&at| at > 0 && at < self.inline.plain.len());
        parts.push(self.inline.plain.len());
        let mut part_start = 0;
        let mut source_start = source.start;
        let mut part_lead = context.1;
        for &part_end in &parts {
            let block_lead = part_lead;
            let part = self.inline.plain.get(part_start..part_end).unwrap_or_default();
            let mut boundaries = std::mem::take(&mut self.boundaries);
            sentence::boundaries(part, &mut boundaries);
            boundaries.push(Boundary { at: part.len(), kind: BoundaryKind::Sentence });
            let (mut from, mut opened, mut stem) = (0, BoundaryKind::Sentence, Stem::default());
            let opens = Ending::of(part) == Ending::Opens;
            for boundary in &boundaries {
                let piece = self.inline.trim(part_start + from..part_start + boundary.at);
                let cut = self.cut_after(piece.end, part_start + boundary.at, source.end);
                if !piece.is_empty() {
                    let text = self.inline.plain.get(piece.clone()).unwrap_or_default();
                    let ordinal = Label::of(text).and_then(|label| label.ordinal);
                    let introduced = stem.introduces(opened, ordinal);
                    let colon = Ending::of(text) == Ending::Opens;
                    let lead = if introduced { stem.clauses } else { block_lead };
                    let index = self.push(piece, source_start..cut, kind, context.0, lead);
                    if introduced {
                        stem.item = ordinal;
                    } else {
                        stem = Stem { clauses: Some((index, index + 1)), own: ordinal, ..Stem::default() };
                    }
                    stem.colon = colon;
                    source_start = cut;
                }
                (from, opened) = (boundary.at, boundary.kind);
            }
            self.boundaries = boundaries;
            // "We use your data to:<br>- suggest …<br>- create …": the part that opens a list leads it in.
            if opens && stem.clauses.is_some() {
                part_lead = stem.clauses;
            }
            part_start = part_end;
        }
        self.inline.parts = parts;
    }

    /// Heading and lead-in of the clauses of a block.
    fn context(&self, leaf: Leaf, column: usize) -> (Option<u32>, Option<(u32, u32)>) {
        let heading = self.outline.heading();
        match leaf {
            Leaf::Cell => {
                let header = self.outline.columns.get(column).copied().flatten();
                (header.or(heading), self.outline.row_label)
            }
            Leaf::HeaderCell => (heading, None),
            _ => (heading, self.outline.lead_in(Label::of(&self.inline.plain))),
        }
    }

    /// Where in the source the piece that ends at `end` ends, when the next one starts at `next`:
    /// at the white space between them, so that markup stays with the words it touches.
    fn cut_after(&self, end: usize, next: usize, block_end: usize) -> usize {
        if next >= self.inline.plain.len() && end >= self.inline.plain.trim_end().len() {
            return block_end;
        }
        self.inline.source_of(end).start
    }

    fn push(
        &mut self,
        piece: Range<usize>,
        source: Range<usize>,
        kind: ClauseKind,
        heading: Option<u32>,
        lead_in: Option<(u32, u32)>,
    ) -> u32 {
        let index = offset(self.out.clauses.len());
        let floor = self.out.clauses.last().map_or(0, |last| last.span.end as usize);
        let span = trim_source(source.start.max(floor)..source.end.max(floor), self.text);
        let span = self.starting_with_words(span, self.inline.source_of(piece.start).start);
        let text_start = self.out.plain.len();
        let text = self.inline.plain.get(piece.clone()).unwrap_or_default();
        if text.contains('\n') {
            self.out.plain.extend(text.chars().map(|c| if c == '\n' { ' ' } else { c }));
        } else {
            self.out.plain.push_str(text);
        }
        let rendered = Span::new(text_start..self.out.plain.len());
        for target in self.inline.links_in(&piece) {
            let start = self.out.targets.len();
            self.out.targets.push_str(target);
            self.out.links.push(Link { clause: index, target: Span::new(start..self.out.targets.len()) });
        }
        let line = self.line_of(span.start as usize);
        let hash = stable_hash(rendered.of(&self.out.plain).as_bytes());
        let link_hash = self.inline.link_hash(&piece);
        self.out.clauses.push(Clause { span, text: rendered, line, kind, heading, lead_in, hash, link_hash });
        index
    }

    /// `span` from the line on which its words start, which is at `words`: the break or the tag before them may stand
    /// on a line above, and a reader looks for a clause where its words are.
    fn starting_with_words(&self, span: Span, words: usize) -> Span {
        let Range { start, end } = span.range();
        let before = self.text.get(start..words.min(end)).unwrap_or_default();
        before.rfind('\n').map_or(span, |newline| trim_source(start + newline + 1..end, self.text))
    }

    /// The line of `at`, which never lies before the one asked for last.
    fn line_of(&mut self, at: usize) -> u32 {
        let (from, line) = self.counted;
        let between = self.text.as_bytes().get(from..at).unwrap_or_default();
        let line = line + offset(memchr::memchr_iter(b'\n', between).count());
        self.counted = (at.max(from), line);
        line
    }

    /// Fills the gaps between clauses with furniture.
    pub(super) fn finish(mut self) -> Segmentation {
        let mut at = 0;
        for clause in &self.out.clauses {
            push_gap(&mut self.out.furniture, self.text, at, clause.span.start);
            at = clause.span.end;
        }
        push_gap(&mut self.out.furniture, self.text, at, offset(self.text.len()));
        self.out
    }
}

/// The level of the heading that `line` underlines if it was cut off from one.
pub(super) fn underlined(line: &str) -> Option<u8> {
    let line = line.trim();
    let all = |mark: u8| line.len() >= SHORTEST_UNDERLINE && line.bytes().all(|byte| byte == mark);
    if all(b'=') {
        Some(1)
    } else if all(b'-') {
        Some(2)
    } else {
        None
    }
}

/// Whether `c` is part of no word and stands for none: white space, a mark of ASCII, a bullet.
fn is_mark(c: char) -> bool {
    c.is_whitespace() || c.is_ascii_punctuation() || matches!(c, '•' | '●' | '○' | '◦' | '▪' | '·')
}

fn push_gap(furniture: &mut Vec<Furniture>, text: &str, start: u32, end: u32) {
    if start < end {
        furniture.push(Furniture::new(Span { start, end }, text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The clauses of `text`, with the lines that they are said to stand on and their sources.
    fn placed(text: &str) -> Vec<(u32, String, &str)> {
        let cut = segment(text);
        let clause = |clause: &Clause| (clause.line, clause.text.of(&cut.plain).to_owned(), clause.span.of(text));
        cut.clauses.iter().map(clause).collect()
    }

    fn texts(text: &str) -> Vec<String> {
        placed(text).into_iter().map(|(_, text, _)| text).collect()
    }

    #[test]
    fn a_clause_stands_on_the_line_of_its_words() {
        for glue in ["\\\n", "<br>\n", "  \n", " <br>\n", "<br\n/>"] {
            let text = format!("You may:{glue}read it;{glue}**keep** it.");
            let lines: Vec<u32> = placed(&text).iter().map(|clause| clause.0).collect();
            assert_eq!(lines, [1, 2, 3], "{text:?}");
        }
        assert_eq!(placed("You may:\\\n**read** it;")[1], (2, "read it;".to_owned(), "**read** it;"));
        assert_eq!(
            placed("\n<div>\n<p>We keep it.\n</div>"),
            [(3, "We keep it.".to_owned(), "<p>We keep it.\n</div>")]
        );
        assert_eq!(placed("We sell it. [\nYou may not.](x)")[1], (2, "You may not.".to_owned(), "You may not.](x)"));
    }

    #[test]
    fn raw_html_shows_what_a_reader_sees() {
        for (text, expected) in [
            ("<div>\nUsers aged < 13 may not register\n</div>", "Users aged < 13 may not register"),
            ("<div\n class=\"note\">Text</div>", "Text"),
            ("<table><tr>\n<td>Terms &amp; Conditions</td>\n</tr></table>", "Terms & Conditions"),
            ("<div>5&nbsp; &lt;&nbsp;6&#8217;s &nosuch;</div>", "5 < 6\u{2019}s &nosuch;"),
        ] {
            assert_eq!(texts(text), [expected], "{text:?}");
        }
        // A tag that is never closed hides its block, not the one after.
        assert_eq!(texts("<div\nhidden\n\nWe keep it."), ["We keep it."]);
    }

    /// The clauses of `text`, each with its kind, what introduces it and the headings above it.
    fn told(text: &str) -> Vec<(ClauseKind, String, String, String)> {
        let cut = segment(text);
        let told = |(at, clause): (usize, &Clause)| {
            let at = offset(at);
            (clause.kind, cut.text(at).to_owned(), cut.lead_in(at), cut.headings(at).join(" › "))
        };
        cut.clauses.iter().enumerate().map(told).collect()
    }

    /// The clauses of `text` that something introduces: first words of both.
    fn introduced(text: &str) -> Vec<(String, String)> {
        let words = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
        let told = told(text).into_iter().filter(|(_, _, lead_in, _)| !lead_in.is_empty());
        told.map(|(_, text, lead_in, _)| (words(&text), words(&lead_in))).collect()
    }

    fn pairs(of: &[(&str, &str)]) -> Vec<(String, String)> {
        of.iter().map(|&(text, lead_in)| (text.to_owned(), lead_in.to_owned())).collect()
    }

    #[test]
    fn paragraphs_are_items_whatever_they_count_with() {
        let text = "Never do any of these:\n\ni. copy it;\n\nii. sell it;\n\niii. or both.\n\nWe may.\n\niv. Not here.";
        assert_eq!(introduced(text), pairs(&[("i.", "Never"), ("ii.", "Never"), ("iii.", "Never")]));
    }

    #[test]
    fn a_section_is_no_item_of_the_one_before() {
        let text = "13.1 We pay for:\n\na. harm;\n\nb. loss.\n\n13.2 We keep your data.\n\nc. Not here.";
        assert_eq!(introduced(text), pairs(&[("a.", "13.1"), ("b.", "13.1")]));
        let text = "2.1 You must:\n\n2.1.1 pay us;\n\n2.1.2 tell us.\n\n3.1 We may.\n\n3.1.1 Not here.";
        assert_eq!(introduced(text), pairs(&[("2.1.1", "2.1"), ("2.1.2", "2.1")]));
        // An item that introduces items of its own stands under the number of the section.
        let text = "2.3 You must:\n\n(a) tell us:\n\n(i) names;\n\n(ii) dates.\n\n2.4 We may.";
        assert_eq!(introduced(text), pairs(&[("(a)", "2.3"), ("(i)", "(a)"), ("(ii)", "(a)")]));
        // Plain numbers from one on are items.
        let text = "2.3 You must:\n\n1\\. pay;\n\n2\\. tell us;\n\n3\\. go.\n\n2.4 We may.";
        assert_eq!(introduced(text), pairs(&[("1.", "2.3"), ("2.", "2.3"), ("3.", "2.3")]));
        let text = "You must:\n\n2.1 pay us;\n\n2.2 tell us.";
        assert_eq!(introduced(text), pairs(&[("2.1", "You"), ("2.2", "You")]));
    }

    #[test]
    fn an_item_does_not_introduce_those_beside_it() {
        let text = "You must:\n\n(a) tell us your:\n\n(i) name;\n\n(ii) age.\n\n(b) pay us.\n\n(c) go.";
        let found = [("(a)", "You"), ("(i)", "(a)"), ("(ii)", "(a)"), ("(b)", "You"), ("(c)", "You")];
        assert_eq!(introduced(text), pairs(&found));
        let text = "a. We may:\n\ni. read it;\n\nii. sell it.\n\nb. You may leave.\n\nc. And return.";
        assert_eq!(introduced(text), pairs(&[("i.", "a."), ("ii.", "a.")]));
        let text = "(a) We may:\n\n(i) ask for:\n\n(1) names;\n\n(2) dates.\n\n(b) Not here.";
        assert_eq!(introduced(text), pairs(&[("(i)", "(a)"), ("(1)", "(i)"), ("(2)", "(i)")]));
    }

    #[test]
    fn an_item_of_a_sentence_does_not_introduce_the_next() {
        let text = "(a) you own everything that you post; and (b) nobody else has any rights in it.";
        assert_eq!(introduced(text), pairs(&[]));
        let text = "We may act where you (a) send ads, spam, etc. (b) break any of our rules, (c) harm other people.";
        assert_eq!(introduced(text), pairs(&[("(a)", "We"), ("(b)", "We"), ("(c)", "We")]));
        let text =
            "You pay for claims about:\\\n(a) your use of it; (b) what you post there; or (c) what you do to us.";
        assert_eq!(introduced(text), pairs(&[("(a)", "You"), ("(b)", "You"), ("(c)", "You")]));
        let text = "The rest: (1) We keep what you send to us. (2) We delete it all later. We tell you.";
        assert_eq!(introduced(text), pairs(&[("(1)", "The"), ("(2)", "The")]));
        let text = "(b) We may (a) use what you post, (b) keep all that you send or (c) sell what you bought.";
        assert_eq!(introduced(text), pairs(&[("(a)", "(b)"), ("(b)", "(b)"), ("(c)", "(b)")]));
    }

    #[test]
    fn the_sentence_that_announces_a_list_introduces_it() {
        let text = "You have the rights below. They are not absolute.\n\n* Read it.\n";
        assert_eq!(introduced(text), pairs(&[("Read", "You")]));
        let text = "They are not below. We use it for the following purposes.\n\n* Read it.\n";
        assert_eq!(introduced(text), pairs(&[("Read", "We")]));
        let text = "They are told below. See\n\n* Read it.\n";
        assert_eq!(introduced(text), pairs(&[("Read", "See")]));
    }

    #[test]
    fn a_date_right_below_a_heading_heads_nothing() {
        use ClauseKind::{Heading, Sentence};
        let text = "# Terms\n\n## Effective: May 1, 2025\n\n## Last updated: April 2, 2025\n\nWe keep it.\n\n\
            ### Scope\n\nAll of it.\n\n## Updated April 3, 2025\n\nWe sell it.\n";
        let expected = [
            (Heading(1), "Terms", ""),
            (Heading(2), "Effective: May 1, 2025", "Terms"),
            (Heading(2), "Last updated: April 2, 2025", "Terms"),
            (Sentence, "We keep it.", "Terms"),
            (Heading(3), "Scope", "Terms"),
            (Sentence, "All of it.", "Terms › Scope"),
            (Heading(2), "Updated April 3, 2025", "Terms"),
            (Sentence, "We sell it.", "Terms › Updated April 3, 2025"),
        ];
        let expected = expected.map(|(kind, text, above)| (kind, text.to_owned(), String::new(), above.to_owned()));
        assert_eq!(told(text), expected);
    }

    #[test]
    fn a_heading_keeps_an_underline_that_was_cut_off() {
        use ClauseKind::{Heading, Sentence};
        let text = "Terms of use\n\n\n================\n\nWe keep it.\n\n\
            **Your data**\n\n\n-----------------\n\nWe sell it.\n";
        let expected = [
            (Heading(1), "Terms of use", ""),
            (Sentence, "We keep it.", "Terms of use"),
            (Heading(2), "Your data", "Terms of use"),
            (Sentence, "We sell it.", "Terms of use › Your data"),
        ];
        let expected = expected.map(|(kind, text, above)| (kind, text.to_owned(), String::new(), above.to_owned()));
        assert_eq!(told(text), expected);
        // A rule of another length, a sentence, two, two lines, an item of a list, a date, something in between.
        for text in [
            "We do not sell it.\n\n----------------------\n",
            "Your data\n\n------------------------------\n",
            "Your data\n\n-----\n",
            "One. Two.\n\n\n-------------\n",
            "Your\ndata\n\n\n-------------\n",
            "* Your data\n\n-------------\n",
            "Updated 2025\n\n\n----------------\n",
            "Your data\n\n> *\n\n-------------\n",
        ] {
            assert!(told(text).iter().all(|clause| !matches!(clause.0, Heading(_))), "{text:?}");
        }
    }

    #[test]
    fn a_paragraph_of_marks_says_nothing() {
        let text = "Terms\n\n====\n\n●\n\nParis\n\n\\-\n\n3 %\n\n\\* * *\n\n[\n\nOslo";
        assert_eq!(texts(text), ["Terms", "Paris", "3 %", "Oslo"]);
        assert_eq!(texts("✓\n\n…\n\n| - |\n| --- |\n| / |\n"), ["✓", "…", "-", "/"]);
    }

    #[test]
    fn a_bold_row_below_an_empty_header_is_the_header() {
        use ClauseKind::{TableCell, TableHeader};
        let clause = |kind, text: &str, lead_in: &str, headings: &str| {
            (kind, text.to_owned(), lead_in.to_owned(), headings.to_owned())
        };
        let table = |row: &str| told(&format!("|  |  |\n| --- | --- |\n{row}\n| Tell us | **Hide** |\n"));
        let headed = [
            clause(TableHeader, "Do", "", ""),
            clause(TableHeader, "Don't", "", ""),
            clause(TableCell, "Tell us", "", "Do"),
            clause(TableCell, "Hide", "Tell us", "Don't"),
        ];
        assert_eq!(table("| **Do** | **Don't** |"), headed);
        let one = [
            clause(TableHeader, "Don't", "", ""),
            clause(TableCell, "Tell us", "", ""),
            clause(TableCell, "Hide", "Tell us", "Don't"),
        ];
        assert_eq!(table("|  | **Don't** |"), one);
        let plain = [
            clause(TableCell, "Do", "", ""),
            clause(TableCell, "Don't", "Do", ""),
            clause(TableCell, "Tell us", "", ""),
            clause(TableCell, "Hide", "Tell us", ""),
        ];
        assert_eq!(table("| **Do** | Don't |"), plain);
        // Only the first row may be the header, and only where there is no other.
        assert!(table("| Do | Don't |\n| **A** | **B** |").iter().all(|clause| clause.0 == TableCell));
        let two = told("| Do | Don't |\n| --- | --- |\n| **A** | **B** |\n");
        assert_eq!(two[3], clause(TableCell, "B", "A", "Don't"));
    }

    #[test]
    fn a_bold_date_heads_and_introduces_nothing() {
        use ClauseKind::{Heading, ListItem, Sentence};
        let text = "# Terms\n\n**Your data**\n\n**Last updated: Jan. 6, 2025**\n\n* We keep it.\n";
        let expected = [
            (Heading(1), "Terms", ""),
            (Heading(7), "Your data", "Terms"),
            (Sentence, "Last updated: Jan. 6, 2025", "Terms › Your data"),
            (ListItem, "We keep it.", "Terms › Your data"),
        ];
        let expected = expected.map(|(kind, text, above)| (kind, text.to_owned(), String::new(), above.to_owned()));
        assert_eq!(told(text), expected);
    }

    #[test]
    fn white_space_before_a_word_is_one_space() {
        assert_eq!(texts("We\u{a0} share data"), ["We share data"]);
        assert_eq!(texts("a\t b"), ["a b"]);
        assert_eq!(texts("a \u{200b} b"), ["a b"]);
    }
}
