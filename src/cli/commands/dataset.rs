//! `termsift dataset`.

use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use termsift::dataset::{
    Candidates, ChooseOptions, DatasetError, DatasetLine as _, Item, SampleOptions, ScoredItem, Split, StandoffLabel,
    check, choose, label, materialise, read_lines,
};
use termsift::outcome::Stop;
use termsift::pipeline::{self, ScanOptions, Sink};
use termsift::record::DocumentChangeRecord;
use termsift::source::{Collection, OpenOptions, SourceSpec};

use super::output::{Output, failed};
use super::scan::{interrupted, open_one};
use crate::cli::args::{ChooseArgs, DatasetArgs, DatasetCommand, DrawArgs, SampleArgs};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;
use crate::cli::{interrupt, say};

/// Misses that are listed one by one.
const LISTED: usize = 20;

/// Does what `args` ask for.
pub(crate) fn dataset(args: &DatasetArgs) -> Result<Exit, CliError> {
    match &args.command {
        DatasetCommand::Sample(args) => sample(args),
        DatasetCommand::Choose(args) => choose_from(args),
        DatasetCommand::Label { items, annotations, annotator, output } => {
            let labels = label(&read_lines::<Item>(items)?, &read_lines(annotations)?, annotator)?;
            write_lines(&labels, output)?;
            Ok(Exit::Done)
        }
        DatasetCommand::Materialise { labels, sources, output } => {
            put_back(&read_lines::<StandoffLabel>(labels)?, sources, output)
        }
        DatasetCommand::Check { labels } => {
            let parts = labels.iter().map(|path| part(path)).collect::<Result<Vec<_>, DatasetError>>()?;
            checked(&parts)
        }
    }
}

fn sample(args: &SampleArgs) -> Result<Exit, CliError> {
    let mut known: Vec<Item> = Vec::new();
    for path in &args.exclude {
        known.extend(read_lines::<Item>(path)?);
    }
    let mut candidates = Gather(Candidates::new(args.split.into(), &known));
    drop(known);
    interrupt::stoppable(|stop| {
        let collections = open(&args.sources, stop)?;
        // In the order of the record, so that of near-duplicates the first is kept on every run.
        let options = ScanOptions { order: pipeline::Order::History, stop: stop.clone(), ..ScanOptions::default() };
        Ok(pipeline::scan(&collections, &options, &TerminalProgress::new(true), &mut candidates)?)
    })
    .map_err(|error| interrupted(error, &args.output))?;
    let found = candidates.0.len();
    let items = candidates.0.draw(&SampleOptions {
        count: args.draw.count,
        seed: args.draw.seed,
        split: args.split.into(),
        per_change: args.draw.per_change,
        per_service: args.draw.per_service,
        modified: args.modified,
    });
    say(&format!("{} of {found} clause changes chosen", items.len()));
    write_lines(&items, &args.output)?;
    Ok(Exit::Done)
}

fn choose_from(args: &ChooseArgs) -> Result<Exit, CliError> {
    let DrawArgs { count, seed, per_change, per_service } = args.draw;
    let (items, scores): (Vec<Item>, Vec<ScoredItem>) = (read_lines(&args.items)?, read_lines(&args.scores)?);
    let found = items.len();
    let chosen = choose(items, scores, &ChooseOptions { count, seed, per_change, per_service })?;
    say(&format!("{} of {found} items chosen", chosen.len()));
    if chosen.len() < count.min(found) {
        say("no more, for --per-change and --per-service");
    }
    write_lines(&chosen, &args.output)?;
    Ok(Exit::Done)
}

struct Gather(Candidates);

impl Sink for Gather {
    fn record(&mut self, record: DocumentChangeRecord) -> io::Result<()> {
        self.0.add(&record);
        Ok(())
    }
}

fn put_back(labels: &[StandoffLabel], sources: &[String], output: &Path) -> Result<Exit, CliError> {
    let collections = interrupt::stoppable(|stop| open(sources, stop)).map_err(|error| interrupted(error, output))?;
    let back = materialise(labels, &collections);
    write_lines(&back.items, output)?;
    say(&format!("{} of {} items have their texts back", back.items.len(), labels.len()));
    if back.moved_context > 0 {
        say(&format!("{} stand under other headings than when they were labelled", back.moved_context));
    }
    for miss in back.misses.iter().take(LISTED) {
        say(&format!("  {} not found: {}", miss.id, miss.reason));
    }
    if back.misses.len() > LISTED {
        say(&format!("  and {} more", back.misses.len() - LISTED));
    }
    Ok(if back.misses.is_empty() { Exit::Done } else { Exit::Partly })
}

/// A file of labels with its split. One without a label would pass every check.
fn part(path: &Path) -> Result<(Split, Vec<StandoffLabel>), DatasetError> {
    let labels = read_lines::<StandoffLabel>(path)?;
    if labels.is_empty() {
        return Err(DatasetError::Empty { path: path.into(), what: StandoffLabel::WHAT });
    }
    Ok((split_of(path), labels))
}

fn checked(parts: &[(Split, Vec<StandoffLabel>)]) -> Result<Exit, CliError> {
    let report = check(parts);
    let items: usize = parts.iter().map(|(_, labels)| labels.len()).sum();
    let mut output = Output::open(Path::new("-"))?;
    for (what, count) in &report.counts {
        writeln!(output, "{count:>7}  {what}").map_err(CliError::Stdout)?;
    }
    output.finish()?;
    for fault in report.faults.iter().take(LISTED) {
        say(&format!("fault: {fault}"));
    }
    if report.faults.len() > LISTED {
        say(&format!("and {} more faults", report.faults.len() - LISTED));
    }
    say(&format!("{items} items checked, {} faults", report.faults.len()));
    Ok(if report.faults.is_empty() { Exit::Done } else { Exit::Failed })
}

fn split_of(path: &Path) -> Split {
    let dev = path.file_stem().is_some_and(|name| name.to_string_lossy().contains("dev"));
    if dev { Split::Dev } else { Split::Train }
}

fn open(sources: &[String], stop: &Stop) -> Result<Vec<Collection>, CliError> {
    let options = OpenOptions { stop: stop.clone(), ..OpenOptions::default() };
    let progress = TerminalProgress::new(true);
    let open = |typed: &String| Ok(open_one(&SourceSpec::parse(typed), &options, &progress)?.0);
    sources.iter().map(open).collect()
}

fn write_lines<T: Serialize>(lines: &[T], path: &Path) -> Result<(), CliError> {
    let mut output = Output::open(path)?;
    for line in lines {
        serde_json::to_writer(&mut output, line).map_err(io::Error::from).map_err(failed(path))?;
        output.write_all(b"\n").map_err(failed(path))?;
    }
    output.finish()
}
