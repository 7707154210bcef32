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

impl Exit {
    /// The number that the shell sees.
    pub(crate) const fn number(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partly => 3,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}
