//! The fields of the records.

use std::collections::BTreeMap;

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

/// Points by which each named signal raised or lowered a priority; they sum to it.
pub type PartsRecord = BTreeMap<String, f64>;

/// One document change: one line of `scan --format jsonl`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DocumentChangeRecord {
    /// Version of the contract.
    pub schema: u32,
    /// Stable identity: 16 hex digits of the SHA-256 of collection, commit and path.
    pub id: String,
    /// The collection's name.
    pub collection: String,
    /// The service.
    pub service: String,
    /// The terms type.
    pub terms_type: String,
    /// The part of terms recorded in several files.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
    /// Path of the document in the collection.
    pub path: String,
    /// The commit that records the change.
    pub commit: String,
    /// When, RFC 3339 in UTC.
    pub date: String,
    /// The commit that recorded the version before; null for a first record.
    pub previous_commit: Option<String>,
    /// When that was.
    pub previous_date: Option<String>,
    /// Link to the commit on the hosting site.
    pub url: Option<String>,
    /// Why it is news, or probably is not: `change`, `reversion`, `oscillation`, `page-replaced`,
    /// `language-swapped`, `technical`, `cosmetic`, `rolling`, `first-record`, `last-record`.
    pub status: String,
    /// The status in words; null for a plain `change`.
    pub status_reason: Option<String>,
    /// 0 to 100: how much an analyst should want to look.
    pub priority: f64,
    /// What it is made of; the parts sum to it.
    pub priority_parts: PartsRecord,
    /// The numbers that the priority was read from, before they were weighed. Zeros are left out.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub signals: BTreeMap<String, f64>,
    /// Whether the decision that it matters, or does not, hangs on judgements near their thresholds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsure: bool,
    /// The story that it belongs to, where the same change was made in several documents or services.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub story: Option<StoryRecord>,
    /// The same document in other collections, changed in the same way within 30 days.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub twins: Vec<TwinRecord>,
    /// The highest materiality among the clause changes.
    pub materiality: Option<String>,
    /// Categories of the clause changes, best score of each, best first. Empty without a model.
    pub categories: Vec<ScoredId>,
    /// The effect on users. Null without a model.
    pub effect: Option<String>,
    /// Name of the model that judged; null when only deterministic signals did.
    pub model: Option<String>,
    /// Facts of all clause changes together.
    #[serde(serialize_with = "with_every_list")]
    pub facts: FactsRecord,
    /// Numbers of clauses: `unchanged`, `added`, `removed`, `modified`, `moved`.
    pub counts: BTreeMap<String, usize>,
    /// What was mended or cut short while reading.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The clause changes in the order of the document.
    pub clauses: Vec<ClauseChangeRecord>,
}

/// The same change in several places, among the document changes that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoryRecord {
    /// The id of its earliest document change: it stays when more places join.
    pub id: String,
    /// The other places, earliest first.
    pub places: Vec<PlaceRecord>,
    /// How many more there are than are listed.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
}

/// A document change of the same story.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceRecord {
    /// Its id.
    pub id: String,
    /// Its collection.
    pub collection: String,
    /// Its service.
    pub service: String,
    /// Its terms type.
    pub terms_type: String,
    /// Path of the document.
    pub path: String,
    /// The commit that records it.
    pub commit: String,
    /// When.
    pub date: String,
    /// Link to the commit on the hosting site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// The same document's change in another collection.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TwinRecord {
    /// Its id.
    pub id: String,
    /// Its collection.
    pub collection: String,
    /// The commit that records it.
    pub commit: String,
    /// When.
    pub date: String,
    /// Link to the commit on the hosting site.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// Clause changes that both have.
    pub shared: usize,
    /// Ids of clause changes that only this document change has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_here: Vec<String>,
    /// Ids of clause changes that only the twin has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub only_there: Vec<String>,
    /// Whether only a sample of very many clause changes was compared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sampled: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it with a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}

/// One clause change.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ClauseChangeRecord {
    /// Stable identity within the collection.
    pub id: String,
    /// `added`, `removed`, `modified` or `moved`.
    pub kind: String,
    /// The clause before, as rendered text.
    pub before: Option<String>,
    /// The clause after.
    pub after: Option<String>,
    /// The word-level redline of a modified clause; empty otherwise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redline: Vec<EditRecord>,
    /// The headings above it, outermost first.
    pub headings: Vec<String>,
    /// What introduces its list or table row.
    pub lead_in: String,
    /// 1-based line in the version before.
    pub before_line: Option<u32>,
    /// 1-based line in the version after.
    pub after_line: Option<u32>,
    /// Byte range in the version before.
    pub before_span: Option<[u32; 2]>,
    /// Byte range in the version after.
    pub after_span: Option<[u32; 2]>,
    /// Link to the exact line on the hosting site.
    pub url: Option<String>,
    /// Whether a modified clause also changed its place.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub moved: bool,
    /// Clauses on the old and on the new side, when it was split or merged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub regrouped: Option<[usize; 2]>,
    /// Link targets that changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub links: Option<LinkTargetsRecord>,
    /// The judgement on materiality and its score.
    pub materiality: Option<ScoredId>,
    /// Why, where a deterministic rule judged (`only link targets changed`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub materiality_reason: Option<String>,
    /// Categories with their scores, best first.
    pub categories: Vec<ScoredId>,
    /// The effect on users.
    pub effect: Option<ScoredId>,
    /// How much it would be worth a memo by itself, 0 to 1, by the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interest: Option<f64>,
    /// Facts.
    pub facts: FactsRecord,
}

/// One step of a redline.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditRecord {
    /// `equal`, `delete` or `insert`.
    pub op: String,
    /// The words.
    pub text: String,
}

/// Targets of links before and after.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkTargetsRecord {
    /// Targets that are gone.
    pub dropped: Vec<String>,
    /// Targets that are new.
    pub added: Vec<String>,
}

/// An id with its score.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoredId {
    /// The id.
    pub id: String,
    /// 0 to 1.
    pub score: f64,
}

/// Deterministic facts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FactsRecord {
    /// Jurisdictions named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jurisdictions: Vec<String>,
    /// Jurisdictions named only after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jurisdictions_added: Vec<String>,
    /// Jurisdictions named only before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub jurisdictions_dropped: Vec<String>,
    /// Laws named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub laws: Vec<String>,
    /// Laws named only after.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub laws_added: Vec<String>,
    /// Laws named only before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub laws_dropped: Vec<String>,
    /// Organisations newly named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties_added: Vec<String>,
    /// Organisations no longer named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parties_dropped: Vec<String>,
    /// Durations, ages, amounts, percentages and dates that changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub numbers: Vec<NumberRecord>,
    /// Shifts such as may → will.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub modal_shifts: Vec<ModalShiftRecord>,
    /// Negations that came.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub negations_added: Vec<String>,
    /// Negations that went.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub negations_dropped: Vec<String>,
    /// Of a document change: the text changed but its own "last updated" date did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silent_update: Option<String>,
    /// Of a document change: its own date moved backwards (`2025-03-01 → 2025-01-15`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_dated: Option<String>,
}

/// Facts with all their lists, the empty ones too: who reads the facts of a document change need not ask which are
/// there. Those of its clauses are too many for that.
fn with_every_list<S: Serializer>(facts: &FactsRecord, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(None)?;
    map.serialize_entry("jurisdictions", &facts.jurisdictions)?;
    map.serialize_entry("jurisdictions_added", &facts.jurisdictions_added)?;
    map.serialize_entry("jurisdictions_dropped", &facts.jurisdictions_dropped)?;
    map.serialize_entry("laws", &facts.laws)?;
    map.serialize_entry("laws_added", &facts.laws_added)?;
    map.serialize_entry("laws_dropped", &facts.laws_dropped)?;
    map.serialize_entry("parties_added", &facts.parties_added)?;
    map.serialize_entry("parties_dropped", &facts.parties_dropped)?;
    map.serialize_entry("numbers", &facts.numbers)?;
    map.serialize_entry("modal_shifts", &facts.modal_shifts)?;
    map.serialize_entry("negations_added", &facts.negations_added)?;
    map.serialize_entry("negations_dropped", &facts.negations_dropped)?;
    if let Some(said) = &facts.silent_update {
        map.serialize_entry("silent_update", said)?;
    }
    if let Some(said) = &facts.back_dated {
        map.serialize_entry("back_dated", said)?;
    }
    map.end()
}

/// A number that changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberRecord {
    /// `duration`, `age`, `amount`, `percentage`, `date` or `count`.
    pub kind: String,
    /// As written before.
    pub from: Option<String>,
    /// As written after.
    pub to: Option<String>,
}

/// A modal that changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModalShiftRecord {
    /// Before.
    pub from: String,
    /// After.
    pub to: String,
    /// What the shift does.
    pub direction: String,
}
