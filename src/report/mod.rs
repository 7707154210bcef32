//! Reports: from records to text that a person or a program reads.
//!
//! In: records in their final order, one at a time. Out: bytes in a writer. Texts of terms are
//! untrusted; each writer keeps them inert in its format.
//!
//! [`Report`]s list many document changes; [`show`] explains one, [`memo`] drafts a text about some,
//! [`write_comparison`] sets two versions side by side.

mod atom;
mod clause_csv;
mod compare;
mod csv;
mod elsewhere;
mod escape;
mod facts;
mod html;
mod jsonl;
mod layout;
mod markdown;
mod memo;
mod noise;
mod parquet;
mod passage;
mod redline;
mod show;
mod table;
mod tally;
mod telling;
mod words;

use std::io;

pub use atom::AtomReport;
pub use clause_csv::ClauseCsvReport;
pub use compare::{CompareOptions, write_comparison};
pub use csv::CsvReport;
pub use escape::{safe_cell, safe_link, safe_markdown, safe_text};
pub use html::HtmlReport;
pub use jsonl::JsonlReport;
pub use markdown::MarkdownReport;
pub use memo::memo;
pub use noise::{NoiseOfAKind, NoiseReport, NoisyDocument};
pub use parquet::ParquetReport;
pub use redline::{Elision, Piece, PieceKind, pieces};
pub use show::{ShowOptions, show};
pub use table::{TableOptions, TableReport};

use crate::pipeline::ScanSummary;
use crate::record::DocumentChangeRecord;

/// Writes records in one format.
pub trait Report {
    /// Takes note of the options by which `termsift show` finds the records again, such as `--store night.sqlite`: for
    /// layouts that tell their readers how to see more. Called before the first record, or not at all.
    fn found_by(&mut self, _options: &str) {}

    /// Writes one record.
    ///
    /// # Errors
    /// When the writer fails.
    fn record(&mut self, record: &DocumentChangeRecord) -> io::Result<()>;

    /// Writes one record given as JSON.
    ///
    /// # Errors
    /// When the writer fails, or that is no record.
    fn json(&mut self, json: &[u8]) -> io::Result<()> {
        self.record(&serde_json::from_slice(json)?)
    }

    /// Writes what comes after the last record, and flushes.
    ///
    /// # Errors
    /// When the writer fails.
    fn finish(&mut self, summary: &ScanSummary) -> io::Result<()>;
}
