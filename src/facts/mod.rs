//! What a changed clause names and what its wording does: places, laws, companies, quantities, and
//! the verbs that allow, promise or forbid.
//!
//! Everything here reads words, never meaning. The word lists stand in `data/*.tsv`; each file
//! states its columns and rules. Detectors prefer silence to a wrong report.

mod date;
mod extract;
mod gazetteer;
mod jurisdiction;
mod law;
mod modality;
mod party;
mod quantity;
mod rolling;
#[cfg(test)]
mod tests;

pub use date::{DocumentDate, document_date, effect_date};
pub use extract::{ClauseTexts, Facts, LeadIn, facts, facts_under};
pub use gazetteer::{jurisdiction_name, law_name};
pub use modality::{ModalShift, Shift};
pub use party::PartyName;
pub use quantity::{NumberChange, NumberKind};
pub use rolling::{RollingKind, only_date_form_differs, only_rolling, only_rolling_differs};
