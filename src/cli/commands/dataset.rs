//! `termsift dataset`.

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use termsift::dataset::{
    Candidates, ChooseOptions, DatasetError, DatasetLine as _, Item, Miss, SampleOptions, ScoredItem, Split,
    StandoffLabel, check, choose, label, materialise, read_lines,
};
use termsift::outcome::Stop;
use termsift::pipeline::{self, ScanOptions, Sink};
use termsift::record::DocumentChangeRecord;
use termsift::source::{Collection, OpenOptions, SourceSpec};

use super::output::{Output, apart, failed};
use super::scan::{interrupted, open_one, source_files};
use crate::cli::args::{ChooseArgs, DatasetArgs, DatasetCommand, DrawArgs, SampleArgs};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;
use crate::cli::{interrupt, say};

/// Faults, and reasons for misses, that are listed one by one.
const LISTED: usize = 50;

/// Does what `args` ask for.
pub(crate) fn dataset(args: &DatasetArgs) -> Result<Exit, CliError> {
    match &args.command {
        DatasetCommand::Sample(args) => sample(args),
        DatasetCommand::Choose(args) => choose_from(args),
        DatasetCommand::Label { items, annotations, annotator, output } => {
            apart(output, &[items.clone(), annotations.clone()])?;
            let labels = label(&read_lines::<Item>(items)?, &read_lines(annotations)?, annotator)?;
            write_lines(&labels, output)?;
            Ok(Exit::Done)
        }
        DatasetCommand::Materialise { labels, sources, output } => put_back(labels, sources, output),
        DatasetCommand::Check { labels } => {
            let parts = labels.iter().map(|path| part(path)).collect::<Result<Vec<_>, DatasetError>>()?;
            checked(&parts)
        }
    }
}

fn sample(args: &SampleArgs) -> Result<Exit, CliError> {
    apart(&args.output, &[&source_files(&args.sources)[..], &args.exclude].concat())?;
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
    if items.len() < args.draw.count.min(found) {
        say("no more, for --modified, --per-change and --per-service");
    }
    write_lines(&items, &args.output)?;
    Ok(Exit::Done)
}

fn choose_from(args: &ChooseArgs) -> Result<Exit, CliError> {
    apart(&args.output, &[args.items.clone(), args.scores.clone()])?;
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

fn put_back(file: &Path, sources: &[String], output: &Path) -> Result<Exit, CliError> {
    apart(output, &[&source_files(sources)[..], &[file.to_path_buf()]].concat())?;
    let labels = read_lines::<StandoffLabel>(file)?;
    let collections = interrupt::stoppable(|stop| open(sources, stop)).map_err(|error| interrupted(error, output))?;
    let back = materialise(&labels, &collections);
    write_lines(&back.items, output)?;
    say(&format!("{} of {} items have their texts back", back.items.len(), labels.len()));
    if back.moved_context > 0 {
        say(&format!("{} stand under other headings than when they were labelled", back.moved_context));
    }
    for line in told(&back.misses) {
        say(&line);
    }
    Ok(if back.misses.is_empty() { Exit::Done } else { Exit::Partly })
}

/// `misses` in words, those with one reason together: of a clone that was not given there are thousands.
fn told(misses: &[Miss]) -> Vec<String> {
    let mut reasons: Vec<(&Miss, usize)> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for miss in misses {
        let place = *places.entry(&miss.reason).or_insert(reasons.len());
        match reasons.get_mut(place) {
            Some((_, count)) => *count += 1,
            None => reasons.push((miss, 1)),
        }
    }
    let mut lines: Vec<String> = reasons
        .iter()
        .take(LISTED)
        .map(|(first, count)| {
            let (id, reason) = (&first.id, &first.reason);
            if *count == 1 {
                format!("  {id} not found: {reason}")
            } else {
                format!("  {count} not found, the first of them {id}: {reason}")
            }
        })
        .collect();
    let more: usize = reasons.iter().skip(LISTED).map(|(_, count)| count).sum();
    if more > 0 {
        lines.push(format!("  and {more} more for other reasons"));
    }
    lines
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misses_with_one_reason_are_told_together() {
        let miss = |id: usize, reason: &str| Miss { id: id.to_string(), reason: reason.to_owned() };
        let absent = "collection c was not given";
        let mut misses = vec![miss(1, absent), miss(2, "other"), miss(3, absent)];
        let first = ["  2 not found, the first of them 1: collection c was not given", "  2 not found: other"];
        assert_eq!(told(&misses), first);
        misses.extend((10..10 + LISTED).map(|id| miss(id, &id.to_string())));
        let lines = told(&misses);
        assert_eq!(lines.len(), LISTED + 1);
        assert_eq!(lines.last().map(String::as_str), Some("  and 2 more for other reasons"));
        assert!(told(&[]).is_empty());
    }
}
