//! Whether a run can write where it is told to, as far as that shows before it does.

use std::path::Path;

use termsift::config::{Config, ReportConfig, Taken, replaces};

use crate::cli::error::CliError;

/// Why no file can be written at `path`, if that shows.
pub(super) fn unwritable(path: &Path) -> Option<String> {
    if path.is_dir() {
        return Some("it is a folder; give a file in it".to_owned());
    }
    path.parent().and_then(no_folder)
}

/// Why `folder` neither is one nor can be made, if that shows.
pub(super) fn no_folder(folder: &Path) -> Option<String> {
    // None of the folders that a relative path names need be there.
    let absolute = std::path::absolute(folder).ok()?;
    let there = absolute.ancestors().find(|one| one.exists())?;
    (!there.is_dir()).then(|| format!("{} is no folder", there.display()))
}

/// Refuses metrics in the place of what the run reads or writes otherwise; `file`: that of the configuration.
pub(super) fn metrics_apart(config: &Config, file: &Path, metrics: &Path) -> Result<(), CliError> {
    let reports = config.reports.iter().flat_map(ReportConfig::files).map(|path| Taken { path, what: "a report" });
    let taken = config.kept(file).into_iter().chain(reports).find(|taken| replaces(metrics, &taken.path));
    taken.map_or(Ok(()), |taken| Err(CliError::OutputTaken { path: metrics.into(), what: taken.what }))
}
