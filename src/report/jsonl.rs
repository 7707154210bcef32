//! JSON Lines: one record a line, every field.

use std::io::{self, Write};

use super::Report;
use crate::pipeline::ScanSummary;
use crate::record::DocumentChangeRecord;

/// Writes each record as one line of JSON.
#[derive(Debug)]
pub struct JsonlReport<W: Write> {
    writer: W,
}

impl<W: Write> JsonlReport<W> {
    /// A report into `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer }
    }
}

impl<W: Write> Report for JsonlReport<W> {
    fn record(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        serde_json::to_writer(&mut self.writer, record)?;
        self.writer.write_all(b"\n")
    }

    fn json(&mut self, json: &[u8]) -> io::Result<()> {
        self.writer.write_all(json)?;
        self.writer.write_all(b"\n")
    }

    fn finish(&mut self, _summary: &ScanSummary) -> io::Result<()> {
        self.writer.flush()
    }
}
