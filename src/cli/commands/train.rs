//! `termsift train`.

use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use termsift::dataset::{Item, Split, read_lines};
use termsift::encode::{Encoder, Encoding, Tokens};
use termsift::model::reference::{Bert, HEADS};
use termsift::model::{Base, EncoderDims, ModelConfig, ModelError, Package};
use termsift::outcome::Stop;
use termsift::pipeline::ScanError;
use termsift::text::stable_hash;
use termsift::train::{
    EpochReport, Examples, LEAST_TOKENS, TrainError, TrainOptions, Watch, calibrate, fit, has_checkpoint, predict,
    remove_checkpoint,
};

use crate::cli::args::TrainArgs;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::{interrupt, say};

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
    if args.epochs == 0 {
        refuse_vain(&base, &examples)?;
    }
    let model = Bert::from_safetensors(&base.weights, &base.dims, &HEADS, encoder.tokens().markers(), args.seed)?;
    let options = options(args);
    std::fs::create_dir_all(&args.output).map_err(|source| output(&args.output, source))?;
    if args.epochs > 0 {
        let run = |stop: &Stop| {
            fit(&model, &HEADS, &examples, &options, &Printed::new(args.finish, stop)).map_err(CliError::from)
        };
        match interrupt::stoppable(run) {
            Ok(fitted) if !fitted.stopped => say(&format!("epoch {} is the best", fitted.best)),
            // Also where all epochs were done when it was asked to stop: the checkpoint has them.
            Ok(_) | Err(CliError::Scan(ScanError::Stopped)) => {
                say("stopped; the same command goes on from the checkpoint");
                return Ok(Exit::Partly);
            }
            Err(error) => return Err(error),
        }
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

/// Refuses to calibrate a model that has nothing to calibrate yet, or by no item: what came of it would say no more
/// than chance.
fn refuse_vain(base: &Base, examples: &Examples) -> Result<(), TrainError> {
    let data = |why: &str| Err(TrainError::Data(format!("--epochs 0 only calibrates, and {why}")));
    if !base.has_heads() {
        return data("the base has no heads; give a model folder that `termsift train` wrote as --base");
    }
    if examples.tune.is_empty() {
        return data("none of the labelled items is of a service that is set aside; give --labels of more services");
    }
    Ok(())
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
        batch: args.batch,
        learning_rate: args.learning_rate,
        balance: args.balance,
        dropout: args.dropout,
        patience: args.patience,
        seed: args.seed,
        threads: args.threads,
        checkpoints: Some(args.output.clone()),
        ..TrainOptions::default()
    }
}

fn output(path: &Path, source: std::io::Error) -> CliError {
    CliError::Output { path: PathBuf::from(path), source }
}

/// Says how the run goes, and passes on that somebody asked to stop.
struct Printed<'a> {
    finish: bool,
    stop: &'a Stop,
    started: Instant,
    losses: Mutex<(f64, usize)>,
    last: AtomicUsize,
}

impl<'a> Printed<'a> {
    #[expect(clippy::disallowed_methods, reason = "progress is told in time; no result hangs on it")]
    fn new(finish: bool, stop: &'a Stop) -> Self {
        Self { finish, stop, started: Instant::now(), losses: Mutex::new((0.0, 0)), last: AtomicUsize::new(0) }
    }
}

impl Watch for Printed<'_> {
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

    fn stop(&self) -> bool {
        self.stop.asked()
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
    use termsift::train::Example;

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
    fn only_a_model_is_calibrated_and_by_items_that_are_set_aside() {
        let package = Package::embedded().expect("the built-in model");
        let base = |weights: &[u8]| Base {
            dims: package.config.encoder.clone(),
            tokenizer: package.tokenizer.to_vec(),
            weights: weights.to_vec(),
        };
        let example = Example { encoding: Encoding::default(), labels: Vec::new(), classes: Vec::new(), worth: None };
        let (none, some) = (Examples::default(), Examples { fit: Vec::new(), tune: vec![example] });
        let why = |weights: &[u8], examples| refuse_vain(&base(weights), examples).map_err(|error| error.to_string());
        assert_eq!(why(&package.weights, &some), Ok(()));
        assert!(why(&package.weights, &none).is_err_and(|why| why.contains("set aside")));
        assert!(why(b"", &some).is_err_and(|why| why.contains("no heads")));
    }

    #[test]
    fn who_asks_to_stop_is_heard() {
        let stop = Stop::default();
        let printed = Printed::new(false, &stop);
        assert!(!printed.stop());
        stop.ask();
        assert!(printed.stop());
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
