//! A byte range in a text.

use std::ops::Range;

/// A half-open byte range `start..end`.
///
/// Offsets are 32 bits wide: a version is refused long before four gigabytes
/// (see [`crate::source::MAX_VERSION_BYTES`]), and clauses are kept by the hundred thousand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The span of `range`; offsets past `u32::MAX` saturate.
    #[must_use]
    pub fn new(range: Range<usize>) -> Self {
        Self { start: offset(range.start), end: offset(range.end) }
    }

    /// The span as a range for slicing.
    #[must_use]
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        (self.end.saturating_sub(self.start)) as usize
    }

    /// Whether the span holds no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.end <= self.start
    }

    /// The slice of `text` that the span denotes, empty if it lies outside.
    #[must_use]
    pub fn of(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }
}

/// `at` as a stored offset; saturates, which the version size limit makes unreachable.
pub(crate) fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}
