//! What a priority is read from: a dozen numbers about a document change, each with its words.
//!
//! All are zero or more, and zero says nothing: so what each adds to a priority can be told. None
//! knows a service or a document. They are made so that they mean the same whether rules or a
//! model judged the clauses; those that only a model can fill stay zero without one.

use std::collections::{BTreeMap, HashSet};

use super::Status;
use crate::align::{Op, Redline};
use crate::facts::Facts;
use crate::infer::{Judgement, same_but_spelling};
use crate::taxonomy::{Category, Effect, Materiality};
use crate::text::{TokenKind, stable_hash, tokens};

/// Words that one clause can count for on each side: one long new clause is one matter.
const WORDS_A_CLAUSE: usize = 50;
/// A clause of so few words is a label or a list item, not a rule.
const SENTENCE: usize = 6;
/// So many clauses in a row may come or go without being a block of the page.
const IN_A_ROW: usize = 25;

macro_rules! features {
    ($($(#[$doc:meta])* $variant:ident = $words:literal, $sign:literal;)+) => {
        /// One of the numbers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Feature { $($(#[$doc])* $variant,)+ }

        impl Feature {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// What it is, in the words that explanations use.
            #[must_use]
            pub const fn words(self) -> &'static str {
                match self { $(Self::$variant => $words,)+ }
            }

            /// Whether it can only raise a priority (1), only lower it (−1), or either (0).
            #[must_use]
            pub const fn sign(self) -> i8 {
                match self { $(Self::$variant => $sign,)+ }
            }

            /// The one that is called `words`.
            #[must_use]
            pub fn from_words(words: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.words() == words)
            }
        }
    };
}

features! {
    /// Words that came or went in clauses that matter, weighed by how probably they do; logarithm.
    Words = "words that changed", 1;
    /// The same, of clauses that were reworded only.
    Reworded = "rewording of clauses that stay", 1;
    /// The same, of whole sentences that say what may, must or will be done only.
    Rules = "rules and permissions among them", 1;
    /// Parties, places and laws newly named; logarithm.
    Named = "parties, places and laws newly named", 1;
    /// Numbers that changed, and modals and negations that shifted; logarithm.
    Shifted = "numbers, duties and negations that shifted", 1;
    /// The document's own date moved on: its authors call it an update.
    Dated = "its own date moved on", 1;
    /// Days since the document changed before; logarithm.
    Rested = "days without a change before it", 1;
    /// The text changed while the document's own date did not, or moved backwards.
    Quiet = "silent or back-dated", 1;
    /// How far the substantive clause changes are against users, by the model.
    Adverse = "against users", 1;
    /// Use of people's data and content, by the model.
    Data = "use of data and content", 1;
    /// What people may post or do, and what happens if they do otherwise, by the model.
    Conduct = "what users may do", 1;
    /// Money, liability and disputes, by the model.
    Dealings = "money, liability and disputes", 1;
    /// Clauses in a row that came or went in one piece; logarithm of those beyond a few.
    Block = "a whole block of the page came or went", -1;
    /// Share of the words that came back after they went, that were only just there, or that do not matter.
    Returning = "text that comes and goes or says nothing new", -1;
    /// The status says that it is probably no news.
    Noise = "status that is probably no news", -1;
}

impl Feature {
    /// How many there are.
    pub const COUNT: usize = Self::ALL.len();
}

/// The numbers of one document change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Features([f64; Feature::COUNT]);

impl Default for Features {
    fn default() -> Self {
        Self([0.0; Feature::COUNT])
    }
}

impl Features {
    /// The value of `feature`.
    #[must_use]
    pub fn get(&self, feature: Feature) -> f64 {
        self.0.get(feature as usize).copied().unwrap_or(0.0)
    }

    /// Sets `feature` to `value`, rounded to what records keep, so that a refit reads what a scan ranked by.
    pub fn set(&mut self, feature: Feature, value: f64) {
        if let Some(slot) = self.0.get_mut(feature as usize) {
            *slot = if value.is_finite() { (value * 10_000.0).round() / 10_000.0 } else { 0.0 };
        }
    }

    /// The features that a record keeps under their words. A word that none has is left out.
    #[must_use]
    pub fn named(signals: &BTreeMap<String, f64>) -> Self {
        let mut features = Self::default();
        for (words, &value) in signals {
            if let Some(feature) = Feature::from_words(words) {
                features.set(feature, value);
            }
        }
        features
    }

    /// Those that say something.
    pub fn telling(&self) -> impl Iterator<Item = (Feature, f64)> + '_ {
        Feature::ALL.iter().map(|&feature| (feature, self.get(feature))).filter(|&(_, value)| value > 0.0)
    }
}

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
    let fresh: Vec<&Weighed> = clauses.iter().filter(|clause| clause.weight > 0.0 && seen.insert(clause.key)).collect();
    let points = |wanted: &dyn Fn(&Weighed) -> bool| -> f64 {
        fresh.iter().filter(|clause| wanted(clause)).map(|clause| clause.points()).sum()
    };
    let facts = inputs.facts;
    let mut found = Features::default();
    found.set(Feature::Words, points(&|_| true).ln_1p());
    found.set(Feature::Reworded, points(&|clause| clause.way == Way::Reworded).ln_1p());
    found.set(Feature::Rules, points(&|clause| clause.rule).ln_1p());
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
    found.set(Feature::Data, strongest(&|clause| clause.data));
    found.set(Feature::Conduct, strongest(&|clause| clause.conduct));
    found.set(Feature::Dealings, strongest(&|clause| clause.dealings));
    found.set(Feature::Block, block(&clauses));
    let all: usize = clauses.iter().map(|clause| clause.came + clause.went).sum();
    let new: usize = fresh.iter().map(|clause| clause.came + clause.went).sum();
    found.set(Feature::Returning, if all == 0 { 1.0 } else { 1.0 - number(new) / number(all) });
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
    data: f64,
    conduct: f64,
    dealings: f64,
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
        let judgement = clause
            .judgement
            .filter(|_| !clause.returning && !(way == Way::Reworded && same_but_spelling(before, after)))
            .filter(|judgement| judgement.materiality != Materiality::Cosmetic);
        let scored = |among: &[Category]| {
            judgement.map_or(0.0, |judgement| {
                let scores = judgement.categories.iter().filter(|(it, _)| among.contains(it)).map(|(_, score)| *score);
                judgement.substantive * scores.fold(0.0, f64::max)
            })
        };
        Self {
            way,
            key: stable_hash(before.as_bytes()) ^ stable_hash(after.as_bytes()).rotate_left(1),
            came,
            went,
            weight: judgement.map_or(0.0, |judgement| judgement.substantive),
            rule: judgement.is_some() && is_rule(whole),
            adverse: judgement.map_or(0.0, |judgement| {
                let against = judgement.effect.filter(|(effect, _)| *effect == Effect::Adverse);
                judgement.substantive * against.map_or(0.0, |(_, score)| score)
            }),
            data: scored(&DATA),
            conduct: scored(&CONDUCT),
            dealings: scored(&DEALINGS),
        }
    }

    fn points(&self) -> f64 {
        self.weight * number(self.came.min(WORDS_A_CLAUSE) + self.went.min(WORDS_A_CLAUSE))
    }
}

const DATA: [Category; 11] = [
    Category::DataCollection,
    Category::DataUse,
    Category::DataSharing,
    Category::AiTraining,
    Category::TargetedAdvertising,
    Category::Retention,
    Category::InternationalTransfer,
    Category::GovernmentAccess,
    Category::SensitiveData,
    Category::Minors,
    Category::IntellectualProperty,
];
const CONDUCT: [Category; 5] = [
    Category::AcceptableUse,
    Category::Enforcement,
    Category::AdvertisingRules,
    Category::Commerce,
    Category::AiFeatures,
];
const DEALINGS: [Category; 5] = [
    Category::Payments,
    Category::Liability,
    Category::DisputeResolution,
    Category::TermsChanges,
    Category::LegalEntity,
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
    let (mut longest, mut run) = (0, 0);
    let mut last = Way::Reworded;
    for clause in clauses {
        run = if clause.way == last { run + 1 } else { 1 };
        last = clause.way;
        if clause.way != Way::Reworded {
            longest = longest.max(run);
        }
    }
    if longest * 2 > clauses.len() { number(longest.saturating_sub(IN_A_ROW)).ln_1p() } else { 0.0 }
}

#[expect(clippy::cast_precision_loss, reason = "counts of clauses and words are far below 2^52")]
fn number(count: usize) -> f64 {
    count as f64
}
