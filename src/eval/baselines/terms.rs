//! The words of a clause change with what became of them: the text that word-counting baselines read.

use crate::align::{Op, redline};
use crate::dataset::LabelledChange;
use crate::text::{TokenKind, tokens};

/// Words of one edit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Marked {
    /// What became of them.
    pub(super) op: Op,
    /// The words, in lower case.
    pub(super) words: Vec<String>,
}

/// The words of the clause with their marks, in the order of the redline.
pub(super) fn marked(item: &LabelledChange) -> Vec<Marked> {
    let whole = |op, text: &str| vec![Marked { op, words: words(text) }];
    match (&item.clause.before, &item.clause.after) {
        (None, None) => Vec::new(),
        (None, Some(after)) => whole(Op::Insert, after),
        (Some(before), None) => whole(Op::Delete, before),
        (Some(before), Some(after)) => redline(before, after)
            .edits()
            .iter()
            .map(|edit| Marked {
                op: edit.op,
                words: words(if edit.op == Op::Delete { edit.old.of(before) } else { edit.new.of(after) }),
            })
            .collect(),
    }
}

/// The words of `text` in lower case.
pub(super) fn words(text: &str) -> Vec<String> {
    tokens(text)
        .iter()
        .filter(|token| token.kind == TokenKind::Word)
        .map(|token| token.span.of(text).to_lowercase())
        .collect()
}
