//! `termsift report`.

use termsift::outcome::Stop;
use termsift::pipeline::ScanError;

use super::output::with_report_beside;
use super::records;
use super::scan::{ReportSink, conclude, told};
use crate::cli::args::ReportArgs;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;
use crate::cli::settings;

/// Reports the records that `args` name.
pub(crate) fn report(args: &ReportArgs) -> Result<Exit, CliError> {
    run(args).map_err(|error| told(error, &args.output.output))
}

fn run(args: &ReportArgs) -> Result<Exit, CliError> {
    let options = settings::scan_options(&args.filter, &args.output, args.records.threads, Stop::default())?;
    let progress = TerminalProgress::new(!args.records.no_progress);
    let found_by = records::found_by(&args.records);
    let summary = with_report_beside(&args.output, &records::inputs(&args.records), |report| {
        found_by.iter().for_each(|options| report.found_by(options));
        let mut sink = ReportSink { report, progress: &progress };
        let summary = records::each(&args.records, &options, &progress, &mut sink)?;
        progress.suspended(|| report.finish(&summary)).map_err(|error| CliError::Scan(ScanError::Sink(error)))?;
        Ok(summary)
    })?;
    drop(progress);
    Ok(conclude(&summary, &options.filter))
}
