//! The containers a block stands in, and the headings and lead-ins above it.

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
    /// A block that ended with a colon: it introduces the enumerated paragraphs after it.
    colon: Option<(u32, u32)>,
    /// Height of the heading stack when the container was opened.
    headings: usize,
    /// Whether the last block of the container was a heading.
    ends_with_heading: bool,
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
    /// A block that ended with a colon.
    pub(super) colon: Option<(u32, u32)>,
}

impl Outline {
    /// The outline at a block without a container; `headings` are those open, outermost first.
    pub(super) fn at_root(state: RootState, headings: Vec<(u8, u32)>) -> Self {
        let mut outline = Self::new();
        outline.headings = headings;
        if let Some(root) = outline.frames.first_mut() {
            (root.before, root.colon) = (state.before, state.colon);
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

    /// The clauses that introduce a block that starts here.
    pub(super) fn lead_in(&self, enumerated: bool) -> Option<(u32, u32)> {
        let frame = self.frames.last()?;
        match frame.colon {
            Some(colon) if enumerated => Some(colon),
            _ => frame.lead_in,
        }
    }

    /// A block with the clauses `first..end` ended; `ending` says how its text ends.
    pub(super) fn after_block(&mut self, first: u32, end: u32, ending: Ending, enumerated: bool) {
        let Some(frame) = self.frames.last_mut() else { return };
        let last = (end.max(first + 1) - 1, end.max(first + 1));
        frame.ends_with_heading = false;
        frame.before = match ending {
            // The words of an item introduce the list nested in it, unless they are a sentence of their own.
            Ending::Opens | Ending::Open => Some(last),
            Ending::Closed => None,
        };
        if ending == Ending::Opens {
            frame.colon = Some(last);
        } else if !enumerated {
            frame.colon = None;
        }
    }
}

/// How the text of a block ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// With a colon: it introduces something.
    Opens,
    /// With no stop, or with a stop after words that announce a list ("the following").
    Open,
    /// With a stop.
    Closed,
}

impl Ending {
    pub(super) fn of(text: &str) -> Self {
        let text = text.trim_end();
        match text.chars().next_back() {
            Some(':' | '：') => Self::Opens,
            Some('.' | '!' | '?' | '。' | '！' | '？') => {
                let announces = ["following", "below", "suivant", "folgende", "siguiente"];
                if text.len() <= 300 && announces.iter().any(|word| text.contains(word)) {
                    Self::Open
                } else {
                    Self::Closed
                }
            }
            Some(_) => Self::Open,
            None => Self::Closed,
        }
    }
}

impl Frame {
    fn new(container: Container, lead_in: Option<(u32, u32)>, headings: usize) -> Self {
        Self { container, lead_in, before: None, colon: None, headings, ends_with_heading: false }
    }
}
