//! One file a command.

mod classify;
mod completions;
mod dataset;
mod eval;
mod model;
mod output;
mod scan;
mod train;

pub(crate) use classify::classify;
pub(crate) use completions::completions;
pub(crate) use dataset::dataset;
pub(crate) use eval::eval;
pub(crate) use scan::scan;
pub(crate) use train::train;
