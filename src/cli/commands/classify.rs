//! `termsift classify`.

mod input;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;
use termsift::encode::ChangeText;
use termsift::infer::{Neural, Workers};
use termsift::model::{ModelError, Scores};
use termsift::pipeline::Progress as _;
use termsift::record::ScoredId;
use termsift::source::ClauseLine;
use termsift::taxonomy::{Category, Effect, Materiality};

use self::input::{Input, Line, Taken};
use super::model;
use super::output::{Output, failed};
use crate::cli::args::ClassifyArgs;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::progress::TerminalProgress;
use crate::cli::say;

/// Clause changes whose scores are remembered, for lines that come again.
const REMEMBERED: usize = 20_000;

/// Classifies the lines of the input.
pub(crate) fn classify(args: &ClassifyArgs) -> Result<Exit, CliError> {
    // A stream has no end that memory could be kept for.
    let model = model::open(&args.model)?.remembering(REMEMBERED);
    let mut input = Input::open(&args.input)?;
    let mut output = Output::open_beside(&args.output, std::slice::from_ref(&args.input))?;
    let workers = Workers::new(args.threads).map_err(CliError::Threads)?;
    let typed = args.input == Path::new("-") && io::stdin().is_terminal();
    let progress = TerminalProgress::counting("lines", !args.no_progress && !typed);
    let (mut answered, mut bad, mut mended) = (0, 0, 0);
    loop {
        let lines = input.take().map_err(|source| CliError::Input { path: args.input.clone(), source })?;
        if lines.is_empty() {
            break;
        }
        mended += lines.iter().flatten().filter(|taken| taken.mended).count();
        let answers = answers(&model, &lines, args.all_scores, &workers)?;
        answered += answers.len();
        bad += answers.iter().filter(|answer| matches!(answer, Answer::Error { .. })).count();
        progress.suspended(|| write(&answers, &mut output)).map_err(failed(&args.output))?;
        progress.advance(answers.len() as u64);
    }
    drop(progress);
    output.finish()?;
    if mended > 0 {
        say(&format!("warning: {mended} of {answered} lines hold bytes that are no UTF-8; they were read as \u{fffd}"));
    }
    if bad == 0 {
        return Ok(Exit::Done);
    }
    say(&format!("warning: {bad} of {answered} lines could not be read; their place holds an error"));
    Ok(Exit::Partly)
}

/// Writes `answers`, a line each. Whoever waits for them has them then.
fn write(answers: &[Answer], output: &mut Output) -> io::Result<()> {
    for answer in answers {
        serde_json::to_writer(&mut *output, answer)?;
        output.write_all(b"\n")?;
    }
    output.flush()
}

/// A line of the output.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Answer {
    Scored(Box<Scored>),
    Error { id: Value, error: String },
}

#[derive(Debug, Serialize)]
struct Scored {
    id: Value,
    materiality: ScoredId,
    categories: Vec<ScoredId>,
    effect: ScoredId,
    interest: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scores: Option<AllScores>,
}

/// Each category's score stands by itself; no category is called as the fields are, which were there first.
#[derive(Debug, Serialize)]
struct AllScores {
    #[serde(flatten)]
    by_category: BTreeMap<&'static str, f64>,
    categories: BTreeMap<&'static str, f64>,
    materiality: BTreeMap<&'static str, f64>,
    effect: BTreeMap<&'static str, f64>,
}

fn answers(model: &Neural, lines: &[Line], all: bool, workers: &Workers) -> Result<Vec<Answer>, ModelError> {
    let good: Vec<&ClauseLine> =
        lines.iter().filter_map(|line| line.as_ref().ok()).map(|taken| &taken.change).collect();
    let headings: Vec<Vec<&str>> = good.iter().map(|line| line.headings.iter().map(String::as_str).collect()).collect();
    let texts: Vec<ChangeText<'_>> = good.iter().zip(&headings).map(|(line, headings)| text(line, headings)).collect();
    let mut scores = model.scores_by(&texts, workers)?.into_iter();
    Ok(lines
        .iter()
        .map(|line| match line {
            Err(refused) => Answer::Error { id: refused.id.clone(), error: refused.error.clone() },
            Ok(taken) => match scores.next() {
                Some(scores) => Answer::Scored(Box::new(answer(taken, &scores, model.thresholds(), all))),
                None => Answer::Error { id: taken.id.clone(), error: "was not scored".into() },
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

fn answer(taken: &Taken, scores: &Scores, thresholds: &[f64], all: bool) -> Scored {
    let scored = |id: &str, score: f64| ScoredId { id: id.to_owned(), score: rounded(score) };
    let (materiality, m_score) = scores.materiality();
    let (effect, e_score) = scores.effect();
    Scored {
        id: taken.id.clone(),
        materiality: scored(materiality.id(), m_score),
        categories: scores.categories(thresholds).iter().map(|(it, score)| scored(it.id(), *score)).collect(),
        effect: scored(effect.id(), e_score),
        interest: rounded(scores.interest),
        scores: all.then(|| all_scores(scores)),
    }
}

fn all_scores(scores: &Scores) -> AllScores {
    let categories = by_id(Category::ALL.iter().map(|it| it.id()), &scores.categories);
    AllScores {
        by_category: categories.clone(),
        categories,
        materiality: by_id(Materiality::ALL.iter().map(|it| it.id()), &scores.materiality),
        effect: by_id(Effect::ALL.iter().map(|it| it.id()), &scores.effect),
    }
}

fn by_id(ids: impl Iterator<Item = &'static str>, scores: &[f64]) -> BTreeMap<&'static str, f64> {
    ids.zip(scores.iter().map(|&score| rounded(score))).collect()
}

/// To five places: more are not known.
fn rounded(score: f64) -> f64 {
    (score * 1e5).round() / 1e5
}
