//! The facts of a change as labelled lists, in the words of readers.

use std::collections::HashSet;

use super::safe_text;
use crate::facts::{jurisdiction_name, law_name};
use crate::record::FactsRecord;

/// A jurisdiction for readers: `Canada (CA)`, safe to print.
pub(super) fn place_named(id: &str) -> String {
    named(id, jurisdiction_name(id))
}

/// A law for readers: `Colorado Privacy Act (COLORADO-CPA)`, safe to print.
pub(super) fn law_named(id: &str) -> String {
    named(id, law_name(id))
}

/// The name of `id` with the id, where that says more; the id alone where no name is known.
fn named(id: &str, name: Option<&str>) -> String {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).collect::<String>().to_lowercase();
    match name {
        Some(name) if letters(name) == letters(id) => name.to_owned(),
        Some(name) => format!("{name} ({id})"),
        None => safe_text(id).into_owned(),
    }
}

/// Facts of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FactLine {
    /// What they are: `newly named`.
    pub(super) label: &'static str,
    /// Each of them, safe to print.
    pub(super) items: Vec<String>,
    /// Whether it should make a reader look twice.
    pub(super) warning: bool,
}

impl FactLine {
    /// `newly named: GitHub, Inc.; 3 more`, with at most `most` items.
    pub(super) fn said(&self, most: usize) -> String {
        let mut shown: Vec<String> = self.items.iter().take(most).cloned().collect();
        if let Some(more) = self.items.len().checked_sub(most).filter(|&more| more > 0) {
            shown.push(format!("{more} more"));
        }
        format!("{}: {}", self.label, shown.join("; "))
    }
}

/// The facts in `facts`, those that raise most interest first.
pub(super) fn fact_lines(facts: &FactsRecord) -> Vec<FactLine> {
    lines(facts, [place_named, law_named])
}

/// As [`fact_lines`], with jurisdictions and laws by their ids: for tables that programs read as well.
pub(super) fn fact_lines_by_id(facts: &FactsRecord) -> Vec<FactLine> {
    fn id(text: &str) -> String {
        safe_text(text).into_owned()
    }
    lines(facts, [id, id])
}

/// The facts, with what jurisdictions and laws are called by their ids.
fn lines(facts: &FactsRecord, [place, law]: [fn(&str) -> String; 2]) -> Vec<FactLine> {
    let safe = |texts: &[String]| texts.iter().map(|text| safe_text(text).into_owned()).collect::<Vec<_>>();
    let one = |text: &Option<String>| safe(text.as_slice());
    let side = |text: &Option<String>| text.as_deref().map_or("∅".into(), |text| safe_text(text).into_owned());
    // What became something else tells more than what came or went.
    let (changed, others): (Vec<_>, Vec<_>) =
        facts.numbers.iter().partition(|number| number.from.is_some() && number.to.is_some());
    let numbers = changed.iter().chain(&others).map(|number| format!("{} → {}", side(&number.from), side(&number.to)));
    let shifts =
        facts.modal_shifts.iter().map(|shift| format!("{} → {}", safe_text(&shift.from), safe_text(&shift.to)));
    let places = |ids: &[String]| ids.iter().map(|id| place(id)).collect::<Vec<_>>();
    let laws = |ids: &[String]| ids.iter().map(|id| law(id)).collect::<Vec<_>>();
    let untold = |ids: &[String], told: [&[String]; 2]| {
        ids.iter().filter(|id| !told.iter().any(|list| list.contains(id))).cloned().collect::<Vec<_>>()
    };
    let other_places = untold(&facts.jurisdictions, [&facts.jurisdictions_added, &facts.jurisdictions_dropped]);
    let other_laws = untold(&facts.laws, [&facts.laws_added, &facts.laws_dropped]);
    let lines = [
        ("silent update", one(&facts.silent_update), true),
        ("back-dated", one(&facts.back_dated), true),
        ("newly named", safe(&facts.parties_added), false),
        ("no longer named", safe(&facts.parties_dropped), false),
        ("new laws", laws(&facts.laws_added), false),
        ("laws dropped", laws(&facts.laws_dropped), false),
        ("new jurisdictions", places(&facts.jurisdictions_added), false),
        ("jurisdictions dropped", places(&facts.jurisdictions_dropped), false),
        ("numbers", once(numbers), false),
        ("modal verbs", tallied(shifts), false),
        ("negations added", tallied(safe(&facts.negations_added)), false),
        ("negations dropped", tallied(safe(&facts.negations_dropped)), false),
        ("names", places(&other_places), false),
        ("laws named", laws(&other_laws), false),
    ];
    lines
        .into_iter()
        .filter(|(_, items, _)| !items.is_empty())
        .map(|(label, items, warning)| FactLine { label, items, warning })
        .collect()
}

/// Each once, without regard to letter case: a date in capitals is the same date.
fn once(texts: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    texts.filter(|text| seen.insert(text.to_lowercase())).collect()
}

/// Each once, with how often it is there: `not (2×)`.
fn tallied(texts: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut found: Vec<(String, usize)> = Vec::new();
    for text in texts {
        match found.iter_mut().find(|(known, _)| *known == text) {
            Some((_, count)) => *count += 1,
            None => found.push((text, 1)),
        }
    }
    found.into_iter().map(|(text, count)| if count > 1 { format!("{text} ({count}×)") } else { text }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::NumberRecord;

    #[test]
    fn lists_are_labelled_and_cut() {
        let facts = FactsRecord {
            parties_added: vec!["A\u{1b}[2J".into(), "B".into(), "C".into()],
            jurisdictions: vec!["UK".into(), "EU".into()],
            jurisdictions_added: vec!["UK".into()],
            numbers: vec![
                NumberRecord { kind: "age".into(), from: None, to: Some("16".into()) },
                NumberRecord { kind: "age".into(), from: Some("13".into()), to: Some("16".into()) },
            ],
            ..FactsRecord::default()
        };
        let said: Vec<String> = fact_lines(&facts).iter().map(|line| line.said(2)).collect();
        assert_eq!(
            said,
            [
                "newly named: A[2J; B; 1 more",
                "new jurisdictions: United Kingdom (UK)",
                "numbers: 13 → 16; ∅ → 16",
                "names: European Union (EU)"
            ]
        );
    }

    #[test]
    fn places_and_laws_have_names() {
        let places = [("CA", "Canada (CA)"), ("US-CA", "California (US-CA)"), ("EUROPE", "Europe"), ("x\u{1b}", "x")];
        for (id, said) in places {
            assert_eq!(place_named(id), said);
        }
        let laws = [
            ("COLORADO-CPA", "Colorado Privacy Act (COLORADO-CPA)"),
            ("UK-GDPR", "UK GDPR"),
            ("ECOMMERCE", "E-Commerce Directive (ECOMMERCE)"),
            ("none", "none"),
        ];
        for (id, said) in laws {
            assert_eq!(law_named(id), said);
        }
    }

    #[test]
    fn what_is_said_twice_is_told_once() {
        let date = |to: &str| NumberRecord { kind: "date".into(), from: None, to: Some(to.into()) };
        let facts = FactsRecord {
            numbers: vec![date("FEBRUARY 17, 2025"), date("February 17, 2025")],
            negations_added: vec!["not".into(), "never".into(), "not".into()],
            ..FactsRecord::default()
        };
        let said: Vec<String> = fact_lines(&facts).iter().map(|line| line.said(5)).collect();
        assert_eq!(said, ["numbers: ∅ → FEBRUARY 17, 2025", "negations added: not (2×); never"]);
    }
}
