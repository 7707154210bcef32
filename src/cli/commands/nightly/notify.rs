//! Handing the digest to a command.

use std::fs::File;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::time::Duration;

use super::watch::Deadline;

/// How often a command is looked at.
const INTERVAL: Duration = Duration::from_millis(20);

/// Why a command did not take the digest.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotifyError {
    #[error("the digest cannot be kept for the command; is the disk full?")]
    Digest(#[source] std::io::Error),
    #[error("{program}: cannot be started; is it installed, and its path right?")]
    Start { program: String, source: std::io::Error },
    #[error("{program}: ended with {status}")]
    Status { program: String, status: ExitStatus },
    #[error("{program}: took longer than {} s and was ended", timeout.as_secs())]
    Timeout { program: String, timeout: Duration },
}

/// Runs `command` with the file `digest` as its standard input. What it prints goes to standard error: standard
/// output is the run's summary.
pub(super) fn hand_over(command: &[String], digest: &Path, timeout: Duration) -> Result<(), NotifyError> {
    let (program, arguments) = command.split_first().map_or(("", &[][..]), |(program, rest)| (program.as_str(), rest));
    let named = || program.to_owned();
    let input = File::open(digest).map_err(NotifyError::Digest)?;
    let start = |source| NotifyError::Start { program: named(), source };
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(input)
        .stdout(Stdio::from(std::io::stderr()))
        .spawn()
        .map_err(start)?;
    let deadline = Deadline::after(timeout);
    loop {
        match child.try_wait().map_err(start)? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(NotifyError::Status { program: named(), status }),
            None if deadline.passed() => {
                // It may have ended just now.
                let _ = child.kill();
                let _ = child.wait();
                return Err(NotifyError::Timeout { program: named(), timeout });
            }
            None => std::thread::sleep(INTERVAL),
        }
    }
}
