//! How much an analyst should want to look, and why.
//!
//! Deterministic signals, each with a written weight. They are set by hand; the fitted model
//! replaces this file's weights, not its shape: named parts that sum to the priority.

use std::collections::BTreeMap;

use super::Status;
use crate::facts::Facts;

/// A priority and its parts, which sum to it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Priority {
    /// 0 to 100.
    pub value: f64,
    /// Named parts.
    pub parts: BTreeMap<String, f64>,
}

/// What a priority is read from.
#[derive(Debug)]
pub struct PriorityInputs<'a> {
    /// The status.
    pub status: Status,
    /// Words that changed in substantive clause changes, at most [`PriorityInputs::WORDS_A_CLAUSE`] counted a clause.
    pub substantive_words: usize,
    /// Clarifying clause changes.
    pub clarifying: usize,
    /// Facts of the clause changes that are not cosmetic.
    pub facts: &'a Facts,
    /// The text changed, its own date did not.
    pub silent: bool,
    /// Its own date moved backwards.
    pub back_dated: bool,
}

impl PriorityInputs<'_> {
    /// Words that one clause can count for: one long new clause is one matter.
    pub const WORDS_A_CLAUSE: usize = 40;
}

/// The priority of a document change.
#[must_use]
pub fn priority(inputs: &PriorityInputs<'_>) -> Priority {
    let facts = inputs.facts;
    let counted = |each: f64, count: usize, most: f64| (each * number(count)).min(most);
    let parts = [
        // Saturates: 60 words make 32 points, 200 words 49.
        ("substantive words", 50.0 * (1.0 - (-number(inputs.substantive_words) / 60.0).exp())),
        ("clarifying clauses", counted(0.5, inputs.clarifying, 4.0)),
        ("parties", counted(4.0, facts.parties_added.len(), 12.0) + counted(1.0, facts.parties_dropped.len(), 3.0)),
        ("modal shifts", counted(3.0, facts.modal_shifts.len(), 9.0)),
        ("negations", counted(1.5, facts.negations_added.len() + facts.negations_dropped.len(), 6.0)),
        ("jurisdictions and laws", counted(1.5, facts.jurisdictions_added.len() + facts.laws_added.len(), 6.0)),
        ("numbers", counted(1.5, facts.numbers.len(), 6.0)),
        ("silent update", if inputs.silent { 2.0 } else { 0.0 }),
        ("back-dated", if inputs.back_dated { 4.0 } else { 0.0 }),
    ];
    let mut parts: BTreeMap<String, f64> = parts
        .into_iter()
        .filter(|&(_, points)| points > 0.0)
        .map(|(name, points)| (name.to_owned(), round(points)))
        .collect();
    let sum: f64 = parts.values().sum();
    let kept = share_kept(inputs.status);
    if kept < 1.0 && sum > 0.0 {
        parts.insert(format!("status {}", inputs.status), round(sum * kept - sum));
    }
    let value = parts.values().sum::<f64>();
    if value > 100.0 {
        parts.insert("at most 100".to_owned(), round(100.0 - value));
    }
    Priority { value: round(parts.values().sum::<f64>().max(0.0)), parts }
}

/// The share of its points that a document change with this status keeps: noise stays visible, at the end.
fn share_kept(status: Status) -> f64 {
    match status {
        Status::Change => 1.0,
        Status::Reversion => 0.2,
        Status::Technical => 0.15,
        Status::Oscillation | Status::PageReplaced | Status::LanguageSwapped => 0.05,
        Status::Cosmetic | Status::Rolling => 0.5,
        Status::FirstRecord | Status::LastRecord => 0.0,
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of clauses and words are far below 2^52")]
fn number(count: usize) -> f64 {
    count as f64
}

/// To a hundredth: what is shown is what is compared.
fn round(points: f64) -> f64 {
    // Adding zero turns a negative zero into zero.
    (points * 100.0).round() / 100.0 + 0.0
}
