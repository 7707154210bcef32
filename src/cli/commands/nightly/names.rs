//! Which source has which name.
//!
//! Records are stored by the name of their collection. Two sources of one name would take each other's place there, and
//! each would mark the document changes of the other as gone.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use termsift::config::Config;
use termsift::source::{SourceError, shown};
use termsift::store::{Store, StoreError};

/// The names of the collections of a run.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// By source: those that could be told before anything was fetched.
    known: HashMap<String, String>,
    /// By name: the source that has it.
    owners: Mutex<HashMap<String, String>>,
}

impl Names {
    /// The names that can be told before anything is fetched or stored.
    pub(super) fn of(config: &Config) -> Result<Self, SourceError> {
        let mut names = Self::default();
        for collection in &config.collections {
            let tracked = &collection.tracked;
            let name = tracked.name.clone().or_else(|| tracked.spec.name(tracked.branch.as_deref()));
            if let Some(name) = name {
                names.take(&name, &collection.source)?;
                names.known.insert(collection.source.clone(), name);
            }
        }
        Ok(names)
    }

    /// Leaves to the sources whose names are not known what is stored of them: until such a one is read, another source
    /// of that name is a newcomer, whatever the order of the file.
    pub(super) fn keep_stored(&self, config: &Config, store: &Store) -> Result<(), StoreError> {
        for collection in config.collections.iter().filter(|collection| self.known(&collection.source).is_none()) {
            for name in store.names_of(&collection.source)? {
                self.owners.lock().unwrap_or_else(PoisonError::into_inner).insert(name, collection.source.clone());
            }
        }
        Ok(())
    }

    /// The name of `source`, where it can be told before anything is fetched.
    pub(super) fn known(&self, source: &str) -> Option<&str> {
        self.known.get(source).map(String::as_str)
    }

    /// Gives `name` to `source`, unless another source has it.
    pub(super) fn take(&self, name: &str, source: &str) -> Result<(), SourceError> {
        let mut owners = self.owners.lock().unwrap_or_else(PoisonError::into_inner);
        let owner = owners.entry(name.to_owned()).or_insert_with(|| source.to_owned());
        if owner.as_str() == source {
            return Ok(());
        }
        Err(SourceError::NameTaken { name: name.to_owned(), given: shown(source), other: shown(owner) })
    }
}
