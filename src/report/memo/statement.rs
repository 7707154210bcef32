//! What the draft states: passages with the editions that share them, most important first.

use std::collections::HashMap;

use super::importance::importance;
use crate::record::{ClauseChangeRecord, DocumentChangeRecord};
use crate::report::passage::{Passage, passages};

/// Below this score a clarifying change may be substantive after all.
const SURE: f64 = 0.8;

/// One thing that the memo says.
#[derive(Debug)]
pub(super) struct Statement<'a> {
    /// The change that shows it.
    pub(super) record: &'a DocumentChangeRecord,
    /// The clauses.
    pub(super) passage: Passage<'a>,
    /// The same passage in other changes, with the first of its clauses there.
    shared: Vec<(&'a DocumentChangeRecord, &'a ClauseChangeRecord)>,
    /// Whether the same terms changed in another edition as well, and that does not have it.
    pub(super) alone: bool,
    /// Whether it changes words rather than rights and duties.
    pub(super) small: bool,
    weight: f64,
}

impl<'a> Statement<'a> {
    /// Where `other` has the same, if it does.
    pub(super) fn also(&self, other: &DocumentChangeRecord) -> Option<&'a ClauseChangeRecord> {
        self.shared.iter().find(|(record, _)| record.id == other.id).map(|(_, clause)| *clause)
    }

    /// All other places of the same passage.
    pub(super) fn places(&self) -> &[(&'a DocumentChangeRecord, &'a ClauseChangeRecord)] {
        &self.shared
    }
}

/// A clause change by what it says, wherever it stands.
type Key<'a> = (&'a str, Option<&'a str>, Option<&'a str>);

fn key(clause: &ClauseChangeRecord) -> Key<'_> {
    (&clause.kind, clause.before.as_deref(), clause.after.as_deref())
}

/// The statements of `records`: those of the first, then what the others have beside; the most
/// important first.
pub(super) fn statements(records: &[DocumentChangeRecord]) -> Vec<Statement<'_>> {
    let mut told: Vec<Statement<'_>> = Vec::new();
    // Which statement tells a clause.
    let mut known: HashMap<Key<'_>, usize> = HashMap::new();
    for record in records {
        for passage in passages(&record.clauses) {
            let kept: Vec<&ClauseChangeRecord> =
                passage.clauses.iter().copied().filter(|clause| counts(clause)).collect();
            let mut fresh: Vec<&ClauseChangeRecord> = Vec::new();
            for clause in kept {
                let earlier = known
                    .get(&key(clause))
                    .copied()
                    .filter(|&at| told.get(at).is_some_and(|one| one.record.id != record.id));
                match earlier.and_then(|at| told.get_mut(at)) {
                    Some(statement) if statement.also(record).is_none() => statement.shared.push((record, clause)),
                    Some(_) => {}
                    None => fresh.push(clause),
                }
            }
            // A heading alone says nothing.
            let Some(_) = fresh.first() else { continue };
            for clause in &fresh {
                known.entry(key(clause)).or_insert(told.len());
            }
            told.push(statement(record, Passage { clauses: fresh }));
        }
    }
    for statement in &mut told {
        let twins = records.iter().filter(|other| is_twin(statement.record, other));
        statement.alone = twins.clone().count() > 0 && statement.shared.is_empty();
    }
    // A stable sort: equals stay in the order of the document.
    told.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    told
}

/// The same terms elsewhere: another edition, not the terms of another service.
fn is_twin(record: &DocumentChangeRecord, other: &DocumentChangeRecord) -> bool {
    record.collection != other.collection && record.service == other.service && record.terms_type == other.terms_type
}

fn statement<'a>(record: &'a DocumentChangeRecord, passage: Passage<'a>) -> Statement<'a> {
    // The best clause, and a little for each further one: a long list is no more than one grave clause.
    let important = passage.clauses.iter().map(|clause| importance(record, clause)).fold(f64::MIN, f64::max);
    let size: f64 = passage.clauses.iter().take(15).map(|clause| importance(record, clause).max(0.0) * 0.02).sum();
    let small = passage.clauses.iter().all(|clause| is_small(clause));
    Statement { record, weight: important + size, passage, shared: Vec::new(), alone: false, small }
}

/// Whether a clause change belongs in a memo at all.
fn counts(clause: &ClauseChangeRecord) -> bool {
    let cosmetic = clause.materiality.as_ref().is_some_and(|materiality| materiality.id == "cosmetic");
    clause.kind != "moved" && !cosmetic && own_date(clause).is_none()
}

fn is_small(clause: &ClauseChangeRecord) -> bool {
    clause.materiality.as_ref().is_some_and(|it| it.id == "clarifying" && it.score >= SURE)
}

/// The dates that the documents give themselves, where these changed.
pub(super) fn own_dates(record: &DocumentChangeRecord) -> Vec<(String, String)> {
    record.clauses.iter().filter_map(own_date).collect()
}

/// A short clause in which nothing but a date became another.
fn own_date(clause: &ClauseChangeRecord) -> Option<(String, String)> {
    let short = |text: &Option<String>| text.as_deref().is_some_and(|text| text.split_whitespace().count() <= 8);
    let facts = &clause.facts;
    let [number] = facts.numbers.as_slice() else { return None };
    let alone = facts.parties_added.is_empty() && facts.modal_shifts.is_empty();
    if number.kind != "date" || !alone || !short(&clause.before) || !short(&clause.after) {
        return None;
    }
    Some((number.from.clone()?, number.to.clone()?))
}

#[cfg(test)]
mod tests {
    use super::super::memo;
    use super::*;

    fn change(id: &str, collection: &str, service: &str, text: &str) -> DocumentChangeRecord {
        let clause =
            ClauseChangeRecord { kind: "added".into(), after: Some(text.into()), ..ClauseChangeRecord::default() };
        DocumentChangeRecord {
            id: id.into(),
            collection: collection.into(),
            service: service.into(),
            terms_type: "Privacy Policy".into(),
            date: "2025-03-05T10:00:00Z".into(),
            clauses: vec![clause],
            ..DocumentChangeRecord::default()
        }
    }

    #[test]
    fn another_edition_is_of_the_same_service_and_not_of_the_same_collection() {
        let facebook = change("1", "vlopses-us", "Facebook", "We read what you post.");
        let others = [
            (change("2", "vlopses-us", "Instagram", "We keep what you see."), false),
            (change("3", "vlopses-ie", "Instagram", "We keep what you see."), false),
            (change("4", "vlopses-us", "Facebook", "We keep what you see."), false),
            (change("5", "vlopses-ie", "Facebook", "We keep what you see."), true),
        ];
        for (other, alone) in others {
            let records = [facebook.clone(), other];
            let told = statements(&records);
            assert_eq!(told.len(), 2, "{records:?}");
            assert!(told.iter().all(|one| one.alone == alone), "{records:?}");
            assert_eq!(memo(&records).contains("In the edition for the United States only, Facebook added"), alone);
        }
    }
}
