//! The epochs.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::checkpoint::{self, Best, Standing};
use super::data::{Example, Examples, balance};
use super::error::TrainError;
use super::loss::{Weights, loss};
use super::optimise::{AdamW, Gradients, StepSize, schedule};
use super::score::tune_score;
use crate::encode::Encoding;
use crate::id::{hex, stable_id};
use crate::infer::Workers;
use crate::model::reference::{Bert, Head, Regularisation};
use crate::text::stable_hash;

/// Parts that a batch is cut into, whatever the number of threads: the sum of gradients has one order.
const PARTS: usize = 4;
/// Batches that are sorted by length together, so that the parts of a batch take alike long.
const SORTED_TOGETHER: usize = 16;
/// Steps between checkpoints.
const CHECKPOINT_STEPS: usize = 100;
/// Tokens of a batch when predicting.
const PREDICT_TOKENS: usize = 2048;

/// How to train.
#[derive(Debug, Clone)]
pub struct TrainOptions {
    /// Times through the data at most.
    pub epochs: usize,
    /// Examples in a step.
    pub batch: usize,
    /// Highest rate of the encoder.
    pub learning_rate: f32,
    /// Times that for the heads.
    pub head_rate: f32,
    /// Weight decay.
    pub weight_decay: f32,
    /// Share of values dropped.
    pub dropout: f32,
    /// Whether it learns with inputs of products as coarse as the 8-bit encoder sees them.
    pub coarse: bool,
    /// Share of the steps in which the rate rises.
    pub warm_up: f32,
    /// How far rarity of a label is made up for, 0 to 1.
    pub balance: f64,
    /// Epochs without a better score before it stops.
    pub patience: usize,
    /// Another seed gives another model.
    pub seed: u64,
    /// Threads; 0: as many as there are cores. The result does not depend on it.
    pub threads: usize,
    /// Where checkpoints go; nowhere: none.
    pub checkpoints: Option<PathBuf>,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            epochs: 6,
            batch: 32,
            learning_rate: 1e-4,
            head_rate: 10.0,
            weight_decay: 0.01,
            dropout: 0.1,
            coarse: true,
            warm_up: 0.08,
            balance: 0.3,
            patience: 2,
            seed: 1,
            threads: 0,
            checkpoints: None,
        }
    }
}

/// What an epoch brought.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// Number of the epoch, from 1.
    pub epoch: usize,
    /// Mean loss on the examples fitted on.
    pub loss: f64,
    /// Score on the examples set aside.
    pub score: f64,
}

/// Sees how a run goes.
pub trait Watch: Sync {
    /// A step is done.
    fn step(&self, done: usize, of: usize, loss: f64);
    /// An epoch is done.
    fn epoch(&self, report: EpochReport);
    /// Whether to take the best epoch of a stopped run as the result instead of going on.
    fn finish(&self) -> bool {
        false
    }
    /// Whether to stop now; a checkpoint lets a later run go on.
    fn stop(&self) -> bool {
        false
    }
}

/// The end of a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    /// What each epoch brought.
    pub reports: Vec<EpochReport>,
    /// The epoch whose parameters the model now has; 0 if it was stopped before the first ended.
    pub best: usize,
    /// Whether it was stopped before its end.
    pub stopped: bool,
}

/// Fits `model` to `examples`. It ends with the parameters of the best epoch.
///
/// A checkpoint stays where it is, at the end too: until what came of the run is written, it is all there is of it.
///
/// # Errors
/// When there is nothing to learn from, the loss diverges, or a checkpoint cannot be written.
pub fn fit(
    model: &Bert,
    heads: &[Head],
    examples: &Examples,
    options: &TrainOptions,
    watch: &dyn Watch,
) -> Result<Fitted, TrainError> {
    if examples.fit.is_empty() || examples.tune.is_empty() {
        return Err(TrainError::Data(format!(
            "{} examples to fit on and {} set aside: both are needed, of several services",
            examples.fit.len(),
            examples.tune.len()
        )));
    }
    let mut run = Run::start(model, heads, examples, options)?;
    let steps_an_epoch = examples.fit.len().div_ceil(options.batch);
    let steps = steps_an_epoch.saturating_mul(options.epochs);
    if let Some(epoch) = run.unscored(steps_an_epoch) {
        watch.epoch(run.end_epoch(epoch, steps_an_epoch)?);
    }
    while !watch.finish() && run.adam.step < steps && !run.out_of_patience() {
        let epoch = run.adam.step / steps_an_epoch;
        for batch in batches(&examples.fit, epoch, options).into_iter().skip(run.adam.step % steps_an_epoch) {
            let loss = run.step(&batch, steps)?;
            run.standing.loss += loss;
            watch.step(run.adam.step, steps, loss);
            if run.adam.step.is_multiple_of(CHECKPOINT_STEPS) {
                run.save()?;
            }
            if watch.stop() {
                run.save()?;
                return Ok(Fitted { best: run.best_epoch(), reports: run.standing.reports, stopped: true });
            }
        }
        watch.epoch(run.end_epoch(epoch + 1, steps_an_epoch)?);
    }
    if run.best.is_empty() {
        return Err(TrainError::Data("no epoch has ended yet: there is nothing to finish with".into()));
    }
    for (name, tensor) in &run.best {
        if let Some(var) = model.parameters().get(name) {
            var.set(tensor)?;
        }
    }
    Ok(Fitted { best: run.best_epoch(), reports: run.standing.reports, stopped: false })
}

/// A run under way.
struct Run<'a> {
    model: &'a Bert,
    heads: &'a [Head],
    examples: &'a Examples,
    options: &'a TrainOptions,
    weights: Weights,
    workers: Workers,
    adam: AdamW,
    standing: Standing,
    best: Best,
}

impl<'a> Run<'a> {
    fn start(
        model: &'a Bert,
        heads: &'a [Head],
        examples: &'a Examples,
        options: &'a TrainOptions,
    ) -> Result<Self, TrainError> {
        let fingerprint = fingerprint(model, examples, options)?;
        let taken_up = match &options.checkpoints {
            Some(folder) => checkpoint::load(folder, &fingerprint, model.parameters())?,
            None => None,
        };
        let (standing, adam, best) = taken_up
            .unwrap_or_else(|| (Standing { fingerprint, ..Standing::default() }, AdamW::default(), Best::new()));
        Ok(Self {
            model,
            heads,
            examples,
            options,
            weights: balance(&examples.fit, options.balance),
            workers: Workers::new(options.threads)?,
            adam,
            standing,
            best,
        })
    }

    /// One step on `batch`; its loss.
    fn step(&mut self, batch: &[&Example], steps: usize) -> Result<f64, TrainError> {
        let drop = Regularisation {
            dropout: self.options.dropout,
            seed: stable_hash(format!("dropout {} {}", self.options.seed, self.adam.step).as_bytes()),
            coarse: self.options.coarse,
        };
        let parts = parts(batch);
        let (model, heads, weights) = (self.model, self.heads, &self.weights);
        let computed = self.workers.map(parts.len(), |at| {
            let drop = Regularisation { seed: drop.seed.wrapping_add((at as u64) << 56), ..drop };
            gradients(model, heads, &parts[at], weights, batch.len(), drop)
        });
        let mut total = 0.0;
        let mut found = Vec::with_capacity(parts.len());
        for part in computed {
            let (loss, gradients) = part?;
            total += loss;
            found.push(gradients);
        }
        let rate = self.options.learning_rate * schedule(self.adam.step, steps, self.options.warm_up);
        let size = StepSize { rate, heads: self.options.head_rate, decay: self.options.weight_decay };
        self.adam.step(&self.workers, self.model.parameters(), &found, size)?;
        self.standing.step = self.adam.step;
        Ok(total)
    }

    /// The epoch whose last step is done but whose score is not known: a run that was saved between the two goes on
    /// with it.
    fn unscored(&self, steps_an_epoch: usize) -> Option<usize> {
        let done = self.adam.step / steps_an_epoch;
        (self.adam.step.is_multiple_of(steps_an_epoch) && self.standing.reports.len() < done).then_some(done)
    }

    fn end_epoch(&mut self, epoch: usize, steps: usize) -> Result<EpochReport, TrainError> {
        let encodings: Vec<&Encoding> = self.examples.tune.iter().map(|example| &example.encoding).collect();
        let raw = predict_by(&self.workers, self.model, &encodings)?;
        #[expect(clippy::cast_precision_loss, reason = "a number of steps")]
        let loss = self.standing.loss / steps as f64;
        let report = EpochReport { epoch, loss, score: tune_score(&raw, &self.examples.tune) };
        if self.standing.reports.iter().all(|earlier| earlier.score < report.score) {
            self.best = self
                .model
                .parameters()
                .iter()
                .map(|(name, var)| Ok((name.clone(), var.as_tensor().copy()?)))
                .collect::<Result<_, candle_core::Error>>()?;
        }
        self.standing.reports.push(report);
        self.standing.loss = 0.0;
        self.save()?;
        Ok(report)
    }

    fn save(&self) -> Result<(), TrainError> {
        match &self.options.checkpoints {
            Some(folder) => checkpoint::save(folder, &self.standing, self.model.parameters(), &self.adam, &self.best),
            None => Ok(()),
        }
    }

    fn best_epoch(&self) -> usize {
        let mut best: Option<&EpochReport> = None;
        for report in &self.standing.reports {
            if best.is_none_or(|best| best.score < report.score) {
                best = Some(report);
            }
        }
        best.map_or(0, |best| best.epoch)
    }

    fn out_of_patience(&self) -> bool {
        self.standing.reports.len() >= self.best_epoch().saturating_add(self.options.patience.max(1))
    }
}

/// What tells a run from any other: its data, the weights that `model` starts from, and its options, but for the
/// threads.
fn fingerprint(model: &Bert, examples: &Examples, options: &TrainOptions) -> Result<String, TrainError> {
    let mut keys = String::new();
    for example in examples.fit.iter().chain(&examples.tune) {
        for byte in example.encoding.key().0 {
            keys.push(char::from(byte));
        }
        keys.push_str(&format!("{:?} {:?} {:?}", example.labels, example.classes, example.worth));
    }
    let same = TrainOptions { threads: 0, checkpoints: None, ..options.clone() };
    Ok(stable_id(&[&keys, &format!("{same:?}"), &examples.fit.len().to_string(), &weights_id(model)?]))
}

/// The SHA-256 of the weights of `model`, in hex.
fn weights_id(model: &Bert) -> Result<String, TrainError> {
    // Only this has the word table, most of which is no parameter; but it rounds what the parameters have exactly.
    let mut hasher = Sha256::new_with_prefix(model.to_safetensors(usize::MAX)?);
    for (name, var) in model.parameters() {
        hasher.update(name.as_bytes());
        for value in var.as_tensor().flatten_all()?.to_vec1::<f32>()? {
            hasher.update(value.to_le_bytes());
        }
    }
    Ok(hex(&hasher.finalize()))
}

/// The batches of an epoch: shuffled, then sorted by length within stretches.
fn batches<'a>(examples: &'a [Example], epoch: usize, options: &TrainOptions) -> Vec<Vec<&'a Example>> {
    let by = |what: &str, at: usize| stable_hash(format!("{what} {} {epoch} {at}", options.seed).as_bytes());
    let mut order: Vec<usize> = (0..examples.len()).collect();
    order.sort_by_key(|&at| (by("example", at), at));
    let mut batches: Vec<Vec<&Example>> = Vec::new();
    for stretch in order.chunks_mut(options.batch.saturating_mul(SORTED_TOGETHER)) {
        stretch.sort_by_key(|&at| (examples[at].encoding.ids.len(), at));
        batches.extend(stretch.chunks(options.batch).map(|batch| batch.iter().map(|&at| &examples[at]).collect()));
    }
    let mut shuffled: Vec<(u64, Vec<&Example>)> =
        batches.into_iter().enumerate().map(|(at, batch)| (by("batch", at), batch)).collect();
    shuffled.sort_by_key(|(key, _)| *key);
    shuffled.into_iter().map(|(_, batch)| batch).collect()
}

/// A batch in parts of like length.
fn parts<'a>(batch: &[&'a Example]) -> Vec<Vec<&'a Example>> {
    let mut parts: Vec<Vec<&Example>> = vec![Vec::new(); PARTS.min(batch.len())];
    let count = parts.len();
    for (at, example) in batch.iter().enumerate() {
        parts[at % count].push(example);
    }
    parts
}

fn gradients(
    model: &Bert,
    heads: &[Head],
    part: &[&Example],
    weights: &Weights,
    of: usize,
    drop: Regularisation,
) -> Result<(f64, Gradients), TrainError> {
    let encodings: Vec<&Encoding> = part.iter().map(|example| &example.encoding).collect();
    let outputs = model.outputs(&encodings, Some(drop))?;
    let loss = loss(&outputs, part, heads, weights, of)?;
    let grads = loss.backward()?;
    let mut found = Gradients::new();
    for (name, var) in model.parameters() {
        if let Some(gradient) = grads.get(var.as_tensor()) {
            found.insert(name.clone(), gradient.flatten_all()?.to_vec1()?);
        }
    }
    Ok((f64::from(loss.to_scalar::<f32>()?), found))
}

/// The raw outputs of `model` for `encodings`, in order, with `threads` threads (0: all cores).
///
/// # Errors
/// When the model fails.
pub fn predict(model: &Bert, encodings: &[&Encoding], threads: usize) -> Result<Vec<Vec<f32>>, TrainError> {
    predict_by(&Workers::new(threads)?, model, encodings)
}

fn predict_by(workers: &Workers, model: &Bert, encodings: &[&Encoding]) -> Result<Vec<Vec<f32>>, TrainError> {
    let lengths: Vec<usize> = encodings.iter().map(|encoding| encoding.ids.len()).collect();
    workers.in_batches(&lengths, PREDICT_TOKENS, |batch| {
        let rows: Vec<&Encoding> = batch.iter().map(|&at| encodings[at]).collect();
        Ok(model.outputs(&rows, None)?.to_vec2()?)
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use candle_core::{Device, Tensor};

    use super::*;
    use crate::model::EncoderDims;

    const DIMS: EncoderDims = EncoderDims {
        vocab_size: 12,
        hidden_size: 8,
        num_hidden_layers: 1,
        num_attention_heads: 2,
        intermediate_size: 16,
        max_position_embeddings: 8,
        type_vocab_size: 2,
        layer_norm_eps: 1e-12,
    };
    const LABEL: [Head; 1] = [("label", 2)];
    /// Two batches of two examples.
    const STEPS_AN_EPOCH: usize = 2;

    /// Made-up weights in BERT's layout.
    fn base() -> Vec<u8> {
        let mut tensors: Vec<(String, Tensor)> = Vec::new();
        let mut put = |name: String, shape: &[usize], around: f32| {
            let size: usize = shape.iter().product();
            let values: Vec<f32> = (0_u16..).take(size).map(|at| around + f32::from(at * 37 % 101) / 500.0).collect();
            tensors.push((name, Tensor::from_vec(values, shape, &Device::Cpu).unwrap()));
        };
        for (table, rows) in [("word", 12), ("position", 8), ("token_type", 2)] {
            put(format!("embeddings.{table}_embeddings.weight"), &[rows, 8], -0.1);
        }
        for (part, outputs, inputs) in [
            ("attention.self.query", 8, 8),
            ("attention.self.key", 8, 8),
            ("attention.self.value", 8, 8),
            ("attention.output.dense", 8, 8),
            ("intermediate.dense", 16, 8),
            ("output.dense", 8, 16),
        ] {
            put(format!("encoder.layer.0.{part}.weight"), &[outputs, inputs], -0.1);
            put(format!("encoder.layer.0.{part}.bias"), &[outputs], 0.0);
        }
        for norm in ["embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"] {
            put(format!("{norm}.LayerNorm.weight"), &[8], 1.0);
            put(format!("{norm}.LayerNorm.bias"), &[8], 0.0);
        }
        safetensors::serialize(tensors.iter().map(|(name, tensor)| (name, tensor)), None).unwrap()
    }

    fn model(seed: u64) -> Bert {
        Bert::from_safetensors(&base(), &DIMS, &LABEL, &[], seed).unwrap()
    }

    fn examples() -> Examples {
        let example = |id: u32| Example {
            encoding: Encoding { ids: vec![1, id, id + 1, 2], types: vec![0, 1, 0, 0] },
            labels: vec![id.is_multiple_of(2), id > 5],
            classes: Vec::new(),
            worth: None,
        };
        Examples { fit: (3..7).map(example).collect(), tune: (7..9).map(example).collect() }
    }

    fn options(checkpoints: Option<&Path>) -> TrainOptions {
        let checkpoints = checkpoints.map(PathBuf::from);
        TrainOptions { epochs: 2, batch: 2, coarse: false, threads: 1, checkpoints, ..TrainOptions::default() }
    }

    /// Stops after a step, if at all.
    struct Until {
        last: Option<usize>,
        done: AtomicUsize,
    }

    impl Until {
        fn new(last: Option<usize>) -> Self {
            Self { last, done: AtomicUsize::new(0) }
        }
    }

    impl Watch for Until {
        fn step(&self, done: usize, _: usize, _: f64) {
            self.done.store(done, Ordering::Relaxed);
        }

        fn epoch(&self, _: EpochReport) {}

        fn stop(&self) -> bool {
            self.last == Some(self.done.load(Ordering::Relaxed))
        }
    }

    fn parameters(model: &Bert) -> Vec<Vec<f32>> {
        model.parameters().values().map(|var| var.flatten_all().unwrap().to_vec1().unwrap()).collect()
    }

    #[test]
    fn a_run_that_is_taken_up_scores_every_epoch_once_and_ends_alike() {
        let (whole, examples) = (model(1), examples());
        let expected = fit(&whole, &LABEL, &examples, &options(None), &Until::new(None)).unwrap();
        assert_eq!(expected.reports.iter().map(|it| it.epoch).collect::<Vec<_>>(), [1, 2]);
        for last in 1..=2 * STEPS_AN_EPOCH {
            let folder = tempfile::tempdir().unwrap();
            let options = options(Some(folder.path()));
            let run = |last| {
                let model = model(1);
                let fitted = fit(&model, &LABEL, &examples, &options, &Until::new(last)).unwrap();
                (fitted, parameters(&model))
            };
            let (stopped, _) = run(Some(last));
            assert!(stopped.stopped && stopped.reports.len() == (last - 1) / STEPS_AN_EPOCH, "{last}: {stopped:?}");
            // The second time all is done already: it stands ready until the result is written.
            for (fitted, found) in [run(None), run(None)] {
                assert!(!fitted.stopped && fitted.best == expected.best, "{last}: {fitted:?}");
                assert_eq!(fitted.reports.iter().map(|it| it.epoch).collect::<Vec<_>>(), [1, 2], "{last}");
                assert_eq!(found, parameters(&whole), "{last}");
                assert!(checkpoint::has_checkpoint(folder.path()));
            }
            checkpoint::remove_checkpoint(folder.path());
            assert!(!checkpoint::has_checkpoint(folder.path()));
        }
    }

    #[test]
    fn a_run_that_gets_no_better_stops_when_patience_ends() {
        let (model, examples) = (model(1), examples());
        let report = |epoch, score| EpochReport { epoch, loss: 1.0, score };
        let out_of = |patience, scores: &[f64]| {
            let options = TrainOptions { patience, ..options(None) };
            let mut run = Run::start(&model, &LABEL, &examples, &options).unwrap();
            run.standing.reports = (1..).zip(scores).map(|(epoch, &score)| report(epoch, score)).collect();
            run.out_of_patience()
        };
        assert!(!out_of(1, &[]) && !out_of(1, &[0.5]) && !out_of(1, &[0.5, 0.6]));
        assert!(out_of(1, &[0.5, 0.5]), "as good is no better");
        assert!(!out_of(2, &[0.6, 0.5]) && out_of(2, &[0.6, 0.5, 0.4]) && !out_of(2, &[0.6, 0.5, 0.7, 0.6]));
    }

    #[test]
    fn sizes_that_no_run_has_are_no_trouble() {
        let examples = examples();
        let options = TrainOptions { batch: usize::MAX / 2, ..options(None) };
        assert_eq!(batches(&examples.fit, 0, &options).iter().map(Vec::len).collect::<Vec<_>>(), [examples.fit.len()]);
    }

    #[test]
    fn another_start_or_another_worth_is_another_run() {
        let examples = examples();
        let of = |model: &Bert, examples: &Examples| fingerprint(model, examples, &options(None)).unwrap();
        let one = of(&model(1), &examples);
        assert_eq!(one, of(&model(1), &examples));
        assert_ne!(one, of(&model(2), &examples), "other heads to start from");
        let mut graded = examples.clone();
        graded.fit[0].worth = Some(0.3);
        assert_ne!(one, of(&model(1), &graded));
    }
}
