//! What a judge sees and says.

use crate::align::ClauseChange;
use crate::facts::Facts;
use crate::taxonomy::{Category, Effect, Materiality};

/// One clause change with its context.
#[derive(Debug, Clone)]
pub struct ClauseView<'a> {
    /// The change.
    pub change: &'a ClauseChange,
    /// The clause before.
    pub before: Option<&'a str>,
    /// The clause after.
    pub after: Option<&'a str>,
    /// The headings above it, outermost first.
    pub headings: &'a [&'a str],
    /// What introduces its list or table row.
    pub lead_in: &'a str,
    /// The service.
    pub service: &'a str,
    /// The terms type.
    pub terms_type: &'a str,
    /// Rendered text of the whole version before, for rules that look words up.
    pub old_text: &'a str,
    /// Rendered text of the whole version after.
    pub new_text: &'a str,
    /// Its facts.
    pub facts: &'a Facts,
}

/// A judgement on one clause change. Scores are 0 to 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// Whether it matters.
    pub materiality: Materiality,
    /// How sure that is.
    pub score: f64,
    /// How probably it is substantive, whatever it was judged to be.
    pub substantive: f64,
    /// How probably it is against users; 0 without a model.
    pub adverse: f64,
    /// How probably it is for users; 0 without a model.
    pub favourable: f64,
    /// Why, where a rule can say it in words.
    pub reason: Option<String>,
    /// Whether only dates, counters and the like changed.
    pub rolling: bool,
    /// What it is about, best first.
    pub categories: Vec<(Category, f64)>,
    /// What it means for users.
    pub effect: Option<(Effect, f64)>,
    /// How much it would be worth a memo by itself; nothing without a model.
    pub interest: Option<f64>,
}

impl Judgement {
    /// With nothing said but the materiality and how sure that is.
    #[must_use]
    pub fn new(materiality: Materiality, score: f64, substantive: f64) -> Self {
        Self {
            materiality,
            score,
            substantive,
            adverse: 0.0,
            favourable: 0.0,
            reason: None,
            rolling: false,
            categories: Vec::new(),
            effect: None,
            interest: None,
        }
    }
}

/// A change with this chance of being substantive is not called noise.
const DOUBT: f64 = 0.15;

impl Judgement {
    /// Whether it keeps its document change from being noise: it matters, or nobody can be sure that it does not.
    #[must_use]
    pub fn may_matter(&self) -> bool {
        let sure = self.reason.is_some() || self.substantive < DOUBT;
        !self.rolling && (self.materiality != Materiality::Cosmetic || !sure)
    }
}

/// Judges clause changes.
pub trait Judge: Sync {
    /// The model's name; nothing for deterministic rules.
    fn model(&self) -> Option<&str>;

    /// How many clause changes it likes to see at once. The pipeline gathers document changes, also
    /// of several documents, until there are as many; a judgement must not hang on what else is seen.
    fn batch(&self) -> usize {
        0
    }

    /// One judgement for each of `changes`, in order.
    fn judge(&self, changes: &[ClauseView<'_>]) -> Vec<Judgement>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_substantive_is_no_noise() {
        let cosmetic = |substantive| Judgement::new(Materiality::Cosmetic, 0.7, substantive);
        assert!(cosmetic(0.2).may_matter() && !cosmetic(0.05).may_matter());
        assert!(!Judgement { reason: Some("only link targets changed".into()), ..cosmetic(0.2) }.may_matter());
        assert!(!Judgement { rolling: true, ..Judgement::new(Materiality::Clarifying, 0.9, 0.1) }.may_matter());
        assert!(Judgement::new(Materiality::Clarifying, 0.9, 0.05).may_matter());
    }
}
