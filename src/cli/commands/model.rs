//! The model that a command works with.

use termsift::infer::Neural;
use termsift::model::Package;

use crate::cli::args::ModelArgs;
use crate::cli::error::CliError;

/// Opens the model that `args` name.
pub(crate) fn open(args: &ModelArgs) -> Result<Neural, CliError> {
    let package = match &args.model {
        Some(named) => Package::open(named)?,
        None => Package::embedded()?,
    };
    Ok(Neural::new(&package)?)
}
