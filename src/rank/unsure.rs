//! Whether a decision on a document change hangs on judgements that could have gone the other way.

use super::Status;
use crate::infer::Judgement;
use crate::taxonomy::Materiality;

/// A probability between these could have gone either way.
const NEAR: std::ops::RangeInclusive<f64> = 0.35..=0.65;

/// Whether it is open if anything substantive changed, or if anything but form did.
///
/// One unsure clause among sure ones decides nothing, so the judgements are put together: the
/// probability that at least one clause change is substantive, taken as if they were independent.
/// Where the history decides the status, nothing hangs on judgements.
#[must_use]
pub fn unsure(status: Status, judgements: &[Judgement]) -> bool {
    if judgements.is_empty() || !matches!(status, Status::Change | Status::Cosmetic | Status::Rolling) {
        return false;
    }
    let any = |probability: &dyn Fn(&Judgement) -> f64| {
        1.0 - judgements.iter().map(|judgement| 1.0 - probability(judgement).clamp(0.0, 1.0)).product::<f64>()
    };
    // What a rule decided with a reason is certain; of the rest only the side that won counts, so
    // that many sure clauses do not add up to an unsure one.
    let substantive = any(&|judgement| match judgement.materiality {
        Materiality::Substantive => judgement.score,
        Materiality::Clarifying | Materiality::Cosmetic => {
            if judgement.reason.is_none() && judgement.score < *NEAR.end() { judgement.substantive } else { 0.0 }
        }
    });
    let material = any(&|judgement| match judgement.materiality {
        Materiality::Cosmetic if judgement.reason.is_none() && judgement.score < *NEAR.end() => 1.0 - judgement.score,
        Materiality::Cosmetic => 0.0,
        // What is not clarifying may be substantive, which is no mere form either.
        Materiality::Clarifying => judgement.score + judgement.substantive,
        Materiality::Substantive => judgement.score,
    });
    NEAR.contains(&substantive) || NEAR.contains(&material)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_clause_near_the_threshold_is_unsure_and_many_are_not() {
        let near = Judgement::new(Materiality::Substantive, 0.55, 0.55);
        assert!(unsure(Status::Change, std::slice::from_ref(&near)));
        assert!(!unsure(Status::Change, &vec![near.clone(); 5]), "five of them: at least one is");
        assert!(!unsure(Status::Reversion, std::slice::from_ref(&near)), "history decides");
        assert!(!unsure(Status::Change, &[Judgement::new(Materiality::Substantive, 0.97, 0.97), near]));
        assert!(!unsure(Status::Cosmetic, &[Judgement::new(Materiality::Cosmetic, 0.95, 0.01)]));
        assert!(unsure(Status::Cosmetic, &[Judgement::new(Materiality::Cosmetic, 0.52, 0.2)]));
        assert!(!unsure(Status::Cosmetic, &[]));
    }

    #[test]
    fn what_is_clarifying_or_more_is_no_mere_form() {
        let clarifying = |score, substantive| [Judgement::new(Materiality::Clarifying, score, substantive)];
        assert!(!unsure(Status::Change, &clarifying(0.60, 0.30)), "form has a tenth");
        assert!(!unsure(Status::Change, &clarifying(0.5, 0.3)), "as rules judge");
        assert!(unsure(Status::Change, &clarifying(0.5, 0.1)), "form has four tenths");
        assert!(unsure(Status::Change, &clarifying(0.55, 0.4)), "perhaps substantive");
    }
}
