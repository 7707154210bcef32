//! The model that a command works with.

use std::path::Path;

use termsift::infer::{ClauseView, Judge, Judgement, Neural, Precision, Remembering, Signals};
use termsift::model::{ModelError, Package};
use termsift::store::{ModelKey, Store, StoreOptions, StoredPredictions};

use crate::cli::args::{JudgeArgs, ModelArgs};
use crate::cli::error::CliError;
use crate::cli::say;

/// Opens the model that `args` name.
pub(crate) fn open(args: &ModelArgs) -> Result<Neural, CliError> {
    Ok(Neural::new(&package(args.model.as_deref())?, args.precision.into())?)
}

/// The model called `named`, or the built-in one.
pub(crate) fn package(named: Option<&str>) -> Result<Package, ModelError> {
    named.map_or_else(Package::embedded, Package::open)
}

/// What judges clause changes: a model, unless rules alone are asked for.
pub(crate) fn judge(args: &JudgeArgs) -> Result<Box<dyn Judge>, CliError> {
    if args.no_model {
        return Ok(Box::new(Signals));
    }
    match &args.cache {
        None => Ok(Box::new(open(&args.model)?)),
        Some(path) => Ok(Box::new(Remembered::open(&args.model, path)?)),
    }
}

/// A model that remembers in a store what it said.
struct Remembered {
    neural: Neural,
    predictions: StoredPredictions<Store>,
}

impl Remembered {
    fn open(args: &ModelArgs, path: &Path) -> Result<Self, CliError> {
        let package = package(args.model.as_deref())?;
        let precision = args.precision.into();
        let store = Store::open(path, &StoreOptions::default())?;
        let model = store.model(&key(&package, precision))?;
        Ok(Self { neural: Neural::new(&package, precision)?, predictions: StoredPredictions::new(store, model) })
    }
}

impl Judge for Remembered {
    fn model(&self) -> Option<&str> {
        self.neural.model()
    }

    fn batch(&self) -> usize {
        self.neural.batch()
    }

    fn judge(&self, changes: &[ClauseView<'_>]) -> Vec<Judgement> {
        Remembering::new(&self.neural, &self.predictions).judge(changes)
    }
}

impl Drop for Remembered {
    fn drop(&mut self) {
        if let Some(trouble) = self.predictions.trouble() {
            say(&format!("warning: predictions were not remembered: {trouble}"));
        }
    }
}

/// What a store knows the model of `package` by. What is computed less exactly is another.
pub(crate) fn key(package: &Package, precision: Precision) -> ModelKey {
    let suffix = match precision {
        Precision::Int8 => "",
        Precision::F32 => "-f32",
    };
    ModelKey { name: package.config.name.clone(), checksum: format!("{}{suffix}", package.checksum) }
}
