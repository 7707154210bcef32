//! `termsift scan`.

use std::io;
use std::path::Path;

use termsift::outcome::Stop;
use termsift::pipeline::{self, ScanError, ScanSummary, Sink};
use termsift::record::DocumentChangeRecord;
use termsift::report::{CsvReport, JsonlReport, Report, TableReport, safe_text};
use termsift::source::{self, Collection, OpenOptions, SourceError, SourceSpec};

use super::output::Output;
use crate::cli::args::{Format, ScanArgs};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;
use crate::cli::sample::sample;
use crate::cli::{interrupt, say, settings};

/// Unreadable document changes that are listed one by one.
const LISTED: usize = 20;

/// Ranks what changed in the sources that `args` name.
pub(crate) fn scan(args: &ScanArgs) -> Result<Exit, CliError> {
    let file = args.output.output != Path::new("-");
    run(args).map_err(|error| match error {
        CliError::Source(SourceError::Stopped) | CliError::Scan(ScanError::Stopped) => CliError::Interrupted { file },
        other => other,
    })
}

fn run(args: &ScanArgs) -> Result<Exit, CliError> {
    let specs = settings::sources(args)?;
    let stop = Stop::default();
    let options = settings::scan_options(args, stop.clone())?;
    let progress = TerminalProgress::new(!args.no_progress);
    let open_options =
        OpenOptions { commits: options.filter.commits.clone(), clones: settings::clones(args), stop: stop.clone() };
    // A wait for standard input ends only where the signal is not caught.
    let waits = specs.contains(&SourceSpec::Stdin);
    if !waits {
        interrupt::listen(&stop);
    }
    let mut collections = open_all(&specs, &open_options, &progress)?;
    collections.extend(args.sample.then(sample));
    if waits {
        interrupt::listen(&stop);
    }
    settings::check_names(&options.filter, &collections)?;

    let mut output = Output::open(&args.output.output)?;
    let mut report: Box<dyn Report + '_> = match args.output.format {
        Format::Table => Box::new(TableReport::new(&mut output, settings::table_options(&args.output))),
        Format::Jsonl => Box::new(JsonlReport::new(&mut output)),
        Format::Csv => Box::new(CsvReport::new(&mut output)),
    };
    let mut sink = ReportSink { report: report.as_mut(), progress: &progress };
    let summary = if args.no_model {
        pipeline::scan(&collections, &options, &progress, &mut sink)?
    } else {
        let judge = super::model::open(&args.model)?;
        pipeline::scan_with(&collections, &options, &judge, &progress, &mut sink)?
    };
    progress.suspended(|| report.finish(&summary)).map_err(|error| CliError::Scan(ScanError::Sink(error)))?;
    drop(report);
    output.finish()?;
    drop(progress);
    Ok(conclude(&summary))
}

/// Opens the sources. A commit asked for must be in at least one of them.
fn open_all(
    specs: &[SourceSpec],
    options: &OpenOptions,
    progress: &TerminalProgress,
) -> Result<Vec<Collection>, CliError> {
    let mut collections = Vec::with_capacity(specs.len());
    let mut missing: Vec<Vec<String>> = Vec::with_capacity(specs.len());
    let mut first_miss = None;
    for spec in specs {
        progress.doing(format!("reading the history of {}", safe_text(&name(spec))));
        let mut wanted = options.clone();
        let mut absent = Vec::new();
        let collection = loop {
            match source::open(spec, &wanted) {
                Err(SourceError::NoSuchCommit { path, commit }) if wanted.commits.contains(&commit) => {
                    wanted.commits.retain(|one| *one != commit);
                    absent.push(commit.clone());
                    first_miss.get_or_insert(SourceError::NoSuchCommit { path, commit });
                }
                other => break other?,
            }
        };
        collections.push(collection);
        missing.push(absent);
    }
    let nowhere = |commit: &String| missing.iter().all(|absent| absent.contains(commit));
    match first_miss {
        Some(SourceError::NoSuchCommit { path, .. }) if options.commits.iter().any(nowhere) => {
            let commit = options.commits.iter().find(|commit| nowhere(commit)).cloned().unwrap_or_default();
            Err(SourceError::NoSuchCommit { path, commit }.into())
        }
        _ => Ok(collections),
    }
}

fn name(spec: &SourceSpec) -> String {
    match spec {
        SourceSpec::Path(path) => path.display().to_string(),
        SourceSpec::Url(url) => url.clone(),
        SourceSpec::Pair { old, new } => format!("{} and {}", old.display(), new.display()),
        SourceSpec::Stdin => "standard input".into(),
    }
}

/// Says what could not be read, or why nothing is shown.
fn conclude(summary: &ScanSummary) -> Exit {
    if summary.unreadable.is_empty() {
        if summary.reported == 0 {
            say(&format!("no document change passes the filters; {} were read", summary.read));
        }
        return Exit::Done;
    }
    let count = summary.unreadable.len();
    let them = if count == 1 { "1 document change" } else { &format!("{count} document changes") };
    say(&format!("warning: {them} could not be read:"));
    for reason in summary.unreadable.iter().take(LISTED) {
        say(&format!("  {}", safe_text(reason)));
    }
    if count > LISTED {
        say(&format!("  and {} more; their records carry the reason as a note", count - LISTED));
    }
    Exit::Partly
}

/// Hands records to a report.
struct ReportSink<'a> {
    report: &'a mut (dyn Report + 'a),
    progress: &'a TerminalProgress,
}

impl Sink for ReportSink<'_> {
    fn record(&mut self, record: DocumentChangeRecord) -> io::Result<()> {
        self.progress.suspended(|| self.report.record(&record))
    }

    fn json(&mut self, json: &[u8]) -> io::Result<()> {
        self.progress.suspended(|| self.report.json(json))
    }
}
