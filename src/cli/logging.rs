//! Log lines on standard error.

use tracing_subscriber::EnvFilter;

use super::args::LogFormat;
use super::error::CliError;

/// The levels of which one is logged up to.
const LEVELS: [&str; 6] = ["error", "warn", "info", "debug", "trace", "off"];

/// What `level` has logged: up to a level, or as directives say.
pub(crate) fn filter(level: &str) -> Result<EnvFilter, CliError> {
    let wrong = |source| CliError::LogLevel { given: level.to_owned(), source };
    // A word that is no level would be taken for the name of a module, and nothing but that would be logged.
    let known = |one: &str| one.contains('=') || LEVELS.iter().any(|level| level.eq_ignore_ascii_case(one));
    if !level.split(',').all(known) {
        return Err(wrong(None));
    }
    EnvFilter::try_new(level).map_err(|source| wrong(Some(source)))
}

/// Sets up logging; before it, and in other commands, nothing is logged.
pub(crate) fn start(format: LogFormat, filter: EnvFilter) {
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false);
    match format {
        LogFormat::Text => lines.with_ansi(false).init(),
        LogFormat::Json => lines.json().flatten_event(true).with_current_span(false).with_span_list(false).init(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_directives() {
        for level in ["info", "DEBUG", "off", "termsift=debug", "warn,termsift=trace"] {
            assert!(filter(level).is_ok(), "{level}");
        }
        for level in ["bogus", "", "info,bogus", "termsift=bogus", "infos"] {
            assert!(filter(level).is_err(), "{level}");
        }
    }
}
