//! The facts of a change as labelled lists, for every layout that is not a table.

use super::safe_text;
use crate::record::FactsRecord;

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
    let safe = |texts: &[String]| texts.iter().map(|text| safe_text(text).into_owned()).collect::<Vec<_>>();
    let one = |text: &Option<String>| safe(text.as_slice());
    let side = |text: &Option<String>| text.as_deref().map_or("∅".into(), |text| safe_text(text).into_owned());
    // What became something else tells more than what came or went.
    let (changed, others): (Vec<_>, Vec<_>) =
        facts.numbers.iter().partition(|number| number.from.is_some() && number.to.is_some());
    let numbers = changed.iter().chain(&others).map(|number| format!("{} → {}", side(&number.from), side(&number.to)));
    let shifts =
        facts.modal_shifts.iter().map(|shift| format!("{} → {}", safe_text(&shift.from), safe_text(&shift.to)));
    let named = |texts: &[String], other: &[&[String]]| {
        safe(texts).into_iter().filter(|text| !other.iter().any(|list| list.contains(text))).collect::<Vec<_>>()
    };
    let lines = [
        ("silent update", one(&facts.silent_update), true),
        ("back-dated", one(&facts.back_dated), true),
        ("newly named", safe(&facts.parties_added), false),
        ("no longer named", safe(&facts.parties_dropped), false),
        ("new laws", safe(&facts.laws_added), false),
        ("laws dropped", safe(&facts.laws_dropped), false),
        ("new jurisdictions", safe(&facts.jurisdictions_added), false),
        ("jurisdictions dropped", safe(&facts.jurisdictions_dropped), false),
        ("numbers", numbers.collect(), false),
        ("modal verbs", shifts.collect(), false),
        ("negations added", safe(&facts.negations_added), false),
        ("negations dropped", safe(&facts.negations_dropped), false),
        ("names", named(&facts.jurisdictions, &[&facts.jurisdictions_added, &facts.jurisdictions_dropped]), false),
        ("laws named", named(&facts.laws, &[&facts.laws_added, &facts.laws_dropped]), false),
    ];
    lines
        .into_iter()
        .filter(|(_, items, _)| !items.is_empty())
        .map(|(label, items, warning)| FactLine { label, items, warning })
        .collect()
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
            ["newly named: A[2J; B; 1 more", "new jurisdictions: UK", "numbers: 13 → 16; ∅ → 16", "names: EU"]
        );
    }
}
