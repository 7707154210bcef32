//! Log lines on standard error.

use tracing_subscriber::EnvFilter;

use super::args::LogFormat;
use super::error::CliError;

/// Sets up logging; before it, and in other commands, nothing is logged.
pub(crate) fn start(format: LogFormat, level: &str) -> Result<(), CliError> {
    let filter = EnvFilter::try_new(level).map_err(|source| CliError::LogLevel { given: level.to_owned(), source })?;
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match format {
        LogFormat::Text => lines.with_ansi(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
    }
    Ok(())
}
