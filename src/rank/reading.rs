//! Reading the features off a document change.

use std::collections::HashSet;

use super::{Feature, Features, Status};
use crate::align::{Op, Redline};
use crate::facts::Facts;
use crate::infer::{Judgement, same_but_spelling};
use crate::taxonomy::{Category, Materiality};
use crate::text::{TokenKind, stable_hash, tokens};

/// Words that one clause can count for on each side: one long new clause is one matter.
const WORDS_A_CLAUSE: usize = 50;
/// A clause of so few words is a label or a list item, not a rule.
const SENTENCE: usize = 6;
/// So many clauses in a row may come or go without being a block of the page.
const IN_A_ROW: usize = 25;
/// So many others between them are of the block as well.
const BETWEEN: usize = 2;

/// A clause change as features are read from it.
#[derive(Debug, Clone, Copy)]
pub struct RankedClause<'a> {
    /// The clause before.
    pub before: Option<&'a str>,
    /// The clause after.
    pub after: Option<&'a str>,
    /// The redline of a modified clause.
    pub redline: Option<&'a Redline>,
    /// Whether only its place changed.
    pub moved: bool,
    /// The judgement, where there is one.
    pub judgement: Option<&'a Judgement>,
    /// Whether it undoes what was done not long ago.
    pub returning: bool,
}

/// What features are read from.
#[derive(Debug)]
pub struct FeatureInputs<'a> {
    /// The status.
    pub status: Status,
    /// The clause changes in the order of the document.
    pub clauses: &'a [RankedClause<'a>],
    /// Facts of the clause changes that are not cosmetic.
    pub facts: &'a Facts,
    /// The document's own date moved on.
    pub dated: bool,
    /// The text changed and its own date did not, or that moved backwards.
    pub quiet: bool,
    /// Days since the document changed before, where it did.
    pub rested: Option<f64>,
}

/// The features of a document change.
#[must_use]
pub fn features(inputs: &FeatureInputs<'_>) -> Features {
    let clauses: Vec<Weighed> = inputs.clauses.iter().filter(|clause| !clause.moved).map(Weighed::of).collect();
    let mut seen = HashSet::new();
    let distinct: Vec<&Weighed> = clauses.iter().filter(|clause| seen.insert(clause.key)).collect();
    let fresh: Vec<&Weighed> = distinct.iter().copied().filter(|clause| clause.weight > 0.0).collect();
    let points = |wanted: &dyn Fn(&Weighed) -> bool| -> f64 {
        fresh.iter().filter(|clause| wanted(clause)).map(|clause| clause.points()).sum()
    };
    let facts = inputs.facts;
    let mut found = Features::default();
    found.set(Feature::Words, points(&|_| true).ln_1p());
    found.set(Feature::Reworded, points(&|clause| clause.way == Way::Reworded).ln_1p());
    found.set(Feature::Rules, points(&|clause| clause.rule).ln_1p());
    found.set(Feature::Dropped, points(&|clause| clause.rule && clause.way == Way::Went).ln_1p());
    let named = facts.parties_added.len() + facts.jurisdictions_added.len() + facts.laws_added.len();
    found.set(Feature::Named, number(named).ln_1p());
    let shifted =
        facts.numbers.len() + facts.modal_shifts.len() + facts.negations_added.len() + facts.negations_dropped.len();
    found.set(Feature::Shifted, number(shifted).ln_1p());
    found.set(Feature::Dated, f64::from(u8::from(inputs.dated)));
    found.set(Feature::Quiet, f64::from(u8::from(inputs.quiet)));
    found.set(Feature::Rested, inputs.rested.unwrap_or(0.0).clamp(0.0, 3650.0).ln_1p());
    let strongest = |score: &dyn Fn(&Weighed) -> f64| -> f64 {
        // The best three: one clause is enough for a story, more make it surer.
        let mut scores: Vec<f64> = fresh.iter().map(|clause| score(clause)).filter(|&score| score > 0.0).collect();
        scores.sort_by(|a, b| b.total_cmp(a));
        scores.iter().take(3).sum::<f64>().ln_1p()
    };
    found.set(Feature::Adverse, strongest(&|clause| clause.adverse));
    found.set(Feature::Favourable, strongest(&|clause| clause.favourable));
    found.set(Feature::Telling, distinct.iter().map(|clause| clause.interest).fold(0.0, f64::max).sqrt());
    for (at, (feature, _)) in THEMES.iter().enumerate() {
        found.set(*feature, strongest(&|clause| clause.themes.get(at).copied().unwrap_or(0.0)));
    }
    found.set(Feature::Block, block(&clauses));
    // The same words twice are said once: the second time they are no less new than the first.
    let all: usize = distinct.iter().map(|clause| clause.came + clause.went).sum();
    let new: usize = fresh.iter().map(|clause| clause.came + clause.went).sum();
    // Where the history or the recorder decides no clause is judged: nothing is known of what they say.
    if inputs.clauses.iter().any(|clause| clause.judgement.is_some()) {
        found.set(Feature::Returning, if all == 0 { 1.0 } else { 1.0 - number(new) / number(all) });
    }
    found.set(Feature::Noise, f64::from(u8::from(inputs.status != Status::Change)));
    found
}

/// What happened to a clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Came,
    Went,
    Reworded,
}

/// A clause change, counted.
#[derive(Debug)]
struct Weighed {
    way: Way,
    key: u64,
    came: usize,
    went: usize,
    /// 0 where it does not count.
    weight: f64,
    /// A whole sentence that says what may, must or will be done.
    rule: bool,
    adverse: f64,
    favourable: f64,
    themes: [f64; THEMES.len()],
    /// Also of what was judged to be cosmetic: a short edit may be taken for that and still stand out.
    interest: f64,
}

impl Weighed {
    fn of(clause: &RankedClause<'_>) -> Self {
        let (before, after) = (clause.before.unwrap_or_default(), clause.after.unwrap_or_default());
        let (way, came, went) = match (clause.redline, clause.before, clause.after) {
            (Some(redline), _, _) => {
                let count = |op| redline.texts(op, before, after).map(|text| words(text).count()).sum::<usize>();
                (Way::Reworded, count(Op::Insert), count(Op::Delete))
            }
            (None, None, _) => (Way::Came, words(after).count(), 0),
            (None, _, _) => (Way::Went, 0, words(before).count()),
        };
        let whole = clause.after.unwrap_or(before);
        let read = clause
            .judgement
            .filter(|_| !clause.returning)
            .filter(|_| way != Way::Reworded || !same_but_spelling(before, after));
        let judgement = read.filter(|judgement| judgement.materiality != Materiality::Cosmetic);
        let scored = |among: &[Category]| {
            judgement.map_or(0.0, |judgement| {
                let scores = judgement.categories.iter().filter(|(it, _)| among.contains(it)).map(|(_, score)| *score);
                judgement.substantive * scores.fold(0.0, f64::max)
            })
        };
        let meaning = |probability: fn(&Judgement) -> f64| {
            judgement.map_or(0.0, |judgement| judgement.substantive * probability(judgement))
        };
        Self {
            way,
            key: stable_hash(before.as_bytes()) ^ stable_hash(after.as_bytes()).rotate_left(1),
            came,
            went,
            weight: judgement.map_or(0.0, |judgement| judgement.substantive),
            rule: judgement.is_some() && is_rule(whole),
            adverse: meaning(|judgement| judgement.adverse),
            favourable: meaning(|judgement| judgement.favourable),
            themes: THEMES.map(|(_, among)| scored(among)),
            interest: read.and_then(|judgement| judgement.interest).unwrap_or(0.0),
        }
    }

    fn points(&self) -> f64 {
        self.weight * number(self.came.min(WORDS_A_CLAUSE) + self.went.min(WORDS_A_CLAUSE))
    }
}

/// The matters that are told apart, and their categories: each has one place.
const THEMES: [(Feature, &[Category]); 12] = [
    (Feature::Ai, &[Category::AiTraining, Category::AiFeatures]),
    (Feature::Sharing, &[Category::DataSharing, Category::GovernmentAccess, Category::InternationalTransfer]),
    (
        Feature::Data,
        &[Category::DataCollection, Category::DataUse, Category::SensitiveData, Category::TargetedAdvertising],
    ),
    (
        Feature::Rights,
        &[Category::UserChoice, Category::DataRights, Category::Retention, Category::LegalBasis, Category::Security],
    ),
    (Feature::Minors, &[Category::Minors]),
    (Feature::Conduct, &[Category::AcceptableUse]),
    (Feature::Enforcement, &[Category::Enforcement]),
    (Feature::Commerce, &[Category::AdvertisingRules, Category::Commerce]),
    (Feature::Content, &[Category::IntellectualProperty]),
    (Feature::Money, &[Category::Payments]),
    (Feature::Liability, &[Category::Liability, Category::DisputeResolution]),
    (Feature::Service, &[Category::TermsChanges, Category::LegalEntity, Category::ServiceScope]),
];

/// Words in lower case that make a sentence a rule, with straight apostrophes.
const RULE_WORDS: [&str; 31] = [
    "may",
    "must",
    "shall",
    "will",
    "can",
    "cannot",
    "can't",
    "won't",
    "don't",
    "not",
    "should",
    "agree",
    "consent",
    "permitted",
    "prohibited",
    "prohibit",
    "prohibits",
    "allow",
    "allows",
    "allowed",
    "require",
    "requires",
    "required",
    "responsible",
    "entitled",
    "liable",
    "mustn't",
    "shouldn't",
    "forbidden",
    "right",
    "rights",
];

fn is_rule(text: &str) -> bool {
    let (mut count, mut rule) = (0, false);
    for word in words(text) {
        count += 1;
        rule = rule || is_rule_word(word);
        if rule && count >= SENTENCE {
            return true;
        }
    }
    false
}

fn is_rule_word(word: &str) -> bool {
    let among = |word: &str| RULE_WORDS.iter().any(|rule| rule.eq_ignore_ascii_case(word));
    word.len() <= 14 && (among(word) || (word.contains('’') && among(&word.replace('’', "'"))))
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    tokens(text).into_iter().filter(|token| token.kind == TokenKind::Word).map(move |token| token.span.of(text))
}

/// How much of a block came or went in one piece, where that is most of the change.
fn block(clauses: &[Weighed]) -> f64 {
    let longest = [Way::Came, Way::Went].map(|way| longest_run(clauses, way)).into_iter().max().unwrap_or_default();
    if longest * 2 > clauses.len() { number(longest.saturating_sub(IN_A_ROW)).ln_1p() } else { 0.0 }
}

/// The most clauses in a row that went `way`, but for a few between them.
fn longest_run(clauses: &[Weighed], way: Way) -> usize {
    let (mut longest, mut run, mut others) = (0, 0, 0);
    for clause in clauses {
        if clause.way == way {
            run += 1;
            others = 0;
        } else {
            others += 1;
            if others > BETWEEN {
                run = 0;
            }
        }
        longest = longest.max(run);
    }
    longest
}

#[expect(clippy::cast_precision_loss, reason = "counts of clauses and words are far below 2^52")]
fn number(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::align::redline;

    #[test]
    fn spelling_weighs_nothing_and_an_amount_does() {
        let judgement = Judgement::new(Materiality::Substantive, 0.9, 0.9);
        let cases = [
            ("a fee of $100", "a fee of €100", true),
            ("data or content", "data our content", true),
            ("for days", "four days", true),
            ("the colour", "the color", false),
        ];
        for (before, after, weighs) in cases {
            let redline = redline(before, after);
            let weighed = Weighed::of(&RankedClause {
                before: Some(before),
                after: Some(after),
                redline: Some(&redline),
                moved: false,
                judgement: Some(&judgement),
                returning: false,
            });
            assert_eq!(weighed.weight > 0.0, weighs, "{before} / {after}");
        }
    }

    #[test]
    fn every_category_has_one_theme() {
        for category in Category::ALL {
            let themes = THEMES.iter().filter(|(_, among)| among.contains(category)).count();
            assert_eq!(themes, 1, "{}", category.id());
        }
    }
}
