//! `termsift eval ranking`.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::Path;

use termsift::eval::{
    Candidates, FitOptions, GradedChange, KeywordCounter, RankingReport, compare_rankings, fitted, read_grades,
    read_memos, write_ranking_json, write_ranking_table,
};
use termsift::pipeline::{self, Order, ScanOptions, Sink};
use termsift::rank::WeightSets;
use termsift::record::DocumentChangeRecord;
use termsift::source::{self, OpenOptions, SourceSpec};

use crate::cli::args::{AgreementFormat, RankingArgs};
use crate::cli::commands::output::Output;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;
use crate::cli::{say, settings};

/// Measures, and fits where asked to.
pub(crate) fn ranking(args: &RankingArgs) -> Result<Exit, CliError> {
    let memos = read_memos(&args.memos)?;
    let grades = args.grades.as_deref().map(read_grades).transpose()?.unwrap_or_default();
    let keywords = KeywordCounter::new()?;
    let mut candidates = Candidates::default();
    for path in &args.records {
        read_records(path, &keywords, &mut candidates)?;
    }
    scan_sources(args, &keywords, &mut candidates)?;
    let options = FitOptions { penalty: args.penalty.max(0.01) };
    let bootstrap = super::bootstrap(&args.bootstrap);
    let report = compare_rankings(&candidates, &memos, &grades, &args.partial, options, bootstrap);
    if report.queries.is_empty() {
        say("warning: none of the memo changes is among the records; are the collections those of the list?");
    }
    let mut output = Output::open(&args.output)?;
    match args.format {
        AgreementFormat::Table => write_ranking_table(&mut output, &report, &candidates, args.each),
        AgreementFormat::Json => write_ranking_json(&mut output, &report, &super::program()),
    }
    .map_err(super::failed(&args.output))?;
    output.finish()?;
    if let Some(path) = &args.fit {
        write_fit(path, &candidates, &report, &grades, options)?;
    }
    Ok(Exit::Done)
}

/// Writes the weights. Those for the other kind of judge stay what they are in the file, or in the program.
fn write_fit(
    path: &Path,
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
        notes.extend(first(name).map(|value| (format!("{name}, services left out"), value)));
    }
    let weights = fitted(candidates, &report.queries, grades, options, notes);
    let mut sets: WeightSets = match std::fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).unwrap_or_else(|_| WeightSets::built_in().clone()),
        Err(_) => WeightSets::built_in().clone(),
    };
    if model {
        sets.model = weights;
    } else {
        sets.rules = weights;
    }
    let failed = |source: io::Error| CliError::Output { path: path.into(), source };
    let mut output = Output::open(path)?;
    serde_json::to_writer_pretty(&mut output, &sets).map_err(|error| failed(error.into()))?;
    output.write_all(b"\n").map_err(failed)?;
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
        let record: DocumentChangeRecord = serde_json::from_slice(&line)
            .map_err(|error| bad(format!("{error}; records come from `termsift scan --format jsonl`")))?;
        candidates.take(&record, keywords).map_err(|error| bad(error.to_string()))?;
    }
}

fn scan_sources(args: &RankingArgs, keywords: &KeywordCounter, candidates: &mut Candidates) -> Result<(), CliError> {
    if args.sources.is_empty() {
        return Ok(());
    }
    let progress = TerminalProgress::new(true);
    let open = OpenOptions { clones: settings::clones(args.clones.as_ref()), ..OpenOptions::default() };
    let collections = args
        .sources
        .iter()
        .map(|typed| source::open(&SourceSpec::parse(typed), &open))
        .collect::<Result<Vec<_>, _>>()?;
    let options = ScanOptions { order: Order::History, threads: args.threads, ..ScanOptions::default() };
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
