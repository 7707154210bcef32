//! TF-IDF of the marked words of a redline, with linear heads.
//!
//! A word counts as itself, and once more with its mark where it was deleted or inserted (`-may`,
//! `+will`) and without direction (`~may`); pairs of neighbouring words likewise. Headings, lead-in
//! and terms type stand as words of their own kinds.

use std::collections::{BTreeMap, HashMap};

use super::linear::LinearHeads;
use super::logistic::Row;
use super::terms::{marked, words};
use crate::align::Op;
use crate::dataset::LabelledChange;
use crate::eval::EvalError;
use crate::eval::metrics::count;
use crate::eval::scores::{CATEGORIES, Predictor, Scores};

/// Items that a feature must be in.
const LEAST_ITEMS: usize = 2;
/// Features that are kept, those of most items first.
const MOST_FEATURES: usize = 60_000;

/// The baseline that counts words.
#[derive(Debug, Clone)]
pub struct TfIdf {
    vocabulary: Vocabulary,
    heads: LinearHeads,
}

#[derive(Debug, Clone)]
struct Vocabulary {
    /// Feature → its number and its weight.
    features: HashMap<String, (u32, f64)>,
}

impl TfIdf {
    /// Fits it on `items`.
    ///
    /// # Errors
    /// When there are no items.
    pub fn fit(items: &[LabelledChange]) -> Result<Self, EvalError> {
        let counted: Vec<BTreeMap<String, u32>> = items.iter().map(features).collect();
        let vocabulary = Vocabulary::of(&counted);
        if vocabulary.features.is_empty() {
            let why = "no word is in two of the training items; give it more labels".into();
            return Err(EvalError::Fit { name: "tf-idf".into(), why });
        }
        let rows: Vec<Row> = counted.iter().map(|counts| vocabulary.row(counts)).collect();
        let heads = LinearHeads::fit(items, &rows, vocabulary.features.len());
        Ok(Self { vocabulary, heads })
    }

    /// The strength of the data against the penalty that was chosen.
    #[must_use]
    pub fn strength(&self) -> f64 {
        self.heads.strength()
    }
}

impl Predictor for TfIdf {
    fn name(&self) -> &'static str {
        "tf-idf"
    }

    fn thresholds(&self) -> Option<[f64; CATEGORIES]> {
        Some(self.heads.thresholds())
    }

    fn scores(&self, items: &[LabelledChange]) -> Result<Vec<Scores>, EvalError> {
        Ok(items.iter().map(|item| self.heads.scores(&self.vocabulary.row(&features(item)))).collect())
    }
}

impl Vocabulary {
    fn of(items: &[BTreeMap<String, u32>]) -> Self {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for counts in items {
            for feature in counts.keys() {
                *seen.entry(feature).or_default() += 1;
            }
        }
        let mut kept: Vec<(&str, usize)> = seen.into_iter().filter(|(_, items)| *items >= LEAST_ITEMS).collect();
        // Most items first, equals by name; then the numbers go by name.
        kept.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
        kept.truncate(MOST_FEATURES);
        kept.sort_unstable();
        let all = count(items.len());
        let features = (0..)
            .zip(kept)
            .map(|(number, (feature, seen))| {
                (feature.to_owned(), (number, ((1.0 + all) / (1.0 + count(seen))).ln() + 1.0))
            })
            .collect();
        Self { features }
    }

    /// The row of an item: damped counts times rarity, of length 1.
    fn row(&self, counts: &BTreeMap<String, u32>) -> Row {
        let mut row: Vec<(u32, f64)> = counts
            .iter()
            .filter_map(|(feature, &times)| {
                let (number, rarity) = self.features.get(feature)?;
                Some((*number, (1.0 + f64::from(times).ln()) * rarity))
            })
            .collect();
        row.sort_unstable_by_key(|(number, _)| *number);
        let length = row.iter().map(|(_, value)| value * value).sum::<f64>().sqrt().max(1e-12);
        #[expect(clippy::cast_possible_truncation, reason = "a feature needs no more digits than f32 has")]
        row.into_iter().map(|(number, value)| (number, (value / length) as f32)).collect()
    }
}

/// The features of a clause change and how often each occurs.
fn features(item: &LabelledChange) -> BTreeMap<String, u32> {
    let mut counts: BTreeMap<String, u32> = BTreeMap::new();
    let mut add = |feature: String| *counts.entry(feature).or_default() += 1;
    for edit in marked(item) {
        let marks: &[&str] = match edit.op {
            Op::Equal => &[""],
            Op::Delete => &["", "-", "~"],
            Op::Insert => &["", "+", "~"],
        };
        for mark in marks {
            edit.words.iter().for_each(|word| add(format!("{mark}{word}")));
            edit.words.windows(2).for_each(|pair| add(format!("{mark}{}", pair.join(" "))));
        }
    }
    for heading in &item.clause.headings {
        words(heading).iter().for_each(|word| add(format!("h:{word}")));
    }
    words(&item.clause.lead_in).iter().for_each(|word| add(format!("l:{word}")));
    add(format!("t:{}", item.clause.terms_type));
    add(match (&item.clause.before, &item.clause.after) {
        (None, _) => "k:added".into(),
        (_, None) => "k:removed".into(),
        _ => "k:modified".into(),
    });
    counts
}
