//! `termsift scan`.

use std::io;
use std::path::Path;

use termsift::outcome::Stop;
use termsift::pipeline::{self, ScanError, ScanSummary, Sink};
use termsift::record::DocumentChangeRecord;
use termsift::report::{Report, safe_text};
use termsift::source::{self, Collection, OpenOptions, SourceError, SourceSpec};

use super::output::with_report;
use crate::cli::args::ScanArgs;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;
use crate::cli::sample::sample;
use crate::cli::{interrupt, say, settings};

/// Unreadable document changes that are listed one by one.
const LISTED: usize = 20;

/// Ranks what changed in the sources that `args` name.
pub(crate) fn scan(args: &ScanArgs) -> Result<Exit, CliError> {
    run(args).map_err(|error| interrupted(error, &args.output.output))
}

/// `error`, or if it is only that the user has had enough, what became of `output`.
pub(super) fn interrupted(error: CliError, output: &Path) -> CliError {
    match error {
        CliError::Source(SourceError::Stopped) | CliError::Scan(ScanError::Stopped) => {
            CliError::Interrupted { file: output != Path::new("-") }
        }
        other => other,
    }
}

fn run(args: &ScanArgs) -> Result<Exit, CliError> {
    let specs = settings::sources(args)?;
    let stop = Stop::default();
    let options = settings::scan_options(&args.filter, &args.output, args.threads, stop.clone())?;
    let progress = TerminalProgress::new(!args.no_progress);
    let clones = settings::clones(args.clones.as_ref());
    let open_options = OpenOptions { commits: options.filter.commits.clone(), clones, stop: stop.clone() };
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

    let judge = super::model::judge(&args.judge)?;
    let summary = with_report(&args.output, |report| {
        let mut sink = ReportSink { report, progress: &progress };
        let summary = pipeline::scan_with(&collections, &options, judge.as_ref(), &progress, &mut sink)?;
        progress.suspended(|| report.finish(&summary)).map_err(|error| CliError::Scan(ScanError::Sink(error)))?;
        Ok(summary)
    })?;
    drop(progress);
    Ok(conclude(&summary))
}

/// Opens the sources. A commit asked for must be in at least one of them.
pub(super) fn open_all(
    specs: &[SourceSpec],
    options: &OpenOptions,
    progress: &TerminalProgress,
) -> Result<Vec<Collection>, CliError> {
    let mut collections = Vec::with_capacity(specs.len());
    let mut missing: Vec<Vec<String>> = Vec::with_capacity(specs.len());
    let mut first_miss = None;
    for spec in specs {
        let (collection, absent) = open_one(spec, options, progress)?;
        if let Some(commit) = absent.first() {
            first_miss
                .get_or_insert_with(|| SourceError::NoSuchCommit { path: name(spec).into(), commit: commit.clone() });
        }
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

/// Opens one source; with it those of the commits asked for that it does not hold.
pub(super) fn open_one(
    spec: &SourceSpec,
    options: &OpenOptions,
    progress: &TerminalProgress,
) -> Result<(Collection, Vec<String>), SourceError> {
    progress.doing(format!("reading the history of {}", safe_text(&name(spec))));
    let mut wanted = options.clone();
    let mut absent = Vec::new();
    loop {
        match source::open(spec, &wanted) {
            Err(SourceError::NoSuchCommit { commit, .. }) if wanted.commits.contains(&commit) => {
                wanted.commits.retain(|one| *one != commit);
                absent.push(commit);
            }
            other => return Ok((other?, absent)),
        }
    }
}

/// What a source is called in messages.
pub(super) fn name(spec: &SourceSpec) -> String {
    match spec {
        SourceSpec::Path(path) => path.display().to_string(),
        SourceSpec::Url(url) => url.clone(),
        SourceSpec::Pair { old, new } => format!("{} and {}", old.display(), new.display()),
        SourceSpec::Stdin => "standard input".into(),
    }
}

/// Says what could not be read, or why nothing is shown.
pub(super) fn conclude(summary: &ScanSummary) -> Exit {
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
pub(super) struct ReportSink<'a> {
    pub(super) report: &'a mut dyn Report,
    pub(super) progress: &'a TerminalProgress,
}

impl Sink for ReportSink<'_> {
    fn record(&mut self, record: DocumentChangeRecord) -> io::Result<()> {
        self.progress.suspended(|| self.report.record(&record))
    }

    fn json(&mut self, json: &[u8]) -> io::Result<()> {
        self.progress.suspended(|| self.report.json(json))
    }
}
