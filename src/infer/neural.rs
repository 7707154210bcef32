//! Judgements by a model.
//!
//! What a rule is certain of (the same words elsewhere, only link targets, only dates or counters)
//! stays with the rule: there the words that the model reads say nothing, or the status of the whole
//! document change hangs on it. Everything else the model judges.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::PredictionCache;
use super::quantised::Quantised;
use super::signals::Signals;
use super::{ClauseView, Judge, Judgement};
use crate::align::ClauseChange;
use crate::encode::{ChangeText, Encoder, Encoding, EncodingKey};
use crate::model::reference::{Bert, HEADS};
use crate::model::{Calibration, ModelError, OUTPUTS, Package, Scores};
use crate::taxonomy::{Category, Effect, Materiality};

/// Raw outputs of one clause change: categories, materiality, effect.
pub type Raw = [f32; OUTPUTS];

/// Tokens of a batch at most: what one thread computes at a time stays near its caches.
const BATCH_TOKENS: usize = 256;
/// Clause changes that it likes to see at once: enough to fill batches of like length.
const GATHERED: usize = 64;
/// Encodings remembered in one run at most. About half of all clause changes in a real collection repeat.
const MOST_REMEMBERED: usize = 400_000;

/// How exactly a model is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Weights and activations in 8 bits: several times faster.
    #[default]
    Int8,
    /// In 32-bit floats by candle: the reference.
    F32,
}

/// Computes raw outputs. One thread a call; calls on several threads at once are welcome.
pub trait Engine: Send + Sync {
    /// The raw outputs of each of `batch`, in order. The result for one does not depend on the others.
    ///
    /// # Errors
    /// When the computation fails.
    fn raw(&self, batch: &[&Encoding]) -> Result<Vec<Raw>, ModelError>;
}

impl Engine for Bert {
    fn raw(&self, batch: &[&Encoding]) -> Result<Vec<Raw>, ModelError> {
        Bert::raw(self, batch)
    }
}

/// A model ready to judge.
pub struct Neural {
    name: String,
    encoder: Encoder,
    engine: Box<dyn Engine>,
    calibration: Calibration,
    known: Mutex<HashMap<EncodingKey, Raw>>,
}

impl std::fmt::Debug for Neural {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Neural").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Neural {
    /// The model of `package`, computed with `precision`.
    ///
    /// # Errors
    /// When the package cannot be used.
    pub fn new(package: &Package, precision: Precision) -> Result<Self, ModelError> {
        let dims = &package.config.encoder;
        let engine: Box<dyn Engine> = match (precision, &package.weights) {
            (Precision::F32, weights) => Box::new(Bert::from_safetensors(weights, dims, &HEADS, &[], 0)?),
            (Precision::Int8, Cow::Borrowed(weights)) => Box::new(Quantised::in_place(weights, dims)?),
            (Precision::Int8, Cow::Owned(weights)) => Box::new(Quantised::from_safetensors(weights, dims)?),
        };
        Ok(Self {
            name: package.config.name.clone(),
            encoder: package.encoder()?,
            engine,
            calibration: package.config.calibration.clone(),
            known: Mutex::new(HashMap::new()),
        })
    }

    /// The thresholds of the categories.
    #[must_use]
    pub fn thresholds(&self) -> &[f64] {
        &self.calibration.thresholds
    }

    /// Scores of `changes`, in order.
    ///
    /// # Errors
    /// When the computation fails.
    pub fn scores(&self, changes: &[ChangeText<'_>]) -> Result<Vec<Scores>, ModelError> {
        self.scores_with(changes, None)
    }

    fn scores_with(
        &self,
        changes: &[ChangeText<'_>],
        cache: Option<&dyn PredictionCache>,
    ) -> Result<Vec<Scores>, ModelError> {
        let encodings: Vec<Encoding> = changes.iter().map(|change| self.encoder.encode(change)).collect();
        let keys: Vec<EncodingKey> = encodings.iter().map(Encoding::key).collect();
        let mut found: HashMap<EncodingKey, Raw> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            keys.iter().filter_map(|key| Some((*key, *known.get(key)?))).collect()
        };
        let mut wanted: Vec<(usize, EncodingKey)> = Vec::new();
        let mut asked = std::collections::HashSet::new();
        for (at, key) in keys.iter().enumerate() {
            if !found.contains_key(key) && asked.insert(*key) {
                wanted.push((at, *key));
            }
        }
        if let Some(cache) = cache.filter(|_| !wanted.is_empty()) {
            let asked: Vec<EncodingKey> = wanted.iter().map(|&(_, key)| key).collect();
            found.extend(asked.iter().zip(cache.get(&asked)).filter_map(|(key, raw)| Some((*key, raw?))));
            wanted.retain(|(_, key)| !found.contains_key(key));
        }
        let mut fresh: Vec<(EncodingKey, Raw)> = Vec::new();
        let length = |at: usize| encodings.get(at).map_or(0, |encoding| encoding.ids.len());
        wanted.sort_by_key(|&(at, _)| (length(at), at));
        for batch in batches(&wanted, length) {
            let rows: Vec<&Encoding> = batch.iter().filter_map(|&(at, _)| encodings.get(at)).collect();
            let computed = self.engine.raw(&rows)?;
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            for (&(_, key), raw) in batch.iter().zip(computed) {
                found.insert(key, raw);
                fresh.push((key, raw));
                if known.len() < MOST_REMEMBERED {
                    known.insert(key, raw);
                }
            }
        }
        if let Some(cache) = cache.filter(|_| !fresh.is_empty()) {
            cache.put(&fresh);
        }
        let none = [0.0; OUTPUTS];
        Ok(keys.iter().map(|key| self.calibration.scores(found.get(key).unwrap_or(&none))).collect())
    }
}

/// `wanted` in runs of at most [`BATCH_TOKENS`], or of one.
fn batches(
    wanted: &[(usize, EncodingKey)],
    length: impl Fn(usize) -> usize,
) -> impl Iterator<Item = &[(usize, EncodingKey)]> {
    let mut rest = wanted;
    std::iter::from_fn(move || {
        let mut tokens = 0;
        let fitting = rest
            .iter()
            .take_while(|(at, _)| {
                tokens += length(*at);
                tokens <= BATCH_TOKENS
            })
            .count();
        let (batch, later) = rest.split_at_checked(fitting.max(1))?;
        rest = later;
        Some(batch)
    })
}

impl Judge for Neural {
    fn model(&self) -> Option<&str> {
        Some(&self.name)
    }

    fn batch(&self) -> usize {
        GATHERED
    }

    fn judge(&self, changes: &[ClauseView<'_>]) -> Vec<Judgement> {
        self.judge_with(changes, None)
    }
}

impl Neural {
    /// As [`Judge::judge`]; what `cache` remembers is not computed.
    pub(super) fn judge_with(&self, changes: &[ClauseView<'_>], cache: Option<&dyn PredictionCache>) -> Vec<Judgement> {
        let mut judgements = Signals.judge(changes);
        let open: Vec<usize> =
            changes.iter().enumerate().filter(|(_, view)| needs_reading(view)).map(|it| it.0).collect();
        let texts: Vec<ChangeText<'_>> = open.iter().filter_map(|&at| changes.get(at)).map(text_of).collect();
        let Ok(scores) = self.scores_with(&texts, cache) else { return judgements };
        for (at, scores) in open.into_iter().zip(scores) {
            if let Some(judgement) = judgements.get_mut(at) {
                self.read(judgement, &scores);
            }
        }
        judgements
    }

    fn read(&self, judgement: &mut Judgement, scores: &Scores) {
        if !judgement.rolling {
            let (materiality, score) = scores.materiality();
            let substantive = scores.materiality.get(Materiality::Substantive as usize).copied().unwrap_or(0.0);
            *judgement = Judgement {
                materiality,
                score: rounded(score),
                substantive: rounded(substantive),
                reason: None,
                ..judgement.clone()
            };
        }
        judgement.categories = scores.categories(&self.calibration.thresholds);
        for (_, score) in &mut judgement.categories {
            *score = rounded(*score);
        }
        let of = |effect: Effect| rounded(scores.effect.get(effect as usize).copied().unwrap_or(0.0));
        (judgement.adverse, judgement.favourable) = (of(Effect::Adverse), of(Effect::Favourable));
        let (effect, score) = scores.effect();
        judgement.effect = Some((effect, rounded(score)));
        if judgement.rolling && judgement.categories.is_empty() && judgement.materiality != Materiality::Cosmetic {
            judgement.categories.push((Category::TermsChanges, judgement.score));
        }
    }
}

/// To five places: more are not known, and so few come back from JSON as they were.
fn rounded(score: f64) -> f64 {
    (score * 1e5).round() / 1e5
}

/// Whether the words that changed say something that a model can read.
fn needs_reading(view: &ClauseView<'_>) -> bool {
    match view.change {
        ClauseChange::Moved { .. } => false,
        ClauseChange::Modified { redline, .. } => !redline.is_equal(),
        ClauseChange::Added { .. } | ClauseChange::Removed { .. } => true,
    }
}

fn text_of<'a>(view: &'a ClauseView<'_>) -> ChangeText<'a> {
    ChangeText {
        before: view.before,
        after: view.after,
        redline: match view.change {
            ClauseChange::Modified { redline, .. } => Some(redline),
            _ => None,
        },
        headings: view.headings,
        lead_in: view.lead_in,
        terms_type: view.terms_type,
    }
}
