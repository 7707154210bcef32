//! The stages joined: from opened collections to ranked records.
//!
//! Knows neither stores nor reports: records go into a [`Sink`].

mod compare;
mod document;
mod filter;
mod line;
mod progress;
mod ranking;
mod scan;
mod settle;
mod spill;

pub use compare::{Standing, compare};
pub use filter::Filter;
pub use progress::{NoProgress, Progress};
pub use scan::{Order, ScanError, ScanOptions, ScanSummary, Sink, scan, scan_with};
