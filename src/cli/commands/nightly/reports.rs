//! After a run: reports, the digest, and what thereby counts as announced.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum as _;
use jiff::SignedDuration;
use termsift::config::{Config, ConfigError, ModelChoice, ReportConfig};
use termsift::outcome::causes;
use termsift::pipeline::{Filter, Order, Related, ScanError};
use termsift::store::{Reader, Selection, Store, StoreError};
use tracing::{error, info};

use super::collections::Desk;
use super::notify::{self, NotifyError};
use super::run::make_folder;
use super::watch::now;
use crate::cli::args::{Color, Format, OrderArg, OutputArgs};
use crate::cli::commands::output::with_report_beside;
use crate::cli::commands::scan::places_by;
use crate::cli::error::CliError;

/// Document changes in a report for reading that says nothing itself.
const READABLE: usize = 200;

/// What was written and told.
#[derive(Debug, Clone, Default)]
pub(super) struct Announced {
    /// Files written, and how many document changes are in each.
    pub(super) reports: Vec<(PathBuf, usize)>,
    /// New ones at or above the threshold, if somebody was told.
    pub(super) told: Option<usize>,
    /// What failed. Then nothing counts as announced, and the next run tries again.
    pub(super) failures: Vec<String>,
}

/// Whether this build knows the formats that the configuration names.
pub(super) fn check(config: &Config, path: &Path) -> Result<(), CliError> {
    for report in &config.reports {
        if format(&report.format).is_none() {
            let known: Vec<String> = Format::value_variants()
                .iter()
                .filter_map(|format| Some(format.to_possible_value()?.get_name().to_owned()))
                .collect();
            let what = format!("unknown format {:?}; known: {}", report.format, known.join(", "));
            return Err(ConfigError::Line { path: path.into(), line: report.line, what }.into());
        }
    }
    Ok(())
}

/// A warning for each report that asks for what only a model names.
pub(super) fn warnings(config: &Config) -> Vec<String> {
    let without = config.model == ModelChoice::Rules;
    let empty = config.reports.iter().filter(|report| without && !report.categories.is_empty());
    empty
        .map(|report| {
            format!(
                "report {} asks for categories; without a model (model = \"none\") no change has a category",
                report.path.display()
            )
        })
        .collect()
}

/// The format of that name, among all that `scan --format` knows.
fn format(name: &str) -> Option<Format> {
    Format::from_str(name, false).ok()
}

/// Writes the reports and tells whom to tell. Only a failing store is an error.
pub(super) fn write(desk: &Desk<'_>) -> Result<Announced, StoreError> {
    let (config, store) = (desk.config, desk.store);
    let unrelated = Related::default();
    let new = Reader::new(store, &Selection { unannounced: true, ..Selection::default() }, &unrelated)?;
    // Yesterday's news stay until there are others.
    let due = |report: &ReportConfig| report.days.is_some() || !new.is_empty() || !report.path.exists();
    let related = if !new.is_empty() || config.reports.iter().any(due) { store.related()? } else { Related::default() };
    let mut announced = Announced::default();
    for report in config.reports.iter().filter(|report| due(report)) {
        match write_one(store, report, &related) {
            Ok(count) => {
                info!(path = %report.path.display(), document_changes = count, "report written");
                announced.reports.push((report.path.clone(), count));
            }
            Err(CliError::Store(error)) => return Err(error),
            Err(failure) => {
                error!(path = %report.path.display(), reason = causes(&failure), "report not written");
                announced.failures.push(causes(&failure));
            }
        }
    }
    // While a report fails nothing counts as announced: the same digest would go out night after night.
    if let Some(notify) = config.notify.as_ref().filter(|_| announced.failures.is_empty()) {
        let count = new.count_from(notify.priority);
        if count > 0 {
            match tell(store, notify, &related) {
                Ok(()) => {
                    info!(program = notify.command.first(), document_changes = count, "digest handed over");
                    announced.told = Some(count);
                }
                Err(Untold::Store(error)) => return Err(error),
                Err(failure) => {
                    error!(reason = causes(&failure), "digest not handed over");
                    announced.failures.push(causes(&failure));
                }
            }
        }
    }
    if announced.failures.is_empty() && !new.is_empty() {
        store.announce(desk.run, &new.ids())?;
    }
    Ok(announced)
}

/// Why nobody was told.
#[derive(Debug, thiserror::Error)]
enum Untold {
    #[error(transparent)]
    Store(StoreError),
    #[error("the digest cannot be written")]
    Digest(#[source] CliError),
    #[error(transparent)]
    Notify(#[from] NotifyError),
}

fn tell(store: &Store, notify: &termsift::config::NotifyConfig, related: &Related) -> Result<(), Untold> {
    let selection = Selection {
        unannounced: true,
        filter: Filter { top: Some(notify.top), ..Filter::default() },
        least_priority: Some(notify.priority),
        ..Selection::default()
    };
    let failed = |error| match error {
        CliError::Store(error) => Untold::Store(error),
        other => Untold::Digest(other),
    };
    let folder = tempfile::tempdir().map_err(NotifyError::Digest)?;
    let path = folder.path().join("digest");
    fill(store, Format::Markdown, &path, &selection, related).map_err(failed)?;
    notify::hand_over(&notify.command, &path, notify.timeout)?;
    Ok(())
}

fn write_one(store: &Store, report: &ReportConfig, related: &Related) -> Result<usize, CliError> {
    let format = format(&report.format).unwrap_or(Format::Jsonl);
    make_folder(&report.path).map_err(|source| CliError::Output { path: report.path.clone(), source })?;
    fill(store, format, &report.path, &selection(report, format), related)
}

fn selection(report: &ReportConfig, format: Format) -> Selection {
    let whole = matches!(format, Format::Jsonl | Format::Csv | Format::ClauseCsv | Format::Parquet);
    let days = report.days.map(|days| Duration::from_secs(u64::from(days) * 86_400));
    Selection {
        filter: Filter {
            since: days.and_then(|days| now().checked_sub(SignedDuration::try_from(days).ok()?).ok()),
            statuses: report.statuses.clone(),
            categories: report.categories.clone(),
            top: report.top.or((!whole).then_some(READABLE)).filter(|&top| top > 0),
            ..Filter::default()
        },
        order: Order::Priority,
        unannounced: report.days.is_none(),
        least_priority: report.priority,
        with_gone: false,
    }
}

/// Writes the selected records to `path`.
fn fill(
    store: &Store,
    format: Format,
    path: &Path,
    selection: &Selection,
    related: &Related,
) -> Result<usize, CliError> {
    let reader = Reader::new(store, selection, related)?;
    let args =
        OutputArgs { order: OrderArg::Priority, format, output: path.into(), explain: false, color: Color::Never };
    with_report_beside(&args, &Store::files(store.path()), |report| {
        let failed = |error| CliError::Scan(ScanError::Sink(error));
        let found_by = places_by(&[store.path().display().to_string()], "--store");
        found_by.iter().for_each(|options| report.found_by(options));
        for record in reader.records() {
            report.record(&record?).map_err(failed)?;
        }
        report.finish(reader.summary()).map_err(failed)?;
        Ok(reader.len())
    })
}
