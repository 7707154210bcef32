//! The arguments of `termsift noise`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::thread_count;

const EXAMPLES: &str = "\
Examples:
  termsift noise vlopses-us-versions
      documents that flip, are replaced by walls, or roll dates, noisiest first
  termsift noise contrib-versions --since 2025-06-01 --least 10
  termsift noise pga-versions --format jsonl --output noise.jsonl

Exit status:
  0  done
  2  bad usage or input; nothing was written
  3  interrupted, or done except for document changes that could not be read";

/// Lists the documents whose recorded changes are mostly no news, so that a declaration can be mended.
///
/// Told of each document: how many of its changes oscillate, return, are walls or other languages,
/// or roll dates only; from when to when; and in which words the alternating versions differ.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct NoiseArgs {
    /// Where the versions are, as for `termsift scan`
    #[arg(value_name = "SOURCE", required = true)]
    pub(crate) sources: Vec<String>,

    /// Recorded on this day (UTC) or at this RFC 3339 time, or later
    #[arg(long, value_name = "WHEN")]
    pub(crate) since: Option<String>,

    /// Recorded on this day (UTC; the whole of it) or at this RFC 3339 time, or earlier
    #[arg(long, value_name = "WHEN")]
    pub(crate) until: Option<String>,

    /// Of this service, letter case ignored; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) service: Vec<String>,

    /// Documents with at least so many changes that are no news
    #[arg(long, value_name = "N", default_value_t = 3)]
    pub(crate) least: usize,

    /// The format
    #[arg(long, value_enum, default_value_t = NoiseFormat::Table)]
    pub(crate) format: NoiseFormat,

    /// File to write; `-` is standard output. A run that fails leaves the file as it was
    #[arg(short, long, value_name = "PATH", default_value = "-")]
    pub(crate) output: PathBuf,

    /// Worker threads, at most 1024; 0: as many as there are cores. The output does not depend on it
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = thread_count())]
    pub(crate) threads: usize,

    /// Folder in which clones of URLs are kept [default: termsift/clones in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) clones: Option<PathBuf>,

    /// Show no progress bar. There is none anyway where standard error is no terminal
    #[arg(short = 'q', long = "no-progress", visible_alias = "quiet")]
    pub(crate) no_progress: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum NoiseFormat {
    /// For reading
    Table,
    /// One JSON object a document
    Jsonl,
}
