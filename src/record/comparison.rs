//! The record of a comparison of two versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{ClauseChangeRecord, ScoredId};

/// Two versions of the same terms side by side: what `compare --format jsonl` writes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ComparisonRecord {
    /// Version of the contract.
    pub schema: u32,
    /// The service.
    pub service: String,
    /// The terms type.
    pub terms_type: String,
    /// The version that the `before` side of each clause stands in.
    pub before: VersionRecord,
    /// The version that the `after` side stands in.
    pub after: VersionRecord,
    /// Categories of the clauses that differ, best score of each, best first. Empty without a model.
    pub categories: Vec<ScoredId>,
    /// Name of the model that judged; null when only deterministic signals did.
    pub model: Option<String>,
    /// Numbers of clauses: `unchanged` (in both), `removed` (only before), `added` (only after),
    /// `modified` (differ), `moved` (elsewhere).
    pub counts: BTreeMap<String, usize>,
    /// What was mended or cut short while reading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The clauses that differ.
    pub clauses: Vec<ClauseChangeRecord>,
}

/// One version of a document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VersionRecord {
    /// The collection's name.
    pub collection: String,
    /// Path of the document in the collection.
    pub path: String,
    /// The commit that recorded the version.
    pub commit: String,
    /// When, RFC 3339 in UTC.
    pub date: String,
    /// Link to the version on the hosting site, as plain text, so that lines can be linked.
    pub url: Option<String>,
}

impl VersionRecord {
    /// Link to `line` of the version.
    #[must_use]
    pub fn line(&self, line: u32) -> Option<String> {
        self.url.as_ref().map(|url| format!("{url}#L{line}"))
    }
}
