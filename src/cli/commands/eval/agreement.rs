//! `termsift eval agreement`.

use std::path::PathBuf;

use termsift::dataset::{Texts, read_labelled, read_lines};
use termsift::eval::{Agreement, write_agreement, write_agreement_json};

use crate::cli::args::{AgreementArgs, AgreementFormat};
use crate::cli::commands::output::{Output, apart};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::say;

/// Compares the annotations that `args` name.
pub(crate) fn agreement(args: &AgreementArgs) -> Result<Exit, CliError> {
    let read: Vec<PathBuf> = [&args.first, &args.second].into_iter().chain(&args.items).cloned().collect();
    apart(&args.output, &read)?;
    let first = read_labelled(&args.first, Texts::Optional)?;
    let second = read_labelled(&args.second, Texts::Optional)?;
    let documents = match &args.items {
        Some(path) => read_lines(path)?,
        None => Vec::new(),
    };
    let agreement =
        Agreement::of((&first, &args.first), (&second, &args.second), &documents, super::bootstrap(&args.bootstrap))?;
    if agreement.only_a + agreement.only_b > 0 {
        say(&format!(
            "warning: {} items are only in {}, {} only in {}; they are left out",
            agreement.only_a,
            args.first.display(),
            agreement.only_b,
            args.second.display()
        ));
    }
    let mut output = Output::open(&args.output)?;
    match args.format {
        AgreementFormat::Table => write_agreement(&mut output, &agreement),
        AgreementFormat::Json => write_agreement_json(&mut output, &agreement, &super::program()),
    }
    .map_err(super::failed(&args.output))?;
    output.finish()?;
    Ok(Exit::Done)
}
