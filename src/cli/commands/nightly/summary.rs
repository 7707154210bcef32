//! What a run did, for people.

use std::fmt::Write as _;
use std::path::Path;

use jiff::Timestamp;
use termsift::report::safe_text;
use termsift::store::{CollectionOutcome, RunOutcome};
use tracing::warn;

use super::collections::Done;
use super::reports::Announced;

/// What a run did.
#[derive(Debug, Clone)]
pub(super) struct Summary {
    pub(super) run: i64,
    pub(super) started: Timestamp,
    pub(super) seconds: f64,
    /// Seconds that threads spent in the store, summed.
    pub(super) storing: f64,
    pub(super) outcome: RunOutcome,
    pub(super) collections: Vec<Done>,
    /// What is done as configured and hardly meant so.
    pub(super) warnings: Vec<String>,
    /// Priorities summed anew.
    pub(super) reweighed: usize,
    pub(super) refreshed: usize,
    pub(super) refresh_stopped: Option<String>,
    pub(super) stopped: Option<String>,
    pub(super) announced: Announced,
    /// Why the metrics were not written, if they were asked for.
    pub(super) no_metrics: Option<String>,
    pub(super) stale: u64,
    pub(super) store_bytes: u64,
}

impl Default for Summary {
    fn default() -> Self {
        Self {
            run: 0,
            started: Timestamp::UNIX_EPOCH,
            seconds: 0.0,
            storing: 0.0,
            outcome: RunOutcome::Failed,
            collections: Vec::new(),
            warnings: Vec::new(),
            reweighed: 0,
            refreshed: 0,
            refresh_stopped: None,
            stopped: None,
            announced: Announced::default(),
            no_metrics: None,
            stale: 0,
            store_bytes: 0,
        }
    }
}

impl Summary {
    pub(super) fn stored(&self) -> usize {
        self.collections.iter().map(|done| done.stored).sum()
    }

    /// Says `warnings` now, and again at the end.
    pub(super) fn warn(&mut self, warnings: Vec<String>) {
        warnings.iter().for_each(|warning| warn!("{warning}"));
        self.warnings.extend(warnings);
    }

    /// Notes that the metrics could not be written. By then the run has ended in the store as it went.
    pub(super) fn lacks_metrics(&mut self, reason: String) {
        self.no_metrics = Some(reason);
        if self.outcome == RunOutcome::Done {
            self.outcome = RunOutcome::Partly;
        }
    }

    /// Why not all was done, in one line.
    pub(super) fn reason(&self) -> Option<String> {
        let failed = self
            .collections
            .iter()
            .filter(|done| matches!(done.outcome, CollectionOutcome::Failed | CollectionOutcome::Partly));
        let reasons: Vec<String> = self
            .stopped
            .iter()
            .cloned()
            .chain(failed.map(|done| format!("{}: {}", done.source, done.reason.as_deref().unwrap_or("failed"))))
            .chain(self.refresh_stopped.iter().map(|reason| format!("refresh: {reason}")))
            .chain(self.announced.failures.iter().cloned())
            .collect();
        (!reasons.is_empty()).then(|| reasons.join("; "))
    }
}

/// The summary, as printed on standard output.
pub(super) fn text(summary: &Summary, store: &Path) -> String {
    let mut lines = vec![format!("run {}: {}, {:.1} s", summary.run, summary.outcome.id(), summary.seconds)];
    lines.extend(summary.collections.iter().map(collection));
    lines.extend(summary.warnings.iter().map(|warning| format!("warning: {warning}")));
    let new = &summary.announced;
    lines.push(format!("{} stored", count(summary.stored(), "document change")));
    if summary.reweighed > 0 {
        lines.push(format!("{} weighed anew", count(summary.reweighed, "stale record")));
    }
    if summary.refreshed > 0 {
        lines.push(format!("{} made again", count(summary.refreshed, "stale record")));
    }
    for (path, records) in &new.reports {
        lines.push(format!("report {}: {}", path.display(), count(*records, "document change")));
    }
    if let Some(told) = new.told {
        lines.push(format!("digest handed over: {} at or above the threshold", count(told, "document change")));
    }
    lines.extend(new.failures.iter().map(|failure| format!("failed: {failure}")));
    lines.extend(summary.no_metrics.iter().map(|reason| format!("metrics not written: {reason}")));
    if let Some(reason) = &summary.stopped {
        lines.push(format!("stopped: {reason}; the next run goes on from here"));
    }
    if let Some(reason) = &summary.refresh_stopped {
        lines.push(format!("refresh not finished: {reason}"));
    }
    let stale = if summary.stale == 0 {
        String::new()
    } else {
        format!("; {} of another model or version, --refresh makes them again", count_u64(summary.stale, "record"))
    };
    #[expect(clippy::cast_precision_loss, reason = "for reading")]
    let size = summary.store_bytes as f64 / 1e6;
    lines.push(format!("store {}: {size:.1} MB{stale}", store.display()));
    lines.iter().fold(String::new(), |mut text, line| {
        // Writing into a string cannot fail.
        let _ = writeln!(text, "{}", safe_text(line));
        text
    })
}

fn collection(done: &Done) -> String {
    let name = done.name.as_deref().unwrap_or(&done.source);
    let head = done.head.as_deref().and_then(|head| head.get(..12)).unwrap_or("");
    let at = if head.is_empty() { String::new() } else { format!(" at {head}") };
    let gone = if done.gone == 0 { String::new() } else { format!("; {} no longer in the history", done.gone) };
    match done.outcome {
        CollectionOutcome::Unchanged => format!("  {name}: nothing new{at}"),
        CollectionOutcome::Done if done.stored == 0 => format!("  {name}: nothing new{at}{gone}"),
        CollectionOutcome::Done => format!("  {name}: {} new{at}{gone}", done.stored),
        CollectionOutcome::Interrupted => format!("  {name}: stopped after {} new", done.stored),
        CollectionOutcome::Partly | CollectionOutcome::Failed => {
            let reason = done.reason.as_deref().unwrap_or("no reason given");
            format!("  {name}: {}, {} new{gone}: {reason}", done.outcome.id(), done.stored)
        }
    }
}

fn count(number: usize, what: &str) -> String {
    count_u64(number as u64, what)
}

fn count_u64(number: u64, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
