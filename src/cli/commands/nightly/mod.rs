//! `termsift nightly`.

mod check;
mod collections;
mod metrics;
mod model;
mod names;
mod notify;
mod offer;
mod places;
mod reports;
mod run;
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
    if let Some(metrics) = &args.metrics {
        places::metrics_apart(&config, path, metrics)?;
    }
    let filter = logging::filter(&args.log_level)?;
    let names = names::Names::of(&config)?;
    if args.check {
        return check::check(&config, &names, args.metrics.as_deref());
    }
    logging::start(args.log_format, filter);
    run::run(&config, &names, args)
}

fn print(text: &str) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()).map_err(CliError::Stdout)
}
