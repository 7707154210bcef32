//! The stages joined: from opened collections to ranked records.
//!
//! Knows neither stores nor reports: records go into a [`Sink`] or, as they are made, to a [`Shelf`].

mod compare;
mod document;
mod filter;
mod line;
mod own_date;
mod progress;
mod ranking;
mod scan;
mod settle;
mod signals;
mod spill;
mod stories;
mod stream;

pub use compare::{Standing, compare};
pub use filter::Filter;
pub use progress::{NoProgress, Progress};
pub use scan::{Order, ScanError, ScanOptions, ScanSummary, Sink, scan, scan_with};
pub use stories::{Related, Sketch, Stories};
pub use stream::{Shelf, StreamSummary, Work, stream};

/// Version of what a record is made by. Raised whenever segmentation, alignment, facts, status or priority make
/// another record of the same versions; what a store holds from before is then stale.
pub const ENGINE: u32 = 8;
