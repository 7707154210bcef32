//! CSV: one row a document change, made for spreadsheets.

use std::io::{self, Write};

use super::{Report, safe_cell, safe_link};
use crate::pipeline::ScanSummary;
use crate::record::{DocumentChangeRecord, NumberRecord};

/// Columns, in their order. New ones are added at the end.
const COLUMNS: [&str; 41] = [
    "priority",
    "date",
    "service",
    "terms_type",
    "part",
    "collection",
    "status",
    "status_reason",
    "materiality",
    "effect",
    "categories",
    "added",
    "removed",
    "modified",
    "moved",
    "unchanged",
    "jurisdictions",
    "jurisdictions_added",
    "jurisdictions_dropped",
    "laws",
    "laws_added",
    "laws_dropped",
    "parties_added",
    "parties_dropped",
    "numbers",
    "modal_shifts",
    "negations_added",
    "negations_dropped",
    "silent_update",
    "back_dated",
    "priority_parts",
    "notes",
    "url",
    "model",
    "path",
    "commit",
    "previous_commit",
    "id",
    "unsure",
    "story",
    "twins",
];

/// Writes each record as one row; lists are joined by `; `.
#[derive(Debug)]
pub struct CsvReport<W: Write> {
    writer: csv::Writer<W>,
    started: bool,
}

impl<W: Write> CsvReport<W> {
    /// A report into `writer`.
    pub fn new(writer: W) -> Self {
        Self { writer: csv::Writer::from_writer(writer), started: false }
    }

    fn start(&mut self) -> io::Result<()> {
        if !self.started {
            self.started = true;
            self.writer.write_record(COLUMNS).map_err(io_error)?;
        }
        Ok(())
    }
}

impl<W: Write> Report for CsvReport<W> {
    fn record(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        self.start()?;
        let row = row(record);
        self.writer.write_record(row.iter().map(|cell| safe_cell(cell).into_owned())).map_err(io_error)
    }

    fn finish(&mut self, _summary: &ScanSummary) -> io::Result<()> {
        self.start()?;
        self.writer.flush()
    }
}

/// The error below a CSV error, so that a closed pipe is still seen as one.
pub(super) fn io_error(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn row(record: &DocumentChangeRecord) -> [String; COLUMNS.len()] {
    let facts = &record.facts;
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let list = |texts: &[String]| texts.join("; ");
    let count = |kind: &str| record.counts.get(kind).copied().unwrap_or_default().to_string();
    let join = |texts: &mut dyn Iterator<Item = String>| texts.collect::<Vec<_>>().join("; ");
    [
        // Adding zero takes the sign from a negative zero.
        format!("{:.1}", record.priority + 0.0),
        record.date.clone(),
        record.service.clone(),
        record.terms_type.clone(),
        optional(&record.part),
        record.collection.clone(),
        record.status.clone(),
        optional(&record.status_reason),
        optional(&record.materiality),
        optional(&record.effect),
        join(&mut record.categories.iter().map(|category| category.id.clone())),
        count("added"),
        count("removed"),
        count("modified"),
        count("moved"),
        count("unchanged"),
        list(&facts.jurisdictions),
        list(&facts.jurisdictions_added),
        list(&facts.jurisdictions_dropped),
        list(&facts.laws),
        list(&facts.laws_added),
        list(&facts.laws_dropped),
        list(&facts.parties_added),
        list(&facts.parties_dropped),
        join(&mut facts.numbers.iter().map(number)),
        join(&mut facts.modal_shifts.iter().map(|shift| format!("{} → {}", shift.from, shift.to))),
        list(&facts.negations_added),
        list(&facts.negations_dropped),
        optional(&facts.silent_update),
        optional(&facts.back_dated),
        join(&mut record.priority_parts.iter().map(|(name, points)| format!("{name} {points:+.1}"))),
        list(&record.notes),
        record.url.as_deref().and_then(safe_link).unwrap_or_default().to_owned(),
        optional(&record.model),
        record.path.clone(),
        record.commit.clone(),
        optional(&record.previous_commit),
        record.id.clone(),
        if record.unsure { "yes".to_owned() } else { String::new() },
        record.story.as_ref().map(|story| story.id.clone()).unwrap_or_default(),
        join(&mut record.twins.iter().map(|twin| format!("{} {}", twin.collection, twin.id))),
    ]
}

/// `30 days → 14 days`; `∅` stands for what is not there.
fn number(number: &NumberRecord) -> String {
    let side = |text: &Option<String>| text.clone().unwrap_or_else(|| "∅".into());
    format!("{} → {}", side(&number.from), side(&number.to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::FactsRecord;

    #[test]
    fn rows_read_back_and_are_no_formulas() {
        let facts =
            FactsRecord { parties_added: vec!["A; Inc.".into(), "B \"quoted\"".into()], ..FactsRecord::default() };
        let record = DocumentChangeRecord {
            service: "=HYPERLINK(\"x\")".into(),
            terms_type: "two\nlines".into(),
            url: Some("javascript:alert(1)".into()),
            facts,
            ..DocumentChangeRecord::default()
        };
        let mut bytes = Vec::new();
        {
            let mut report = CsvReport::new(&mut bytes);
            assert!(report.record(&record).is_ok());
            assert!(report.finish(&ScanSummary::default()).is_ok());
        }
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let rows: Vec<std::collections::HashMap<String, String>> =
            reader.deserialize().filter_map(Result::ok).collect();
        assert_eq!(rows.len(), 1);
        let cell = |name: &str| rows.first().and_then(|row| row.get(name)).map(String::as_str);
        assert_eq!(cell("service"), Some("'=HYPERLINK(\"x\")"));
        assert_eq!(cell("terms_type"), Some("two lines"));
        assert_eq!(cell("url"), Some(""));
        assert_eq!(cell("parties_added"), Some("A; Inc.; B \"quoted\""));
        assert_eq!(cell("priority"), Some("0.0"));
    }

    #[test]
    fn no_records_still_make_a_header() {
        let mut bytes = Vec::new();
        {
            let mut report = CsvReport::new(&mut bytes);
            assert!(report.finish(&ScanSummary::default()).is_ok());
        }
        assert!(bytes.starts_with(b"priority,date,service,"));
    }
}
