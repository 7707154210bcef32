//! Judgements by a model.
//!
//! What a rule is certain of (the same words elsewhere, only link targets, an address that the page
//! hides, a date written otherwise, only dates or counters) stays with the rule: there the words that
//! the model reads say nothing, or the status of the whole document change hangs on it. Everything
//! else the model judges.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::dedup::distinct;
use super::engine::{Embedder, Engine, Heads, Raw};
use super::signals::{Signals, is_settled};
use super::{ClauseView, Judge, Judgement, PredictionCache, Workers};
use crate::align::ClauseChange;
use crate::encode::{ChangeKey, ChangeText, Encoder, Encoding, EncodingKey};
use crate::model::reference::Bert;
use crate::model::{Calibration, EncoderWeights, ModelError, OUTPUTS, Package, QuantisedEncoder, Scores};
use crate::taxonomy::{Category, Effect, Materiality};

/// Clause changes that it likes to see at once: enough to fill batches of like length.
const GATHERED: usize = 64;
/// Clause changes that one thread encodes at a time.
const ENCODED_TOGETHER: usize = 16;
/// Encodings remembered at most, unless told otherwise. About half of all clause changes in a real collection repeat.
const MOST_REMEMBERED: usize = 400_000;

/// The word table among a model's weights.
const WORDS: &str = "embeddings.word_embeddings.weight";

/// How exactly a model is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Weights and activations in 8 bits: several times faster.
    #[default]
    Int8,
    /// In 32-bit floats by candle: the reference.
    F32,
}

/// A model ready to judge.
pub struct Neural {
    name: String,
    encoder: Encoder,
    engine: Box<dyn Engine>,
    heads: Heads,
    calibration: Calibration,
    most_remembered: usize,
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
    /// When the package cannot be used. What could make a computation fail later is looked for here.
    pub fn new(package: &Package, precision: Precision) -> Result<Self, ModelError> {
        let weights = EncoderWeights::from_safetensors(&package.weights, &package.config.encoder)?;
        // Reading the tokenizer takes about as long as packing the weights: beside each other.
        let (encoder, engine) = std::thread::scope(|scope| {
            let encoder = scope.spawn(|| package.encoder());
            let engine = engine(package, &weights, precision);
            (encoder.join().unwrap_or_else(|cause| std::panic::resume_unwind(cause)), engine)
        });
        let encoder = encoder?;
        let (id, rows) = (encoder.tokens().highest_id(), package.config.encoder.vocab_size);
        if id as usize >= rows {
            return Err(ModelError::Vocabulary { id, rows });
        }
        Ok(Self {
            name: package.config.name.clone(),
            encoder,
            engine: engine?,
            heads: Heads::from_weights(&weights)?,
            calibration: package.config.calibration.clone(),
            most_remembered: MOST_REMEMBERED,
            known: Mutex::new(HashMap::new()),
        })
    }

    /// The same, remembering no more than what it said of `most` clause changes, of some 150 bytes each: what it says
    /// does not hang on that, only how often it computes the same again.
    #[must_use]
    pub fn remembering(self, most: usize) -> Self {
        Self { most_remembered: most, ..self }
    }

    /// The thresholds of the categories.
    #[must_use]
    pub fn thresholds(&self) -> &[f64] {
        &self.calibration.thresholds
    }

    /// Scores of `changes`, in order, computed by the thread that calls.
    ///
    /// # Errors
    /// When the computation fails.
    pub fn scores(&self, changes: &[ChangeText<'_>]) -> Result<Vec<Scores>, ModelError> {
        self.scores_by(changes, &Workers::default())
    }

    /// Scores of `changes`, in order, computed by `workers`. They are the same whatever these are.
    ///
    /// # Errors
    /// When the computation fails.
    pub fn scores_by(&self, changes: &[ChangeText<'_>], workers: &Workers) -> Result<Vec<Scores>, ModelError> {
        let raw = self.raw(changes, workers, None)?;
        Ok(raw.iter().map(|raw| self.calibration.scores(raw)).collect())
    }

    /// The embeddings of `changes`, in order.
    ///
    /// # Errors
    /// When the computation fails.
    pub fn embeddings(&self, changes: &[ChangeText<'_>], workers: &Workers) -> Result<Vec<Vec<f32>>, ModelError> {
        let encodings = self.encode(changes, workers);
        let distinct = distinct(encodings.iter().map(Encoding::key));
        let firsts: Vec<&Encoding> = distinct.firsts.iter().filter_map(|&at| encodings.get(at)).collect();
        let found = self.compute(&firsts, workers, <[f32]>::to_vec)?;
        Ok(distinct.places.iter().filter_map(|&place| found.get(place).cloned()).collect())
    }

    /// What an embedding that this model gave says.
    #[must_use]
    pub fn read(&self, embedding: &[f32]) -> Scores {
        self.calibration.scores(&self.heads.read(embedding))
    }

    /// Raw outputs of `changes`, in order. What `cache` knows is not even encoded.
    fn raw(
        &self,
        changes: &[ChangeText<'_>],
        workers: &Workers,
        cache: Option<&dyn PredictionCache>,
    ) -> Result<Vec<Raw>, ModelError> {
        let Some(cache) = cache else { return self.raw_by_encoding(changes, workers) };
        let keys: Vec<ChangeKey> = changes.iter().map(ChangeText::key).collect();
        let mut found = cache.get(&keys);
        found.resize(keys.len(), None);
        let open = open(&found);
        if !open.is_empty() {
            let unread: Vec<ChangeText<'_>> = open.iter().map(|&at| changes[at]).collect();
            let computed = self.raw_by_encoding(&unread, workers)?;
            let fresh: Vec<(ChangeKey, Raw)> = open.iter().map(|&at| keys[at]).zip(computed).collect();
            for (&at, (_, raw)) in open.iter().zip(&fresh) {
                found[at] = Some(*raw);
            }
            cache.put(&fresh);
        }
        Ok(found.into_iter().map(|raw| raw.unwrap_or([0.0; OUTPUTS])).collect())
    }

    /// Raw outputs of `changes`, in order. Equal encodings are computed once, as far as they are remembered.
    fn raw_by_encoding(&self, changes: &[ChangeText<'_>], workers: &Workers) -> Result<Vec<Raw>, ModelError> {
        let encodings = self.encode(changes, workers);
        let keys: Vec<EncodingKey> = encodings.iter().map(Encoding::key).collect();
        let distinct = distinct(&keys);
        let mut found: Vec<Option<Raw>> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            distinct.firsts.iter().map(|&at| known.get(&keys[at]).copied()).collect()
        };
        let open = open(&found);
        let unread: Vec<&Encoding> = open.iter().map(|&at| &encodings[distinct.firsts[at]]).collect();
        let computed = self.compute(&unread, workers, |embedding| self.heads.read(embedding))?;
        let mut fresh: Vec<(EncodingKey, Raw)> = Vec::with_capacity(computed.len());
        for (at, raw) in open.into_iter().zip(computed) {
            fresh.push((keys[distinct.firsts[at]], raw));
            found[at] = Some(raw);
        }
        self.remember(&fresh);
        let none = [0.0; OUTPUTS];
        Ok(distinct.places.iter().map(|&place| found.get(place).copied().flatten().unwrap_or(none)).collect())
    }

    fn encode(&self, changes: &[ChangeText<'_>], workers: &Workers) -> Vec<Encoding> {
        let some: Vec<&[ChangeText<'_>]> = changes.chunks(ENCODED_TOGETHER).collect();
        let encoded = workers.map(some.len(), |at| {
            some.get(at)
                .map(|some| some.iter().map(|change| self.encoder.encode(change)).collect::<Vec<_>>())
                .unwrap_or_default()
        });
        encoded.into_iter().flatten().collect()
    }

    /// What `read` makes of the embedding of each of `encodings`, in order.
    fn compute<T: Send>(
        &self,
        encodings: &[&Encoding],
        workers: &Workers,
        read: impl Fn(&[f32]) -> T + Sync,
    ) -> Result<Vec<T>, ModelError> {
        let lengths: Vec<usize> = encodings.iter().map(|encoding| encoding.ids.len()).collect();
        workers.in_batches(&lengths, self.engine.batch_tokens(), |batch| {
            let rows: Vec<&Encoding> = batch.iter().filter_map(|&at| encodings.get(at).copied()).collect();
            Ok(self.engine.embeddings(&rows)?.iter().map(|embedding| read(embedding)).collect())
        })
    }

    fn remember(&self, fresh: &[(EncodingKey, Raw)]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        // What comes next is more like what came last than like what came first.
        if known.len().saturating_add(fresh.len()) > self.most_remembered {
            known.clear();
        }
        known.extend(fresh.iter().take(self.most_remembered).copied());
    }
}

fn engine(
    package: &Package,
    weights: &EncoderWeights<'_>,
    precision: Precision,
) -> Result<Box<dyn Engine>, ModelError> {
    let dims = &package.config.encoder;
    Ok(match (precision, &package.weights) {
        (Precision::F32, bytes) => {
            let bert = Bert::from_safetensors(bytes, dims, &[], &[], 0)?;
            // The reference takes numbers of any type and size; what the 8-bit encoder refuses is refused here as well.
            weights.tensor(WORDS, &[dims.vocab_size, dims.hidden_size])?;
            for (name, values) in bert.parameters() {
                weights.tensor(name, values.dims())?;
            }
            Box::new(bert)
        }
        // Embeddings of words are read where they lie.
        (Precision::Int8, Cow::Borrowed(bytes)) => {
            Box::new(Embedder::new(QuantisedEncoder::in_place(&EncoderWeights::from_safetensors(bytes, dims)?)?))
        }
        (Precision::Int8, Cow::Owned(_)) => Box::new(Embedder::new(QuantisedEncoder::new(weights)?)),
    })
}

/// The places where nothing was found yet.
fn open(found: &[Option<Raw>]) -> Vec<usize> {
    found.iter().enumerate().filter(|(_, raw)| raw.is_none()).map(|(at, _)| at).collect()
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
        let judged = changes.iter().zip(&judgements).enumerate();
        let open: Vec<usize> =
            judged.filter(|(_, (view, said))| needs_reading(view) && !is_settled(said)).map(|it| it.0).collect();
        let texts: Vec<ChangeText<'_>> = open.iter().filter_map(|&at| changes.get(at)).map(text_of).collect();
        // Judged from several threads at once already: each computes what it was asked for.
        // Nothing fails here that `new` let through: tokens are in the word table, sequences no longer than the
        // positions, and all weights there and numbers.
        let Ok(raw) = self.raw(&texts, &Workers::default(), cache) else { return judgements };
        for (at, raw) in open.into_iter().zip(raw) {
            if let Some(judgement) = judgements.get_mut(at) {
                self.settle(judgement, &self.calibration.scores(&raw));
            }
        }
        judgements
    }

    fn settle(&self, judgement: &mut Judgement, scores: &Scores) {
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
        judgement.interest = Some(rounded(scores.interest));
        // A rule that knows a change to be cosmetic says with that what it touches: nothing, and nobody.
        if judgement.rolling && judgement.materiality == Materiality::Cosmetic {
            judgement.categories.clear();
            judgement.effect = Some((Effect::Neutral, judgement.score));
        }
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
