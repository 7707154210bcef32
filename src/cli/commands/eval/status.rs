//! `termsift eval status`.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use termsift::eval::{StatusEval, StatusScores, read_status_labels};
use termsift::outcome::Stop;
use termsift::pipeline::{self, Filter, ScanOptions};
use termsift::report::safe_text;
use termsift::source::{OpenOptions, SourceSpec};

use crate::cli::args::StatusArgs;
use crate::cli::commands::scan::{interrupted, open_one};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::interrupt;
use crate::cli::progress::TerminalProgress;

/// Compares the status of document changes with labels.
pub(super) fn status(args: &StatusArgs) -> Result<Exit, CliError> {
    let input = |source| CliError::Input { path: args.labels.clone(), source };
    let labels = read_status_labels(File::open(&args.labels).map_err(input)?)
        .map_err(|error| CliError::StatusLabels { path: args.labels.clone(), source: error })?;
    // Only what is labelled is judged; the history before is read all the same.
    let filter = Filter { commits: labels.iter().map(|label| label.commit.clone()).collect(), ..Filter::default() };
    let mut eval = StatusEval::new(labels);
    interrupt::stoppable(|stop| scan(args, filter, stop, &mut eval))
        .map_err(|error| interrupted(error, Path::new("-")))?;

    let wanted = |asked: &Option<String>, has: &str| asked.as_deref().is_none_or(|asked| asked == has);
    let scores = eval.scores(|label| wanted(&args.part, &label.part) && wanted(&args.sample, &label.sample));
    print(&scores, args.misses).map_err(CliError::Stdout)?;
    let failed = args.least.is_some_and(|least| share(scores.right, scores.found) < least);
    Ok(if failed { Exit::Failed } else { Exit::Done })
}

fn scan(args: &StatusArgs, filter: Filter, stop: &Stop, eval: &mut StatusEval) -> Result<(), CliError> {
    let open = OpenOptions { stop: stop.clone(), ..OpenOptions::default() };
    let progress = TerminalProgress::new(true);
    let mut collections = Vec::with_capacity(args.sources.len());
    for typed in &args.sources {
        collections.push(open_one(&SourceSpec::parse(typed), &open, &progress)?.0);
    }
    let options = ScanOptions { filter, without_clauses: true, stop: stop.clone(), ..ScanOptions::default() };
    let judge = crate::cli::commands::model::judge(&args.judge)?;
    pipeline::scan_with(&collections, &options, judge.as_ref(), &progress, eval)?;
    Ok(())
}

fn print(scores: &StatusScores, misses: bool) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "| status | labelled | said | right | precision | recall |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    for (status, counts) in &scores.by_status {
        let (precision, recall) = (share(counts.right, counts.said), share(counts.right, counts.labelled));
        writeln!(
            out,
            "| {status} | {} | {} | {} | {precision:.3} | {recall:.3} |",
            counts.labelled, counts.said, counts.right
        )?;
    }
    let absent = scores.misses.iter().filter(|miss| miss.said.is_none()).count();
    writeln!(
        out,
        "\n{} of {} right ({:.3}); {absent} labels name no document change of these collections",
        scores.right,
        scores.found,
        share(scores.right, scores.found)
    )?;
    for miss in scores.misses.iter().filter(|_| misses) {
        let label = &miss.label;
        let said = miss.said.as_deref().unwrap_or("not found");
        let path = safe_text(&label.path);
        writeln!(out, "{}\t{}\t{path}\t{}\t{said}", label.collection, label.commit, label.status)?;
    }
    out.flush()
}

/// 0 where there is nothing to share.
#[expect(clippy::cast_precision_loss, reason = "counts of labels are far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
