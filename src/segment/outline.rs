//! The containers a block stands in, and the headings and lead-ins above it.

use super::label::{Label, Ordinal};

/// Where the parser is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Container {
    Root,
    Quote,
    List,
    Item,
    Table,
    Row,
}

/// One open container.
#[derive(Debug, Clone)]
struct Frame {
    container: Container,
    /// Clauses that introduce what follows directly in this container.
    lead_in: Option<(u32, u32)>,
    /// Clauses of the block before, which introduce a list if one follows.
    before: Option<(u32, u32)>,
    /// What introduces the enumerated paragraphs that follow.
    colon: Option<Opener>,
    /// Height of the heading stack when the container was opened.
    headings: usize,
    /// Whether the last block of the container was a heading.
    ends_with_heading: bool,
}

/// A block that ended with a colon: it introduces the enumerated paragraphs after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Opener {
    /// Its last clause.
    pub(super) clauses: (u32, u32),
    /// Levels of the number that it stands under: two for `13.1`, none where it stands under none.
    levels: u8,
    /// Whether `1.` followed: then plain numbers count what it introduces, not what stands beside it.
    counted: bool,
    /// What it counts with if it is an item itself: `(a) …:`.
    item: Option<Ordinal>,
    /// What introduces it if it is an item itself, and what that counts with.
    outer: Option<((u32, u32), Option<Ordinal>)>,
}

impl Opener {
    /// The block with these `clauses` and this `label`; `above` introduces it.
    fn new(clauses: (u32, u32), label: Option<Label>, above: Option<Self>) -> Self {
        let levels = label.map_or(0, |label| label.levels);
        let item = label.and_then(|label| label.ordinal);
        match above {
            Some(above) if levels == 0 => Self { clauses, item, outer: Some((above.clauses, above.item)), ..above },
            _ => Self { clauses, levels, counted: false, item, outer: None },
        }
    }

    /// What it is from a block with `label` on; nothing where it does not introduce that: `13.2` after `13.1 …:`.
    /// From `(b)` after `(a) …:` on it is what introduces both.
    fn over(self, label: Option<Label>) -> Option<Self> {
        let label = label?;
        let counts_on = |item: Option<Ordinal>| label.ordinal.zip(item).is_some_and(|(next, item)| next.follows(item));
        if counts_on(self.item) {
            return self.outer.map(|(clauses, item)| Self { clauses, item, outer: None, ..self });
        }
        if self.outer.is_some_and(|(_, item)| counts_on(item)) {
            return None;
        }
        let counted = self.counted || label.first && self.levels > 0;
        let beside = (1..=self.levels).contains(&label.levels) && !(counted && label.levels == 1);
        (!beside).then_some(Self { counted, ..self })
    }

    /// The same with its clauses at other places.
    pub(super) fn with(self, place: impl Fn((u32, u32)) -> (u32, u32)) -> Self {
        let outer = self.outer.map(|(clauses, item)| (place(clauses), item));
        Self { clauses: place(self.clauses), outer, ..self }
    }

    /// The clauses that introduce it if it is an item itself.
    pub(super) fn outer(self) -> Option<(u32, u32)> {
        self.outer.map(|(clauses, _)| clauses)
    }

    /// All that decides which block it introduces no more: itself without its clauses.
    pub(super) fn reach(self) -> Self {
        self.with(|_| (0, 0))
    }
}

/// A heading that is open: its level and its clause.
type OpenHeading = (u8, u32);

/// Containers and headings open at one point of the document.
#[derive(Debug)]
pub(super) struct Outline {
    frames: Vec<Frame>,
    headings: Vec<OpenHeading>,
    /// Header cells of the open table: first clause of each column.
    pub(super) columns: Vec<Option<u32>>,
    /// Clauses of the first cell of the open row.
    pub(super) row_label: Option<(u32, u32)>,
}

/// What is open where no container is: all that a block without one depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct RootState {
    /// The innermost open heading; those above it are its own headings.
    pub(super) heading: Option<u32>,
    /// The block before, if it can introduce a list.
    pub(super) before: Option<(u32, u32)>,
    /// What introduces the enumerated paragraphs that follow.
    pub(super) colon: Option<Opener>,
    /// Whether the block before was a heading.
    pub(super) below_heading: bool,
}

impl Outline {
    /// The outline at a block without a container; `headings` are those open, outermost first.
    pub(super) fn at_root(state: RootState, headings: Vec<(u8, u32)>) -> Self {
        let mut outline = Self::new();
        outline.headings = headings;
        if let Some(root) = outline.frames.first_mut() {
            (root.before, root.colon) = (state.before, state.colon);
            root.ends_with_heading = state.below_heading;
        }
        outline
    }

    /// What is open outside of all containers.
    pub(super) fn root(&self) -> RootState {
        let root = self.frames.first();
        RootState {
            heading: self.heading(),
            before: root.and_then(|frame| frame.before),
            colon: root.and_then(|frame| frame.colon),
            below_heading: root.is_some_and(|frame| frame.ends_with_heading),
        }
    }

    pub(super) fn new() -> Self {
        Self {
            frames: vec![Frame::new(Container::Root, None, 0)],
            headings: Vec::new(),
            columns: Vec::new(),
            row_label: None,
        }
    }

    /// Whether the block before, in the same container, was a heading.
    pub(super) fn below_heading(&self) -> bool {
        self.frames.last().is_some_and(|frame| frame.ends_with_heading)
    }

    /// The innermost container.
    pub(super) fn container(&self) -> Container {
        self.frames.last().map_or(Container::Root, |frame| frame.container)
    }

    /// Whether a block quote is open.
    pub(super) fn in_quote(&self) -> bool {
        self.frames.iter().any(|frame| frame.container == Container::Quote)
    }

    pub(super) fn open(&mut self, container: Container) {
        let outer = self.frames.last();
        let lead_in = match container {
            Container::List => outer.and_then(|frame| frame.before.or(frame.lead_in)),
            _ => outer.and_then(|frame| frame.lead_in),
        };
        self.frames.push(Frame::new(container, lead_in, self.headings.len()));
    }

    pub(super) fn close(&mut self) {
        if self.frames.len() < 2 {
            return;
        }
        let Some(closed) = self.frames.pop() else { return };
        // The headings of a list item end with it, unless the item is nothing but the heading:
        // then it announces what follows the list.
        if closed.container == Container::Item && !closed.ends_with_heading {
            self.headings.truncate(closed.headings);
        }
        if let Some(outer) = self.frames.last_mut() {
            outer.before = None;
            outer.ends_with_heading = closed.ends_with_heading;
        }
    }

    /// The clause of the innermost open heading.
    pub(super) fn heading(&self) -> Option<u32> {
        self.headings.last().map(|&(_, clause)| clause)
    }

    /// The heading that a heading of `level` stands under.
    pub(super) fn heading_above(&self, level: u8) -> Option<u32> {
        self.headings.iter().rev().find(|&&(open, _)| open < level).map(|&(_, clause)| clause)
    }

    pub(super) fn enter_heading(&mut self, level: u8, clause: u32) {
        while self.headings.last().is_some_and(|&(open, _)| open >= level) {
            self.headings.pop();
        }
        self.headings.push((level, clause));
        for frame in &mut self.frames {
            // A heading inside an item replaces headings of the level outside it too.
            frame.headings = frame.headings.min(self.headings.len());
        }
        if let Some(frame) = self.frames.last_mut() {
            frame.before = None;
            frame.colon = None;
            frame.ends_with_heading = true;
        }
    }

    /// The clauses that introduce a block that starts here, with `label` if it has one.
    pub(super) fn lead_in(&self, label: Option<Label>) -> Option<(u32, u32)> {
        let frame = self.frames.last()?;
        let colon = frame.colon.and_then(|colon| colon.over(label));
        colon.map(|colon| colon.clauses).or(frame.lead_in)
    }

    /// A block with the clauses `first..end` ended; `ending` and `label` say how its text ends and starts.
    pub(super) fn after_block(&mut self, first: u32, end: u32, ending: Ending, label: Option<Label>) {
        let Some(frame) = self.frames.last_mut() else { return };
        let last = (end.max(first + 1) - 1, end.max(first + 1));
        frame.ends_with_heading = false;
        frame.before = match ending {
            // The words of an item introduce the list nested in it, unless they are a sentence of their own.
            Ending::Opens | Ending::Open | Ending::Announces => Some(last),
            Ending::Closed => None,
        };
        let colon = frame.colon.and_then(|colon| colon.over(label));
        frame.colon = if ending == Ending::Opens { Some(Opener::new(last, label, colon)) } else { colon };
    }
}

/// How the text of a block ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a colon: it introduces something.
    Opens,
    /// With no stop.
    Open,
    /// With a stop, after words that announce a list.
    Announces,
    /// With a stop.
    Closed,
}

impl Ending {
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim_end();
        match text.chars().next_back() {
            Some(':' | '：') => Self::Opens,
            Some('.' | '!' | '?' | '。' | '！' | '？') => {
                if text.len() <= 300 && announces(text) {
                    Self::Announces
                } else {
                    Self::Closed
                }
            }
            Some(_) => Self::Open,
            None => Self::Closed,
        }
    }
}

/// Whether `text` has words that announce a list: "the following".
pub(super) fn announces(text: &str) -> bool {
    ["following", "below", "suivant", "folgende", "siguiente"].iter().any(|word| text.contains(word))
}

impl Frame {
    fn new(container: Container, lead_in: Option<(u32, u32)>, headings: usize) -> Self {
        Self { container, lead_in, before: None, colon: None, headings, ends_with_heading: false }
    }
}
