//! Arguments of `termsift show`.

use clap::Args;

use super::{Color, RecordsArgs};

const EXAMPLES: &str = "\
Examples:
  termsift show 12ae9904 --from changes.jsonl
      by the beginning of the record's id, from stored records
  termsift show a580589 --source vlopses-us-versions
      by the beginning of the commit, straight from the repository
  termsift show \"2025-03-04:Lumeshore/Privacy\" --source datasets/sample
      where one commit or day records several documents: a part of the path after a colon

Exit status:
  0  done
  2  bad usage or input, no such change, or more than one
  3  interrupted, or the output could not be written to the end";

/// Shows document changes clause by clause: redlined, with headings, line links, predictions with
/// their scores, facts, the reason of the status and the parts of the priority.
///
/// Without colours deleted words stand in [-…-] and inserted ones in {+…+}.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ShowArgs {
    /// The change: the id of its record or its commit, whole or a beginning of at least four
    /// characters; `COMMIT:PATH`, with a part of the path, where a commit records several documents
    #[arg(value_name = "CHANGE", required = true)]
    pub(crate) changes: Vec<String>,

    #[command(flatten)]
    pub(crate) records: RecordsArgs,

    /// Leave nothing out: whole clauses, and changes in form or place only
    #[arg(long)]
    pub(crate) full: bool,

    /// Colours; `auto`: on a terminal, unless `NO_COLOR` is set
    #[arg(long, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}
