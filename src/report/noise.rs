//! Documents whose recorded changes are mostly no news, for those who maintain a collection.
//!
//! A page that flips between two versions, that a wall keeps replacing, or whose dates roll is
//! mended in its declaration, not read every day. Told of each: how often, from when to when, what
//! stands in its place, and in which words the versions differ.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::{Elision, pieces, safe_text};
use crate::pipeline::Sink;
use crate::rank::Status;
use crate::record::DocumentChangeRecord;

/// Statuses that a declaration can do something about.
const NOISE: [Status; 5] =
    [Status::Oscillation, Status::Reversion, Status::PageReplaced, Status::LanguageSwapped, Status::Rolling];
/// Differences shown of each kind, and their length in characters.
const SHOWN: usize = 3;
const LONGEST: usize = 240;

/// Document changes of one kind in one document.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NoiseOfAKind {
    /// How many.
    pub count: usize,
    /// Date of the first.
    pub first: String,
    /// Date of the last.
    pub last: String,
    /// Commit of the last.
    pub commit: String,
    /// Link to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// What was said of the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Where the versions of the last differ: `[-went-]{+came+}`.
    pub differences: Vec<String>,
    /// How many more clauses differ.
    pub more: usize,
}

/// A document with noise.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NoisyDocument {
    /// The collection's name.
    pub collection: String,
    /// The service.
    pub service: String,
    /// The terms type.
    pub terms_type: String,
    /// Path of the document.
    pub path: String,
    /// Its document changes.
    pub changes: usize,
    /// How many of them are noise.
    pub noise: usize,
    /// By status.
    pub kinds: BTreeMap<String, NoiseOfAKind>,
}

/// Gathers noise from the records of a scan in the order of history.
#[derive(Debug, Default)]
pub struct NoiseReport {
    documents: BTreeMap<(String, String), NoisyDocument>,
}

impl NoiseReport {
    /// Documents with at least `least` changes that are noise, noisiest first.
    #[must_use]
    pub fn documents(&self, least: usize) -> Vec<&NoisyDocument> {
        let mut found: Vec<&NoisyDocument> =
            self.documents.values().filter(|document| document.noise >= least.max(1)).collect();
        found.sort_by_key(|document| std::cmp::Reverse(document.noise));
        found
    }

    /// Writes them as JSON Lines.
    ///
    /// # Errors
    /// When `output` cannot be written.
    pub fn write_jsonl(&self, output: &mut dyn Write, least: usize) -> io::Result<()> {
        for document in self.documents(least) {
            serde_json::to_writer(&mut *output, document)?;
            writeln!(output)?;
        }
        Ok(())
    }

    /// Writes them for reading.
    ///
    /// # Errors
    /// When `output` cannot be written.
    pub fn write_table(&self, output: &mut dyn Write, least: usize) -> io::Result<()> {
        let documents = self.documents(least);
        let noise: usize = documents.iter().map(|document| document.noise).sum();
        writeln!(
            output,
            "{} documents with at least {least} changes that are probably no news, {noise} such changes in all",
            documents.len()
        )?;
        for document in documents {
            let part = safe_text(&document.path);
            writeln!(
                output,
                "\n{} · {part}: {} of {} changes",
                safe_text(&document.collection),
                document.noise,
                document.changes
            )?;
            for (status, kind) in &document.kinds {
                writeln!(output, "  {status}: {}, {} to {}", kind.count, day(&kind.first), day(&kind.last))?;
                if let Some(reason) = &kind.reason {
                    writeln!(output, "    last: {}", safe_text(reason))?;
                }
                for difference in &kind.differences {
                    writeln!(output, "    {}", safe_text(difference))?;
                }
                if kind.more > 0 {
                    writeln!(output, "    and {} more clauses", kind.more)?;
                }
                if let Some(url) = &kind.url {
                    writeln!(output, "    {}", safe_text(url))?;
                }
            }
        }
        Ok(())
    }
}

impl Sink for NoiseReport {
    fn record(&mut self, record: DocumentChangeRecord) -> io::Result<()> {
        if [Status::FirstRecord, Status::LastRecord].iter().any(|status| record.status == status.id()) {
            return Ok(());
        }
        let key = (record.collection.clone(), record.path.clone());
        let document = self.documents.entry(key).or_insert_with(|| NoisyDocument {
            collection: record.collection.clone(),
            service: record.service.clone(),
            terms_type: record.terms_type.clone(),
            path: record.path.clone(),
            ..NoisyDocument::default()
        });
        document.changes += 1;
        if !NOISE.iter().any(|status| record.status == status.id()) {
            return Ok(());
        }
        document.noise += 1;
        let kind = document.kinds.entry(record.status.clone()).or_default();
        kind.count += 1;
        if kind.first.is_empty() {
            kind.first.clone_from(&record.date);
        }
        kind.last.clone_from(&record.date);
        kind.commit.clone_from(&record.commit);
        kind.url.clone_from(&record.url);
        kind.reason.clone_from(&record.status_reason);
        let telling = record.clauses.iter().filter(|clause| clause.kind != "moved");
        // Where the reason says what stands in its place, two whole documents need not be shown.
        let shown = if record.status == Status::PageReplaced.id() { 0 } else { SHOWN };
        kind.differences = telling
            .clone()
            .take(shown)
            .map(|clause| cut(&pieces(clause, Elision::default()).iter().map(super::Piece::marked).collect::<String>()))
            .collect();
        kind.more = telling.count() - kind.differences.len();
        Ok(())
    }
}

fn day(date: &str) -> &str {
    date.get(..10).unwrap_or(date)
}

fn cut(text: &str) -> String {
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ClauseChangeRecord;

    #[test]
    fn a_document_that_flips_is_told_with_what_differs() {
        let mut report = NoiseReport::default();
        for (day, status) in
            [(1, "first-record"), (2, "change"), (3, "reversion"), (4, "oscillation"), (5, "oscillation")]
        {
            let clause = ClauseChangeRecord {
                kind: "added".into(),
                after: Some("Apples\u{1b}[31m are red.".into()),
                ..ClauseChangeRecord::default()
            };
            let record = DocumentChangeRecord {
                collection: "orchard".into(),
                path: "Apple Farm/Terms.md".into(),
                date: format!("2025-01-0{day}T00:00:00Z"),
                status: status.into(),
                status_reason: Some("returns to the version of yesterday".into()),
                clauses: vec![clause],
                ..DocumentChangeRecord::default()
            };
            report.record(record).unwrap();
        }
        assert!(report.documents(4).is_empty());
        let mut text = Vec::new();
        report.write_table(&mut text, 3).unwrap();
        let text = String::from_utf8(text).unwrap();
        assert!(text.contains("orchard · Apple Farm/Terms.md: 3 of 4 changes"), "{text}");
        assert!(text.contains("oscillation: 2, 2025-01-04 to 2025-01-05"), "{text}");
        assert!(text.contains("are red.") && !text.contains('\u{1b}'), "{text}");
    }
}
