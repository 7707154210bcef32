//! What can go wrong in a command, and how it is told.

use std::error::Error;
use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use termsift::config::ConfigError;
use termsift::dataset::{DatasetError, LabelError};
use termsift::eval::opp115::Opp115Error;
use termsift::eval::{EvalError, StatusEvalError};
use termsift::model::ModelError;
use termsift::pipeline::ScanError;
use termsift::report::safe_text;
use termsift::source::SourceError;
use termsift::store::StoreError;
use termsift::train::TrainError;
use tracing_subscriber::filter::ParseError;

use super::exit::Exit;

/// Why a command could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CliError {
    #[error(
        "no SOURCE given; try `termsift scan --sample`, or give a versions repository (a path or a URL), \
         a folder or zip of dated versions, a .jsonl file, `-` for standard input, or --pair OLD NEW"
    )]
    NoSource,
    #[error("{given:?} is neither a date such as 2025-11-03 nor a time such as 2025-11-03T18:00:00Z ({flag})")]
    Date { flag: &'static str, given: String, source: jiff::Error },
    #[error("--since {since} is later than --until {until}: nothing can lie between them")]
    EmptyPeriod { since: jiff::Timestamp, until: jiff::Timestamp },
    #[error("unknown {what} {given:?}; known: {}", known.join(", "))]
    Unknown { what: &'static str, given: String, known: Vec<String> },
    #[error("interrupted; {}", if *.file { "the output file is as it was" } else { "the output, if there is any, breaks off" })]
    Interrupted { file: bool },
    #[error(
        "no records given; name a file that `termsift scan SOURCE --format jsonl` wrote (--from FILE.jsonl), \
         the store of nightly runs (--store FILE), or a source to scan now (--source SOURCE)"
    )]
    NoRecords,
    #[error("{given:?} is too short to name a change; give at least four characters of its id or commit")]
    ShortName { given: String },
    #[error(
        "no change {given:?} among {read}; give the id of its record or its commit (`termsift scan --format csv` \
         lists them), or COMMIT:PATH with a part of the path"
    )]
    NoSuchChange { given: String, read: usize },
    #[error("{given:?} names more than one change; give more of its id, or COMMIT:PATH:{}", list(candidates))]
    Ambiguous { given: String, candidates: Vec<String> },
    #[error("{path}: cannot be read")]
    Records { path: PathBuf, source: io::Error },
    #[error("{path}:{line}: not a record as `termsift scan --format jsonl` writes them")]
    BadRecord { path: PathBuf, line: usize, source: termsift::dataset::JsonFault },
    #[error("{path}:{line}: written by a newer termsift (schema {schema}); use that one, or scan again")]
    NewerRecord { path: PathBuf, line: usize, schema: u32 },
    #[error("one source and {dates} given; give a second source, or --at twice", dates = if *dates == 1 { "one date" } else { "no date" })]
    NothingToCompare { dates: usize },
    #[error("--at is given more than twice")]
    TooManyDates,
    #[error("{collection}: no {what}; it has:{}", list(known))]
    NoSuchTerms { collection: String, what: String, known: Vec<String> },
    #[error("which terms? Give --service and --terms-type; both sources have:{}", list(known))]
    WhichTerms { known: Vec<String> },
    #[error("{collection}: {path} was not recorded at {at}; its record begins {first}")]
    NotYet { collection: String, path: String, at: String, first: String },
    #[error("Parquet makes two files and cannot go to standard output; give --output changes.parquet")]
    ParquetToStdout,
    #[error(transparent)]
    Source(#[from] SourceError),
    #[error(transparent)]
    Scan(#[from] ScanError),
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error("{}: no status labels", path.display())]
    StatusLabels { path: PathBuf, source: StatusEvalError },
    #[error(transparent)]
    Model(#[from] ModelError),
    #[error(transparent)]
    Train(Box<TrainError>),
    #[error("worker threads cannot be started")]
    Threads(#[source] rayon::ThreadPoolBuildError),
    #[error("{}: cannot be read", path.display())]
    Input { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Labels(#[from] LabelError),
    #[error(transparent)]
    Eval(#[from] EvalError),
    #[error(transparent)]
    Opp115(#[from] Opp115Error),
    #[error("a baseline that is fitted needs --train FILE; without one only `--baselines keywords` works")]
    NoTraining,
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "{given:?} is no level of logging; give error, warn, info, debug, trace or off, or directives such as \
         termsift=debug (--log-level)"
    )]
    LogLevel { given: String, source: Option<ParseError> },
    #[error("signals cannot be listened to")]
    Signals(#[source] io::Error),
    #[error("standard output: cannot be written")]
    Stdout(#[source] io::Error),
    #[error("{path}: cannot be written; is its folder there, writable, and the disk not full?")]
    Output { path: PathBuf, source: io::Error },
    #[error("{path} is {what}, which the output would replace; give another path for the output")]
    OutputTaken { path: PathBuf, what: &'static str },
    #[error("{path}: cannot be written to the end; is the disk full?")]
    Write { path: PathBuf, source: io::Error },
}

impl CliError {
    /// How the run ends.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Scan(ScanError::Source(_)) => Exit::Usage,
            Self::Interrupted { .. }
            | Self::Source(SourceError::Stopped)
            | Self::Scan(_)
            | Self::Stdout(_)
            | Self::Write { .. } => Exit::Partly,
            Self::Store(error) => Self::exit_of(error),
            _ => Exit::Usage,
        }
    }

    /// How a run ends whose store fails: what is wrong from the start is bad input, the rest may be over next time.
    pub(crate) fn exit_of(error: &StoreError) -> Exit {
        use StoreError::{Damaged, Full, Lock, Locked, Pack, Running, Sqlite, Unreadable};
        match error {
            Running { .. }
            | Lock { .. }
            | Locked(_)
            | Full(_)
            | Sqlite(_)
            | Unreadable { .. }
            | Damaged { .. }
            | Pack(_) => Exit::Partly,
            _ => Exit::Usage,
        }
    }

    /// Whether whoever read standard output, or a named pipe, closed it (as `head` does): no error.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        match self {
            Self::Scan(ScanError::Sink(error)) | Self::Stdout(error) | Self::Write { source: error, .. } => {
                error.kind() == io::ErrorKind::BrokenPipe
            }
            _ => false,
        }
    }
}

/// `candidates`, a line each, but not too many.
fn list(candidates: &[String]) -> String {
    const LISTED: usize = 12;
    let mut text: String = candidates.iter().take(LISTED).map(|one| format!("\n  {}", safe_text(one))).collect();
    if candidates.len() > LISTED {
        let _ = write!(text, "\n  and {} more", candidates.len() - LISTED);
    }
    text
}

/// `error` with all that caused it, a line each.
pub(crate) fn rendered(error: &dyn Error) -> String {
    let said = error.to_string();
    let lines: Vec<_> = said.lines().map(safe_text).collect();
    let mut text = format!("error: {}", lines.join("\n"));
    let mut next = error.source();
    let mut last = error.to_string();
    while let Some(cause) = next {
        let said = cause.to_string();
        if said != last {
            text.push_str("\n  caused by: ");
            text.push_str(&safe_text(&said));
        }
        last = said;
        next = cause.source();
    }
    text
}
