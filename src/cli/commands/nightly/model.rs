//! What judges in a run.

use std::sync::OnceLock;

use termsift::config::ModelChoice;
use termsift::encode::ChangeKey;
use termsift::infer::{CachedPrediction, Neural, Precision, PredictionCache};
use termsift::model::{ModelError, Package};
use termsift::store::ModelKey;

use super::watch::Stopwatch;
use crate::cli::commands::model::key;

/// The model that a configuration names. It is made ready only when there is something to judge, since most of the
/// time of a run with nothing new would go into that.
pub(super) struct Model {
    /// Nothing for deterministic rules.
    package: Option<Package>,
    neural: OnceLock<Neural>,
}

impl Model {
    pub(super) fn open(choice: &ModelChoice) -> Result<Self, ModelError> {
        let package = match choice {
            ModelChoice::Rules => None,
            ModelChoice::BuiltIn => Some(Package::embedded()?),
            ModelChoice::Named(named) => Some(Package::open(named)?),
        };
        Ok(Self { package, neural: OnceLock::new() })
    }

    /// What the store knows it by.
    pub(super) fn key(&self) -> ModelKey {
        match &self.package {
            None => ModelKey { name: "rules".to_owned(), checksum: String::new() },
            Some(package) => key(package, Precision::Int8),
        }
    }

    /// Whether a model judges, not rules.
    pub(super) fn is_model(&self) -> bool {
        self.package.is_some()
    }

    /// The model, ready to judge; nothing for deterministic rules.
    pub(super) fn neural(&self) -> Result<Option<&Neural>, ModelError> {
        let Some(package) = &self.package else { return Ok(None) };
        if let Some(neural) = self.neural.get() {
            return Ok(Some(neural));
        }
        let made = Neural::new(package, Precision::Int8)?;
        Ok(Some(self.neural.get_or_init(|| made)))
    }
}

/// A cache whose time counts as the store's.
pub(super) struct Timed<'a> {
    pub(super) cache: &'a dyn PredictionCache,
    pub(super) storing: &'a Stopwatch,
}

impl PredictionCache for Timed<'_> {
    fn get(&self, keys: &[ChangeKey]) -> Vec<Option<CachedPrediction>> {
        self.storing.time(|| self.cache.get(keys))
    }

    fn put(&self, entries: &[(ChangeKey, CachedPrediction)]) {
        self.storing.time(|| self.cache.put(entries));
    }
}
