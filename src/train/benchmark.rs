//! A published multi-label corpus, learned by the same trainer: one head, no classes.

use super::calibrate::thresholds;
use super::data::{Example, Examples};
use super::error::TrainError;
use super::fit::{TrainOptions, Watch, fit, predict};
use crate::encode::{Encoder, Encoding};
use crate::eval::opp115::{Parts, SeedResult, Segment, label_f1, multi_label_score, near_twins};
use crate::model::reference::{Bert, Head};
use crate::model::{Base, sigmoid};

/// Fine-tunes `base` on the training part of `parts` with the seed of `options`, takes the epoch and the
/// thresholds that suit the validation part, and measures on the test part. Nothing is chosen on the
/// latter. None when `watch` stopped it.
///
/// # Errors
/// When there is nothing to learn from, the base cannot be used, or the loss diverges.
pub fn run_benchmark(
    base: &Base,
    encoder: &Encoder,
    parts: &Parts,
    labels: usize,
    options: &TrainOptions,
    watch: &dyn Watch,
) -> Result<Option<SeedResult>, TrainError> {
    if parts.test.is_empty() {
        return Err(TrainError::Data("no segment to test on".into()));
    }
    let heads: [Head; 1] = [("label", labels)];
    let given =
        Examples { fit: examples(&parts.train, encoder, labels), tune: examples(&parts.validation, encoder, labels) };
    let test = examples(&parts.test, encoder, labels);
    // No marker of an edit stands in these texts, so no row of the word table is trained.
    let model = Bert::from_safetensors(&base.weights, &base.dims, &heads, &[], options.seed)?;
    let fitted = fit(&model, &heads, &given, options, watch)?;
    if fitted.stopped {
        return Ok(None);
    }
    let scores = |examples: &[Example]| scores(&model, examples, options.threads);
    let tuned = tuned(&scores(&given.tune)?, &given.tune, labels);
    let found = scores(&test)?;
    let shown = |thresholds: &[f64]| -> Vec<Vec<bool>> {
        found
            .iter()
            .map(|scores| scores.iter().zip(thresholds).map(|(score, least)| score >= least).collect())
            .collect()
    };
    let (by_tuned, by_half) = (shown(&tuned), shown(&vec![0.5; labels]));
    let others: Vec<Segment> = parts.train.iter().chain(&parts.validation).cloned().collect();
    Ok(Some(SeedResult {
        seed: options.seed,
        epoch: fitted.best,
        segments: [parts.train.len(), parts.validation.len(), parts.test.len()],
        left_out: 0,
        groups_tested: None,
        near_twins: near_twins(&parts.test, &others).into_iter().filter(|has| *has).count(),
        tuned: multi_label_score(&parts.test, &by_tuned, labels),
        half: multi_label_score(&parts.test, &by_half, labels),
        label_f1: label_f1(&parts.test, &by_tuned, labels),
    }))
}

fn examples(segments: &[Segment], encoder: &Encoder, labels: usize) -> Vec<Example> {
    let example = |segment: &Segment| Example {
        worth: None,
        encoding: encoder.encode_text(&segment.text),
        labels: (0..labels).map(|label| segment.labels.binary_search(&label).is_ok()).collect(),
        classes: Vec::new(),
    };
    segments.iter().map(example).collect()
}

/// The probability of each label, example by example.
fn scores(model: &Bert, examples: &[Example], threads: usize) -> Result<Vec<Vec<f64>>, TrainError> {
    let encodings: Vec<&Encoding> = examples.iter().map(|example| &example.encoding).collect();
    let raw = predict(model, &encodings, threads)?;
    Ok(raw.into_iter().map(|row| row.into_iter().map(|z| sigmoid(f64::from(z))).collect()).collect())
}

/// The thresholds that suit `scores`, by the rule that the thresholds of the categories follow.
fn tuned(scores: &[Vec<f64>], examples: &[Example], labels: usize) -> Vec<f64> {
    let of = |label: usize| {
        let pair = |(scores, example): (&Vec<f64>, &Example)| {
            (scores.get(label).copied().unwrap_or_default(), example.labels.get(label) == Some(&true))
        };
        scores.iter().zip(examples).map(pair).collect()
    };
    thresholds(&(0..labels).map(of).collect::<Vec<Vec<(f64, bool)>>>())
}
