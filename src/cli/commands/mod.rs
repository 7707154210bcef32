//! One file a command.

mod classify;
mod compare;
mod completions;
mod dataset;
mod eval;
mod memo;
mod model;
mod nightly;
mod noise;
mod output;
mod records;
mod report;
mod scan;
mod show;
mod store;
mod train;

pub(crate) use classify::classify;
pub(crate) use compare::compare;
pub(crate) use completions::completions;
pub(crate) use dataset::dataset;
pub(crate) use eval::eval;
pub(crate) use memo::memo;
pub(crate) use nightly::nightly;
pub(crate) use noise::noise;
pub(crate) use report::report;
pub(crate) use scan::scan;
pub(crate) use show::show;
pub(crate) use store::store;
pub(crate) use train::train;
