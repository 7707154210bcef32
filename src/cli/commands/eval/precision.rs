//! `termsift eval precision`.

use std::borrow::Cow;
use std::path::Path;

use termsift::dataset::{Texts, read_labelled};
use termsift::encode::Encoding;
use termsift::eval::{PrecisionTrial, with_texts, write_precision, write_precision_json};
use termsift::infer::{Neural, Precision};
use termsift::model::{EncoderWeights, ModelError, Package, Ranges};
use termsift::train::with_ranges;

use crate::cli::args::{AgreementFormat, PrecisionTrialArgs};
use crate::cli::commands::model;
use crate::cli::commands::output::Output;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::say;

/// Compares the precisions of the model that `args` name.
pub(crate) fn precision(args: &PrecisionTrialArgs) -> Result<Exit, CliError> {
    let items = read_labelled(&args.labels, Texts::Required)?;
    let package = model::package(args.model.as_deref())?;
    let reference = Neural::new(&package, Precision::F32)?;
    let mut trial = PrecisionTrial::new(&items, &reference, super::bootstrap(&args.bootstrap))?;
    drop(reference);
    trial.add("int8", &Neural::new(&package, Precision::Int8)?)?;
    if has_ranges(&package)? {
        let without = with_weights(&package, Ranges::taken_from(&package.weights)?);
        trial.add("int8, no ranges", &Neural::new(&without, Precision::Int8)?)?;
    }
    if let Some(path) = &args.observe {
        let observed = with_weights(&package, observed(&package, path)?);
        trial.add("int8, new ranges", &Neural::new(&observed, Precision::Int8)?)?;
        if let Some(folder) = &args.save {
            save(folder, &observed)?;
        }
    }
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

fn has_ranges(package: &Package) -> Result<bool, ModelError> {
    let weights = EncoderWeights::from_safetensors(&package.weights, &package.config.encoder)?;
    Ok(Ranges::from_weights(&weights)?.is_some())
}

/// The weights of `package` with the ranges that the items in `path` show.
fn observed(package: &Package, path: &Path) -> Result<Vec<u8>, CliError> {
    let items = read_labelled(path, Texts::Required)?;
    let encoder = package.encoder()?;
    let encodings: Vec<Encoding> =
        with_texts(&items, |texts| texts.iter().map(|change| encoder.encode(change)).collect());
    let encodings: Vec<&Encoding> = encodings.iter().collect();
    Ok(with_ranges(&package.weights, &package.config.encoder, &encodings)?)
}

fn with_weights(package: &Package, weights: Vec<u8>) -> Package {
    Package { weights: Cow::Owned(weights), ..package.clone() }
}

fn save(folder: &Path, package: &Package) -> Result<(), CliError> {
    std::fs::create_dir_all(folder).map_err(|source| CliError::Output { path: folder.into(), source })?;
    Package::write(folder, &package.config, &package.tokenizer, &package.weights)?;
    say(&format!("the model with new ranges is in {}", folder.display()));
    Ok(())
}
