//! `termsift train`.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use termsift::dataset::{Item, Split, read_lines};
use termsift::encode::{Encoder, Encoding, Tokens};
use termsift::model::reference::{Bert, HEADS};
use termsift::model::{Base, EncoderDims, ModelConfig, ModelError, Package};
use termsift::text::stable_hash;
use termsift::train::{
    EpochReport, Examples, LEAST_TOKENS, TrainError, TrainOptions, Watch, calibrate, fit, has_checkpoint, predict,
    remove_checkpoint,
};

use crate::cli::args::TrainArgs;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::say;

/// Fine-tunes as `args` say.
pub(crate) fn train(args: &TrainArgs) -> Result<Exit, CliError> {
    refuse_written(&args.output, args.epochs)?;
    let base = Base::open(&args.base)?;
    let most = most_tokens(args.max_tokens, &base.dims)?;
    let encoder = Encoder::new(Tokens::from_json(&base.tokenizer).map_err(ModelError::from)?, most);
    let labelled = items(&args.labels, |item| learned_from(item, args.fraction))?;
    let mut examples = Examples::of(&labelled, &encoder)?;
    examples.fit_on(&items(&args.fit_only, |item| kept(item, args.fraction))?, &encoder)?;
    let tokens: usize = examples.fit.iter().map(|example| example.encoding.ids.len()).sum();
    say(&format!(
        "{} items to fit on ({tokens} tokens), {} of other services set aside",
        examples.fit.len(),
        examples.tune.len()
    ));
    let model = Bert::from_safetensors(&base.weights, &base.dims, &HEADS, encoder.tokens().markers(), args.seed)?;
    let options = options(args);
    std::fs::create_dir_all(&args.output).map_err(|source| output(&args.output, source))?;
    if args.epochs > 0 {
        let fitted = fit(&model, &HEADS, &examples, &options, &Printed::new(args.finish))?;
        if fitted.stopped {
            say("stopped; the same command goes on from the checkpoint");
            return Ok(Exit::Partly);
        }
        say(&format!("epoch {} is the best", fitted.best));
    }
    say("calibrating");
    let set_aside: Vec<&Encoding> = examples.tune.iter().map(|example| &example.encoding).collect();
    let raw = predict(&model, &set_aside, args.threads)?;
    let dims = EncoderDims { max_position_embeddings: most, ..base.dims.clone() };
    let mut config = ModelConfig::new(&args.name, dims, most);
    config.calibration = calibrate(&raw, &examples.tune);
    Package::write(&args.output, &config, &base.tokenizer, &model.to_safetensors(config.max_tokens)?)?;
    if args.epochs > 0 {
        remove_checkpoint(&args.output);
    }
    say(&format!("written to {}", args.output.display()));
    Ok(Exit::Done)
}

/// Refuses a folder whose model would be overwritten without a word. A run that goes on where it was may, and so may
/// one that only calibrates.
fn refuse_written(folder: &Path, epochs: usize) -> Result<(), TrainError> {
    let written = folder.join("SHA256SUMS").exists() && !has_checkpoint(folder);
    if written && epochs > 0 { Err(TrainError::Written { path: folder.into() }) } else { Ok(()) }
}

/// The longest sequence: as `asked`, but no longer than the encoder has positions for.
fn most_tokens(asked: usize, dims: &EncoderDims) -> Result<usize, TrainError> {
    let most = asked.min(dims.max_position_embeddings);
    if most < LEAST_TOKENS {
        return Err(TrainError::Data(format!(
            "the base has {} positions for tokens; at least {LEAST_TOKENS} are needed",
            dims.max_position_embeddings
        )));
    }
    Ok(most)
}

/// The items of `paths` that `keep` keeps.
fn items(paths: &[PathBuf], keep: impl Fn(&Item) -> bool) -> Result<Vec<Item>, CliError> {
    let mut items: Vec<Item> = Vec::new();
    for path in paths {
        items.extend(read_lines::<Item>(path)?);
    }
    items.retain(keep);
    Ok(items)
}

/// Whether `item` is set aside, or in the share of items to fit on: every share is stopped and calibrated by the same.
fn learned_from(item: &Item, share: f64) -> bool {
    Split::is_for_tuning(&item.service) || kept(item, share)
}

/// Whether `item` is in the share of items to fit on. Of a smaller share all are in a larger.
fn kept(item: &Item, share: f64) -> bool {
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
    let place = (stable_hash(format!("fraction {}", item.id).as_bytes()) >> 11) as f64 / (1_u64 << 53) as f64;
    place < share
}

fn options(args: &TrainArgs) -> TrainOptions {
    TrainOptions {
        epochs: args.epochs,
        batch: args.batch.max(1),
        learning_rate: args.learning_rate,
        balance: args.balance,
        dropout: args.dropout.clamp(0.0, 0.9),
        patience: args.patience.max(1),
        seed: args.seed,
        threads: args.threads,
        checkpoints: Some(args.output.clone()),
        ..TrainOptions::default()
    }
}

fn output(path: &Path, source: std::io::Error) -> CliError {
    CliError::Output { path: PathBuf::from(path), source }
}

/// Says how the run goes.
struct Printed {
    finish: bool,
    started: Instant,
    losses: Mutex<(f64, usize)>,
    last: AtomicUsize,
}

impl Printed {
    #[expect(clippy::disallowed_methods, reason = "progress is told in time; no result hangs on it")]
    fn new(finish: bool) -> Self {
        Self { finish, started: Instant::now(), losses: Mutex::new((0.0, 0)), last: AtomicUsize::new(0) }
    }
}

impl Watch for Printed {
    fn step(&self, done: usize, of: usize, loss: f64) {
        const EVERY: usize = 20;
        let Ok(mut losses) = self.losses.lock() else { return };
        losses.0 += loss;
        losses.1 += 1;
        if done >= self.last.load(Ordering::Relaxed) + EVERY {
            self.last.store(done, Ordering::Relaxed);
            #[expect(clippy::cast_precision_loss, reason = "a small count")]
            let mean = losses.0 / losses.1 as f64;
            *losses = (0.0, 0);
            say(&format!("step {done} of {of}  loss {mean:.4}  {} s", self.started.elapsed().as_secs()));
        }
    }

    fn finish(&self) -> bool {
        self.finish
    }

    fn epoch(&self, report: EpochReport) {
        say(&format!(
            "epoch {}  loss {:.4}  score of the items set aside {:.4}",
            report.epoch, report.loss, report.score
        ));
    }
}

impl From<TrainError> for CliError {
    fn from(error: TrainError) -> Self {
        Self::Train(Box::new(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(number: usize, service: &str) -> Item {
        serde_json::from_value(serde_json::json!({
            "id": number.to_string(), "before": "a", "after": "b", "headings": [], "lead_in": "", "service": service,
            "terms_type": "Privacy Policy", "kind": "modified", "collection": "c", "commit": "1", "path": "p",
            "before_ref": null, "after_ref": null
        }))
        .expect("an item")
    }

    #[test]
    fn a_share_takes_nothing_from_what_is_set_aside() {
        let items: Vec<Item> = (0..1000).map(|number| item(number, &format!("S{}", number % 200))).collect();
        let taken = |share: f64| -> Vec<&str> {
            items.iter().filter(|item| learned_from(item, share)).map(|item| item.id.as_str()).collect()
        };
        let aside: Vec<&str> =
            items.iter().filter(|item| Split::is_for_tuning(&item.service)).map(|item| item.id.as_str()).collect();
        assert!(!aside.is_empty() && aside.len() < 300, "{}", aside.len());
        assert_eq!(taken(0.0), aside);
        assert_eq!(taken(1.0).len(), items.len());
        let (quarter, half) = (taken(0.25), taken(0.5));
        assert!(quarter.len() < half.len() && half.len() < items.len(), "{} {}", quarter.len(), half.len());
        assert!(aside.iter().chain(&quarter).all(|id| half.contains(id)), "of a smaller share all are in a larger");
    }

    #[test]
    fn sequences_are_as_long_as_asked_for_and_as_the_base_can_have_them() {
        let with = |positions| EncoderDims {
            vocab_size: 10,
            hidden_size: 8,
            num_hidden_layers: 1,
            num_attention_heads: 1,
            intermediate_size: 8,
            max_position_embeddings: positions,
            type_vocab_size: 2,
            layer_norm_eps: 1e-12,
        };
        let most = |asked, positions| most_tokens(asked, &with(positions)).ok();
        assert_eq!(most(160, 512), Some(160));
        assert_eq!(most(256, 160), Some(160));
        assert_eq!(most(96, 96), Some(96));
        assert_eq!(most(160, 64), None);
    }

    #[test]
    fn a_model_is_not_overwritten_unless_its_run_goes_on_or_it_is_only_calibrated() {
        let folder = tempfile::tempdir().expect("a folder");
        let refused = |epochs| refuse_written(folder.path(), epochs).is_err();
        assert!(!refused(4), "an empty folder");
        std::fs::write(folder.path().join("SHA256SUMS"), "").expect("written");
        assert!(refused(4) && !refused(0));
        std::fs::write(folder.path().join("checkpoint.safetensors"), "").expect("written");
        assert!(!refused(4));
        std::fs::remove_file(folder.path().join("SHA256SUMS")).expect("removed");
        remove_checkpoint(folder.path());
        assert!(!refused(4) && !has_checkpoint(folder.path()));
        assert!(refuse_written(&folder.path().join("none"), 4).is_ok(), "a folder that is not there");
    }
}
