//! The arguments of `termsift nightly`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

const EXAMPLES: &str = "\
Examples:
  termsift nightly --example > termsift.toml
      a configuration to start from, commented
  termsift nightly --config termsift.toml --check
      is it right, and what would a run do?
  termsift nightly --config termsift.toml
      fetch, store what is new, write the reports
  termsift nightly --config termsift.toml --log-format json --metrics /var/lib/node_exporter/termsift.prom
      the same, for systemd or cron with Prometheus
  termsift nightly --config termsift.toml --refresh
      also make stale records again, cheapest first, within limits.time

Exit status:
  0  done, also when nothing was new
  2  the configuration is wrong, or the store is not one that this program writes; nothing was done
  3  interrupted (SIGTERM, SIGINT, limits.time, limits.memory), another run is at work, or something failed: a
     collection, a report, the metrics, the store. What was stored stays; the next run goes on from there";

/// Brings the store up to date with all collections, writes the reports and tells who wants to be told.
///
/// Only document changes that are not yet in the store are made, by their commit and path, never by their date. Each
/// is stored in a transaction of its own, so a run may be stopped or killed at any moment. On SIGTERM or SIGINT a run
/// finishes the document change that it is at; a second signal ends it at once.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct NightlyArgs {
    /// The configuration
    #[arg(short, long, value_name = "FILE", required_unless_present = "example")]
    pub(crate) config: Option<PathBuf>,

    /// Only check the configuration and say what a run would do; fetches and writes nothing
    #[arg(long)]
    pub(crate) check: bool,

    /// Print an example of a configuration
    #[arg(long, conflicts_with = "config")]
    pub(crate) example: bool,

    /// Also make records again that another model or an older version of this program made, cheapest first
    #[arg(long)]
    pub(crate) refresh: bool,

    /// File for metrics in the text format of Prometheus, replaced at the end of each run
    #[arg(long, value_name = "FILE")]
    pub(crate) metrics: Option<PathBuf>,

    /// How log lines on standard error look
    #[arg(long, value_enum, default_value_t = LogFormat::Text, value_name = "FORMAT")]
    pub(crate) log_format: LogFormat,

    /// What is logged: error, warn, info, debug, trace, off, or directives such as `termsift=debug`
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    pub(crate) log_level: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    /// For reading
    Text,
    /// One JSON object a line
    Json,
}
