//! `nightly --check`: what a run would do.

use std::path::Path;

use termsift::config::{CollectionConfig, Config};
use termsift::outcome::{Stop, causes};
use termsift::report::safe_text;
use termsift::source::{SourceSpec, shown};
use termsift::store::{Known, Store, StoreError};

use super::collections::new_work;
use super::model::Model;
use super::names::Names;
use super::offer::{self, Offer};
use super::places::{no_folder, unwritable};
use super::reports;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::settings::has_program;

/// What a run would do with a collection.
#[derive(Debug)]
struct Plan {
    said: String,
    offer: Offer,
}

/// What a check found, line by line.
#[derive(Debug, Default)]
struct Findings {
    lines: Vec<String>,
    wrong: bool,
}

impl Findings {
    /// What would become of `what`, or why it would fail.
    fn add(&mut self, what: &str, said: Result<String, String>) {
        self.wrong |= said.is_err();
        let said = said.unwrap_or_else(|reason| format!("would fail: {reason}"));
        self.lines.push(format!("{what}: {said}"));
    }
}

/// Says what a run would do. Fetches and writes nothing.
pub(super) fn check(config: &Config, names: &Names, metrics: Option<&Path>) -> Result<Exit, CliError> {
    let store = match Store::open_to_read(&config.store) {
        Ok(store) => Some(store),
        Err(StoreError::Missing { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let mut findings = Findings::default();
    findings.add(&format!("store {}", config.store.display()), state(config, store.as_ref()));
    findings.add(&format!("model {}", config.model), model(config));
    if let Some(store) = &store {
        names.keep_stored(config, store)?;
    }
    let mut offers = Vec::with_capacity(config.collections.len());
    for collection in &config.collections {
        let (said, offer) = match planned(config, collection, store.as_ref(), names) {
            Ok(plan) => (Ok(plan.said), plan.offer),
            Err(reason) => (Err(reason), Offer::default()),
        };
        findings.add(&format!("collection {}", shown(&collection.source)), said);
        offers.push(offer);
    }
    let mut warnings = reports::warnings(config);
    warnings.extend(offer::warnings(config, store.as_ref(), offers.into_iter())?);
    findings.lines.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
    announced(config, &mut findings);
    if let Some(path) = metrics {
        findings.add(&format!("metrics {}", path.display()), written(path, "replaced at the end of the run"));
    }
    let last = match (findings.wrong, warnings.is_empty()) {
        (true, _) => "something is wrong",
        (false, true) => "the configuration is right",
        (false, false) => "the configuration can be used; see the warning",
    };
    findings.lines.push(last.to_owned());
    let text: String = findings.lines.iter().map(|line| format!("{}\n", safe_text(line))).collect();
    super::print(&text)?;
    Ok(if findings.wrong { Exit::Usage } else { Exit::Done })
}

/// What a run would find in place of the store.
fn state(config: &Config, store: Option<&Store>) -> Result<String, String> {
    match store {
        None => written(&config.store, "would be made"),
        Some(store) if store.newer().is_some() => Err("it was written by a newer termsift".to_owned()),
        Some(_) => Ok("there".to_owned()),
    }
}

fn model(config: &Config) -> Result<String, String> {
    Model::open(&config.model).map(|model| model.key().name).map_err(|error| causes(&error))
}

/// `said`, if a file can be written at `path`, as far as that shows.
fn written(path: &Path, said: &str) -> Result<String, String> {
    unwritable(path).map_or_else(|| Ok(said.to_owned()), Err)
}

/// What would be written and told after the collections.
fn announced(config: &Config, findings: &mut Findings) {
    for report in &config.reports {
        let what = report.days.map_or("what is new".to_owned(), |days| format!("the last {days} days"));
        let fault = report.files().iter().find_map(|path| unwritable(path));
        let said = fault.map_or_else(|| Ok(format!("{what}, as {}", report.format)), Err);
        findings.add(&format!("report {}", report.path.display()), said);
    }
    if let Some(notify) = &config.notify {
        let program = notify.command.first().map_or("", String::as_str);
        let said = if has_program(program) {
            Ok(format!("{}, from priority {} on", notify.command.join(" "), notify.priority))
        } else {
            Err(format!("{program}: no such program here; is it installed, and its path right?"))
        };
        findings.add("notify", said);
    }
}

fn planned(
    config: &Config,
    collection: &CollectionConfig,
    store: Option<&Store>,
    names: &Names,
) -> Result<Plan, String> {
    let failed = |error: &dyn std::error::Error| causes(error);
    if let SourceSpec::Url(_) = collection.tracked.spec {
        let stored = store.map(|store| store.complete(&collection.source, &config.scope()));
        let stored = stored.transpose().map_err(|error| failed(&error))?.unwrap_or_default();
        if let Some(reason) = no_folder(&collection.tracked.clones) {
            return Err(reason);
        }
        let said = format!("would be fetched into {}", collection.tracked.clones.display());
        // Where it was never stored, nobody knows what it has.
        let offer = if stored.is_empty() { Offer::default() } else { Offer::stored(&config.filter) };
        return Ok(Plan { said, offer });
    }
    let located = collection.tracked.locate(&Stop::default()).map_err(|error| failed(&error))?;
    let opened = collection.tracked.open(&located, &Stop::default()).map_err(|error| failed(&error))?;
    names.take(&opened.name, &collection.source).map_err(|error| failed(&error))?;
    let known = match store {
        None => Known::default(),
        Some(store) => match store.collection_named(&opened.name).map_err(|error| failed(&error))? {
            None => Known::default(),
            Some(row) => store.known(row).map_err(|error| failed(&error))?,
        },
    };
    let work = new_work(&opened, &config.filter, &known);
    let new: usize = work.iter().map(|work| work.wanted.len()).sum();
    let said = format!("{}, {new} of {} document changes new", opened.name, opened.revision_count());
    Ok(Plan { said, offer: Offer::read(&opened) })
}
