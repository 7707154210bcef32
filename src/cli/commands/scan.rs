//! `termsift scan`.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};

use termsift::outcome::Stop;
use termsift::pipeline::{self, Filter, ScanError, ScanSummary, Sink};
use termsift::record::DocumentChangeRecord;
use termsift::report::{Report, safe_text};
use termsift::source::{self, ClauseLine, Collection, OpenOptions, Reader, SourceError, SourceSpec};

use super::output::{failed, with_report_beside};
use crate::cli::args::ScanArgs;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;
use crate::cli::sample::sample;
use crate::cli::{interrupt, say, settings};

/// Unreadable document changes that are listed one by one.
const LISTED: usize = 20;
/// Sources or files that readers are told to look into at most; of more the line would be too long to be typed.
const PLACES: usize = 3;

/// Ranks what changed in the sources that `args` name.
pub(crate) fn scan(args: &ScanArgs) -> Result<Exit, CliError> {
    run(args).map_err(|error| told(error, &args.output.output))
}

/// `error`, or if it is that `output` cannot be written or the user has had enough, what became of that.
pub(super) fn told(error: CliError, output: &Path) -> CliError {
    match error {
        CliError::Scan(ScanError::Sink(source)) => failed(output)(source),
        other => interrupted(other, output),
    }
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
    interrupt::listen(&stop);
    let collections = open_all(&specs, args.sample.then(sample), &open_options, &progress)?;
    settings::check_names(&options.filter, &collections)?;

    let judge = super::model::judge(&args.judge)?;
    let found_by = found_by(&specs).filter(|_| !args.sample);
    let summary = with_report_beside(&args.output, &inputs(&specs, args), |report| {
        found_by.iter().for_each(|options| report.found_by(options));
        let mut sink = ReportSink { report, progress: &progress };
        let summary = pipeline::scan_with(&collections, &options, judge.as_ref(), &progress, &mut sink)?;
        progress.suspended(|| report.finish(&summary)).map_err(|error| CliError::Scan(ScanError::Sink(error)))?;
        Ok(summary)
    })?;
    drop(progress);
    Ok(conclude(&summary, &options.filter))
}

/// What a scan reads from files: no report may take its place.
fn inputs(specs: &[SourceSpec], args: &ScanArgs) -> Vec<PathBuf> {
    specs.iter().flat_map(files_of).chain(args.judge.cache.clone()).collect()
}

/// The files and folders of a source.
fn files_of(spec: &SourceSpec) -> Vec<PathBuf> {
    match spec {
        SourceSpec::Path(path) => vec![path.clone()],
        SourceSpec::Pair { old, new } => vec![old.clone(), new.clone()],
        SourceSpec::Url(_) | SourceSpec::Stdin => Vec::new(),
    }
}

/// The files and folders of the sources that were typed.
pub(crate) fn source_files(typed: &[String]) -> Vec<PathBuf> {
    typed.iter().flat_map(|typed| files_of(&SourceSpec::parse(typed))).collect()
}

/// Opens the sources; `sample` stands after them. A commit asked for must be in at least one of all.
pub(super) fn open_all(
    specs: &[SourceSpec],
    sample: Option<Collection>,
    options: &OpenOptions,
    progress: &TerminalProgress,
) -> Result<Vec<Collection>, CliError> {
    let mut opened = Vec::with_capacity(specs.len() + 1);
    for spec in specs {
        let (collection, absent) = open_one(spec, options, progress)?;
        opened.push((name(spec), collection, absent));
    }
    opened.extend(sample.map(|sample| {
        let absent = unrecorded(&sample, &options.commits);
        ("the sample".to_owned(), sample, absent)
    }));
    let nowhere = |commit: &&String| opened.iter().all(|(_, _, absent)| absent.contains(commit));
    if let (Some((first, ..)), Some(commit)) = (opened.first(), options.commits.iter().find(nowhere)) {
        return Err(SourceError::NoSuchCommit { path: first.into(), commit: commit.clone() }.into());
    }
    Ok(opened.into_iter().map(|(_, collection, _)| collection).collect())
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
        match opened(spec, &wanted) {
            Err(SourceError::NoSuchCommit { commit, .. }) if wanted.commits.contains(&commit) => {
                wanted.commits.retain(|one| *one != commit);
                absent.push(commit);
            }
            Err(error) => return Err(error),
            Ok(collection) => {
                // A repository has looked for them itself, also among those that record no document.
                if !wanted.commits.is_empty() && !matches!(collection.reader()?, Reader::Git(_)) {
                    absent.extend(unrecorded(&collection, &wanted.commits));
                }
                return Ok((collection, absent));
            }
        }
    }
}

fn opened(spec: &SourceSpec, options: &OpenOptions) -> Result<Collection, SourceError> {
    if *spec != SourceSpec::Stdin {
        return source::open(spec, options);
    }
    interrupt::unheard(|| if options.stop.asked() { Err(SourceError::Stopped) } else { source::open(spec, options) })
}

/// Those of `commits` that record nothing in `collection`.
fn unrecorded(collection: &Collection, commits: &[String]) -> Vec<String> {
    let revisions = || collection.documents.iter().flat_map(|document| &document.revisions);
    // What a line without an id is called: by its place.
    let called = |(at, line): (usize, &ClauseLine)| if line.id.is_empty() { at.to_string() } else { line.id.clone() };
    let lines = || collection.clause_lines.iter().enumerate().map(called);
    let starts =
        |id: &str, wanted: &str| id.get(..wanted.len()).is_some_and(|start| start.eq_ignore_ascii_case(wanted));
    let recorded = |wanted: &str| {
        revisions().any(|revision| starts(&revision.commit.id, wanted)) || lines().any(|id| starts(&id, wanted))
    };
    commits.iter().filter(|wanted| !recorded(wanted)).cloned().collect()
}

/// What a source is called in messages.
pub(super) fn name(spec: &SourceSpec) -> String {
    match spec {
        SourceSpec::Path(path) => path.display().to_string(),
        SourceSpec::Url(url) => source::shown(url),
        SourceSpec::Pair { old, new } => format!("{} and {}", old.display(), new.display()),
        SourceSpec::Stdin => "standard input".into(),
    }
}

/// The options by which `termsift show` finds what a scan of `specs` did; nothing where it could not find all of it.
pub(super) fn found_by(specs: &[SourceSpec]) -> Option<String> {
    let records_versions = |spec: &&SourceSpec| match spec {
        SourceSpec::Path(path) => !SourceSpec::is_clause_file(path),
        SourceSpec::Url(_) => true,
        SourceSpec::Pair { .. } | SourceSpec::Stdin => false,
    };
    let places: Vec<String> = specs.iter().filter(records_versions).map(name).collect();
    places_by(&places, "--source").filter(|_| places.len() == specs.len())
}

/// `--from a.jsonl --from b.jsonl`, as a shell takes it; nothing where there are no places, or many.
pub(super) fn places_by(places: &[String], flag: &str) -> Option<String> {
    let few = (1..=PLACES).contains(&places.len());
    few.then(|| places.iter().map(|place| format!("{flag} {}", word(place))).collect::<Vec<_>>().join(" "))
}

/// `text` as one word of a shell.
fn word(text: &str) -> Cow<'_, str> {
    let plain = |c: char| c.is_alphanumeric() || "-_./:@%+=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(format!("'{}'", text.replace('\'', r"'\''")))
}

/// Says what could not be read, or why nothing is shown.
pub(super) fn conclude(summary: &ScanSummary, filter: &Filter) -> Exit {
    if let Some(warning) = settings::without_model(filter, summary) {
        say(&format!("warning: {warning}"));
    }
    if summary.unreadable.is_empty() {
        if summary.reported == 0 {
            say(&match summary.recorded {
                0 => "there is no document change".to_owned(),
                all => format!("no document change passes the filters, of {all} in all"),
            });
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_are_told_where_records_are_found_again() {
        let path = |path: &str| SourceSpec::Path(path.into());
        let url = SourceSpec::Url("https://me:secret@git.example/a.git".into());
        let pair = SourceSpec::Pair { old: "a.md".into(), new: "b.md".into() };
        let cases = [
            (vec![path("vlopses-us.git")], Some("--source vlopses-us.git")),
            (vec![path("it's here"), url], Some("--source 'it'\\''s here' --source https://git.example/a.git")),
            (vec![path("a"), pair], None),
            (vec![path("changes.jsonl")], None),
            (vec![SourceSpec::Stdin], None),
            (vec![path("a"), path("b"), path("c"), path("d")], None),
            (Vec::new(), None),
        ];
        for (specs, expected) in cases {
            assert_eq!(found_by(&specs).as_deref(), expected, "{specs:?}");
        }
    }
}
