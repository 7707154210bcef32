//! A run, step by step.

use std::path::Path;

use termsift::config::Config;
use termsift::outcome::causes;
use termsift::pipeline::ENGINE;
use termsift::rank::WeightSets;
use termsift::store::{
    CollectionOutcome, CollectionRun, Journal, Maker, RunEnd, RunLock, RunOutcome, RunStart, Store, StoreError,
    StoreOptions, StoredPredictions,
};
use tracing::{error, info, warn};

use super::collections::{Desk, Done};
use super::metrics;
use super::model::{Model, Timed};
use super::names::Names;
use super::offer;
use super::reports::{self, Announced};
use super::summary::{self, Summary};
use super::watch::{Stopwatch, Watch, now};
use crate::cli::args::NightlyArgs;
use crate::cli::error::CliError;
use crate::cli::exit::Exit;

/// Runs, and writes the summary and the metrics whatever comes.
pub(super) fn run(config: &Config, names: &Names, args: &NightlyArgs) -> Result<Exit, CliError> {
    let started = now();
    let watch = Watch::start(&config.limits).map_err(CliError::Signals)?;
    let judge = Model::open(&config.model)?;
    let folder = config.store.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder
        .map_or(Ok(()), std::fs::create_dir_all)
        .map_err(|source| CliError::Output { path: config.store.clone(), source })?;
    let _lock = RunLock::take(&config.store, &format!("process {}, started {started}", std::process::id()))?;
    let mut summary = Summary { started, ..Summary::default() };
    let done = with_store(config, names, args, &judge, &watch, &mut summary);
    summary.seconds = watch.elapsed().as_secs_f64();
    if let Err(failure) = &done {
        error!(reason = causes(failure), "the store failed");
        summary.outcome = RunOutcome::Failed;
    }
    if let Some(path) = &args.metrics
        && let Err(failure) = metrics::write(path, &summary)
    {
        error!(reason = causes(&failure), "metrics not written");
        summary.lacks_metrics(causes(&failure));
    }
    // What failed first is what is told. Metrics come last: by then everything is stored and announced.
    done?;
    super::print(&summary::text(&summary, &config.store))?;
    info!(
        outcome = summary.outcome.id(),
        stored = summary.stored(),
        refreshed = summary.refreshed + summary.reweighed,
        seconds = summary.seconds,
        "run ended"
    );
    Ok(if summary.outcome == RunOutcome::Done { Exit::Done } else { Exit::Partly })
}

/// The part of a run that needs the store.
fn with_store(
    config: &Config,
    names: &Names,
    args: &NightlyArgs,
    judge: &Model,
    watch: &Watch,
    summary: &mut Summary,
) -> Result<(), StoreError> {
    let options = StoreOptions { max_bytes: config.limits.store.unwrap_or(0), ..StoreOptions::default() };
    let store = Store::open(&config.store, &options)?;
    names.keep_stored(config, &store)?;
    if store.journal() == Journal::Rollback {
        warn!(
            store = %config.store.display(),
            "the file system has no shared memory, so the store works with a rollback journal: slower, and readers wait"
        );
    }
    let key = judge.key();
    let model = store.model(&key)?;
    let started = summary.started.to_string();
    let start = RunStart { started: &started, version: env!("CARGO_PKG_VERSION"), model, engine: ENGINE };
    let run = store.begin_run(&start)?;
    let weights = WeightSets::built_in().judged_by(judge.is_model()).key();
    let maker = Maker { model, engine: ENGINE, weights };
    summary.run = run;
    info!(run, collections = config.collections.len(), model = key.name, "run started");
    summary.warn(reports::warnings(config));
    let storing = Stopwatch::default();
    let predictions = StoredPredictions::new(&store, model);
    let cache = Timed { cache: &predictions, storing: &storing };
    let desk =
        Desk { config, store: &store, judge, cache: &cache, watch, run, maker: &maker, storing: &storing, names };
    let worked = work(&desk, args, summary);
    summary.storing = storing.spent().as_secs_f64();
    if let Some(trouble) = predictions.trouble() {
        warn!(reason = causes(&trouble), "predictions were not remembered");
    }
    summary.outcome = outcome(summary, watch);
    let ended = now().to_string();
    let reason = match &worked {
        Ok(()) => summary.reason(),
        Err(failure) => Some(causes(failure)),
    };
    let end = RunEnd {
        ended: &ended,
        outcome: if worked.is_ok() { summary.outcome } else { RunOutcome::Failed },
        stored: summary.stored(),
        refreshed: summary.refreshed + summary.reweighed,
        reason: reason.as_deref(),
    };
    // Where the store has failed, its word on the run may fail too; what failed first is what is told.
    let ended = store.end_run(run, &end);
    worked?;
    ended?;
    summary.stale = store.stale_count(&maker)?;
    store.checkpoint()?;
    summary.store_bytes = store.bytes();
    Ok(())
}

fn work(desk: &Desk<'_>, args: &NightlyArgs, summary: &mut Summary) -> Result<(), StoreError> {
    for config in &desk.config.collections {
        let done = desk.collection(config)?;
        log(&done);
        desk.store.note_collection(
            desk.run,
            &CollectionRun {
                source: &done.source,
                outcome: done.outcome,
                head: done.head.as_deref(),
                stored: done.stored,
                reason: done.reason.as_deref(),
            },
        )?;
        summary.collections.push(done);
    }
    let offers = summary.collections.iter().map(|done| done.offer.clone());
    let warnings = offer::warnings(desk.config, Some(desk.store), offers)?;
    summary.warn(warnings);
    if args.refresh {
        // What needs no collection comes first: it is the cheapest.
        summary.reweighed = desk.reweigh()?;
        let (refreshed, reason) = desk.refresh(&summary.collections)?;
        summary.refreshed = refreshed;
        summary.refresh_stopped = reason;
    }
    if desk.watch.stop.asked() {
        // What is new is announced by the next run, together with what that finds.
        summary.stopped = desk.watch.reason().map(str::to_owned);
        return Ok(());
    }
    summary.announced = reports::write(desk)?;
    Ok(())
}

fn outcome(summary: &Summary, watch: &Watch) -> RunOutcome {
    let Announced { failures, .. } = &summary.announced;
    let failed = |done: &Done| matches!(done.outcome, CollectionOutcome::Failed | CollectionOutcome::Partly);
    if watch.stop.asked() {
        RunOutcome::Interrupted
    } else if summary.collections.iter().any(failed) || !failures.is_empty() || summary.refresh_stopped.is_some() {
        RunOutcome::Partly
    } else {
        RunOutcome::Done
    }
}

fn log(done: &Done) {
    let (source, stored, reason) = (&done.source, done.stored, done.reason.as_deref());
    let outcome = done.outcome.id();
    match done.outcome {
        CollectionOutcome::Done | CollectionOutcome::Unchanged => info!(source, outcome, stored, "collection done"),
        CollectionOutcome::Interrupted => warn!(source, outcome, stored, reason, "collection interrupted"),
        CollectionOutcome::Partly | CollectionOutcome::Failed => {
            error!(source, outcome, stored, reason, "collection not done");
        }
    }
}

/// Makes the folder that `path` lies in, if it is missing.
pub(super) fn make_folder(path: &Path) -> std::io::Result<()> {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).map_or(Ok(()), std::fs::create_dir_all)
}
