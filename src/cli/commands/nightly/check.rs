//! `nightly --check`: what a run would do.

use termsift::config::{CollectionConfig, Config};
use termsift::outcome::Stop;
use termsift::report::safe_text;
use termsift::source::SourceSpec;
use termsift::store::{Known, Store, StoreError};

use super::collections::{causes, new_work};
use super::model::Model;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// Says what a run would do. Fetches and writes nothing.
pub(super) fn check(config: &Config) -> Result<Exit, CliError> {
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
    for collection in &config.collections {
        let said = match planned(config, collection, store.as_ref()) {
            Ok(said) => said,
            Err(reason) => {
                exit = Exit::Usage;
                format!("would fail: {reason}")
            }
        };
        lines.push(format!("collection {}: {said}", collection.source));
    }
    for report in &config.reports {
        let what = report.days.map_or("what is new".to_owned(), |days| format!("the last {days} days"));
        lines.push(format!("report {}: {what}, as {}", report.path.display(), report.format));
    }
    if let Some(notify) = &config.notify {
        lines.push(format!("notify: {}, from priority {} on", notify.command.join(" "), notify.priority));
    }
    lines.push(if exit == Exit::Done { "the configuration is right".into() } else { "something is wrong".into() });
    let text: String = lines.iter().map(|line| format!("{}\n", safe_text(line))).collect();
    super::print(&text)?;
    Ok(exit)
}

fn planned(config: &Config, collection: &CollectionConfig, store: Option<&Store>) -> Result<String, String> {
    if let SourceSpec::Url(_) = collection.tracked.spec {
        return Ok(format!("would be fetched into {}", collection.tracked.clones.display()));
    }
    let failed = |error: &dyn std::error::Error| causes(error);
    let located = collection.tracked.locate(&Stop::default()).map_err(|error| failed(&error))?;
    let opened = collection.tracked.open(&located, &Stop::default()).map_err(|error| failed(&error))?;
    let known = match store {
        None => Known::default(),
        Some(store) => match store.collection_of(&collection.source).map_err(|error| failed(&error))? {
            None => Known::default(),
            Some(row) => store.known(row).map_err(|error| failed(&error))?,
        },
    };
    let work = new_work(&opened, &config.filter, &known);
    let new: usize = work.iter().map(|work| work.wanted.len()).sum();
    Ok(format!("{}, {new} of {} document changes new", opened.name, opened.revision_count()))
}
