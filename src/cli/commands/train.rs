//! `termsift train`.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use termsift::dataset::{Item, read_lines};
use termsift::encode::{Encoder, Encoding, Tokens};
use termsift::model::reference::{Bert, HEADS};
use termsift::model::{Base, EncoderDims, ModelConfig, ModelError, Package};
use termsift::text::stable_hash;
use termsift::train::{EpochReport, Examples, TrainError, TrainOptions, Watch, calibrate, fit, predict};

use crate::cli::args::TrainArgs;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::say;

/// Fine-tunes as `args` say.
pub(crate) fn train(args: &TrainArgs) -> Result<Exit, CliError> {
    let items = items(&args.labels, args.fraction)?;
    let base = Base::open(&args.base)?;
    let encoder = Encoder::new(Tokens::from_json(&base.tokenizer).map_err(ModelError::from)?, args.max_tokens);
    let mut examples = Examples::of(&items, &encoder)?;
    examples.fit_on(&self::items(&args.fit_only, args.fraction)?, &encoder)?;
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
    let positions = args.max_tokens.min(base.dims.max_position_embeddings);
    let dims = EncoderDims { max_position_embeddings: positions, ..base.dims.clone() };
    let mut config = ModelConfig::new(&args.name, dims, positions);
    config.calibration = calibrate(&raw, &examples.tune);
    Package::write(&args.output, &config, &base.tokenizer, &model.to_safetensors(config.max_tokens)?)?;
    say(&format!("written to {}", args.output.display()));
    Ok(Exit::Done)
}

/// The items of `paths` that are in the share to learn from.
fn items(paths: &[PathBuf], share: f64) -> Result<Vec<Item>, CliError> {
    let mut items: Vec<Item> = Vec::new();
    for path in paths {
        items.extend(read_lines::<Item>(path)?);
    }
    items.retain(|item| kept(item, share));
    Ok(items)
}

/// Whether `item` is in the share of items to learn from. Of a smaller share all are in a larger.
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
