//! Exit statuses.

use std::process::ExitCode;

/// How a run ended. The only place that knows the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done, or whoever read the output has had enough.
    Done,
    /// A gate or a check failed.
    Failed,
    /// Bad usage or input: nothing was done.
    Usage,
    /// Interrupted, or only a part was done.
    Partly,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Usage => 2,
            Exit::Partly => 3,
        })
    }
}
