//! `termsift nightly`.

mod check;
mod collections;
mod metrics;
mod model;
mod names;
mod notify;
mod reports;
mod run;
mod services;
mod summary;
#[expect(clippy::disallowed_methods, reason = "limits of time and memory are the operator's; no result hangs on them")]
mod watch;

use std::io::Write as _;

use termsift::config::{self, Config};

use crate::cli::args::NightlyArgs;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;
use crate::cli::logging;

/// Does a nightly run, or checks its configuration.
pub(crate) fn nightly(args: &NightlyArgs) -> Result<Exit, CliError> {
    let Some(path) = args.config.as_deref().filter(|_| !args.example) else {
        print(config::EXAMPLE)?;
        return Ok(Exit::Done);
    };
    let config = Config::read(path)?;
    reports::check(&config, path)?;
    let names = names::Names::of(&config)?;
    if args.check {
        return check::check(&config, &names);
    }
    logging::start(args.log_format, &args.log_level)?;
    run::run(&config, &names, args)
}

fn print(text: &str) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(CliError::Stdout)
}
