//! The arguments of `termsift eval`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{JudgeArgs, ModelArgs, Opp115Args, thread_count};

const EXAMPLES: &str = "\
Examples:
  termsift eval clauses --labels dev.jsonl --train train.jsonl
      the model, and the baselines fitted on train.jsonl, measured on dev.jsonl
  termsift eval agreement first.jsonl second.jsonl
      how far two annotations of the same items agree
  termsift eval status --labels eval/status/labels.tsv collections/*.git
      how often the status of a document change is the true one
  termsift eval opp115 opp115 --base bases/minilm
      how good this project's trainer is on a published corpus

Exit status:
  0  done; all gates passed
  1  a gate failed; the report was written
  2  bad usage or input; nothing was written
  3  interrupted, or the report could not be written to the end";

/// Measures predictions against labels.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct EvalArgs {
    #[command(subcommand)]
    pub(crate) command: EvalCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum EvalCommand {
    /// Categories, materiality and effect of clause changes, against labels
    Clauses(Box<ClausesArgs>),
    /// How far two annotations of the same items agree
    Agreement(AgreementArgs),
    /// How near the model in 8 bits is to itself in 32-bit floats, on labelled items
    Precision(PrecisionTrialArgs),
    /// The status of document changes, against labels
    Status(StatusArgs),
    /// How early a ranking shows the document changes that got a memo; fits its weights
    Ranking(Box<RankingArgs>),
    /// The trainer, on the published corpus OPP-115
    Opp115(Box<Opp115Args>),
}

const CLAUSES_EXAMPLES: &str = "\
Examples:
  termsift classify --all-scores < dev.jsonl > predictions.jsonl
  termsift eval clauses --labels dev.jsonl --predictions predictions.jsonl
      what any model said of the labelled items
  termsift eval clauses --labels dev.jsonl --predictions predictions.jsonl --train train.jsonl
      beside it all baselines, fitted on train.jsonl
  termsift eval clauses --labels dev.jsonl --train train.jsonl --baseline-encoder bases/minilm
      and the encoder that training starts from, not fine-tuned, with linear heads
  termsift eval clauses --labels dev.jsonl --predictions predictions.jsonl --format json --output eval/results/dev.json
      a result to store and compare with
  termsift eval clauses --labels dev.jsonl --predictions new.jsonl --baseline eval/results/dev.json \\
      --fail-under macro_f1=0.70 --fail-under f1:minors=0.5 --fail-over ece=0.05
      gates: exit status 1 if one fails
  termsift eval clauses --labels dev.jsonl --predictions predictions.jsonl --format html --output report.html
      a page with precision-recall curves and reliability diagrams

A file of labels has one JSON object a line: id, before, after, headings, lead_in, service, terms_type, and
materiality, categories, effect. Where lines also have path or commit, whole documents are resampled.

Measures: micro_f1, macro_f1 (categories with at least 15 items), macro_f1_all (all with an item), macro_ap,
exact_match, materiality_kappa, effect_kappa, ece (in 15 bins of equal width), … ; --fail-under x=0 lists them all.";

/// Measures a system against labelled clause changes, with 95 % bootstrap intervals.
///
/// The first system is the one that gates and --baseline are about: the predictions if there are
/// any, else the model.
#[derive(Debug, Args)]
#[command(after_help = CLAUSES_EXAMPLES)]
pub(crate) struct ClausesArgs {
    /// Labelled clause changes with their texts, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: PathBuf,

    /// Predictions of these items, as `termsift classify --all-scores` writes them [default: the model's own]
    #[arg(long, value_name = "FILE", conflicts_with = "model")]
    pub(crate) predictions: Option<PathBuf>,

    /// What the predictions are called in the report [default: the name of their file]
    #[arg(long, value_name = "NAME", requires = "predictions")]
    pub(crate) name: Option<String>,

    /// Labelled clause changes to fit baselines on; none of their documents may be in --labels
    #[arg(long, value_name = "FILE")]
    pub(crate) train: Option<PathBuf>,

    /// Which baselines to measure [default: with --train all, else keywords]
    #[arg(long, value_enum, value_name = "NAME", value_delimiter = ',')]
    pub(crate) baselines: Vec<BaselineArg>,

    /// Also measure this encoder as it is, with linear heads fitted on --train: a folder or a hub id, as
    /// `termsift train --base` takes it
    #[arg(long, value_name = "FOLDER|ID", requires = "train")]
    pub(crate) baseline_encoder: Option<String>,

    /// A result stored with --format json, to compare with
    #[arg(long, value_name = "FILE")]
    pub(crate) baseline: Option<PathBuf>,

    /// Fail if a measure is under a bound: `macro_f1=0.70`; repeatable
    #[arg(long, value_name = "MEASURE=BOUND")]
    pub(crate) fail_under: Vec<String>,

    /// Fail if a measure is over a bound: ece=0.05; repeatable
    #[arg(long, value_name = "MEASURE=BOUND")]
    pub(crate) fail_over: Vec<String>,

    #[command(flatten)]
    pub(crate) model: ModelArgs,

    #[command(flatten)]
    pub(crate) bootstrap: BootstrapArgs,

    /// The format
    #[arg(long, value_enum, default_value_t = EvalFormat::Table)]
    pub(crate) format: EvalFormat,

    /// File to write; `-` is standard output
    #[arg(short, long, value_name = "PATH", default_value = "-")]
    pub(crate) output: PathBuf,

    /// Also write what the first system said of each item, as CSV without texts
    #[arg(long, value_name = "FILE")]
    pub(crate) per_item: Option<PathBuf>,

    /// Worker threads of --baseline-encoder, at most 1024; 0: as many as there are cores. The output does not depend
    /// on it
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = thread_count())]
    pub(crate) threads: usize,
}

const AGREEMENT_EXAMPLES: &str = "\
Examples:
  termsift eval agreement first.jsonl second.jsonl
  termsift eval agreement first.jsonl second.jsonl --items items.jsonl --format json
      with intervals over whole documents, which items.jsonl knows

A line of an annotation: {\"id\":\"…\",\"materiality\":\"substantive\",\"categories\":[\"data-sharing\"],\"effect\":\"adverse\"}";

/// Cohen's kappa for materiality and effect, F1 of each category, micro and macro, between two annotations.
///
/// Items are matched by id; those that only one file has are counted and left out.
#[derive(Debug, Args)]
#[command(after_help = AGREEMENT_EXAMPLES)]
pub(crate) struct AgreementArgs {
    /// One annotation, one JSON object a line
    #[arg(value_name = "A")]
    pub(crate) first: PathBuf,

    /// The other
    #[arg(value_name = "B")]
    pub(crate) second: PathBuf,

    /// The annotated items, to know which document each is of
    #[arg(long, value_name = "FILE")]
    pub(crate) items: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) bootstrap: BootstrapArgs,

    /// The format
    #[arg(long, value_enum, default_value_t = AgreementFormat::Table)]
    pub(crate) format: AgreementFormat,

    /// File to write; `-` is standard output
    #[arg(short, long, value_name = "PATH", default_value = "-")]
    pub(crate) output: PathBuf,
}

const PRECISION_EXAMPLES: &str = "\
Examples:
  termsift eval precision --labels dev.jsonl
      the built-in model

Aims: the mean cosine of embeddings at least 0.998, 99 % of category decisions the same, macro F1 at most 0.003 less.";

/// Cosine of embeddings, share of equal decisions and macro F1 of a model in 8 bits against the same in 32-bit floats.
#[derive(Debug, Args)]
#[command(after_help = PRECISION_EXAMPLES)]
pub(crate) struct PrecisionTrialArgs {
    /// Labelled clause changes with their texts, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: PathBuf,

    /// The model: a folder, or an id on the Hugging Face hub with @REVISION to pin one [default: the built-in one]
    #[arg(long, value_name = "FOLDER|ID")]
    pub(crate) model: Option<String>,

    #[command(flatten)]
    pub(crate) bootstrap: BootstrapArgs,

    /// The format
    #[arg(long, value_enum, default_value_t = AgreementFormat::Table)]
    pub(crate) format: AgreementFormat,

    /// File to write; `-` is standard output
    #[arg(short, long, value_name = "PATH", default_value = "-")]
    pub(crate) output: PathBuf,
}

/// How often the status that a scan gives a document change is the true one, by status.
///
/// As a scan does, it lets the model say whether a clause change is cosmetic; with `--no-model` rules do.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Clones of the collections that the labels name
    #[arg(required = true, value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,

    /// Labels: tab-separated, with the heads collection, commit, path, status, and perhaps sample and part
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: PathBuf,

    /// Only labels of this part (`tune`, `test`)
    #[arg(long)]
    pub(crate) part: Option<String>,

    /// Only labels of this sample (`random`, `sought`)
    #[arg(long)]
    pub(crate) sample: Option<String>,

    /// List the labels that were missed
    #[arg(long)]
    pub(crate) misses: bool,

    /// Fail when a smaller share than this (0 to 1) is right
    #[arg(long, value_name = "SHARE", value_parser = share)]
    pub(crate) least: Option<f64>,

    #[command(flatten)]
    pub(crate) judge: JudgeArgs,
}

/// Reads a share.
pub(super) fn share(given: &str) -> Result<f64, String> {
    let share = given.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "no share; give a number from 0 to 1, such as 0.9".to_owned())
}

const RANKING_EXAMPLES: &str = "\
Examples:
  termsift eval ranking --memos memos.jsonl vlopses-us-versions genai-contrib-versions
      reads the whole history of both
  termsift scan vlopses-us-versions --order history --format jsonl > us.jsonl
  termsift eval ranking --memos memos.jsonl --records us.jsonl --each
      the same from stored records, whatever judged them, and where each memo came
  termsift eval ranking --memos memos.jsonl --records us.jsonl --fit priority.json
      also writes the weights that fit all memos best

A line of the memos: {\"collection\":\"vlopses-us\",\"commit\":\"a580…\",\"date\":\"2025-11-04T00:53:37Z\",\"paths\":[\"LinkedIn/Privacy Policy.md\"]}

For each memo change the candidates are the document changes of its collection recorded within 3.5 days of it, without
first records and technical upgrades. What got no memo is no negative: only recall and ranks are reported.";

/// Measures how early rankings show the document changes that analysts wrote memos about.
///
/// The model of the first row is fitted without the changes of the service that it is measured on, and of services of
/// the same company; the priority as recorded is the one that `scan` shows. Beside them stand the baselines.
#[derive(Debug, Args)]
#[command(after_help = RANKING_EXAMPLES)]
pub(crate) struct RankingArgs {
    /// The document changes that got a memo, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub(crate) memos: PathBuf,

    /// Versions repositories to read the document changes from
    #[arg(value_name = "SOURCE", required_unless_present = "records")]
    pub(crate) sources: Vec<String>,

    /// Records that `termsift scan --format jsonl` wrote, instead of or beside sources; repeatable
    #[arg(long, value_name = "FILE")]
    pub(crate) records: Vec<PathBuf>,

    /// Document changes graded for how much they deserve a memo, to fit to beside the memos
    #[arg(long, value_name = "FILE")]
    pub(crate) grades: Option<PathBuf>,

    /// A collection of which the records hold only a part: left out of the shares of whole collections; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) partial: Vec<String>,

    /// Also fit the weights to all memos and write them to this file. The weights that scans use are those of
    /// models/termsift-en/priority.json, compiled in: they take effect after a build
    #[arg(long, value_name = "FILE")]
    pub(crate) fit: Option<PathBuf>,

    /// Penalty on the squares of the weights; more makes them smaller and more alike
    #[arg(long, value_name = "X", default_value_t = 3.0)]
    pub(crate) penalty: f64,

    /// Also list the rank of each memo
    #[arg(long)]
    pub(crate) each: bool,

    #[command(flatten)]
    pub(crate) bootstrap: BootstrapArgs,

    /// The format
    #[arg(long, value_enum, default_value_t = AgreementFormat::Table)]
    pub(crate) format: AgreementFormat,

    /// File to write; `-` is standard output
    #[arg(short, long, value_name = "PATH", default_value = "-")]
    pub(crate) output: PathBuf,

    #[command(flatten)]
    pub(crate) judge: JudgeArgs,

    /// Folder in which clones of URLs are kept [default: termsift/clones in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) clones: Option<PathBuf>,

    /// Worker threads, at most 1024; 0: as many as there are cores. The output does not depend on it
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = thread_count())]
    pub(crate) threads: usize,
}

/// How intervals are made.
#[derive(Debug, Args)]
#[command(next_help_heading = "Intervals")]
pub(crate) struct BootstrapArgs {
    /// Bootstrap resamples; 0: no intervals
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    pub(crate) resamples: u32,

    /// Another seed, other resamples
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EvalFormat {
    /// For reading
    Table,
    /// To store and compare with
    Json,
    /// A page with precision-recall curves and reliability diagrams
    Html,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AgreementFormat {
    /// For reading
    Table,
    /// To store
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BaselineArg {
    /// TF-IDF of words and pairs of words of the redline, logistic regression; needs --train
    Tfidf,
    /// Key phrases of each category; needs no training
    Keywords,
    /// The shares of the labels in training, whatever the clause; needs --train
    Majority,
}
