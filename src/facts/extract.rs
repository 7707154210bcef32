//! Puts the detectors together.

use std::collections::BTreeSet;

use super::gazetteer::{Hit, Scan, scan};
use super::modality::{self, ModalShift};
use super::party::{self, Party};
use super::quantity::{self, NumberChange};
use super::{jurisdiction, law};

/// The texts of a changed clause, without markup.
#[derive(Debug, Clone, Copy, Default)]
pub struct ClauseTexts<'a> {
    /// The clause before the change; `None` if it was added.
    pub before: Option<&'a str>,
    /// The clause after the change; `None` if it was removed.
    pub after: Option<&'a str>,
    /// The headings above the clause, outermost first.
    pub headings: &'a [&'a str],
    /// The text that leads into the clause, such as the line above a list; may be empty.
    pub lead_in: &'a str,
}

/// What a changed clause names, and what the change did to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Places named in the clause as it stands after (before, if removed) or in its lead-in.
    pub jurisdictions: Vec<&'static str>,
    /// Places named only after the change.
    pub jurisdictions_added: Vec<&'static str>,
    /// Places named only before the change.
    pub jurisdictions_dropped: Vec<&'static str>,
    /// Laws named in the clause as it stands after (before, if removed) or in its lead-in.
    pub laws: Vec<&'static str>,
    /// Laws named only after the change.
    pub laws_added: Vec<&'static str>,
    /// Laws named only before the change.
    pub laws_dropped: Vec<&'static str>,
    /// Quantities that changed, came or went.
    pub numbers: Vec<NumberChange>,
    /// Companies and organisations named only after the change, as written.
    pub parties_added: Vec<String>,
    /// Companies and organisations named only before the change, as written.
    pub parties_dropped: Vec<String>,
    /// Modal verbs replaced by others of another force.
    pub modal_shifts: Vec<ModalShift>,
    /// Negating words that came, one for each time.
    pub negations_added: Vec<String>,
    /// Negating words that went, one for each time.
    pub negations_dropped: Vec<String>,
}

/// One side of the change, read.
struct Side<'a> {
    text: &'a str,
    found: Scan,
    parties: Vec<Party<'a>>,
    places: BTreeSet<&'static str>,
    laws: BTreeSet<&'static str>,
}

impl<'a> Side<'a> {
    fn read(text: &'a str) -> Self {
        let found = scan(text);
        let parties = party::find(text, &found);
        let names: Vec<_> = parties.iter().map(|party| (party.start, party.end)).collect();
        let places = jurisdiction::find(text, &found.hits, &names);
        let laws = law::find(&found.hits, &places);
        Self { text, found, parties, places, laws }
    }
}

/// Reads the facts of a changed clause.
#[must_use]
pub fn facts(texts: &ClauseTexts<'_>) -> Facts {
    facts_under(texts, &LeadIn::read(texts.lead_in))
}

/// What a lead-in names. The items of a list share theirs, which need be read only once.
#[derive(Debug, Clone, Default)]
pub struct LeadIn {
    places: BTreeSet<&'static str>,
    laws: BTreeSet<&'static str>,
}

impl LeadIn {
    /// Reads a lead-in.
    #[must_use]
    pub fn read(text: &str) -> Self {
        if text.is_empty() {
            return Self::default();
        }
        let Side { places, laws, .. } = Side::read(text);
        Self { places, laws }
    }
}

/// [`facts`] of a clause whose lead-in has been read.
#[must_use]
pub fn facts_under<'a>(texts: &ClauseTexts<'a>, lead: &LeadIn) -> Facts {
    let before = Side::read(texts.before.unwrap_or_default());
    let after = Side::read(texts.after.unwrap_or_default());
    let standing = if texts.after.is_some() { &after } else { &before };
    let mut facts = Facts {
        jurisdictions: standing.places.union(&lead.places).copied().collect(),
        laws: standing.laws.union(&lead.laws).copied().collect(),
        ..Facts::default()
    };
    if before.text == after.text {
        return facts;
    }
    facts.jurisdictions_added = after.places.difference(&before.places).copied().collect();
    facts.jurisdictions_dropped = before.places.difference(&after.places).copied().collect();
    facts.laws_added = after.laws.difference(&before.laws).copied().collect();
    facts.laws_dropped = before.laws.difference(&after.laws).copied().collect();
    facts.parties_added = party::missing(&after.parties, &before.parties);
    facts.parties_dropped = party::missing(&before.parties, &after.parties);
    let numbered = |side: &Side<'a>| if side.found.numbers { side.text } else { "" };
    facts.numbers = quantity::changes(numbered(&before), numbered(&after));
    facts.negations_added = modality::negations_missing(&after, &before);
    facts.negations_dropped = modality::negations_missing(&before, &after);
    if texts.before.is_some() && texts.after.is_some() {
        facts.modal_shifts = modality::shifts(&before, &after);
    }
    facts
}

impl modality::Read for Side<'_> {
    fn text(&self) -> &str {
        self.text
    }
    fn hits(&self) -> &[Hit] {
        &self.found.hits
    }
}
