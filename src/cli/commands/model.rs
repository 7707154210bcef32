//! The model that a command works with.

use termsift::infer::{Judge, Neural, Signals};
use termsift::model::Package;

use crate::cli::args::{JudgeArgs, ModelArgs};
use crate::cli::error::CliError;

/// Opens the model that `args` name.
pub(crate) fn open(args: &ModelArgs) -> Result<Neural, CliError> {
    let package = match &args.model {
        Some(named) => Package::open(named)?,
        None => Package::embedded()?,
    };
    Ok(Neural::new(&package, args.precision.into())?)
}

/// What judges clause changes: a model, unless rules alone are asked for.
pub(crate) fn judge(args: &JudgeArgs) -> Result<Box<dyn Judge>, CliError> {
    if args.no_model {
        return Ok(Box::new(Signals));
    }
    Ok(Box::new(open(&args.model)?))
}
