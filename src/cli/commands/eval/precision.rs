//! `termsift eval precision`.

use termsift::dataset::{Texts, read_labelled};
use termsift::eval::{PrecisionTrial, write_precision, write_precision_json};
use termsift::infer::{Neural, Precision};

use crate::cli::args::{AgreementFormat, PrecisionTrialArgs};
use crate::cli::commands::model;
use crate::cli::commands::output::{Output, apart};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// Compares the precisions of the model that `args` name.
pub(crate) fn precision(args: &PrecisionTrialArgs) -> Result<Exit, CliError> {
    apart(&args.output, std::slice::from_ref(&args.labels))?;
    let items = read_labelled(&args.labels, Texts::Required)?;
    let package = model::package(args.model.as_deref())?;
    let reference = Neural::new(&package, Precision::F32)?;
    let mut trial = PrecisionTrial::new(&items, &reference, super::bootstrap(&args.bootstrap))?;
    drop(reference);
    trial.add("int8", &Neural::new(&package, Precision::Int8)?)?;
    let Some(report) = trial.report(&package.config.name, &package.checksum) else { return Ok(Exit::Done) };
    let mut output = Output::open(&args.output)?;
    match args.format {
        AgreementFormat::Table => write_precision(&mut output, &report),
        AgreementFormat::Json => write_precision_json(&mut output, &report, &super::program()),
    }
    .map_err(super::failed(&args.output))?;
    output.finish()?;
    Ok(Exit::Done)
}
