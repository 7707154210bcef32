//! Metrics for the textfile collector of Prometheus' node exporter.

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use termsift::store::{CollectionOutcome, RunOutcome};

use super::run::make_folder;
use super::summary::Summary;
use crate::cli::commands::output::Output;
use crate::cli::error::CliError;

type Number = Gauge<f64, AtomicU64>;
type ByCollection = Family<Vec<(&'static str, String)>, Number>;

/// Replaces `path` with the metrics of the run.
pub(super) fn write(path: &Path, summary: &Summary) -> Result<(), CliError> {
    make_folder(path).map_err(|source| CliError::Output { path: path.into(), source })?;
    let mut output = Output::open(path)?;
    output.write_all(text(summary).as_bytes()).map_err(|source| CliError::Output { path: path.into(), source })?;
    output.finish()
}

#[expect(clippy::cast_precision_loss, reason = "gauges are floating-point numbers")]
fn text(summary: &Summary) -> String {
    let mut registry = Registry::with_prefix("termsift");
    let mut gauge = |name: &str, help: &str, value: f64| {
        let gauge = Number::default();
        gauge.set(value);
        registry.register(name, help, gauge);
    };
    let is = |outcome| f64::from(u8::from(summary.outcome == outcome));
    gauge("run_success", "1 if the last run did everything, 0 if not", is(RunOutcome::Done));
    gauge("run_interrupted", "1 if the last run was stopped by a signal or a limit", is(RunOutcome::Interrupted));
    gauge("run_started_timestamp_seconds", "When the last run began", summary.started.as_second() as f64);
    gauge("run_duration_seconds", "How long the last run took", summary.seconds);
    gauge("run_storing_seconds", "Time that the threads of the last run spent in the store", summary.storing);
    gauge("run_document_changes_stored", "Document changes that the last run stored", summary.stored() as f64);
    gauge(
        "run_records_refreshed",
        "Stale records that the last run made again or weighed anew",
        (summary.refreshed + summary.reweighed) as f64,
    );
    gauge(
        "run_failures",
        "Reports and notifications of the last run that failed",
        summary.announced.failures.len() as f64,
    );
    gauge("stale_records", "Records of another model or version", summary.stale as f64);
    gauge("store_bytes", "Size of the store", summary.store_bytes as f64);
    let (up, stored) = (ByCollection::default(), ByCollection::default());
    for done in &summary.collections {
        let label = vec![("collection", done.name.clone().unwrap_or_else(|| done.source.clone()))];
        let well = matches!(done.outcome, CollectionOutcome::Done | CollectionOutcome::Unchanged);
        up.get_or_create(&label).set(f64::from(u8::from(well)));
        stored.get_or_create(&label).set(done.stored as f64);
    }
    registry.register("collection_success", "1 if the last run did everything of the collection", up);
    registry.register(
        "collection_document_changes_stored",
        "Document changes that the last run stored of the collection",
        stored,
    );
    let mut text = String::new();
    // Writing into a string cannot fail.
    let _ = encode(&mut text, &registry);
    text
}
