//! One file a command.

mod completions;
mod output;
mod scan;

pub(crate) use completions::completions;
pub(crate) use scan::scan;
