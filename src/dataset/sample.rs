//! Choosing clause changes to annotate.
//!
//! Each candidate gets a weight, and the sample is drawn without replacement by those weights
//! (Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006: the items with the
//! smallest `-ln(u) / w` are kept). `u` comes from a hash of seed and identity, so the same
//! collections and seed give the same sample, whatever the order of the records.
//!
//! Weights even out what the collections are lopsided in: services that change daily, terms types,
//! kinds, very short and very long clauses; and they seek out matters that are rare. The cue words
//! only decide what is *looked at*; they say nothing about the label.

use std::collections::{BTreeMap, HashMap, HashSet};

use aho_corasick::{AhoCorasick, MatchKind};

use super::item::{ClauseRef, Item};
use super::limits::Limits;
use super::split::Split;
use crate::rank::language;
use crate::record::{ClauseChangeRecord, DocumentChangeRecord};
use crate::text::{TokenKind, stable_hash, tokens};

/// Words that hint at matters which are rare in the collections: `weight<TAB>word`.
const CUES: &str = include_str!("data/cues.tsv");
/// Words of the longest clause that is annotated: what is longer is a page without sentences.
const MOST_WORDS: usize = 320;
/// Share of the weight that a clause in another language keeps: the model is for English.
const OTHER_LANGUAGE: f64 = 0.04;

/// How to sample.
#[derive(Debug, Clone)]
pub struct SampleOptions {
    /// How many items.
    pub count: usize,
    /// Another seed gives another sample.
    pub seed: u64,
    /// From the services of this split only.
    pub split: Split,
    /// Items of one document change at most.
    pub per_change: usize,
    /// Share of the sample that one service has at most.
    pub per_service: f64,
    /// Share of modified clauses; the rest is added and removed ones, five to three.
    pub modified: f64,
}

/// Clause changes to choose from, near-duplicates once.
#[derive(Debug)]
pub struct Candidates {
    split: Split,
    items: Vec<(Item, f64)>,
    seen: HashSet<u64>,
    cues: Option<AhoCorasick>,
    cue_weights: Vec<f64>,
}

impl Candidates {
    /// An empty set for `split`. Clause changes with the same words as one of `known` are left out.
    #[must_use]
    pub fn new(split: Split, known: &[Item]) -> Self {
        let listed: Vec<(f64, &str)> = CUES
            .lines()
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| line.split_once('\t'))
            .filter_map(|(weight, word)| Some((weight.parse().ok()?, word)))
            .collect();
        Self {
            split,
            items: Vec::new(),
            seen: known.iter().map(|item| likeness(item.before.as_deref(), item.after.as_deref())).collect(),
            cues: AhoCorasick::builder()
                .ascii_case_insensitive(true)
                .match_kind(MatchKind::LeftmostLongest)
                .build(listed.iter().map(|(_, word)| word))
                .ok(),
            cue_weights: listed.iter().map(|&(weight, _)| weight).collect(),
        }
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Adds the clause changes of `record` that a judge would be asked about.
    pub fn add(&mut self, record: &DocumentChangeRecord) {
        if Split::of_service(&record.service) != self.split {
            return;
        }
        let texts: String = record
            .clauses
            .iter()
            .filter_map(|clause| clause.after.as_ref().or(clause.before.as_ref()))
            .fold(String::new(), |mut all, text| {
                all.push_str(text);
                all.push('\n');
                all
            });
        let foreign = language(&texts).is_some_and(|language| language.code() != "eng");
        for clause in &record.clauses {
            if let Some((item, weight)) = self.candidate(record, clause) {
                self.items.push((item, if foreign { weight * OTHER_LANGUAGE } else { weight }));
            }
        }
    }

    fn candidate(&mut self, record: &DocumentChangeRecord, clause: &ClauseChangeRecord) -> Option<(Item, f64)> {
        clause.materiality.as_ref()?;
        if clause.kind == "moved" || clause.before == clause.after {
            return None;
        }
        let (before, after) = (clause.before.as_deref(), clause.after.as_deref());
        let words = [before, after].into_iter().flatten().map(|text| text.split(' ').count()).max()?;
        if words > MOST_WORDS || !self.seen.insert(likeness(before, after)) {
            return None;
        }
        let weight = self.cue_weight(clause) * length_weight(words);
        let side = |commit: Option<&String>, span: Option<[u32; 2]>, text: Option<&str>| {
            Some(ClauseRef { commit: commit?.clone(), span: span?, hash: ClauseRef::hash_of(text?) })
        };
        let item = Item {
            id: clause.id.clone(),
            before: clause.before.clone(),
            after: clause.after.clone(),
            headings: clause.headings.clone(),
            lead_in: clause.lead_in.clone(),
            service: record.service.clone(),
            terms_type: record.terms_type.clone(),
            kind: clause.kind.clone(),
            collection: record.collection.clone(),
            commit: record.commit.clone(),
            path: record.path.clone(),
            before_ref: side(record.previous_commit.as_ref(), clause.before_span, before),
            after_ref: side(Some(&record.commit), clause.after_span, after),
            labels: None,
        };
        Some((item, weight))
    }

    /// The weight that the cue words in what changed give: the highest counts.
    fn cue_weight(&self, clause: &ClauseChangeRecord) -> f64 {
        let Some(cues) = &self.cues else { return 1.0 };
        let best = |text: &str| {
            cues.find_iter(text)
                .filter_map(|found| self.cue_weights.get(found.pattern().as_usize()))
                .fold(1.0, |best: f64, &weight| best.max(weight))
        };
        if clause.redline.is_empty() {
            return clause.after.as_deref().or(clause.before.as_deref()).map_or(1.0, best);
        }
        let changed = clause.redline.iter().filter(|edit| edit.op != "equal").map(|edit| best(&edit.text));
        // A cue in what stayed says that the clause, not the edit, is about a rare matter: half as good.
        let kept = clause.redline.iter().filter(|edit| edit.op == "equal").map(|edit| best(&edit.text).sqrt());
        changed.chain(kept).fold(1.0, f64::max)
    }

    /// Draws a sample, in the order of the draw.
    #[must_use]
    pub fn draw(self, options: &SampleOptions) -> Vec<Item> {
        let mut frequency: BTreeMap<(String, String), f64> = BTreeMap::new();
        for (item, _) in &self.items {
            *frequency.entry((item.service.clone(), item.terms_type.clone())).or_default() += 1.0;
        }
        let mut keyed: Vec<(f64, Item)> = self
            .items
            .into_iter()
            .map(|(item, weight)| {
                let often = frequency.get(&(item.service.clone(), item.terms_type.clone())).copied().unwrap_or(1.0);
                // Between "every document alike" and "as they come".
                let weight = weight / often.powf(0.6);
                (-uniform(options.seed, &item.id).ln() / weight, item)
            })
            .collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
        let mut quotas = Quotas::new(options);
        keyed.into_iter().map(|(_, item)| item).filter(|item| quotas.takes(item)).collect()
    }
}

/// What is still wanted.
struct Quotas {
    left: HashMap<&'static str, usize>,
    limits: Limits,
}

impl Quotas {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "shares of a count that fits the memory"
    )]
    fn new(options: &SampleOptions) -> Self {
        let count = options.count as f64;
        let modified = (count * options.modified.clamp(0.0, 1.0)).round() as usize;
        let added = (options.count - modified.min(options.count)) * 5 / 8;
        Self {
            left: HashMap::from([
                ("modified", modified),
                ("added", added),
                ("removed", options.count.saturating_sub(modified + added)),
            ]),
            limits: Limits::new(options.count, options.per_change, options.per_service),
        }
    }

    fn takes(&mut self, item: &Item) -> bool {
        let Some(left) = self.left.get_mut(item.kind.as_str()) else { return false };
        if *left == 0 || !self.limits.takes(item) {
            return false;
        }
        *left -= 1;
        true
    }
}

/// A number in (0, 1] from `seed` and `id`.
pub(super) fn uniform(seed: u64, id: &str) -> f64 {
    let hash = stable_hash(format!("{seed} {id}").as_bytes());
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    let share = ((hash >> 11) + 1) as f64 / (1_u64 << 53) as f64;
    share
}

/// One- and two-word fragments are mostly menus; they come up often enough at a third of the weight.
fn length_weight(words: usize) -> f64 {
    match words {
        0..=2 => 0.3,
        3..=5 => 0.7,
        _ => 1.0,
    }
}

/// The same for clause changes whose words are the same but for numbers, marks and letter case.
fn likeness(before: Option<&str>, after: Option<&str>) -> u64 {
    let mut key = String::new();
    for side in [before, after] {
        let text = side.unwrap_or("\u{1}");
        for token in tokens(text).iter().filter(|token| token.kind == TokenKind::Word) {
            let word = token.span.of(text);
            key.push_str(&if word.starts_with(|c: char| c.is_ascii_digit()) {
                "0".to_owned()
            } else {
                word.to_lowercase()
            });
            key.push(' ');
        }
        key.push('\n');
    }
    stable_hash(key.as_bytes())
}
