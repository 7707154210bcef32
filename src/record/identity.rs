//! Which clause change is which: identities that depend on nothing but the document change and the texts.

use std::collections::HashMap;

use super::ClauseChangeRecord;
use crate::id::stable_id;

/// Gives the clause changes of one document change their ids, in order.
#[derive(Debug)]
pub(crate) struct Identities<'a> {
    change: &'a str,
    numbering: Numbering,
}

impl<'a> Identities<'a> {
    /// Of the document change with the id `change`.
    pub(crate) fn new(change: &'a str) -> Self {
        Self { change, numbering: Numbering::default() }
    }

    /// The id of the next clause change: of its kind and texts, and of how many equal ones came before.
    pub(crate) fn next(&mut self, clause: &ClauseChangeRecord) -> String {
        let key = clause_id(self.change, &clause.kind, clause.before.as_deref(), clause.after.as_deref());
        self.numbering.next(key)
    }
}

/// Tells equal keys apart: the first stays as it is, each later one counts those before it.
#[derive(Debug, Default)]
pub(crate) struct Numbering {
    earlier: HashMap<String, usize>,
}

impl Numbering {
    /// `key`, or another in its place where it was there before.
    pub(crate) fn next(&mut self, key: String) -> String {
        let nth = self.earlier.entry(key.clone()).or_default();
        *nth += 1;
        if *nth == 1 { key } else { stable_id(&[&key, &(*nth - 1).to_string()]) }
    }
}

/// The id of the first clause change of its kind and texts in the document change `change`.
pub(crate) fn clause_id(change: &str, kind: &str, before: Option<&str>, after: Option<&str>) -> String {
    stable_id(&[change, kind, before.unwrap_or("\u{0}"), after.unwrap_or("\u{0}")])
}
