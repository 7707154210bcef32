//! `termsift eval`: one file a subcommand.

mod agreement;
mod clauses;
mod opp115;
mod precision;
mod ranking;
mod status;

use std::path::Path;

use termsift::eval::Bootstrap;

use super::output::failed;
use crate::cli::args::{BootstrapArgs, EvalArgs, EvalCommand};
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// Does what `args` ask for.
pub(crate) fn eval(args: &EvalArgs) -> Result<Exit, CliError> {
    match &args.command {
        EvalCommand::Clauses(args) => clauses::clauses(args),
        EvalCommand::Agreement(args) => agreement::agreement(args),
        EvalCommand::Precision(args) => precision::precision(args),
        EvalCommand::Status(args) => status::status(args),
        EvalCommand::Ranking(args) => ranking::ranking(args),
        EvalCommand::Opp115(args) => opp115::opp115(args),
    }
}

fn bootstrap(args: &BootstrapArgs) -> Bootstrap {
    Bootstrap { resamples: args.resamples, seed: args.seed }
}

/// The program as results name it.
fn program() -> String {
    format!("termsift {}", env!("CARGO_PKG_VERSION"))
}

/// The name of a file without its folders: a result that is committed says nothing of the machine that made it.
fn named(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}
