//! The arguments of `termsift eval opp115`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{AgreementFormat, thread_count};

const EXAMPLES: &str = "\
Examples:
  termsift eval opp115 opp115 --base bases/minilm
      five seeds on the published split of opp115/Majority, beside published numbers
  termsift eval opp115 opp115 --base bases/minilm --split policy
      no policy in two parts, as nearly as the files let policies be told
  termsift eval opp115 opp115 --base bases/minilm --set union --seeds 1 --format json --output union.json
  termsift eval opp115 opp115 --base bases/minilm --known three.json --format json --output five.json
      the seeds that three.json has are taken over, the others are run

FOLDER holds Majority and Union, each with train.csv, validation.csv and test.csv: rows of a text and a label. The
corpus is licensed for non-commercial use: it measures the trainer, and the models that are fitted are not kept.

The epoch and the thresholds are chosen on the validation part. Ctrl-C ends the run after the step under way; the
seeds that are done are reported.";

/// Measures the trainer on OPP-115, a published corpus of labelled privacy policies.
///
/// Fine-tunes the base with one head of independent labels, once for each seed, and reports micro- and
/// macro-F1 on the test part: each seed, mean and standard deviation.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Opp115Args {
    /// The folder of the corpus
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// The encoder to start from, as `termsift train` takes it
    #[arg(long, value_name = "FOLDER|ID")]
    pub(crate) base: String,
    /// Which labels
    #[arg(long, value_enum, default_value_t = SetArg::Majority)]
    pub(crate) set: SetArg,
    /// How texts are parted
    #[arg(long, value_enum, default_value_t = SplitArg::Published)]
    pub(crate) split: SplitArg,
    /// How many seeds, from 1 on
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=100))]
    pub(crate) seeds: u64,
    /// A result as JSON that the same command has given with fewer seeds: these are not run again
    #[arg(long, value_name = "FILE")]
    pub(crate) known: Option<PathBuf>,
    /// Times through the training part
    #[arg(long, value_name = "N", default_value_t = 8)]
    pub(crate) epochs: usize,
    /// Texts in a step
    #[arg(long, value_name = "N", default_value_t = 32)]
    pub(crate) batch: usize,
    /// Highest learning rate of the encoder
    #[arg(long, value_name = "RATE", default_value_t = 1.5e-4)]
    pub(crate) learning_rate: f32,
    /// How far the rarity of a label is made up for, 0 (not at all) to 1 (wholly)
    #[arg(long, value_name = "X", default_value_t = 0.3)]
    pub(crate) balance: f64,
    /// Longest sequence of tokens
    #[arg(long, value_name = "N", default_value_t = 256)]
    pub(crate) max_tokens: usize,
    /// Worker threads, at most 1024; 0: as many as there are cores. The output does not depend on it
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = thread_count())]
    pub(crate) threads: usize,
    /// The format
    #[arg(long, value_enum, default_value_t = AgreementFormat::Table)]
    pub(crate) format: AgreementFormat,
    /// File to write; `-` is standard output
    #[arg(short, long, value_name = "PATH", default_value = "-")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SetArg {
    /// Labels that most annotators gave
    Majority,
    /// Labels that any annotator gave
    Union,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SplitArg {
    /// As published, by segment: every policy is in all parts
    Published,
    /// By policies, inferred from names and the order of the files, which name none
    Policy,
}
