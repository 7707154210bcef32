//! `nightly --check`: what a run would do.

use std::collections::BTreeSet;

use termsift::config::{CollectionConfig, Config};
use termsift::outcome::{Stop, causes};
use termsift::report::safe_text;
use termsift::source::{SourceSpec, shown};
use termsift::store::{Known, Store, StoreError};

use super::collections::new_work;
use super::model::Model;
use super::names::Names;
use super::services;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// What a run would do with a collection.
#[derive(Debug)]
struct Plan {
    said: String,
    /// Its services, where they are known.
    services: Option<BTreeSet<String>>,
}

/// Says what a run would do. Fetches and writes nothing.
pub(super) fn check(config: &Config, names: &Names) -> Result<Exit, CliError> {
    let store = match Store::open_to_read(&config.store) {
        Ok(store) => Some(store),
        Err(StoreError::Missing { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let mut exit = Exit::Done;
    let state = match &store {
        None => "would be made".to_owned(),
        Some(store) if store.newer().is_some() => {
            exit = Exit::Usage;
            "written by a newer termsift: a run would refuse it".to_owned()
        }
        Some(_) => "there".to_owned(),
    };
    let mut lines = vec![format!("store {}: {state}", config.store.display())];
    lines.push(match Model::open(&config.model) {
        Ok(model) => format!("model {}: {}", config.model, model.key().name),
        Err(error) => {
            exit = Exit::Usage;
            format!("model {}: cannot be used: {}", config.model, causes(&error))
        }
    });
    if let Some(store) = &store {
        names.keep_stored(config, store)?;
    }
    let mut plans = Vec::with_capacity(config.collections.len());
    for collection in &config.collections {
        let plan = planned(config, collection, store.as_ref(), names).unwrap_or_else(|reason| {
            exit = Exit::Usage;
            Plan { said: format!("would fail: {reason}"), services: None }
        });
        lines.push(format!("collection {}: {}", shown(&collection.source), plan.said));
        plans.push(plan);
    }
    let warnings = services::warnings(config, store.as_ref(), plans.into_iter().map(|plan| plan.services))?;
    lines.extend(warnings.iter().map(|warning| format!("warning: {warning}")));
    lines.extend(announced(config));
    let last = match exit {
        Exit::Done if warnings.is_empty() => "the configuration is right",
        Exit::Done => "the configuration can be used; see the warning",
        _ => "something is wrong",
    };
    lines.push(last.to_owned());
    let text: String = lines.iter().map(|line| format!("{}\n", safe_text(line))).collect();
    super::print(&text)?;
    Ok(exit)
}

/// What would be written and told after the collections.
fn announced(config: &Config) -> Vec<String> {
    let reports = config.reports.iter().map(|report| {
        let what = report.days.map_or("what is new".to_owned(), |days| format!("the last {days} days"));
        format!("report {}: {what}, as {}", report.path.display(), report.format)
    });
    let told = config
        .notify
        .iter()
        .map(|notify| format!("notify: {}, from priority {} on", notify.command.join(" "), notify.priority));
    reports.chain(told).collect()
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
        let said = format!("would be fetched into {}", collection.tracked.clones.display());
        return Ok(Plan { said, services: services::stored(&config.filter).filter(|_| !stored.is_empty()) });
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
    Ok(Plan { said, services: Some(services::read(&opened)) })
}
