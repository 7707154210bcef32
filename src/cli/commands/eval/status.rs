//! `termsift eval status`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use termsift::eval::{StatusEval, StatusLabel, StatusScores, read_status_labels};
use termsift::outcome::Stop;
use termsift::pipeline::{self, Filter, ScanOptions};
use termsift::report::safe_text;
use termsift::source::{OpenOptions, SourceSpec};

use crate::cli::args::StatusArgs;
use crate::cli::commands::scan::{interrupted, open_one};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;
use crate::cli::{interrupt, say};

/// Compares the status of document changes with labels.
pub(super) fn status(args: &StatusArgs) -> Result<Exit, CliError> {
    let input = |source| CliError::Input { path: args.labels.clone(), source };
    let labels = read_status_labels(File::open(&args.labels).map_err(input)?)
        .map_err(|error| CliError::StatusLabels { path: args.labels.clone(), source: error })?;
    // Before the long work: of a part that there is not, nothing would be measured.
    let of_part = chosen(labels.iter().collect(), "part", args.part.as_deref(), |label| &label.part)?;
    chosen(of_part, "sample", args.sample.as_deref(), |label| &label.sample)?;
    // Only what is labelled is judged; the history before is read all the same.
    let filter = Filter { commits: labels.iter().map(|label| label.commit.clone()).collect(), ..Filter::default() };
    let mut eval = StatusEval::new(labels);
    interrupt::stoppable(|stop| scan(args, filter, stop, &mut eval))
        .map_err(|error| interrupted(error, Path::new("-")))?;

    let wanted = |asked: &Option<String>, has: &str| asked.as_deref().is_none_or(|asked| asked == has);
    let scores = eval.scores(|label| wanted(&args.part, &label.part) && wanted(&args.sample, &label.sample));
    print(&scores, args.misses).map_err(CliError::Stdout)?;
    if scores.found == 0 {
        say("warning: none of the labels names a document change of these sources; are they those of the labels?");
    }
    Ok(args.least.map_or(Exit::Done, |least| gate(least, &scores)))
}

/// The `labels` of which `of` is what is `asked` for; all where nothing is.
fn chosen<'a>(
    labels: Vec<&'a StatusLabel>,
    what: &'static str,
    asked: Option<&str>,
    of: fn(&StatusLabel) -> &String,
) -> Result<Vec<&'a StatusLabel>, CliError> {
    let Some(asked) = asked else { return Ok(labels) };
    let known: BTreeSet<&String> = labels.iter().map(|label| of(label)).filter(|one| !one.is_empty()).collect();
    let known: Vec<String> = known.into_iter().cloned().collect();
    let chosen: Vec<&StatusLabel> = labels.into_iter().filter(|label| of(label) == asked).collect();
    if !chosen.is_empty() {
        return Ok(chosen);
    }
    let known = if known.is_empty() { vec![format!("none, for the labels name no {what}")] } else { known };
    Err(CliError::Unknown { what, given: asked.to_owned(), known })
}

/// Holds the share that is right against `least`. What was not found is not right.
fn gate(least: f64, scores: &StatusScores) -> Exit {
    match share(scores.right, scores.found) {
        Some(right) if right >= least => return Exit::Done,
        Some(right) => say(&format!("gate failed: {right:.3} right, under {least}")),
        None => say("gate failed: no labelled document change was found"),
    }
    Exit::Failed
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
        let (precision, recall) = (shown(counts.right, counts.said), shown(counts.right, counts.labelled));
        writeln!(
            out,
            "| {status} | {} | {} | {} | {precision} | {recall} |",
            counts.labelled, counts.said, counts.right
        )?;
    }
    let absent = scores.misses.iter().filter(|miss| miss.said.is_none()).count();
    writeln!(
        out,
        "\n{} of {} right ({}); {absent} labels name no document change of these collections",
        scores.right,
        scores.found,
        shown(scores.right, scores.found)
    )?;
    for miss in scores.misses.iter().filter(|_| misses) {
        let label = &miss.label;
        let said = miss.said.as_deref().unwrap_or("not found");
        let [collection, commit, path] = [&label.collection, &label.commit, &label.path].map(|it| safe_text(it));
        writeln!(out, "{collection}\t{commit}\t{path}\t{}\t{said}", label.status)?;
    }
    out.flush()
}

/// The share as tables show it.
fn shown(part: usize, whole: usize) -> String {
    share(part, whole).map_or_else(|| "–".to_owned(), |share| format!("{share:.3}"))
}

/// None of nothing.
#[expect(clippy::cast_precision_loss, reason = "counts of labels are far below 2^52")]
fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
