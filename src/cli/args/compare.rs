//! Arguments of `termsift compare`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{Color, JudgeArgs};

const EXAMPLES: &str = "\
Examples:
  termsift compare vlopses-us-versions vlopses-ie-versions --service LinkedIn \\
      --terms-type \"Privacy Policy\" --at 2025-11-05
      what users in Ireland are told that users in the United States are not, and the reverse
  termsift compare vlopses-us-versions --service LinkedIn --terms-type \"Privacy Policy\" \\
      --at 2025-10-01 --at 2025-11-05
      the same terms at two dates
  termsift compare A B --service X --terms-type \"Terms of Service\" --format markdown -o compared.md

Exit status:
  0  done
  2  bad usage or input; nothing was written
  3  interrupted, or the comparison could not be written to the end";

/// Compares the same service's terms in two collections, or at two dates: clauses only in one,
/// clauses that differ, and what each is about.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct CompareArgs {
    /// A collection, and another one; or one collection and two dates
    #[arg(value_name = "SOURCE", required = true, num_args = 1..=2)]
    pub(crate) sources: Vec<String>,

    /// The service, letter case ignored
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Option<String>,

    /// The terms type, letter case ignored
    #[arg(long, value_name = "NAME")]
    pub(crate) terms_type: Option<String>,

    /// The version that stood on this day (UTC) or at this RFC 3339 time; the second time it is
    /// given it holds for the second source alone [default: the latest]
    #[arg(long, value_name = "WHEN")]
    pub(crate) at: Vec<String>,

    #[command(flatten)]
    pub(crate) judge: JudgeArgs,

    /// The format
    #[arg(long, value_enum, default_value_t = CompareFormat::Table)]
    pub(crate) format: CompareFormat,

    /// File to write; `-` is standard output. A run that fails leaves the file as it was
    #[arg(short, long, value_name = "PATH", default_value = "-")]
    pub(crate) output: PathBuf,

    /// Leave nothing out: whole clauses, all of a long passage, and differences in form only
    #[arg(long)]
    pub(crate) full: bool,

    /// Colours; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,

    /// Folder in which clones of URLs are kept [default: termsift/clones in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) clones: Option<PathBuf>,

    /// Show no progress
    #[arg(short = 'q', long = "no-progress", visible_alias = "quiet")]
    pub(crate) no_progress: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CompareFormat {
    /// For reading at a terminal
    Table,
    /// For reading elsewhere
    Markdown,
    /// One JSON object, with every clause
    Jsonl,
}
