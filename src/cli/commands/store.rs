//! `termsift store`.

use std::io::{self, Write as _};
use std::path::Path;

use termsift::pipeline::Order;
use termsift::report::safe_text;
use termsift::store::{Reader, RunLock, Selection, Store, StoreError, StoreOptions};

use super::output::{Output, failed};
use crate::cli::args::{StoreArgs, StoreCommand};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::say;

/// Looks after a store.
pub(crate) fn store(args: &StoreArgs) -> Result<Exit, CliError> {
    match &args.command {
        StoreCommand::Check { store } => check(store),
        StoreCommand::Vacuum { store } => vacuum(store),
        StoreCommand::Export { store, output, with_gone } => export(store, output, *with_gone),
        StoreCommand::Search { store, words, top } => search(store, words, *top),
    }
}

fn check(path: &Path) -> Result<Exit, CliError> {
    let checked = opened(path).and_then(|store| Ok(store.check()?)).map_err(|error| unchecked(path, error))?;
    if checked.problems.is_empty() {
        print(&format!("{} document changes, nothing is wrong", checked.document_changes))?;
        return Ok(Exit::Done);
    }
    for problem in &checked.problems {
        print(problem)?;
    }
    say(&format!("error: {}: {} problems", path.display(), checked.problems.len()));
    Ok(Exit::Failed)
}

/// `error` of a check, which is not to advise a check.
fn unchecked(path: &Path, error: CliError) -> CliError {
    match error {
        CliError::Store(StoreError::Sqlite(source)) => StoreError::Unreadable { path: path.into(), source }.into(),
        other => other,
    }
}

fn vacuum(path: &Path) -> Result<Exit, CliError> {
    if !path.exists() {
        // Opening to write would make one.
        Store::open_to_read(path)?;
    }
    let _lock = RunLock::take(path, &format!("process {}, vacuum", std::process::id()))?;
    let vacuumed = Store::open(path, &StoreOptions::default())?.vacuum()?;
    #[expect(clippy::cast_precision_loss, reason = "for reading")]
    let megabytes = |bytes: u64| bytes as f64 / 1e6;
    print(&format!(
        "{:.1} MB before, {:.1} MB after; {} rows removed that nothing hung on",
        megabytes(vacuumed.before),
        megabytes(vacuumed.after),
        vacuumed.removed
    ))?;
    Ok(Exit::Done)
}

fn export(path: &Path, output: &Path, with_gone: bool) -> Result<Exit, CliError> {
    let store = opened(path)?;
    let related = store.related()?;
    let selection = Selection { order: Order::History, with_gone, ..Selection::default() };
    let reader = Reader::new(&store, &selection, &related)?;
    let mut file = Output::open_beside(output, &Store::files(path))?;
    for record in reader.records() {
        serde_json::to_writer(&mut file, &record?).map_err(io::Error::from).map_err(failed(output))?;
        file.write_all(b"\n").map_err(failed(output))?;
    }
    file.finish()?;
    Ok(Exit::Done)
}

fn search(path: &Path, words: &[String], top: usize) -> Result<Exit, CliError> {
    let hits = opened(path)?.search(words, top)?;
    for hit in &hits {
        let day = hit.date.get(..10).unwrap_or(&hit.date);
        print(&format!("{day}  {}  {}  {}", hit.collection, hit.path, hit.change))?;
        for (mark, text) in [("-", &hit.before), ("+", &hit.after)] {
            if let Some(text) = text {
                print(&format!("  {mark} {text}"))?;
            }
        }
    }
    if hits.is_empty() {
        say("no judged clause change has all of these words");
    }
    Ok(Exit::Done)
}

/// The store, to read. One of a newer program is read, and that is told.
pub(super) fn opened(path: &Path) -> Result<Store, CliError> {
    let store = Store::open_to_read(path)?;
    if let Some(newer) = store.newer() {
        say(&format!(
            "warning: {}: written by a newer termsift (store version {newer}); what this one does not know is left out",
            path.display()
        ));
    }
    Ok(store)
}

fn print(line: &str) -> Result<(), CliError> {
    writeln!(std::io::stdout().lock(), "{}", safe_text(line)).map_err(CliError::Stdout)
}
