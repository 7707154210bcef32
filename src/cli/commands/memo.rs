//! `termsift memo`.

use std::io::Write as _;

use termsift::report::memo as draft;

use super::output::{Output, failed};
use super::records;
use super::scan::interrupted;
use crate::cli::args::MemoArgs;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;

/// Drafts a memo about the document changes that `args` name.
pub(crate) fn memo(args: &MemoArgs) -> Result<Exit, CliError> {
    let progress = TerminalProgress::new(!args.records.no_progress);
    let found =
        records::named(&args.records, &args.changes, &progress).map_err(|error| interrupted(error, &args.output))?;
    drop(progress);
    let mut output = Output::open_beside(&args.output, &records::inputs(&args.records))?;
    output.write_all(draft(&found).as_bytes()).map_err(failed(&args.output))?;
    output.finish()?;
    Ok(Exit::Done)
}
