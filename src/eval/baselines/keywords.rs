//! Key phrases: what a simple rule reaches.
//!
//! A phrase counts where it stands in the words that changed, with half a score where it stands only
//! in the rest of the clause or its lead-in; both show the category. Materiality goes by how many words
//! changed and whether a number or a modal verb is among them; effect by who gains a permission.

use std::collections::BTreeSet;

use aho_corasick::{AhoCorasick, MatchKind};

use super::terms::{Marked, marked};
use crate::align::Op;
use crate::dataset::LabelledChange;
use crate::eval::EvalError;
use crate::eval::scores::{CATEGORIES, Predictor, Scores};
use crate::taxonomy::Category;

const PHRASES: &str = include_str!("data/keywords.tsv");
/// Changed words from which a modified clause is called substantive.
const MANY_WORDS: usize = 4;
/// Words whose coming or going changes what may or must be done.
const MODALS: [&str; 13] =
    ["may", "must", "shall", "will", "can", "cannot", "should", "not", "no", "never", "only", "all", "any"];

/// The baseline that looks for phrases.
#[derive(Debug, Clone)]
pub struct Keywords {
    finder: AhoCorasick,
    /// Of each pattern: its category, and whether any ending may follow.
    patterns: Vec<(Category, bool)>,
}

impl Keywords {
    /// The phrases that come with the program.
    ///
    /// # Errors
    /// When they are damaged.
    pub fn new() -> Result<Self, EvalError> {
        let bad = |why: String| EvalError::Fit { name: "keywords".into(), why };
        let mut texts = Vec::new();
        let mut patterns = Vec::new();
        for line in PHRASES.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
            let (id, phrase) = line.split_once('\t').ok_or_else(|| bad(format!("no tab in {line:?}")))?;
            let category = Category::from_id(id).ok_or_else(|| bad(format!("{id:?} is no category")))?;
            let (phrase, open) = phrase.strip_suffix('*').map_or((phrase, false), |stem| (stem, true));
            // `?` stands for the two spellings of -ise, -ize, licence, license.
            for spelling in ["s", "z", "c"].iter().take(if phrase.contains('?') { 3 } else { 1 }) {
                texts.push(format!(" {}", phrase.replace('?', spelling)));
                patterns.push((category, open));
            }
        }
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::Standard)
            .build(&texts)
            .map_err(|error| bad(error.to_string()))?;
        Ok(Self { finder, patterns })
    }

    /// How many phrases there are in `text`.
    pub(crate) fn count(&self, text: &str) -> usize {
        let words = super::terms::words(text);
        self.phrases(&spaced(words.iter())).len()
    }

    /// Categories with a phrase in `words`.
    fn found<'a>(&self, words: impl Iterator<Item = &'a String>) -> BTreeSet<Category> {
        self.phrases(&spaced(words)).into_iter().collect()
    }

    /// The category of each phrase in `text`.
    fn phrases(&self, text: &str) -> Vec<Category> {
        self.finder
            .find_overlapping_iter(text)
            .filter_map(|found| {
                let (category, open) = self.patterns.get(found.pattern().as_usize())?;
                let ends = text.get(found.end()..).is_some_and(|rest| rest.starts_with(' '));
                (*open || ends).then_some(*category)
            })
            .collect()
    }

    fn one(&self, item: &LabelledChange) -> Scores {
        let edits = marked(item);
        let changed = self.found(edits.iter().filter(|edit| edit.op != Op::Equal).flat_map(|edit| &edit.words));
        let lead_in = super::terms::words(&item.clause.lead_in);
        let anywhere = self.found(lead_in.iter().chain(edits.iter().flat_map(|edit| &edit.words)));
        let mut categories = [0.0; CATEGORIES];
        let materiality = materiality(item, &edits);
        if materiality > 0 {
            for (category, score) in Category::ALL.iter().zip(&mut categories) {
                *score = if changed.contains(category) {
                    1.0
                } else if anywhere.contains(category) {
                    0.5
                } else {
                    0.0
                };
            }
        }
        let sure = |label: usize| std::array::from_fn(|at| if at == label { 1.0 } else { 0.0 });
        Scores { categories, materiality: sure(materiality), effect: sure(effect(materiality, &edits)), interest: None }
    }
}

impl Predictor for Keywords {
    fn name(&self) -> &'static str {
        "keywords"
    }

    fn scores(&self, items: &[LabelledChange]) -> Result<Vec<Scores>, EvalError> {
        Ok(items.iter().map(|item| self.one(item)).collect())
    }
}

fn materiality(item: &LabelledChange, edits: &[Marked]) -> usize {
    let changed: Vec<&String> = edits.iter().filter(|edit| edit.op != Op::Equal).flat_map(|edit| &edit.words).collect();
    let whole = item.clause.before.is_none() || item.clause.after.is_none();
    let telling = |word: &&&String| MODALS.contains(&word.as_str()) || word.chars().any(|c| c.is_ascii_digit());
    match changed.len() {
        0 => 0,
        1 | 2 if whole => 0,
        count if whole || count >= MANY_WORDS => 2,
        _ if changed.iter().any(|word| telling(&word)) => 2,
        _ => 1,
    }
}

/// Adverse where "we may" comes, favourable where it goes; else neutral.
fn effect(materiality: usize, edits: &[Marked]) -> usize {
    let has =
        |op: Op| edits.iter().any(|edit| edit.op == op && edit.words.windows(2).any(|pair| pair == ["we", "may"]));
    match (materiality, has(Op::Insert), has(Op::Delete)) {
        (2, true, false) => 0,
        (2, false, true) => 1,
        _ => 2,
    }
}

/// Each word with a space before it, so that a phrase can only start with a word.
fn spaced<'a>(words: impl Iterator<Item = &'a String>) -> String {
    let mut text: String = words.map(|word| format!(" {word}")).collect();
    text.push(' ');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::ClauseLine;
    use crate::taxonomy::{Effect, Materiality};

    fn change(before: Option<&str>, after: Option<&str>) -> LabelledChange {
        LabelledChange {
            clause: ClauseLine {
                id: "a".into(),
                before: before.map(Into::into),
                after: after.map(Into::into),
                ..ClauseLine::default()
            },
            materiality: Materiality::Cosmetic,
            categories: Vec::new(),
            effect: Effect::Neutral,
            unsure: false,
            interest: None,
            collection: None,
            commit: None,
            path: None,
        }
    }

    #[test]
    fn phrases_are_whole_words_and_changed_ones_count_more() {
        let keywords = Keywords::new().unwrap();
        let scores = keywords.one(&change(
            Some("We retain logs for 30 days."),
            Some("We may retain logs for 90 days and share your data with advertisers."),
        ));
        let of = |category: Category| scores.categories[category as usize];
        assert!(of(Category::Retention) > 0.4 && of(Category::Retention) < 0.6);
        assert!(of(Category::DataSharing) > 0.9);
        assert!(of(Category::Minors) < 0.1 && of(Category::AiFeatures) < 0.1, "`ai` is no part of a word");
        assert!(scores.materiality[2] > 0.9);
    }

    #[test]
    fn a_mark_alone_is_cosmetic_and_has_no_category() {
        let scores = Keywords::new().unwrap().one(&change(Some("We share your data"), Some("We share your data.")));
        assert!(scores.materiality[0] > 0.9 && scores.categories.iter().all(|score| *score < 0.1));
    }
}
