//! `termsift classify`.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Write as _};
use std::path::Path;

use serde::Serialize;
use termsift::encode::ChangeText;
use termsift::infer::{Neural, Workers};
use termsift::model::{ModelError, Scores};
use termsift::record::ScoredId;
use termsift::source::ClauseLine;
use termsift::taxonomy::{Category, Effect, Materiality};

use super::model;
use super::output::Output;
use crate::cli::args::ClassifyArgs;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::say;

/// Lines that are read before any is written.
const CHUNK: usize = 1024;
/// A longer line is not read: nothing that a person would call a clause is near it.
const MOST_BYTES: u64 = 8 << 20;

/// Classifies the lines of the input.
pub(crate) fn classify(args: &ClassifyArgs) -> Result<Exit, CliError> {
    let model = model::open(&args.model)?;
    let mut input = input(&args.input)?;
    let mut output = Output::open(&args.output)?;
    let workers = Workers::new(args.threads).map_err(CliError::Threads)?;
    let (mut number, mut bad) = (0, 0);
    loop {
        let lines =
            chunk(&mut *input, &mut number).map_err(|source| CliError::Input { path: args.input.clone(), source })?;
        if lines.is_empty() {
            break;
        }
        let answers = answers(&model, &lines, args.all_scores, &workers)?;
        for answer in &answers {
            bad += usize::from(matches!(answer, Answer::Error { .. }));
            let failed = |source: io::Error| CliError::Stdout(source);
            serde_json::to_writer(&mut output, answer).map_err(io::Error::from).map_err(failed)?;
            output.write_all(b"\n").map_err(failed)?;
        }
        output.flush().map_err(CliError::Stdout)?;
    }
    output.finish()?;
    if bad == 0 {
        return Ok(Exit::Done);
    }
    say(&format!("warning: {bad} of {number} lines could not be read; their place holds an error"));
    Ok(Exit::Partly)
}

fn input(path: &Path) -> Result<Box<dyn BufRead>, CliError> {
    if path == Path::new("-") {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = std::fs::File::open(path).map_err(|source| CliError::Input { path: path.into(), source })?;
    Ok(Box::new(BufReader::new(file)))
}

/// A line of the input, or why it cannot be read.
type Line = Result<ClauseLine, (Option<String>, String)>;

/// Up to [`CHUNK`] lines; blank ones are passed over.
fn chunk(input: &mut dyn BufRead, number: &mut usize) -> io::Result<Vec<Line>> {
    let mut lines = Vec::new();
    while lines.len() < CHUNK {
        let mut bytes = Vec::new();
        if io::Read::take(&mut *input, MOST_BYTES).read_until(b'\n', &mut bytes)? == 0 {
            break;
        }
        *number += 1;
        let whole = bytes.last() == Some(&b'\n') || (bytes.len() as u64) < MOST_BYTES;
        if !whole {
            skip_line(input)?;
            lines.push(Err((None, format!("line {number} is longer than {MOST_BYTES} bytes"))));
        } else if !bytes.trim_ascii().is_empty() {
            lines.push(read(&bytes, *number));
        }
    }
    Ok(lines)
}

fn skip_line(input: &mut dyn BufRead) -> io::Result<()> {
    loop {
        let buffer = input.fill_buf()?;
        let (used, ended) = match buffer.iter().position(|&byte| byte == b'\n') {
            Some(at) => (at + 1, true),
            None => (buffer.len(), buffer.is_empty()),
        };
        input.consume(used);
        if ended {
            return Ok(());
        }
    }
}

fn read(bytes: &[u8], number: usize) -> Line {
    let text = String::from_utf8_lossy(bytes);
    let id = || {
        let value: serde_json::Value = serde_json::from_str(&text).ok()?;
        value.get("id")?.as_str().map(str::to_owned)
    };
    let line: ClauseLine =
        serde_json::from_str(&text).map_err(|error| (id(), format!("line {number}: {}", without_place(&error))))?;
    if line.before.is_none() && line.after.is_none() {
        return Err((Some(line.id), format!("line {number}: neither before nor after is given")));
    }
    Ok(line)
}

/// What is wrong, without the place that the parser counts from the start of the one line it was given.
fn without_place(error: &serde_json::Error) -> String {
    let said = error.to_string();
    let end = said.rfind(" at line ").unwrap_or(said.len());
    said.get(..end).unwrap_or_default().to_owned()
}

/// A line of the output.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Answer {
    Scored(Box<Scored>),
    Error { id: Option<String>, error: String },
}

#[derive(Debug, Serialize)]
struct Scored {
    id: String,
    materiality: ScoredId,
    categories: Vec<ScoredId>,
    effect: ScoredId,
    interest: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<AllScores>,
}

#[derive(Debug, Serialize)]
struct AllScores {
    categories: BTreeMap<&'static str, f64>,
    materiality: BTreeMap<&'static str, f64>,
    effect: BTreeMap<&'static str, f64>,
}

fn answers(model: &Neural, lines: &[Line], all: bool, workers: &Workers) -> Result<Vec<Answer>, ModelError> {
    let good: Vec<&ClauseLine> = lines.iter().filter_map(|line| line.as_ref().ok()).collect();
    let headings: Vec<Vec<&str>> = good.iter().map(|line| line.headings.iter().map(String::as_str).collect()).collect();
    let texts: Vec<ChangeText<'_>> = good.iter().zip(&headings).map(|(line, headings)| text(line, headings)).collect();
    let mut scores = model.scores_by(&texts, workers)?.into_iter();
    Ok(lines
        .iter()
        .map(|line| match line {
            Err((id, error)) => Answer::Error { id: id.clone(), error: error.clone() },
            Ok(line) => match scores.next() {
                Some(scores) => Answer::Scored(Box::new(answer(line, &scores, model.thresholds(), all))),
                None => Answer::Error { id: Some(line.id.clone()), error: "was not scored".into() },
            },
        })
        .collect())
}

fn text<'a>(line: &'a ClauseLine, headings: &'a [&'a str]) -> ChangeText<'a> {
    ChangeText {
        before: line.before.as_deref(),
        after: line.after.as_deref(),
        redline: None,
        headings,
        lead_in: &line.lead_in,
        terms_type: &line.terms_type,
    }
}

fn answer(line: &ClauseLine, scores: &Scores, thresholds: &[f64], all: bool) -> Scored {
    let scored = |id: &str, score: f64| ScoredId { id: id.to_owned(), score: rounded(score) };
    let (materiality, m_score) = scores.materiality();
    let (effect, e_score) = scores.effect();
    Scored {
        id: line.id.clone(),
        materiality: scored(materiality.id(), m_score),
        categories: scores.categories(thresholds).iter().map(|(it, score)| scored(it.id(), *score)).collect(),
        effect: scored(effect.id(), e_score),
        interest: rounded(scores.interest),
        scores: all.then(|| AllScores {
            categories: by_id(Category::ALL.iter().map(|it| it.id()), &scores.categories),
            materiality: by_id(Materiality::ALL.iter().map(|it| it.id()), &scores.materiality),
            effect: by_id(Effect::ALL.iter().map(|it| it.id()), &scores.effect),
        }),
    }
}

fn by_id(ids: impl Iterator<Item = &'static str>, scores: &[f64]) -> BTreeMap<&'static str, f64> {
    ids.zip(scores.iter().map(|&score| rounded(score))).collect()
}

/// To five places: more are not known.
fn rounded(score: f64) -> f64 {
    (score * 1e5).round() / 1e5
}
