//! One file a command.

mod classify;
mod completions;
mod dataset;
mod eval;
mod model;
mod nightly;
mod output;
mod scan;
mod store;
mod train;

pub(crate) use classify::classify;
pub(crate) use completions::completions;
pub(crate) use dataset::dataset;
pub(crate) use eval::eval;
pub(crate) use nightly::nightly;
pub(crate) use scan::scan;
pub(crate) use store::store;
pub(crate) use train::train;
