//! `termsift noise`.

use termsift::outcome::Stop;
use termsift::pipeline::{self, Order, ScanOptions};
use termsift::report::NoiseReport;
use termsift::source::{OpenOptions, SourceSpec};

use super::output::{Output, apart, failed};
use super::scan::{interrupted, open_one, source_files};
use crate::cli::args::{NoiseArgs, NoiseFormat};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;
use crate::cli::{interrupt, say, settings};

/// Lists noisy documents of the sources that `args` name.
pub(crate) fn noise(args: &NoiseArgs) -> Result<Exit, CliError> {
    run(args).map_err(|error| interrupted(error, &args.output))
}

fn run(args: &NoiseArgs) -> Result<Exit, CliError> {
    apart(&args.output, &source_files(&args.sources))?;
    let stop = Stop::default();
    interrupt::listen(&stop);
    let progress = TerminalProgress::new(!args.no_progress);
    let open =
        OpenOptions { clones: settings::clones(args.clones.as_ref()), stop: stop.clone(), ..OpenOptions::default() };
    let mut collections = Vec::new();
    for typed in &args.sources {
        collections.push(open_one(&SourceSpec::parse(typed), &open, &progress)?.0);
    }
    let mut filter = settings::period(args.since.as_ref(), args.until.as_ref())?;
    filter.services.clone_from(&args.service);
    settings::check_names(&filter, &collections)?;
    let options = ScanOptions { filter, order: Order::History, threads: args.threads, stop, ..ScanOptions::default() };
    let mut report = NoiseReport::default();
    let summary = pipeline::scan(&collections, &options, &progress, &mut report)?;
    drop(progress);
    let mut output = Output::open(&args.output)?;
    match args.format {
        NoiseFormat::Table => report.write_table(&mut output, args.least),
        NoiseFormat::Jsonl => report.write_jsonl(&mut output, args.least),
    }
    .map_err(failed(&args.output))?;
    output.finish()?;
    if summary.unreadable.is_empty() {
        return Ok(Exit::Done);
    }
    say(&format!(
        "warning: {} document changes could not be read; `termsift scan` lists them",
        summary.unreadable.len()
    ));
    Ok(Exit::Partly)
}
