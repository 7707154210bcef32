//! Arguments of `termsift report`.

use clap::Args;

use super::{FilterArgs, OutputArgs, RecordsArgs};

const EXAMPLES: &str = "\
Examples:
  termsift scan vlopses-us-versions --format jsonl --output changes.jsonl
  termsift report --from changes.jsonl --since 2025-11-03 --format html --output changes.html
      the 200 changes since 3 November that most deserve a look, as one page
  termsift report --from changes.jsonl --status change --top 10 --format markdown
      a digest for an e-mail
  termsift report --from us.jsonl --from ie.jsonl --format atom --output feed.xml
  termsift report --from changes.jsonl --format parquet --output changes.parquet
      and changes.clauses.parquet beside it
  termsift scan vlopses-us-versions --format jsonl | termsift report --from -

Exit status:
  0  done
  2  bad usage or input; nothing was written
  3  interrupted, or done except for document changes that could not be read";

/// Makes a report from records that were stored, without reading any terms again.
///
/// The formats, the filters and the order are those of `termsift scan`. Records in a file do not tell
/// their place in the history: with `--from`, `--order history` is by collection and date.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ReportArgs {
    #[command(flatten)]
    pub(crate) records: RecordsArgs,

    #[command(flatten)]
    pub(crate) filter: FilterArgs,

    #[command(flatten)]
    pub(crate) output: OutputArgs,
}
