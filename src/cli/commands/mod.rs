//! One file a command.

mod completions;
mod dataset;
mod output;
mod scan;

pub(crate) use completions::completions;
pub(crate) use dataset::dataset;
pub(crate) use scan::scan;
