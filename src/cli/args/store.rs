//! The arguments of `termsift store`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

const EXAMPLES: &str = "\
Examples:
  termsift store check termsift.sqlite
  termsift store vacuum termsift.sqlite
  termsift store export termsift.sqlite --output everything.jsonl
  termsift store search termsift.sqlite binding arbitration

Exit status:
  0  done
  1  check: something is wrong with the store
  2  no such store, or not one of this program
  3  interrupted, or the store is in use, or it or the output could not be read or written to the end";

/// Looks after the store of nightly runs.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct StoreArgs {
    #[command(subcommand)]
    pub(crate) command: StoreCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Read every record and say what is wrong; reads only
    Check {
        /// The store
        store: PathBuf,
    },
    /// Remove what nothing hangs on any more, merge the search index and give free pages back
    Vacuum {
        /// The store
        store: PathBuf,
    },
    /// Write every record as JSON Lines, in the order of the history
    Export {
        /// The store
        store: PathBuf,
        /// File to write; `-` is standard output
        #[arg(short, long, value_name = "PATH", default_value = "-")]
        output: PathBuf,
        /// Also document changes whose commit is no longer in the history
        #[arg(long)]
        with_gone: bool,
    },
    /// Find clause changes by their words
    Search {
        /// The store
        store: PathBuf,
        /// Words that must all occur; several in quotation marks must follow each other
        #[arg(required = true)]
        words: Vec<String>,
        /// At most so many
        #[arg(long, value_name = "N", default_value_t = 20)]
        top: usize,
    },
}
