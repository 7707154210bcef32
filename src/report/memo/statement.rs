//! What the draft states: passages with the editions that share them, most important first.

use std::collections::HashMap;

use super::importance::importance;
use crate::record::{ClauseChangeRecord, DocumentChangeRecord};
use crate::report::passage::{Passage, PassageKind, passages};

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
    /// Collections of the other editions of the same terms that changed as well and do not have it, where none has.
    pub(super) without: Vec<&'a str>,
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

    /// What it is about, if statements that are about the same can be told as one: clauses that came, or went, under
    /// the same headings. A section or a table row stands for itself, and so do clauses outside of all sections.
    fn matter(&self) -> Option<Matter<'a>> {
        let kind = self.passage.common_kind().filter(|kind| matches!(*kind, "added" | "removed"))?;
        let headings = self.passage.headings();
        let whole = matches!(self.passage.kind(), PassageKind::Section | PassageKind::Row);
        let elsewhere: Vec<&'a str> = self.shared.iter().map(|(record, _)| record.id.as_str()).collect();
        (!whole && !headings.is_empty()).then_some((self.record.id.as_str(), kind, headings, elsewhere))
    }

    /// Takes in what `other` tells.
    fn join(&mut self, other: Self) {
        self.passage.clauses.extend(other.passage.clauses);
        (self.weight, self.small) = weighed(self.record, &self.passage);
    }
}

/// Of which change, whether it came or went, under which headings, and which other changes have it too.
type Matter<'a> = (&'a str, &'a str, &'a [String], Vec<&'a str>);

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
    let mut told = joined(told);
    for statement in told.iter_mut().filter(|statement| statement.shared.is_empty()) {
        let record = statement.record;
        for twin in records.iter().filter(|other| is_twin(record, other)) {
            if !statement.without.contains(&twin.collection.as_str()) {
                statement.without.push(&twin.collection);
            }
        }
    }
    // A stable sort: equals stay in the order of the document.
    told.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    told
}

/// `told` with one statement for all that came under the same headings, and one for all that went: a passage ends where
/// a few lines stay, and a section would be told again after each of them.
fn joined(told: Vec<Statement<'_>>) -> Vec<Statement<'_>> {
    let mut kept: Vec<Statement<'_>> = Vec::with_capacity(told.len());
    let mut places: HashMap<Matter<'_>, usize> = HashMap::new();
    for statement in told {
        let matter = statement.matter();
        let earlier = matter.as_ref().and_then(|matter| places.get(matter).copied());
        if let Some(first) = earlier.and_then(|at| kept.get_mut(at)) {
            first.join(statement);
        } else {
            places.extend(matter.map(|matter| (matter, kept.len())));
            kept.push(statement);
        }
    }
    kept
}

/// The same terms elsewhere: another edition, not the terms of another service.
fn is_twin(record: &DocumentChangeRecord, other: &DocumentChangeRecord) -> bool {
    record.collection != other.collection && record.service == other.service && record.terms_type == other.terms_type
}

fn statement<'a>(record: &'a DocumentChangeRecord, passage: Passage<'a>) -> Statement<'a> {
    let (weight, small) = weighed(record, &passage);
    Statement { record, weight, passage, shared: Vec::new(), without: Vec::new(), small }
}

/// How much a passage matters to a memo, and whether it changes words rather than rights and duties.
fn weighed(record: &DocumentChangeRecord, passage: &Passage<'_>) -> (f64, bool) {
    // The best clause, and a little for each further one: a long list is no more than one grave clause.
    let important = passage.clauses.iter().map(|clause| importance(record, clause)).fold(f64::MIN, f64::max);
    let size: f64 = passage.clauses.iter().take(15).map(|clause| importance(record, clause).max(0.0) * 0.02).sum();
    (important + size, passage.clauses.iter().all(|clause| is_small(clause)))
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
    use crate::record::NumberRecord;

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
            assert!(told.iter().all(|one| one.without.is_empty() != alone), "{records:?}");
            let said = "In the edition for the United States, not in that for Ireland, Facebook added";
            assert_eq!(memo(&records).contains(said), alone);
        }
    }

    #[test]
    fn a_section_is_told_once() {
        let clause = |kind: &str, line: u32, headings: &[&str], text: &str| {
            let (text, line) = (Some(text.to_owned()), Some(line));
            let headings = headings.iter().map(|&heading| heading.into()).collect();
            match kind {
                "removed" => ClauseChangeRecord {
                    before: text,
                    before_line: line,
                    kind: kind.into(),
                    headings,
                    ..ClauseChangeRecord::default()
                },
                _ => ClauseChangeRecord {
                    after: text,
                    after_line: line,
                    kind: kind.into(),
                    headings,
                    ..ClauseChangeRecord::default()
                },
            }
        };
        let fees = ["Terms", "Fees"];
        let mut record = change("1", "vlopses-us", "Facebook", "");
        record.clauses = vec![
            clause("removed", 10, &fees, "We bill monthly."),
            clause("added", 12, &fees, "We bill yearly."),
            clause("removed", 20, &fees, "You may pay by cheque."),
            clause("removed", 30, &["Terms", "Scope"], "It covers everything."),
            clause("removed", 40, &fees, "We refund nothing."),
        ];
        let records = [record];
        let counts: Vec<usize> = statements(&records).iter().map(|one| one.passage.clauses.len()).collect();
        assert_eq!(counts.iter().sum::<usize>(), 5);
        assert_eq!(counts.iter().filter(|count| **count == 3).count(), 1, "{counts:?}");
        assert_eq!(counts.len(), 3, "{counts:?}");
        let text = memo(&records);
        assert!(text.contains("removed 3 clauses from “Fees”"), "{text}");
        assert!(text.contains("> “We bill monthly.”\n>\n> […]\n>\n> “You may pay by cheque.”"), "{text}");
    }

    #[test]
    fn dates_of_its_own_are_one_sentence() {
        let dated = |from: &str, to: &str| {
            let (before, after) = (format!("Effective {from}"), format!("Effective {to}"));
            let mut clause = ClauseChangeRecord {
                kind: "modified".into(),
                before: Some(before),
                after: Some(after),
                ..ClauseChangeRecord::default()
            };
            clause.facts.numbers =
                vec![NumberRecord { kind: "date".into(), from: Some(from.into()), to: Some(to.into()) }];
            clause
        };
        let mut record = change("1", "vlopses-us", "Facebook", "");
        record.clauses = vec![dated("1 May 2024", "2 May 2025"), dated("1 MAY 2024", "2 MAY 2025")];
        let text = memo(std::slice::from_ref(&record));
        assert!(text.contains(" A date of its own went from “1 May 2024” to “2 May 2025”.\n"), "{text}");
        record.clauses.push(dated("1 June 2024", "2 June 2025"));
        let text = memo(&[record]);
        let said = " Dates of its own went from “1 May 2024” to “2 May 2025” and from “1 June 2024” to “2 June 2025”.";
        assert!(text.contains(said), "{text}");
    }
}
