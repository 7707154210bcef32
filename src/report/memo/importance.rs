//! How much a clause change matters to a memo: the order in which a draft states things.
//!
//! With a model: how probably it is substantive × the weight of what it is about × how far it is
//! against users × how interesting readers would find it × how much of it is really new. The weights are the one place of opinion here;
//! each has its reason beside it. Without a model [`cues`] and facts order the draft.

use super::cues::cues;
use crate::record::{ClauseChangeRecord, DocumentChangeRecord};
use crate::report::telling::weight;
use crate::taxonomy::{Category, Materiality};

/// What each category weighs; 1 is routine. The reasons are about readers of any service's terms.
const WEIGHTS: [(Category, f64); 26] = [
    // Cannot be undone by leaving, and was rarely expected when the data were given.
    (Category::AiTraining, 1.7),
    // The law itself protects these more than other data.
    (Category::SensitiveData, 1.6),
    // Likewise, and those concerned cannot well decide for themselves.
    (Category::Minors, 1.5),
    // Data in further hands; in those of somebody named or related it is DISCLOSED.
    (Category::DataSharing, 1.3),
    // The commonest purpose that people object to.
    (Category::TargetedAdvertising, 1.35),
    // Readers can do nothing about it.
    (Category::GovernmentAccess, 1.3),
    // Decides whether consent is asked at all.
    (Category::LegalBasis, 1.25),
    // Decides whether a reader can go to court.
    (Category::DisputeResolution, 1.2),
    // What a reader can do; where that goes it is DROPPED.
    (Category::UserChoice, 1.15),
    (Category::DataRights, 1.15),
    // What becomes of people's own works.
    (Category::IntellectualProperty, 1.15),
    // How long and where the data stay.
    (Category::Retention, 1.1),
    (Category::InternationalTransfer, 1.1),
    // New kinds of processing.
    (Category::AiFeatures, 1.1),
    // Routine: nearly every update has some of these.
    (Category::DataCollection, 1.0),
    (Category::DataUse, 1.0),
    (Category::Liability, 1.0),
    (Category::Payments, 1.0),
    (Category::Enforcement, 1.0),
    (Category::AcceptableUse, 0.9),
    // About the contract itself rather than what it does.
    (Category::TermsChanges, 0.9),
    (Category::LegalEntity, 0.9),
    // Of interest to some readers only, or promises without a duty.
    (Category::Security, 0.7),
    (Category::AdvertisingRules, 0.7),
    (Category::Commerce, 0.7),
    (Category::ServiceScope, 0.7),
];
/// Data passed to somebody who is newly named, or to companies related to the service: the first
/// question that readers ask.
const DISCLOSED: f64 = 2.0;
/// A choice or a right that goes.
const DROPPED: f64 = 1.6;
/// A clause that the model gave no category.
const NAMELESS: f64 = 0.3;
/// Somebody newly named, or numbers, duties and negations that shifted: facts need no model.
const NAMED: f64 = 0.4;
const SHIFTED: f64 = 0.1;
/// What an effect adds, at a score of 1: memos warn more often than they praise.
const ADVERSE: f64 = 0.5;
const FAVOURABLE: f64 = 0.2;
/// What interest adds, at 1: readers taught it to the model, clause by clause, so it weighs more than the opinions here.
const INTEREST: f64 = 2.0;
/// What a clause counts for that is not substantive at the model's greatest doubt.
const CLARIFYING: f64 = 0.5;
/// A clause with so many words edited counts in full.
const WORDS: usize = 20;
/// A shorter clause is a label.
const FRAGMENT: usize = 4;

/// Words for companies related to the one that speaks.
const RELATED: [&str; 6] =
    ["affiliate", "subsidiar", "parent compan", "group compan", "family of compan", "corporate group"];

/// How much `clause` matters to a memo about `record`.
pub(super) fn importance(record: &DocumentChangeRecord, clause: &ClauseChangeRecord) -> f64 {
    if record.model.is_some() { judged(record, clause) } else { guessed(record, clause) }
}

/// What a category weighs where nothing else is known of the clause.
pub(super) fn weight_of(category: &str) -> f64 {
    let known = Category::from_id(category);
    WEIGHTS.iter().find(|(one, _)| Some(*one) == known).map_or(NAMELESS, |(_, weight)| *weight)
}

/// By what the model says.
fn judged(record: &DocumentChangeRecord, clause: &ClauseChangeRecord) -> f64 {
    let effect = clause.effect.as_ref().map_or(0.0, |effect| match effect.id.as_str() {
        "adverse" => ADVERSE * effect.score,
        "favourable" => FAVOURABLE * effect.score,
        _ => 0.0,
    });
    let interest = INTEREST * clause.interest.unwrap_or_default();
    substantive(clause) * matter(record, clause) * (1.0 + effect) * (1.0 + interest) * real(clause)
}

/// How probably the change is substantive, as far as the record tells.
fn substantive(clause: &ClauseChangeRecord) -> f64 {
    let Some(materiality) = &clause.materiality else { return 0.0 };
    match Materiality::ALL.iter().find(|one| one.id() == materiality.id) {
        Some(Materiality::Substantive) => materiality.score,
        Some(Materiality::Clarifying) => CLARIFYING * (1.0 - materiality.score),
        Some(Materiality::Cosmetic) | None => 0.0,
    }
}

/// The weight of what it is about: the best of its categories, and the facts.
fn matter(record: &DocumentChangeRecord, clause: &ClauseChangeRecord) -> f64 {
    let facts = &clause.facts;
    let named = names_others(record, clause);
    let related = named || is_related(&edited(clause));
    let dropped = is_dropped(clause);
    let weight = |id: &str| match Category::from_id(id) {
        Some(Category::DataSharing) if related => DISCLOSED,
        Some(Category::UserChoice | Category::DataRights) if dropped => DROPPED,
        _ => weight_of(id),
    };
    let best = clause.categories.iter().map(|one| weight(&one.id) * one.score).fold(NAMELESS, f64::max);
    let shifted = [facts.numbers.len(), facts.modal_shifts.len(), facts.negations_added.len()];
    let shifted = !facts.negations_dropped.is_empty() || shifted.iter().any(|count| *count > 0);
    best + if named { NAMED } else { 0.0 } + if shifted { SHIFTED } else { 0.0 }
}

/// Whether somebody is newly named; the service's own name is no news.
fn names_others(record: &DocumentChangeRecord, clause: &ClauseChangeRecord) -> bool {
    clause.facts.parties_added.iter().any(|party| !record.service.contains(party.as_str()))
}

fn is_related(text: &str) -> bool {
    let lower = text.to_lowercase();
    RELATED.iter().any(|words| lower.contains(words))
}

/// Whether more goes than comes, and not in favour of users.
fn is_dropped(clause: &ClauseChangeRecord) -> bool {
    let favourable = clause.effect.as_ref().is_some_and(|effect| effect.id == "favourable");
    let words =
        |op: &str| -> usize { clause.redline.iter().filter(|edit| edit.op == op).map(|edit| count(&edit.text)).sum() };
    !favourable && (clause.kind == "removed" || words("delete") > words("insert"))
}

/// 0 to 1: how much of the clause is really new. A whole clause is; of a reworded one both the
/// share and the number of its edited words tell.
fn real(clause: &ClauseChangeRecord) -> f64 {
    let whole = [&clause.before, &clause.after].into_iter().flatten().map(|text| count(text)).max().unwrap_or_default();
    let words = count(&edited(clause));
    let share = if clause.redline.is_empty() {
        0.5 + 0.5 * ratio(words, WORDS / 2)
    } else {
        0.3 + 0.7 * ratio(words, WORDS).max(ratio(words, 2 * whole))
    };
    if whole < FRAGMENT { share * 0.4 } else { share }
}

/// `part` of `whole`, 1 at most.
fn ratio(part: usize, whole: usize) -> f64 {
    let small = |count: usize| f64::from(u16::try_from(count).unwrap_or(u16::MAX));
    (small(part) / small(whole).max(1.0)).min(1.0)
}

fn count(text: &str) -> usize {
    text.split_whitespace().count()
}

/// The words that came or went.
fn edited(clause: &ClauseChangeRecord) -> String {
    let texts: Vec<&str> = if clause.redline.is_empty() {
        clause.after.iter().chain(&clause.before).map(String::as_str).collect()
    } else {
        clause.redline.iter().filter(|edit| edit.op != "equal").map(|edit| edit.text.as_str()).collect()
    };
    texts.join(" ")
}

/// Without a model.
fn guessed(record: &DocumentChangeRecord, clause: &ClauseChangeRecord) -> f64 {
    let own = !clause.facts.parties_added.is_empty() && !names_others(record, clause);
    let few = |text: &str| f64::from(u8::try_from(cues(text).min(4)).unwrap_or(4));
    weight(clause) - if own { 1.0 } else { 0.0 }
        + 0.6 * few(&edited(clause))
        + 0.3 * few(clause.after.as_deref().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::{EditRecord, FactsRecord, ScoredId};

    fn scored(id: &str, score: f64) -> ScoredId {
        ScoredId { id: id.into(), score }
    }

    fn added(text: &str, categories: &[(&str, f64)], effect: &str) -> ClauseChangeRecord {
        ClauseChangeRecord {
            kind: "added".into(),
            after: Some(text.into()),
            materiality: Some(scored("substantive", 0.9)),
            categories: categories.iter().map(|(id, score)| scored(id, *score)).collect(),
            effect: Some(scored(effect, 0.8)),
            ..ClauseChangeRecord::default()
        }
    }

    #[test]
    fn every_category_has_one_weight() {
        for category in Category::ALL {
            assert_eq!(WEIGHTS.iter().filter(|(one, _)| one == category).count(), 1, "{category}");
        }
    }

    #[test]
    fn what_readers_ask_first_comes_first() {
        let record = DocumentChangeRecord {
            service: "Lumeshore".into(),
            model: Some("some-model".into()),
            ..DocumentChangeRecord::default()
        };
        let of = |clause: &ClauseChangeRecord| importance(&record, clause);
        let affiliates = added(
            "We share your profile and posts with our affiliates so that they can improve their services.",
            &[("data-sharing", 0.8)],
            "adverse",
        );
        let somebody = added(
            "We share your profile and posts with somebody so that they can improve their services.",
            &[("data-sharing", 0.8)],
            "adverse",
        );
        let training =
            added("We train our models on what you post unless you object to it.", &[("ai-training", 0.8)], "adverse");
        let cookie = added(
            "The cookie lume_sid keeps you signed in and lives for thirty days.",
            &[("data-collection", 0.95)],
            "neutral",
        );
        assert!(of(&affiliates) > of(&training) && of(&training) > of(&somebody) && of(&somebody) > of(&cookie));
        let mut named = somebody.clone();
        named.facts = FactsRecord { parties_added: vec!["Tarnwick Networks Ltd".into()], ..FactsRecord::default() };
        assert!(of(&named) > of(&affiliates), "a name says more");
        named.facts.parties_added = vec!["Lumeshore".into()];
        assert!((of(&named) - of(&somebody)).abs() < 1e-9, "its own name is no news");
        let right = added("You can ask us to delete all data that we hold.", &[("data-rights", 0.9)], "adverse");
        let gone =
            ClauseChangeRecord { kind: "removed".into(), after: None, before: right.after.clone(), ..right.clone() };
        assert!(of(&gone) > of(&right), "a right that goes");
    }

    #[test]
    fn one_word_of_a_long_clause_is_less_than_all_of_it() {
        let record = DocumentChangeRecord { model: Some("some-model".into()), ..DocumentChangeRecord::default() };
        let edit = |op: &str, text: &str| EditRecord { op: op.into(), text: text.into() };
        let long = "we keep what you send us for as long as the law of your country asks us to keep it ".repeat(3);
        let whole = added(&long, &[("retention", 0.9)], "neutral");
        let mut word = whole.clone();
        word.kind = "modified".into();
        word.redline = vec![edit("equal", &long), edit("insert", "and")];
        assert!(importance(&record, &word) < 0.5 * importance(&record, &whole));
        let mut unsure = whole.clone();
        unsure.materiality = Some(scored("clarifying", 0.6));
        assert!(importance(&record, &unsure) < 0.5 * importance(&record, &whole));
        unsure.materiality = Some(scored("cosmetic", 0.6));
        assert!(importance(&record, &unsure).abs() < 1e-9);
    }
}
