//! Where the records of a command come from, and how they are shown: what several commands share.

use std::path::PathBuf;

use clap::Args;

use super::{JudgeArgs, thread_count};

/// Where records come from.
#[derive(Debug, Args)]
#[command(next_help_heading = "Records")]
pub(crate) struct RecordsArgs {
    /// Records that `termsift scan --format jsonl` wrote; `-` is standard input; repeatable
    #[arg(long, value_name = "FILE", conflicts_with = "source")]
    pub(crate) from: Vec<PathBuf>,

    /// Records in the store of `termsift nightly`
    #[arg(long, value_name = "FILE", conflicts_with_all = ["from", "source"])]
    pub(crate) store: Option<PathBuf>,

    /// Scan this source now, as `termsift scan` takes it: a repository, a folder, a zip; repeatable
    #[arg(long, value_name = "SOURCE")]
    pub(crate) source: Vec<String>,

    #[command(flatten)]
    pub(crate) judge: JudgeArgs,

    /// Worker threads for a scan, at most 1024; 0: as many as there are cores. The output does not depend on it
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = thread_count())]
    pub(crate) threads: usize,

    /// Folder in which clones of URLs are kept [default: termsift/clones in the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) clones: Option<PathBuf>,

    /// Show no progress bar. There is none anyway where standard error is no terminal
    #[arg(short = 'q', long = "no-progress", visible_alias = "quiet")]
    pub(crate) no_progress: bool,
}
