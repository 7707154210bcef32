//! What is not a clause: the bytes that carry structure, not words.

use crate::text::Span;

/// What a stretch of furniture is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FurnitureKind {
    /// White space and blank lines.
    Space,
    /// Markup: list markers, heading marks, table pipes and rules, thematic breaks, quote marks,
    /// raw HTML tags, link definitions, images.
    Markup,
}

/// A stretch of the version that belongs to no clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Furniture {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: FurnitureKind,
}

impl Furniture {
    /// The furniture that fills `span` of `text`.
    pub(super) fn new(span: Span, text: &str) -> Self {
        let blank = span.of(text).chars().all(char::is_whitespace);
        Self { span, kind: if blank { FurnitureKind::Space } else { FurnitureKind::Markup } }
    }
}
