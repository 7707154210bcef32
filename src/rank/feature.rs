//! What a priority is read from: some numbers about a document change, each with its words.
//!
//! All are zero or more, and zero says nothing: so what each adds to a priority can be told. None
//! knows a service or a document. They are made so that they mean the same whether rules or a
//! model judged the clauses; those that only a model can fill stay zero without one.

use std::collections::BTreeMap;

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
    /// Whole sentences that say what may, must or will be done and that went; logarithm of their words.
    Dropped = "rules and promises that went", 1;
    /// How far the substantive clause changes are against users, by the model.
    Adverse = "against users", 1;
    /// How far they are for users, by the model.
    Favourable = "for users", 1;
    /// How much the most telling clause is worth a memo by itself, by the model; square root, since few reach a
    /// half and the difference between hardly and a little counts.
    Telling = "one telling clause", 1;
    /// Artificial intelligence, and what is used to train it, by the model; so the matters below.
    Ai = "artificial intelligence", 1;
    /// Who gets people's data.
    Sharing = "sharing of data", 1;
    /// What data is had, and what it is used for.
    Data = "collection and use of data", 1;
    /// What people can ask for or refuse.
    Rights = "choices and rights over data", 1;
    /// Children and age limits.
    Minors = "minors", 1;
    /// What people may post or do.
    Conduct = "what users may do", 1;
    /// What happens if they do otherwise.
    Enforcement = "enforcement", 1;
    /// What may be advertised and sold.
    Commerce = "advertising and commerce rules", 1;
    /// Who may use what people make.
    Content = "rights in content", 1;
    /// Prices, refunds, payouts.
    Money = "money", 1;
    /// Who answers for what, and before whom.
    Liability = "liability and disputes", 1;
    /// Who the service is, for whom, and how its terms change.
    Service = "the service and its terms", 1;
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
            // Asked of what is kept: a finite value may be none any more once it is multiplied.
            let kept = (value * 10_000.0).round() / 10_000.0;
            *slot = if kept.is_finite() { kept } else { 0.0 };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_feature_is_always_a_finite_number() {
        let words = Feature::Words.words();
        for (value, expected) in [(1.234_56, 1.2346), (1e305, 0.0), (f64::INFINITY, 0.0), (f64::NAN, 0.0)] {
            let kept = Features::named(&BTreeMap::from([(words.to_owned(), value)])).get(Feature::Words);
            assert!((kept - expected).abs() < 1e-9, "{value}: {kept}");
        }
    }
}
