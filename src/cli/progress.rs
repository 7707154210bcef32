//! How far a run is, on a terminal.

use std::io::IsTerminal as _;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};
use termsift::pipeline::Progress;

/// A progress bar on standard error; silent where that is no terminal or none is wanted.
pub(crate) struct TerminalProgress {
    bar: ProgressBar,
}

impl TerminalProgress {
    /// A bar, if `wanted` and standard error is a terminal.
    pub(crate) fn new(wanted: bool) -> Self {
        if !wanted || !std::io::stderr().is_terminal() {
            return Self { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(200));
        Self { bar }
    }

    /// A bar that counts `what`, of which nobody knows how many there will be.
    pub(crate) fn counting(what: &str, wanted: bool) -> Self {
        let progress = Self::new(wanted);
        progress.show(&format!("{{spinner}} {{human_pos}} {what}, {{rate}}"));
        progress
    }

    /// Has the bar look as `template` says, where `rate` is how many are done in a second.
    fn show(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            let rate = |state: &ProgressState, to: &mut dyn std::fmt::Write| {
                // A bar that cannot be drawn is no reason to stop.
                let _ = write!(to, "{:.0}/s", state.per_sec());
            };
            self.bar.set_style(style.with_key("rate", rate));
        }
    }

    /// Says what is being done before there is anything to count.
    pub(crate) fn doing(&self, what: String) {
        self.bar.set_message(what);
    }

    /// Runs `action`, which may write to the terminal, with the bar out of the way.
    pub(crate) fn suspended<T>(&self, action: impl FnOnce() -> T) -> T {
        self.bar.suspend(action)
    }
}

impl Progress for TerminalProgress {
    fn start(&self, total: u64) {
        self.show("{bar:30} {human_pos}/{human_len} document changes, {rate}, {eta} left");
        self.bar.set_length(total);
    }

    fn advance(&self, done: u64) {
        self.bar.inc(done);
    }

    fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Drop for TerminalProgress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
