//! Services that the filter asks for and no collection has. Where one is misspelt, nothing of it would be stored, night
//! after night, and nobody would know.

use std::collections::BTreeSet;

use termsift::config::{Config, ReadFilter};
use termsift::source::Collection;
use termsift::store::{Store, StoreError};

use crate::cli::error::CliError;
use crate::cli::settings::check_among;

/// The services of a collection that was read.
pub(super) fn read(collection: &Collection) -> BTreeSet<String> {
    collection.documents.iter().map(|document| document.path.service.clone()).collect()
}

/// Those of a collection that is stored and not read again: none that the store does not name, unless the filter kept
/// documents of a service out by something else.
pub(super) fn stored(filter: &ReadFilter) -> Option<BTreeSet<String>> {
    (filter.terms_types.is_empty() && filter.since.is_none()).then(BTreeSet::new)
}

/// A warning for each service asked for that neither `collections` nor the store have. None if the services of one of
/// the collections are not known: it may be there.
pub(super) fn warnings(
    config: &Config,
    store: Option<&Store>,
    collections: impl Iterator<Item = Option<BTreeSet<String>>>,
) -> Result<Vec<String>, StoreError> {
    let wanted = &config.filter.services;
    let Some(read) = collections.collect::<Option<Vec<_>>>().filter(|_| !wanted.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut known: BTreeSet<String> = read.into_iter().flatten().collect();
    if let Some(store) = store {
        known.extend(store.services()?);
    }
    let unknown =
        wanted.iter().filter_map(|service| match check_among("service", std::slice::from_ref(service), known.iter()) {
            Err(CliError::Unknown { given, known, .. }) => Some((given, known)),
            _ => None,
        });
    Ok(unknown.map(|(service, known)| warning(&service, &known)).collect())
}

fn warning(service: &str, near: &[String]) -> String {
    let others = if near.is_empty() { String::new() } else { format!("; known: {}", near.join(", ")) };
    format!("no collection has the service {service:?} of [filter]{others}")
}
