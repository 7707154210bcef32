//! `termsift eval clauses`.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use termsift::dataset::{LabelledChange, Texts, read_labelled};
use termsift::eval::baselines::{FrozenEncoder, Keywords, Majority, TfIdf, frozen};
use termsift::eval::{
    Comparison, EvalError, Evaluation, Fails, Gate, GateOutcome, ModelPredictor, Origin, Predictor, StoredPredictions,
    StoredResult, compare, write_json, write_page, write_per_item, write_table,
};
use termsift::infer::Workers;
use termsift::model::Base;

use super::{failed, named};
use crate::cli::args::{BaselineArg, ClausesArgs, EvalFormat};
use crate::cli::commands::output::{Output, all_apart};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::say;

/// Measures what `args` ask for.
pub(crate) fn clauses(args: &ClausesArgs) -> Result<Exit, CliError> {
    let gates = gates(args)?;
    written_apart(args)?;
    let stored = args.baseline.as_deref().map(StoredResult::read).transpose()?;
    let items = read_labelled(&args.labels, Texts::Required)?;
    let train = args.train.as_deref().map(|path| read_labelled(path, Texts::Required)).transpose()?;
    if let Some(train) = &train {
        warn_of_shared_documents(train, &items);
    }
    let mut evaluation = Evaluation::new(&items, super::bootstrap(&args.bootstrap));
    for system in systems(args, train.as_deref())? {
        evaluation.measure(system.as_ref(), &items)?;
    }
    let outcomes: Vec<GateOutcome> = gates
        .into_iter()
        .map(|gate| gate.outcome(evaluation.first().and_then(|first| first.value(gate.measure))))
        .collect();
    let comparison = compared(args, stored.as_ref(), &evaluation, &items)?;
    write(args, &evaluation, comparison.as_ref(), &outcomes)?;
    if let Some(path) = &args.per_item {
        let mut output = Output::open(path)?;
        write_per_item(&mut output, &evaluation, &items).map_err(failed(path))?;
        output.finish()?;
    }
    let broken: Vec<&GateOutcome> = outcomes.iter().filter(|outcome| !outcome.passed()).collect();
    for outcome in &broken {
        say(&format!("gate failed: {}", outcome.said()));
    }
    Ok(if broken.is_empty() { Exit::Done } else { Exit::Failed })
}

fn gates(args: &ClausesArgs) -> Result<Vec<Gate>, EvalError> {
    let under = args.fail_under.iter().map(|given| Gate::parse(given, Fails::Under));
    under.chain(args.fail_over.iter().map(|given| Gate::parse(given, Fails::Over))).collect()
}

/// The systems to measure, the one on trial first.
fn systems(args: &ClausesArgs, train: Option<&[LabelledChange]>) -> Result<Vec<Box<dyn Predictor>>, CliError> {
    let mut found: Vec<Box<dyn Predictor>> = Vec::new();
    if let Some(path) = &args.predictions {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        found.push(Box::new(StoredPredictions::read(path, args.name.as_deref().unwrap_or(&stem))?));
    }
    if args.predictions.is_none() {
        let name = args.model.model.as_deref().map_or_else(|| "built-in model".into(), |path| named(Path::new(path)));
        found.push(Box::new(ModelPredictor::new(&name, crate::cli::commands::model::open(&args.model)?)));
    }
    let all = [BaselineArg::Tfidf, BaselineArg::Keywords, BaselineArg::Majority];
    let chosen = match (args.baselines.is_empty(), train.is_some()) {
        (false, _) => args.baselines.clone(),
        (true, true) => all.to_vec(),
        (true, false) => vec![BaselineArg::Keywords],
    };
    for one in chosen {
        let needed = || train.ok_or(CliError::NoTraining);
        found.push(match one {
            BaselineArg::Keywords => Box::new(Keywords::new()?),
            BaselineArg::Majority => Box::new(Majority::fit(needed()?)),
            BaselineArg::Tfidf => Box::new(TfIdf::fit(needed()?)?),
        });
    }
    if let Some(named) = &args.baseline_encoder {
        let embed = frozen(&Base::open(named)?, Workers::new(args.threads).map_err(CliError::Threads)?)?;
        found.push(Box::new(FrozenEncoder::fit("frozen encoder", train.ok_or(CliError::NoTraining)?, embed)?));
    }
    Ok(found)
}

fn compared(
    args: &ClausesArgs,
    stored: Option<&StoredResult>,
    evaluation: &Evaluation,
    items: &[LabelledChange],
) -> Result<Option<Comparison>, EvalError> {
    let (Some(path), Some(stored)) = (&args.baseline, stored) else { return Ok(None) };
    let comparison = compare(evaluation, items, &named(path), stored).ok_or_else(|| EvalError::Baseline {
        path: path.clone(),
        why: format!("none of its items is in {}; was it made with other labels?", args.labels.display()),
    })?;
    if comparison.unshared > 0 {
        say(&format!(
            "warning: {} and {} share {} items; {} that only one of both has are left out of the comparison",
            path.display(),
            args.labels.display(),
            comparison.shared,
            comparison.unshared
        ));
    }
    Ok(Some(comparison))
}

/// Refuses files to write that are read, or that are one. A stored result may give way to the new one.
fn written_apart(args: &ClausesArgs) -> Result<(), CliError> {
    let read: Vec<PathBuf> = [&args.labels].into_iter().chain(&args.predictions).chain(&args.train).cloned().collect();
    let written: Vec<PathBuf> = [&args.output].into_iter().chain(&args.per_item).cloned().collect();
    all_apart(&written, &read)
}

fn write(
    args: &ClausesArgs,
    evaluation: &Evaluation,
    comparison: Option<&Comparison>,
    gates: &[GateOutcome],
) -> Result<(), CliError> {
    let origin = Origin {
        program: super::program(),
        command: command(args),
        labels: named(&args.labels),
        labels_sha256: digest(&args.labels)?,
    };
    let mut output = Output::open(&args.output)?;
    match args.format {
        EvalFormat::Table => write_table(&mut output, evaluation, &origin, comparison, gates),
        EvalFormat::Json => write_json(&mut output, evaluation, &origin, comparison, gates),
        EvalFormat::Html => write_page(&mut output, evaluation, &origin, comparison, gates),
    }
    .map_err(failed(&args.output))?;
    output.finish()
}

/// The command that repeats the result, with the files' names and without their folders: a result
/// that is committed says nothing of the machine that made it.
fn command(args: &ClausesArgs) -> String {
    let mut said = format!("termsift eval clauses --labels {}", quoted(&named(&args.labels)));
    if args.predictions.is_none() {
        if let Some(model) = &args.model.model {
            said.push_str(&format!(" --model {}", quoted(&model_named(model))));
        }
        let precision = format!("{:?}", args.model.precision).to_lowercase();
        said.push_str(&format!(" --precision {precision}"));
    }
    for (flag, path) in [("--predictions", &args.predictions), ("--train", &args.train), ("--baseline", &args.baseline)]
    {
        if let Some(path) = path {
            said.push_str(&format!(" {flag} {}", quoted(&named(path))));
        }
    }
    if let Some(name) = &args.name {
        said.push_str(&format!(" --name {}", quoted(name)));
    }
    if !args.baselines.is_empty() {
        let names: Vec<String> = args.baselines.iter().map(|one| format!("{one:?}").to_lowercase()).collect();
        said.push_str(&format!(" --baselines {}", names.join(",")));
    }
    if let Some(base) = &args.baseline_encoder {
        said.push_str(&format!(" --baseline-encoder {}", quoted(&model_named(base))));
    }
    for (flag, gates) in [("--fail-under", &args.fail_under), ("--fail-over", &args.fail_over)] {
        for gate in gates {
            said.push_str(&format!(" {flag} {}", quoted(gate)));
        }
    }
    said.push_str(&format!(" --resamples {} --seed {}", args.bootstrap.resamples, args.bootstrap.seed));
    said
}

/// A model as it was given: a folder without those it lies in, an id on the Hugging Face hub with its owner.
fn model_named(given: &str) -> String {
    let path = Path::new(given);
    let is_id = !path.is_absolute() && !path.exists();
    if is_id { given.to_owned() } else { named(path) }
}

/// `text` as a shell takes it for one word.
fn quoted(text: &str) -> Cow<'_, str> {
    if !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || "-_.,:+@/=".contains(c)) {
        return text.into();
    }
    format!("'{}'", text.replace('\'', r"'\''")).into()
}

fn digest(path: &Path) -> Result<String, EvalError> {
    let bytes = std::fs::read(path).map_err(|source| EvalError::Io { path: path.into(), source })?;
    Ok(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Items of one document are alike: measured on what it was fitted on, a system looks better than it is.
fn warn_of_shared_documents(train: &[LabelledChange], items: &[LabelledChange]) {
    let ids: HashSet<&str> = train.iter().map(|item| item.clause.id.as_str()).collect();
    let paths: HashSet<&str> = train.iter().filter_map(|item| item.path.as_deref()).collect();
    let both = items.iter().filter(|item| ids.contains(item.clause.id.as_str())).count();
    let near = items.iter().filter(|item| item.path.as_deref().is_some_and(|path| paths.contains(path))).count();
    if both > 0 {
        say(&format!("warning: {both} of {} labelled items are in --train too; measures are too high", items.len()));
    } else if near > 0 {
        say(&format!(
            "warning: {near} of {} labelled items are of documents that --train has too; measures are too high",
            items.len()
        ));
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::{Cli, Command, EvalCommand};

    fn said(args: &[&str]) -> String {
        let typed = ["termsift", "eval", "clauses"].iter().chain(args).copied();
        let Command::Eval(eval) = Cli::try_parse_from(typed).expect("arguments").command else { panic!("eval") };
        let EvalCommand::Clauses(args) = eval.command else { panic!("clauses") };
        command(&args)
    }

    #[test]
    fn the_command_names_what_was_measured_and_no_folder() {
        assert_eq!(
            said(&["--labels", "a/dev.jsonl", "--model", "/home/x/models/mine", "--precision", "f32"]),
            "termsift eval clauses --labels dev.jsonl --model mine --precision f32 --resamples 1000 --seed 1"
        );
        assert_eq!(
            said(&["--labels", "dev.jsonl", "--resamples", "5"]),
            "termsift eval clauses --labels dev.jsonl --precision int8 --resamples 5 --seed 1"
        );
        assert_eq!(
            said(&["--labels", "my dev.jsonl", "--model", "owner/terms@main", "--fail-under", "macro_f1 = 0.7"]),
            "termsift eval clauses --labels 'my dev.jsonl' --model owner/terms@main --precision int8 \
             --fail-under 'macro_f1 = 0.7' --resamples 1000 --seed 1"
        );
        assert!(said(&["--labels", "dev.jsonl", "--fail-over", "ece=0.05"]).contains(" --fail-over ece=0.05 "));
        let with = ["--labels", "dev.jsonl", "--predictions", "a/b.jsonl", "--name"];
        assert_eq!(
            said(&[&with[..], &["mine"]].concat()),
            "termsift eval clauses --labels dev.jsonl --predictions b.jsonl --name mine --resamples 1000 --seed 1"
        );
        assert!(said(&[&with[..], &["Ann's model"]].concat()).contains(r"--name 'Ann'\''s model' "));
    }
}
