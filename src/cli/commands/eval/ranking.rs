//! `termsift eval ranking`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::{Path, PathBuf};

use termsift::dataset::JsonFault;
use termsift::eval::{
    Candidates, EvalError, FitOptions, GradedChange, KeywordCounter, RankingReport, compare_rankings, fitted,
    read_grades, read_memos, write_ranking_json, write_ranking_table,
};
use termsift::outcome::Stop;
use termsift::pipeline::{self, Order, ScanOptions, Sink};
use termsift::rank::WeightSets;
use termsift::record::DocumentChangeRecord;
use termsift::source::{OpenOptions, SourceSpec};

use crate::cli::args::{AgreementFormat, RankingArgs};
use crate::cli::commands::output::{Output, all_apart};
use crate::cli::commands::scan::{interrupted, open_one, source_files};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;
use crate::cli::{interrupt, say, settings};

/// Measures, and fits where asked to.
pub(crate) fn ranking(args: &RankingArgs) -> Result<Exit, CliError> {
    written_apart(args)?;
    let memos = read_memos(&args.memos)?;
    let grades = args.grades.as_deref().map(read_grades).transpose()?.unwrap_or_default();
    // Before the long work: weights that cannot be read shall not be replaced.
    let fit = args.fit.as_deref().map(|path| Ok::<_, CliError>((path, read_weights(path)?))).transpose()?;
    let keywords = KeywordCounter::new()?;
    let mut candidates = Candidates::default();
    for path in &args.records {
        read_records(path, &keywords, &mut candidates)?;
    }
    interrupt::stoppable(|stop| scan_sources(args, stop, &keywords, &mut candidates))
        .map_err(|error| interrupted(error, &args.output))?;
    let options = FitOptions { penalty: args.penalty.max(0.01) };
    let bootstrap = super::bootstrap(&args.bootstrap);
    let report = compare_rankings(&candidates, &memos, &grades, &args.partial, options, bootstrap);
    if report.queries.is_empty() {
        say("warning: none of the memo changes is among the records; are the collections those of the list?");
    }
    if let Some((path, _)) = &fit {
        fittable(path, &candidates, &report)?;
    }
    let mut output = Output::open(&args.output)?;
    match args.format {
        AgreementFormat::Table => write_ranking_table(&mut output, &report, &candidates, args.each),
        AgreementFormat::Json => write_ranking_json(&mut output, &report, &super::program()),
    }
    .map_err(super::failed(&args.output))?;
    output.finish()?;
    if let Some((path, sets)) = fit {
        write_fit(path, sets, &candidates, &report, &grades, options)?;
    }
    Ok(Exit::Done)
}

/// Refuses files to write that are read, or that are one.
fn written_apart(args: &RankingArgs) -> Result<(), CliError> {
    let files = args.records.iter().chain(&args.grades).chain([&args.memos]).cloned();
    let read: Vec<PathBuf> = files.chain(source_files(&args.sources)).chain(args.judge.cache.clone()).collect();
    let written: Vec<PathBuf> = [&args.output].into_iter().chain(&args.fit).cloned().collect();
    all_apart(&written, &read)
}

/// The weights in the file at `path`; those of the program where there is none yet.
fn read_weights(path: &Path) -> Result<WeightSets, CliError> {
    let failed = |source| CliError::Input { path: path.into(), source };
    match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
            let why = format!("{error}; it holds no weights as --fit writes them: move it away, or name another file");
            failed(io::Error::new(io::ErrorKind::InvalidData, why))
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(WeightSets::built_in().clone()),
        Err(error) => Err(failed(error)),
    }
}

/// Refuses what no weights can be fitted to: they would take the place of good ones without a word.
fn fittable(path: &Path, candidates: &Candidates, report: &RankingReport) -> Result<(), EvalError> {
    let failed =
        |why: &str| Err(EvalError::Fit { name: format!("weights for {}", path.display()), why: why.to_owned() });
    if report.queries.is_empty() && report.graded == 0 {
        return failed("no memo change and no graded change is among the records; give those of their collections");
    }
    let by_model = candidates.all.iter().filter(|one| one.model).count();
    if by_model > 0 && by_model < candidates.all.len() {
        return failed("some records were judged by a model, others by rules; give those of one judge");
    }
    Ok(())
}

/// Writes the weights. Those for the other kind of judge stay what they are in `sets`.
fn write_fit(
    path: &Path,
    mut sets: WeightSets,
    candidates: &Candidates,
    report: &RankingReport,
    grades: &[GradedChange],
    options: FitOptions,
) -> Result<(), CliError> {
    let model = candidates.all.first().is_some_and(|one| one.model);
    let first = |name: &str| {
        let measures = &report.systems.first()?.measures;
        let (_, estimate) = measures.iter().find(|(one, _)| one == name)?;
        Some(format!("{:.3}", estimate.as_ref()?.value))
    };
    let mut notes = BTreeMap::from([
        ("by".to_owned(), super::program()),
        ("memo changes".to_owned(), report.queries.len().to_string()),
        ("graded changes".to_owned(), report.graded.to_string()),
        ("document changes".to_owned(), report.compared.to_string()),
        ("penalty".to_owned(), options.penalty.to_string()),
        ("judged by".to_owned(), if model { "a model" } else { "rules" }.to_owned()),
    ]);
    for name in ["R@5", "MRR", "top 5 %"] {
        notes.extend(first(name).map(|value| (format!("{name}, families left out"), value)));
    }
    let weights = fitted(candidates, &report.queries, grades, options, notes).ok_or_else(|| EvalError::Fit {
        name: format!("weights for {}", path.display()),
        why: "they would be no finite numbers; are the signals of the records as a scan wrote them?".to_owned(),
    })?;
    if model {
        sets.model = weights;
    } else {
        sets.rules = weights;
    }
    let mut output = Output::open(path)?;
    serde_json::to_writer_pretty(&mut output, &sets).map_err(io::Error::from).map_err(super::failed(path))?;
    output.write_all(b"\n").map_err(super::failed(path))?;
    output.finish()
}

fn read_records(path: &Path, keywords: &KeywordCounter, candidates: &mut Candidates) -> Result<(), CliError> {
    let failed = |source| CliError::Input { path: path.into(), source };
    let mut reader = BufReader::with_capacity(1 << 20, File::open(path).map_err(failed)?);
    let mut line = Vec::new();
    let mut number = 0_usize;
    loop {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(failed)? == 0 {
            return Ok(());
        }
        number += 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let bad = |why: String| failed(io::Error::new(io::ErrorKind::InvalidData, format!("line {number}: {why}")));
        let record: DocumentChangeRecord = serde_json::from_slice(&line).map_err(|error| {
            bad(format!("{}; records come from `termsift scan --format jsonl`", JsonFault::from(error)))
        })?;
        candidates.take(&record, keywords).map_err(|error| bad(error.to_string()))?;
    }
}

fn scan_sources(
    args: &RankingArgs,
    stop: &Stop,
    keywords: &KeywordCounter,
    candidates: &mut Candidates,
) -> Result<(), CliError> {
    if args.sources.is_empty() {
        return Ok(());
    }
    let progress = TerminalProgress::new(true);
    let clones = settings::clones(args.clones.as_ref());
    let open = OpenOptions { clones, stop: stop.clone(), ..OpenOptions::default() };
    let mut collections = Vec::with_capacity(args.sources.len());
    for typed in &args.sources {
        collections.push(open_one(&SourceSpec::parse(typed), &open, &progress)?.0);
    }
    let options =
        ScanOptions { order: Order::History, threads: args.threads, stop: stop.clone(), ..ScanOptions::default() };
    let mut sink = Taker { keywords, candidates };
    let judge = crate::cli::commands::model::judge(&args.judge)?;
    pipeline::scan_with(&collections, &options, judge.as_ref(), &progress, &mut sink)?;
    Ok(())
}

/// Takes from each record what rankings are compared on.
struct Taker<'a> {
    keywords: &'a KeywordCounter,
    candidates: &'a mut Candidates,
}

impl Sink for Taker<'_> {
    fn record(&mut self, record: DocumentChangeRecord) -> io::Result<()> {
        self.candidates.take(&record, self.keywords).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_the_built_in_ones_only_where_there_is_no_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("priority.json");
        assert_eq!(&read_weights(&path).expect("the built-in ones"), WeightSets::built_in());
        let mut sets = WeightSets::built_in().clone();
        sets.model.start = 7.5;
        std::fs::write(&path, serde_json::to_vec(&sets).expect("JSON")).expect("written");
        assert_eq!(read_weights(&path).expect("weights"), sets);
        for damaged in ["", "{\"schema\":1}", "not JSON"] {
            std::fs::write(&path, damaged).expect("written");
            let error = read_weights(&path).expect_err("no weights");
            assert!(error.to_string().contains("priority.json"), "{error}");
        }
        assert!(read_weights(folder.path()).is_err(), "a folder is not a file that is missing");
    }
}
