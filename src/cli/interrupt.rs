//! Ctrl-C and the request to end that a supervisor sends.
//!
//! A thread looks out for them. Work that listens is asked to stop at its next good place, and its command says what
//! became of it. Where nothing listens, and where what listened is asked once more, the thread removes what is half
//! written and ends the program where it is: also in a wait for standard input, which nothing else could end.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use signal_hook::consts::TERM_SIGNALS;
use signal_hook::flag::{register, register_conditional_shutdown};
use tempfile::NamedTempFile;
use termsift::outcome::Stop;
use termsift::pipeline::ScanError;

use super::error::{CliError, rendered};
use super::exit::Exit;
use super::say;

/// How often the thread looks. What a handler of signals may do itself is next to nothing.
const INTERVAL: Duration = Duration::from_millis(50);

/// What is asked to stop by the next signal.
static LISTENING: Mutex<Option<Stop>> = Mutex::new(None);
/// Temporary files that were begun. Those that have become a report are no longer there under these names.
static HALF_WRITTEN: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Begins to look out for signals.
pub(crate) fn watch() {
    let asked = Arc::new(AtomicBool::new(false));
    let ending = Arc::new(AtomicBool::new(false));
    let (seen, begun) = (Arc::clone(&asked), Arc::clone(&ending));
    let thread = std::thread::Builder::new().name("signals".into()).spawn(move || look_out(&seen, &begun));
    if thread.is_err() {
        // With nobody to look out, signals end the program as ever.
        return;
    }
    for &signal in TERM_SIGNALS {
        // Where a handler cannot be registered, the signal ends the program as ever. An end that hangs, because nobody
        // reads what it says, is ended by one more signal.
        if register(signal, Arc::clone(&asked)).is_ok() {
            let _ = register_conditional_shutdown(signal, Exit::Partly.number().into(), Arc::clone(&ending));
        }
    }
}

fn look_out(asked: &AtomicBool, ending: &AtomicBool) {
    loop {
        std::thread::sleep(INTERVAL);
        if asked.swap(false, Ordering::Relaxed) {
            let listening = held(&LISTENING).take();
            if let Some(stop) = listening {
                stop.ask();
            } else {
                ending.store(true, Ordering::Relaxed);
                end();
            }
        }
    }
}

/// Has the next signal ask `stop`. One more after it ends the program.
pub(crate) fn listen(stop: &Stop) {
    *held(&LISTENING) = Some(stop.clone());
}

/// Runs `work`, which looks at the [`Stop`] that it is given; what comes after it need not.
pub(crate) fn stoppable<T>(work: impl FnOnce(&Stop) -> Result<T, CliError>) -> Result<T, CliError> {
    let stop = Stop::default();
    listen(&stop);
    let done = work(&stop);
    *held(&LISTENING) = None;
    // It may have been asked after the work looked for the last time.
    if done.is_ok() && stop.asked() { Err(ScanError::Stopped.into()) } else { done }
}

/// Runs `work`, a wait in which nothing looks at what listens: meanwhile a signal ends the program.
pub(crate) fn unheard<T>(work: impl FnOnce() -> T) -> T {
    let listening = held(&LISTENING).take();
    let done = work();
    *held(&LISTENING) = listening;
    done
}

/// Has `make` begin a temporary file, which is removed where a signal ends the program.
pub(crate) fn half_written(make: impl FnOnce() -> io::Result<NamedTempFile>) -> io::Result<NamedTempFile> {
    // Held meanwhile, so that no file is begun and not yet known when the others are removed.
    let mut known = held(&HALF_WRITTEN);
    let file = make()?;
    known.push(file.path().to_owned());
    Ok(file)
}

#[expect(clippy::exit, reason = "whatever the other threads wait for, the user waits no longer")]
fn end() -> ! {
    // Held to the end, so that nothing new is begun.
    let half = held(&HALF_WRITTEN);
    let removed = half.iter().filter(|path| std::fs::remove_file(path).is_ok()).count();
    if io::stderr().is_terminal() {
        // Off the line of a progress bar.
        say("");
    }
    say(&rendered(&CliError::Interrupted { file: removed > 0 }));
    std::process::exit(Exit::Partly.number().into())
}

fn held<T>(what: &Mutex<T>) -> MutexGuard<'_, T> {
    what.lock().unwrap_or_else(PoisonError::into_inner)
}
