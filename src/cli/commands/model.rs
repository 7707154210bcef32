//! The model that a command works with.

use termsift::infer::{Judge, Neural, Signals};
use termsift::model::{ModelError, Package};

use crate::cli::args::{JudgeArgs, ModelArgs};
use crate::cli::error::CliError;

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
    Ok(Box::new(open(&args.model)?))
}
