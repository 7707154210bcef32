//! The arguments, as typed.

mod classify;
mod compare;
mod dataset;
mod eval;
mod memo;
mod nightly;
mod noise;
mod opp115;
mod records;
mod report;
mod show;
mod store;
mod train;

use std::path::PathBuf;

use clap::builder::RangedU64ValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use classify::{ClassifyArgs, JudgeArgs, ModelArgs};
pub(crate) use compare::{CompareArgs, CompareFormat};
pub(crate) use dataset::{ChooseArgs, DatasetArgs, DatasetCommand, DrawArgs, SampleArgs};
pub(crate) use eval::{
    AgreementArgs, AgreementFormat, BaselineArg, BootstrapArgs, ClausesArgs, EvalArgs, EvalCommand, EvalFormat,
    PrecisionTrialArgs, RankingArgs, StatusArgs,
};
pub(crate) use memo::MemoArgs;
pub(crate) use nightly::{LogFormat, NightlyArgs};
pub(crate) use noise::{NoiseArgs, NoiseFormat};
pub(crate) use opp115::{Opp115Args, SetArg, SplitArg};
pub(crate) use records::RecordsArgs;
pub(crate) use report::ReportArgs;
pub(crate) use show::ShowArgs;
pub(crate) use store::{StoreArgs, StoreCommand};
pub(crate) use train::TrainArgs;

/// Finds the clauses that changed in the recorded history of online services' terms, says what
/// each change is about, and ranks the changes for the people who write about them.
#[derive(Debug, Parser)]
#[command(name = "termsift", version, arg_required_else_help = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Rank what changed in one or more sources
    Scan(Box<ScanArgs>),
    /// Say what clause changes are about, as a stream
    Classify(ClassifyArgs),
    /// Fine-tune a model on labelled clause changes
    Train(Box<TrainArgs>),
    /// Bring the store up to date with many collections, and report what is new
    Nightly(NightlyArgs),
    /// Check, compact, export or search the store of nightly runs
    Store(StoreArgs),
    /// Sample, check and put together labelled data
    Dataset(DatasetArgs),
    /// Measure predictions against labels
    Eval(EvalArgs),
    /// Make a report from stored records
    Report(Box<ReportArgs>),
    /// Show one document change, redlined and explained
    Show(Box<ShowArgs>),
    /// Draft a memo about document changes
    Memo(Box<MemoArgs>),
    /// Compare the same terms in two collections or at two dates
    Compare(Box<CompareArgs>),
    /// List the documents whose recorded changes are mostly no news
    Noise(Box<NoiseArgs>),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Threads that can be asked for. More bring nothing and take minutes to start; a nightly run has the same bound.
const MOST_THREADS: u64 = 1024;

/// Reads a number of threads.
fn thread_count() -> RangedU64ValueParser<usize> {
    RangedU64ValueParser::new().range(0..=MOST_THREADS)
}

const SCAN_EXAMPLES: &str = "\
Examples:
  termsift scan --sample
      the 20 document changes of the sample collection that most deserve a look
  termsift scan vlopses-us-versions --since 2025-11-03 --status change
      news since 3 November in a clone of a versions repository
  termsift scan ../vlopses-us-versions --service LinkedIn --top 5
  termsift scan pga-versions contrib-versions --format csv --output changes.csv
  termsift scan vlopses-us-versions --since 2025-11-01 --format html --output changes.html
  termsift scan vlopses-us-versions --commit a580589 --explain
      one commit, with the parts of each priority
  termsift scan --pair before.md after.md --format jsonl
  termsift scan - --format jsonl < clause-changes.jsonl

Exit status:
  0  done
  2  bad usage or input; nothing was written
  3  interrupted, or done except for document changes that could not be read (listed on standard error)";

/// Reads every document change of the sources, compares both versions clause by clause, says what
/// kind of change each is and ranks them.
///
/// The whole history is read even when only a part is shown: whether a text returns to an earlier
/// version can only be told from what came before. Filters choose what is shown and change neither
/// a status nor a priority.
#[derive(Debug, Args)]
#[command(after_help = SCAN_EXAMPLES)]
pub(crate) struct ScanArgs {
    /// Where the versions are
    ///
    /// A git repository of versions (a path, bare or not, or a URL, which is cloned or fetched), a
    /// folder or .zip of dated versions (Service/Terms type/2025-01-31T10-00-00Z.md), a .jsonl file
    /// of clause changes, or `-` for clause changes as JSON Lines on standard input.
    #[arg(value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,

    /// Compare two files instead of, or beside, sources; repeatable
    #[arg(long, num_args = 2, value_names = ["OLD", "NEW"])]
    pub(crate) pair: Vec<PathBuf>,

    /// Read the sample collection that the program holds in itself: six fictional services
    #[arg(long)]
    pub(crate) sample: bool,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,

    /// Worker threads, at most 1024; 0: as many as there are cores. The output does not depend on it
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = thread_count())]
    pub(crate) threads: usize,

    /// Folder in which clones of URLs are kept [default: termsift/clones in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) clones: Option<PathBuf>,

    #[command(flatten)]
    pub(crate) judge: JudgeArgs,

    /// Show no progress bar. There is none anyway where standard error is no terminal
    #[arg(short = 'q', long = "no-progress", visible_alias = "quiet")]
    pub(crate) no_progress: bool,
}

/// What is shown.
#[derive(Debug, Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterArgs {
    /// Recorded on this day (UTC) or at this RFC 3339 time, or later: 2025-11-03, 2025-11-03T18:00:00+01:00
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,

    /// Recorded on this day (UTC; the whole of it) or at this RFC 3339 time, or earlier
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,

    /// Recorded by this commit: a hash or its beginning, also of a commit that HEAD does not reach; repeatable
    #[arg(long, value_name = "HASH")]
    pub(crate) commit: Vec<String>,

    /// Of this service, letter case ignored; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Vec<String>,

    /// Of this terms type ("Privacy Policy"), letter case ignored; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) terms_type: Vec<String>,

    /// With this status; repeatable, or a list with commas
    ///
    /// `change`: news. Probably not news: `reversion` (returns to an earlier version), `oscillation`
    /// (keeps flipping between versions), `page-replaced` (a wall, an error page or another document
    /// stands in its place), `language-swapped`, `technical` (the recorder's own upgrade), `cosmetic`,
    /// `rolling` (only dates and counters). And `first-record`, `last-record`.
    #[arg(long, value_name = "STATUS", value_delimiter = ',')]
    pub(crate) status: Vec<String>,

    /// With this category (`data-sharing`); repeatable, or a list with commas
    #[arg(long, value_name = "CATEGORY", value_delimiter = ',')]
    pub(crate) category: Vec<String>,

    /// With this as the highest materiality of its clauses (`substantive`); repeatable, or a list with commas
    #[arg(long, value_name = "MATERIALITY", value_delimiter = ',')]
    pub(crate) materiality: Vec<String>,

    /// With this effect on users (`adverse`); repeatable, or a list with commas; none has one without a model
    #[arg(long, value_name = "EFFECT", value_delimiter = ',')]
    pub(crate) effect: Vec<String>,

    /// Only those whose decision hangs on judgements near their thresholds
    #[arg(long)]
    pub(crate) unsure: bool,

    /// Of the same change in several documents or services show only the first; its record lists the places
    #[arg(long)]
    pub(crate) one_a_story: bool,

    /// Only the first N in the order of the output; 0: all [default: 20 in a table or a digest, 200
    /// on a page, 100 in a feed, else all]
    #[arg(long, value_name = "N")]
    pub(crate) top: Option<usize>,
}

/// Where it goes, and how it looks.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// The order of the output
    #[arg(long, value_enum, default_value_t = OrderArg::Priority)]
    pub(crate) order: OrderArg,

    /// The format
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,

    /// File to write; `-` is standard output. A run that fails leaves the file as it was
    #[arg(short, long, value_name = "PATH", default_value = "-")]
    pub(crate) output: PathBuf,

    /// Show in the table which parts each priority is made of (JSON Lines and CSV always have them)
    #[arg(long)]
    pub(crate) explain: bool,

    /// Colours in the table; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OrderArg {
    /// Highest priority first
    Priority,
    /// As recorded
    History,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For reading: reasons, facts and the most telling redlines
    Table,
    /// One JSON object a document change, with every clause change
    Jsonl,
    /// One row a document change, for spreadsheets
    Csv,
    /// One row a clause change, for spreadsheets
    ClauseCsv,
    /// Two files, document changes and (`NAME.clauses.parquet`) clause changes; needs --output
    Parquet,
    /// A digest, for an e-mail or a chat
    Markdown,
    /// One page with redlines and filters, without network; below 2 MB for 200 document changes
    Html,
    /// A feed of tagged changes
    Atom,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On a terminal
    Auto,
    /// Also in a pipe or a file
    Always,
    /// Nowhere
    Never,
}
