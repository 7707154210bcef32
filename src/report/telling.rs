//! Which clause changes say most about a document change, and which parts about its priority.

use std::collections::HashSet;

use super::safe_text;
use crate::record::{ClauseChangeRecord, DocumentChangeRecord, PartsRecord, ScoredId};

/// The `most` clause changes that say most about the document change, best first; equal ones once.
pub(super) fn telling(record: &DocumentChangeRecord, most: usize) -> Vec<&ClauseChangeRecord> {
    let mut weighed: Vec<(f64, &ClauseChangeRecord)> =
        record.clauses.iter().map(|clause| (weight(clause), clause)).collect();
    weighed.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut sorted: Vec<&ClauseChangeRecord> = weighed.into_iter().map(|(_, clause)| clause).collect();
    let mut seen = HashSet::new();
    sorted.retain(|clause| seen.insert((clause.before.as_deref(), clause.after.as_deref())));
    sorted.truncate(most);
    sorted
}

/// What the model's interest counts for beside the signs below: it was taught by readers.
const INTEREST: f64 = 6.0;

/// How much a clause change tells.
pub(super) fn weight(clause: &ClauseChangeRecord) -> f64 {
    let scored = |scored: &ScoredId| match scored.id.as_str() {
        "substantive" => 4.0 * scored.score,
        "clarifying" => scored.score,
        "cosmetic" => -2.0 * scored.score,
        _ => 0.0,
    };
    let facts = &clause.facts;
    let named =
        facts.parties_added.len() + facts.parties_dropped.len() + facts.laws_added.len() + facts.laws_dropped.len();
    let shifted =
        facts.numbers.len() + facts.modal_shifts.len() + facts.negations_added.len() + facts.negations_dropped.len();
    let has = |count: usize| if count > 0 { 1.0 } else { 0.0 };
    let adverse = clause.effect.as_ref().is_some_and(|effect| effect.id == "adverse");
    let words = |text: &Option<String>| text.as_deref().map_or(0, |text| text.split_whitespace().count());
    let fragment = words(&clause.before).max(words(&clause.after)) < 4;
    let kind = match clause.kind.as_str() {
        "modified" => 0.5,
        "moved" => -3.0,
        _ => 0.0,
    };
    let best = clause.categories.first().map_or(0.0, |category| category.score);
    clause.materiality.as_ref().map_or(0.0, scored)
        + has(named)
        + has(shifted)
        + best
        + INTEREST * clause.interest.unwrap_or_default()
        + kind
        + edited_words(clause)
        + if adverse { 0.5 } else { 0.0 }
        - if fragment { 2.0 } else { 0.0 }
}

/// 0 to 1: how many words were edited; twenty and more count alike.
fn edited_words(clause: &ClauseChangeRecord) -> f64 {
    let words = |text: &str| text.split_whitespace().count();
    let edited: usize = if clause.redline.is_empty() {
        clause.before.iter().chain(&clause.after).map(|text| words(text)).sum()
    } else {
        clause.redline.iter().filter(|edit| edit.op != "equal").map(|edit| words(&edit.text)).sum()
    };
    f64::from(u8::try_from(edited.min(20)).unwrap_or(20)) / 20.0
}

/// Points that are told as zero when they are less.
const LEAST_POINTS: f64 = 0.05;

/// The parts that a priority is made of in words, `law +20.0`, the largest first; without those that round to zero.
pub(super) fn priority_parts(parts: &PartsRecord) -> Vec<String> {
    let mut sorted: Vec<(&String, f64)> =
        parts.iter().map(|(name, points)| (name, *points)).filter(|(_, points)| points.abs() >= LEAST_POINTS).collect();
    sorted.sort_by(|(a, x), (b, y)| y.abs().total_cmp(&x.abs()).then_with(|| a.cmp(b)));
    sorted.iter().map(|(name, points)| format!("{} {points:+.1}", safe_text(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_round_to_zero_are_left_out() {
        let parts = [("law", 20.04), ("returns", -0.049), ("dates", -30.0), ("words", 0.05)];
        let parts = parts.into_iter().map(|(name, points)| (name.to_owned(), points)).collect();
        assert_eq!(priority_parts(&parts), ["dates -30.0", "law +20.0", "words +0.1"]);
    }
}
