//! Choosing what to annotate next by what a model says of it.
//!
//! Uncertainty sampling (D. Lewis and W. Gale, "A sequential algorithm for training text classifiers",
//! 1994), evened out over what the model decides: each category gets an equal share of the choice, and so
//! do materiality and effect. Half of a category's share are the items that the model finds likeliest to
//! have it, so that rare ones are met at all; the other half is drawn by how unsure it is. `u` of the draw
//! comes from a hash of seed and identity, as in [`sample`](super::sample).

use std::collections::{BTreeMap, HashMap, HashSet};

use serde::Deserialize;

use super::item::{DatasetError, DatasetLine, Item};
use super::limits::Limits;
use super::sample::uniform;
use crate::taxonomy::Category;

/// Parts of the choice that a category has, half of them for its likeliest items; those of materiality and of effect.
const CATEGORY: usize = 2;
const MATERIALITY: usize = 14;
const EFFECT: usize = 8;
/// All parts together.
const PARTS: usize = CATEGORY * Category::ALL.len() + MATERIALITY + EFFECT;

/// A line that `classify --all-scores` wrote.
#[derive(Debug, Clone, Deserialize)]
pub struct ScoredItem {
    /// The item's id.
    pub id: String,
    /// Its scores; none where it could not be classified.
    pub scores: Option<ItemScores>,
}

impl DatasetLine for ScoredItem {
    const WHAT: &'static str = "what a model says of an item, as `termsift classify --all-scores` writes it";
}

/// What a model says of an item.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct ItemScores {
    /// Of each category.
    pub categories: BTreeMap<String, f64>,
    /// Of each materiality.
    pub materiality: BTreeMap<String, f64>,
    /// Of each effect.
    pub effect: BTreeMap<String, f64>,
}

/// How to choose.
#[derive(Debug, Clone)]
pub struct ChooseOptions {
    /// How many items.
    pub count: usize,
    /// Another seed gives another choice.
    pub seed: u64,
    /// Items of one document change at most.
    pub per_change: usize,
    /// Share of the choice that one service has at most.
    pub per_service: f64,
}

/// Chooses from `items` by what a model says of them, in the order of `items`. One that it says nothing of is
/// not chosen.
///
/// # Errors
/// When it says nothing of any.
pub fn choose(items: Vec<Item>, scored: Vec<ScoredItem>, options: &ChooseOptions) -> Result<Vec<Item>, DatasetError> {
    let scores: HashMap<String, ItemScores> =
        scored.into_iter().filter_map(|line| Some((line.id, line.scores?))).collect();
    let pool: Vec<(&Item, &ItemScores)> = items.iter().filter_map(|item| Some((item, scores.get(&item.id)?))).collect();
    if pool.is_empty() {
        return Err(DatasetError::Mismatch(
            "no item has scores; write them with `termsift classify --all-scores` from the same items".into(),
        ));
    }
    let mut choice = Choice::new(options);
    for category in Category::ALL {
        let of = |scores: &ItemScores| scores.categories.get(category.id()).copied().unwrap_or_default();
        choice.take_best(&pool, CATEGORY / 2, of);
        choice.draw(&pool, CATEGORY / 2, category.id(), |scores| of(scores) * (1.0 - of(scores)));
    }
    choice.draw(&pool, MATERIALITY, "materiality", |scores| entropy(&scores.materiality).powi(2));
    choice.draw(&pool, EFFECT, "effect", |scores| entropy(&scores.effect).powi(2));
    let mut chosen = choice.taken;
    // Each once, also where the file has an item twice.
    Ok(items.into_iter().filter(|item| chosen.remove(&item.id)).collect())
}

/// What is chosen so far.
struct Choice<'a> {
    options: &'a ChooseOptions,
    taken: HashSet<String>,
    limits: Limits,
    /// Parts that have had their turn.
    parts: usize,
}

impl<'a> Choice<'a> {
    fn new(options: &'a ChooseOptions) -> Self {
        let limits = Limits::new(options.count, options.per_change, options.per_service);
        Self { options, taken: HashSet::new(), limits, parts: 0 }
    }

    /// How many items the next `parts` of the choice are: what all parts so far are, rounded down, less those before
    /// them. So together they are as many as are asked for, however each is rounded.
    fn quota(&mut self, parts: usize) -> usize {
        let count = self.options.count;
        let upto = |parts: usize| count.saturating_mul(parts) / PARTS;
        let before = upto(self.parts);
        self.parts += parts;
        upto(self.parts) - before
    }

    /// Takes the items with the highest `score`.
    fn take_best(&mut self, pool: &[(&Item, &ItemScores)], parts: usize, score: impl Fn(&ItemScores) -> f64) {
        let keyed = pool.iter().map(|&(item, scores)| (-score(scores), item)).collect();
        self.take(keyed, parts);
    }

    /// Draws items with chances by their `weight`; one without any is not drawn.
    fn draw(&mut self, pool: &[(&Item, &ItemScores)], parts: usize, what: &str, weight: impl Fn(&ItemScores) -> f64) {
        let keyed = pool.iter().filter_map(|&(item, scores)| {
            let weight = weight(scores);
            let chance = uniform(self.options.seed, &format!("{what} {}", item.id));
            (weight > 0.0).then(|| (-chance.ln() / weight, item))
        });
        self.take(keyed.collect(), parts);
    }

    /// Takes the items with the lowest keys that are not taken yet, as far as the limits allow.
    fn take(&mut self, mut keyed: Vec<(f64, &Item)>, parts: usize) {
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
        let mut wanted = self.quota(parts);
        for (_, item) in keyed {
            if wanted == 0 {
                break;
            }
            if !self.taken.contains(&item.id) && self.limits.takes(item) {
                self.taken.insert(item.id.clone());
                wanted -= 1;
            }
        }
    }
}

/// How undecided probabilities are: 0 where one is 1.
fn entropy(probabilities: &BTreeMap<String, f64>) -> f64 {
    probabilities.values().map(|&p| if p > 0.0 { -p * p.ln() } else { 0.0 }).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(number: usize, service: &str) -> Item {
        serde_json::from_value(serde_json::json!({
            "id": format!("{number:04}"), "before": "a", "after": "b", "headings": [], "lead_in": "", "service": service,
            "terms_type": "Privacy Policy", "kind": "modified", "collection": "c", "commit": number.to_string(),
            "path": "p", "before_ref": null, "after_ref": null
        }))
        .unwrap()
    }

    fn scored(number: usize, minors: f64, sure: f64) -> ScoredItem {
        let map = |pairs: &[(&str, f64)]| pairs.iter().map(|&(id, score)| (id.to_owned(), score)).collect();
        let three = map(&[("a", sure), ("b", 1.0 - sure), ("c", 0.0)]);
        let scores = ItemScores { categories: map(&[("minors", minors)]), materiality: three, effect: BTreeMap::new() };
        ScoredItem { id: format!("{number:04}"), scores: Some(scores) }
    }

    #[test]
    fn the_likeliest_and_the_unsure_come_first() {
        let items: Vec<Item> = (0..400).map(|number| item(number, &format!("S{number}"))).collect();
        // One in a hundred is probably about minors; materiality is open in one of ten.
        let scores: Vec<ScoredItem> = (0..400)
            .map(|at| scored(at, if at % 100 == 7 { 0.9 } else { 0.0 }, if at % 10 == 3 { 0.5 } else { 1.0 }))
            .collect();
        let options = ChooseOptions { count: 150, seed: 1, per_change: 5, per_service: 1.0 };
        let chosen = choose(items.clone(), scores.clone(), &options).unwrap();
        let has = |number: usize| chosen.iter().any(|item| item.id == format!("{number:04}"));
        assert!([7, 107, 207, 307].into_iter().all(has), "the rare matter is met");
        let open = chosen.iter().filter(|item| item.id.ends_with('3')).count();
        assert!(open >= 28, "{open} of those that are open");
        let mut turned = items.clone();
        turned.reverse();
        let mut again = choose(turned, scores, &options).unwrap();
        again.reverse();
        assert_eq!(chosen, again, "the order of the items changes nothing");
        assert!(choose(items, Vec::new(), &options).is_err());
    }

    #[test]
    fn as_many_are_chosen_as_asked_for() {
        let three: BTreeMap<String, f64> = ["a", "b", "c"].map(|id| (id.to_owned(), 1.0 / 3.0)).into();
        let categories: BTreeMap<String, f64> = Category::ALL.iter().map(|it| (it.id().to_owned(), 0.5)).collect();
        let scores = ItemScores { categories, materiality: three.clone(), effect: three };
        let items: Vec<Item> = (0..300).map(|number| item(number, &format!("S{number}"))).collect();
        for count in [0, 1, 53, 54, 100, 257] {
            let scored = items.iter().map(|item| ScoredItem { id: item.id.clone(), scores: Some(scores.clone()) });
            let options = ChooseOptions { count, seed: 1, per_change: 5, per_service: 1.0 };
            let scored: Vec<ScoredItem> = scored.collect();
            assert_eq!(choose(items.clone(), scored.clone(), &options).unwrap().len(), count);
            let twice = [items.clone(), items.clone()].concat();
            assert_eq!(choose(twice, scored, &options).unwrap().len(), count, "each item once");
        }
    }

    #[test]
    fn no_service_fills_the_choice() {
        let items: Vec<Item> =
            (0..200).map(|number| item(number, if number < 150 { "Big" } else { "Small" })).collect();
        let scores: Vec<ScoredItem> = (0..200).map(|at| scored(at, 0.5, 0.5)).collect();
        let options = ChooseOptions { count: 50, seed: 1, per_change: 5, per_service: 0.2 };
        let big = choose(items, scores, &options).unwrap().iter().filter(|item| item.service == "Big").count();
        assert_eq!(big, 10);
    }
}
