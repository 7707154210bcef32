//! The records that `termsift` writes: the JSON Lines contract, schema 1.
//!
//! Domain types carry no serde; these do. Fields are added, never renamed or removed.

mod comparison;
mod convert;
mod identity;
mod schema;

pub use comparison::{ComparisonRecord, VersionRecord};
pub(crate) use convert::{
    Scored, document_change, document_change_id, document_effect, document_materiality, facts_record, kind,
    named_change, ranges,
};
pub(crate) use identity::{Identities, Numbering, clause_id};
pub use schema::{
    ClauseChangeRecord, DocumentChangeRecord, EditRecord, FactsRecord, LinkTargetsRecord, ModalShiftRecord,
    NumberRecord, PartsRecord, PlaceRecord, ScoredId, StoryRecord, TwinRecord,
};

/// Version of the contract.
pub const SCHEMA: u32 = 1;
