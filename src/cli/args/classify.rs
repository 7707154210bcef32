//! The arguments of `termsift classify`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use termsift::infer::Precision;

use super::thread_count;

const EXAMPLES: &str = "\
Examples:
  termsift classify < changes.jsonl > predictions.jsonl
  termsift classify --input changes.jsonl --all-scores --output predictions.jsonl
  echo '{\"id\":\"1\",\"before\":null,\"after\":\"We use your content to train our AI models.\"}' | termsift classify

A line in:   {\"id\",\"before\",\"after\",\"headings\",\"lead_in\",\"service\",\"terms_type\"}
             before or after is null where the clause was added or removed; the rest may be null or left out;
             id is text, a number, true, false or null, and is given back as it was given
A line out:  {\"id\",\"materiality\":{\"id\",\"score\"},\"categories\":[{\"id\",\"score\"}],\"effect\":{\"id\",\"score\"},\"interest\"}
             interest, 0 to 1: how much it would be worth a memo by itself
             with --all-scores also \"scores\": {category: score, …, \"categories\":{…}, \"materiality\":{…}, \"effect\":{…}};
             each category's score stands there by itself and in \"categories\"

Exit status:
  0  done
  2  bad usage, an input that cannot be read, or a model that cannot be used
  3  interrupted, or not written to the end, or done except for lines that could not be read: {\"id\",\"error\"}
     stands in their place";

/// Reads clause changes as JSON Lines and writes what each is about, in the same order.
///
/// Works on a stream: memory does not grow with its length, and what has come in is answered before more is waited
/// for. Scores are calibrated probabilities.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ClassifyArgs {
    /// File to read; `-` is standard input
    #[arg(short, long, value_name = "PATH", default_value = "-")]
    pub(crate) input: PathBuf,
    /// File to write; `-` is standard output
    #[arg(short, long, value_name = "PATH", default_value = "-")]
    pub(crate) output: PathBuf,
    /// Write the score of every category, materiality and effect as well, in `scores`
    #[arg(long)]
    pub(crate) all_scores: bool,
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    /// Worker threads, at most 1024; 0: as many as there are cores. The output does not depend on it
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = thread_count())]
    pub(crate) threads: usize,
    /// Show no progress. There is none anyway where standard error is no terminal, or lines are typed at one
    #[arg(short = 'q', long = "no-progress", visible_alias = "quiet")]
    pub(crate) no_progress: bool,
}

/// Which model, and how exactly it is computed.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// The model: a folder, or an id on the Hugging Face hub with @REVISION to pin one [default: the built-in one]
    #[arg(long, value_name = "FOLDER|ID")]
    pub(crate) model: Option<String>,
    /// How exactly it is computed
    #[arg(long, value_enum, default_value_t = PrecisionArg::Int8)]
    pub(crate) precision: PrecisionArg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PrecisionArg {
    /// In 8 bits: several times faster
    Int8,
    /// In 32-bit floats: the reference
    F32,
}

impl From<PrecisionArg> for Precision {
    fn from(precision: PrecisionArg) -> Self {
        match precision {
            PrecisionArg::Int8 => Self::Int8,
            PrecisionArg::F32 => Self::F32,
        }
    }
}

/// What judges clause changes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct JudgeArgs {
    #[command(flatten)]
    pub(crate) model: ModelArgs,
    /// Judge by deterministic rules alone: faster, but without categories and effect
    #[arg(long, conflicts_with = "model")]
    pub(crate) no_model: bool,
    /// Remember predictions in this store, and take them from there: what the same model has read before is not read
    /// again. The store of nightly runs will do; where there is none, it is made
    #[arg(long, value_name = "STORE", conflicts_with = "no_model")]
    pub(crate) cache: Option<PathBuf>,
}
