//! Arguments of `termsift memo`.

use std::path::PathBuf;

use clap::Args;

use super::RecordsArgs;

const EXAMPLES: &str = "\
Examples:
  termsift memo a580589 --source vlopses-us-versions
  termsift memo 50dcbec a580589 --source vlopses-ie-versions --source vlopses-us-versions -o draft.md
      one memo about the same service in two jurisdictions; what only one of them has is told apart
  termsift memo 12ae9904 --from changes.jsonl

Exit status:
  0  done
  2  bad usage or input, no such change, or more than one
  3  interrupted, or the draft could not be written to the end";

/// Drafts a memo about document changes, in the form that Open Terms Archive memos have.
///
/// The draft states what the redlines show, quotes new text and links each statement to its exact
/// line. What the redlines do not tell is left as a gap, marked with [TODO: …]. Everything is there
/// to be checked and rewritten: a checklist at the end says what.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct MemoArgs {
    /// The changes, the one to be told first first: ids or commits, as for `termsift show`
    #[arg(value_name = "CHANGE", required = true)]
    pub(crate) changes: Vec<String>,

    #[command(flatten)]
    pub(crate) records: RecordsArgs,

    /// File to write; `-` is standard output
    #[arg(short, long, value_name = "PATH", default_value = "-")]
    pub(crate) output: PathBuf,
}
