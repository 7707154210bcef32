//! `termsift show`.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use termsift::report::{ShowOptions, show as write_change};

use super::records;
use super::scan::interrupted;
use crate::cli::args::ShowArgs;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;
use crate::cli::settings;

/// Shows the document changes that `args` name.
pub(crate) fn show(args: &ShowArgs) -> Result<Exit, CliError> {
    let progress = TerminalProgress::new(!args.records.no_progress);
    let found =
        records::named(&args.records, &args.changes, &progress).map_err(|error| interrupted(error, Path::new("-")))?;
    drop(progress);
    let look = settings::look(Path::new("-"), args.color);
    let options = ShowOptions { width: look.width, color: look.color, full: args.full };
    let mut stdout = BufWriter::new(std::io::stdout().lock());
    for (at, record) in found.iter().enumerate() {
        let gap = if at > 0 { writeln!(stdout, "\n") } else { Ok(()) };
        gap.and_then(|()| write_change(record, &options, &mut stdout)).map_err(CliError::Stdout)?;
    }
    stdout.flush().map_err(CliError::Stdout)?;
    Ok(Exit::Done)
}
