//! The arguments of `termsift dataset`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use termsift::dataset::Split;

use super::eval::share;

const EXAMPLES: &str = "\
Examples:
  termsift dataset sample collections/*.git --split train --count 2000 --output items.jsonl
      clause changes to annotate, with their texts
  termsift classify --input pool.jsonl --all-scores --output scores.jsonl
  termsift dataset choose pool.jsonl scores.jsonl --count 2000 --output items.jsonl
      a later round: what the model is unsure of, every category alike
  termsift dataset label items.jsonl annotations.jsonl --annotator 'A. Reader' --output labels.jsonl
      what was annotated, without the texts: this is what is committed
  termsift dataset materialise datasets/clauses/dev.jsonl collections/*.git --output dev.jsonl
      the texts put back
  termsift dataset check datasets/clauses/train.jsonl datasets/clauses/dev.jsonl
      valid labels, each item once, no document in both splits; and the counts

Exit status:
  0  done
  1  check: something is wrong with the labels
  2  bad usage or input
  3  interrupted, or not all of it was found, read or written";

/// Labelled clause changes are kept without their texts: a label names a collection, commits, a
/// path, byte ranges and hashes. These commands choose clause changes to annotate, take the
/// annotations in, and put the texts back from clones of the collections.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct DatasetArgs {
    #[command(subcommand)]
    pub(crate) command: DatasetCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DatasetCommand {
    /// Choose clause changes to annotate
    Sample(SampleArgs),
    /// Choose from items what a model is least sure of, and what it finds rare matters in
    Choose(ChooseArgs),
    /// Turn annotations of items into labels without texts
    Label {
        /// Items as `sample` wrote them
        items: PathBuf,
        /// Annotations, one JSON object a line: id, materiality, categories, effect, and unsure if so
        annotations: PathBuf,
        /// Who or what annotated
        #[arg(long)]
        annotator: String,
        /// File to write; `-` is standard output
        #[arg(short, long, default_value = "-")]
        output: PathBuf,
    },
    /// Put the texts back into labels; what cannot be found is told and left out, and the exit status is 3
    Materialise {
        /// Labels without texts
        labels: PathBuf,
        /// Clones of the collections that they name
        #[arg(required = true, value_name = "SOURCE")]
        sources: Vec<String>,
        /// File to write; `-` is standard output
        #[arg(short, long, default_value = "-")]
        output: PathBuf,
    },
    /// Check labels and count them
    Check {
        /// Files of labels; `dev` in a file's name says that it is the development split
        #[arg(required = true)]
        labels: Vec<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct SampleArgs {
    /// Collections to choose from
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
    /// The services to choose from
    #[arg(long, value_enum, default_value_t = SplitArg::Train)]
    pub(crate) split: SplitArg,
    #[command(flatten)]
    pub(crate) draw: DrawArgs,
    /// Share of modified clauses
    #[arg(long, default_value_t = 0.58, value_parser = share)]
    pub(crate) modified: f64,
    /// Items chosen before, with their texts: neither they nor their likes are chosen again; repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) exclude: Vec<PathBuf>,
    /// File to write; `-` is standard output
    #[arg(short, long, default_value = "-")]
    pub(crate) output: PathBuf,
}

/// How much is chosen.
#[derive(Debug, Args)]
pub(crate) struct DrawArgs {
    /// How many items
    #[arg(long, default_value_t = 1000)]
    pub(crate) count: usize,
    /// Another seed gives another sample
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Items of one document change at most
    #[arg(long, default_value_t = 6)]
    pub(crate) per_change: usize,
    /// Share of the sample that one service has at most
    #[arg(long, default_value_t = 0.03, value_parser = share)]
    pub(crate) per_service: f64,
}

#[derive(Debug, Args)]
pub(crate) struct ChooseArgs {
    /// Items as `sample` wrote them
    pub(crate) items: PathBuf,
    /// What `classify --all-scores` says of them
    pub(crate) scores: PathBuf,
    #[command(flatten)]
    pub(crate) draw: DrawArgs,
    /// File to write; `-` is standard output
    #[arg(short, long, default_value = "-")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitArg {
    /// To fit on
    Train,
    /// To measure on
    Dev,
}

impl From<SplitArg> for Split {
    fn from(split: SplitArg) -> Self {
        match split {
            SplitArg::Train => Self::Train,
            SplitArg::Dev => Self::Dev,
        }
    }
}
