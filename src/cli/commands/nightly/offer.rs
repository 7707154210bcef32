//! Services and terms types that the filter asks for and no collection has. Where one is misspelt, nothing of it would
//! be stored, night after night, and nobody would know.

use std::collections::BTreeSet;

use termsift::config::{Config, ReadFilter};
use termsift::source::Collection;
use termsift::store::{Store, StoreError};

use crate::cli::error::CliError;
use crate::cli::settings::check_among;

/// What a collection has; nothing where that is not known.
#[derive(Debug, Clone, Default)]
pub(super) struct Offer {
    services: Option<BTreeSet<String>>,
    terms_types: Option<BTreeSet<String>>,
}

impl Offer {
    /// Of a collection that was read.
    pub(super) fn read(collection: &Collection) -> Self {
        let paths = || collection.documents.iter().map(|document| &document.path);
        Self {
            services: Some(paths().map(|path| path.service.clone()).collect()),
            terms_types: Some(paths().map(|path| path.terms_type.clone()).collect()),
        }
    }

    /// Of one that is stored and not read again: nothing that the store does not name, unless the filter kept documents
    /// out by something else.
    pub(super) fn stored(filter: &ReadFilter) -> Self {
        let unless = |other: &[String]| (other.is_empty() && filter.since.is_none()).then(BTreeSet::new);
        Self { services: unless(&filter.terms_types), terms_types: unless(&filter.services) }
    }
}

/// A warning for each service and terms type asked for that is neither in one of `offers` nor in the store. None if what
/// one of the collections has is not known: it may be there.
pub(super) fn warnings(
    config: &Config,
    store: Option<&Store>,
    offers: impl Iterator<Item = Offer>,
) -> Result<Vec<String>, StoreError> {
    let filter = &config.filter;
    let (services, types): (Vec<_>, Vec<_>) = offers.map(|offer| (offer.services, offer.terms_types)).unzip();
    let stored = |names: fn(&Store) -> Result<Vec<String>, StoreError>| store.map_or(Ok(Vec::new()), names);
    let mut warnings = missing("service", &filter.services, services, || stored(Store::services))?;
    warnings.extend(missing("terms type", &filter.terms_types, types, || stored(Store::terms_types))?);
    Ok(warnings)
}

/// A warning for each of `wanted` that is in none of `offered`, where all of these are known, nor `stored`.
fn missing(
    what: &'static str,
    wanted: &[String],
    offered: Vec<Option<BTreeSet<String>>>,
    stored: impl FnOnce() -> Result<Vec<String>, StoreError>,
) -> Result<Vec<String>, StoreError> {
    let Some(offered) = offered.into_iter().collect::<Option<Vec<_>>>().filter(|_| !wanted.is_empty()) else {
        return Ok(Vec::new());
    };
    let mut known: BTreeSet<String> = offered.into_iter().flatten().collect();
    known.extend(stored()?);
    let unknown = wanted.iter().filter_map(|name| match check_among(what, std::slice::from_ref(name), known.iter()) {
        Err(CliError::Unknown { given, known, .. }) => Some(warning(what, &given, &known)),
        _ => None,
    });
    Ok(unknown.collect())
}

fn warning(what: &str, name: &str, near: &[String]) -> String {
    let others = if near.is_empty() { String::new() } else { format!("; known: {}", near.join(", ")) };
    format!("no collection has the {what} {name:?} of [filter]{others}")
}
