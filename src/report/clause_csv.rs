//! CSV: one row a clause change, made for spreadsheets.

use std::io::{self, Write};

use super::csv::io_error;
use super::facts::fact_lines_by_id;
use super::{Elision, Piece, Report, pieces, safe_cell, safe_link};
use crate::pipeline::ScanSummary;
use crate::record::{ClauseChangeRecord, DocumentChangeRecord, ScoredId};

/// Columns, in their order. New ones are added at the end.
const COLUMNS: [&str; 26] = [
    "priority",
    "date",
    "service",
    "terms_type",
    "collection",
    "status",
    "kind",
    "headings",
    "lead_in",
    "redline",
    "before",
    "after",
    "materiality",
    "materiality_score",
    "categories",
    "effect",
    "effect_score",
    "facts",
    "before_line",
    "after_line",
    "url",
    "path",
    "commit",
    "change_id",
    "id",
    "interest",
];

/// Writes each clause change of each record as one row.
#[derive(Debug)]
pub struct ClauseCsvReport<W: Write> {
    writer: csv::Writer<W>,
    started: bool,
}

impl<W: Write> ClauseCsvReport<W> {
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

impl<W: Write> Report for ClauseCsvReport<W> {
    fn record(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        self.start()?;
        for clause in &record.clauses {
            let row = row(record, clause);
            self.writer.write_record(row.iter().map(|cell| safe_cell(cell).into_owned())).map_err(io_error)?;
        }
        Ok(())
    }

    fn finish(&mut self, _summary: &ScanSummary) -> io::Result<()> {
        self.start()?;
        self.writer.flush()
    }
}

fn row(record: &DocumentChangeRecord, clause: &ClauseChangeRecord) -> [String; COLUMNS.len()] {
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    let id = |scored: &Option<ScoredId>| scored.as_ref().map(|scored| scored.id.clone()).unwrap_or_default();
    let score = |scored: &Option<ScoredId>| scored.as_ref().map(|one| format!("{:.2}", one.score)).unwrap_or_default();
    let line = |line: Option<u32>| line.map(|line| line.to_string()).unwrap_or_default();
    let whole = Elision { context: usize::MAX / 4, edit: usize::MAX / 4 };
    [
        format!("{:.1}", record.priority + 0.0),
        record.date.clone(),
        record.service.clone(),
        record.terms_type.clone(),
        record.collection.clone(),
        record.status.clone(),
        clause.kind.clone(),
        clause.headings.join(" › "),
        clause.lead_in.clone(),
        pieces(clause, whole).iter().map(Piece::marked).collect(),
        optional(&clause.before),
        optional(&clause.after),
        id(&clause.materiality),
        score(&clause.materiality),
        clause.categories.iter().map(|category| category.id.as_str()).collect::<Vec<_>>().join("; "),
        id(&clause.effect),
        score(&clause.effect),
        fact_lines_by_id(&clause.facts).iter().map(|line| line.said(usize::MAX)).collect::<Vec<_>>().join(" · "),
        line(clause.before_line),
        line(clause.after_line),
        clause.url.as_deref().and_then(safe_link).unwrap_or_default().to_owned(),
        record.path.clone(),
        record.commit.clone(),
        record.id.clone(),
        clause.id.clone(),
        clause.interest.map(|interest| format!("{interest:.2}")).unwrap_or_default(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_a_clause_and_no_formula() {
        let clause = |text: &str| ClauseChangeRecord {
            kind: "added".into(),
            after: Some(text.into()),
            url: Some("javascript:x".into()),
            ..ClauseChangeRecord::default()
        };
        let record = DocumentChangeRecord {
            clauses: vec![clause("=1+1"), clause("two\nlines")],
            ..DocumentChangeRecord::default()
        };
        let mut bytes = Vec::new();
        {
            let mut report = ClauseCsvReport::new(&mut bytes);
            assert!(report.record(&record).is_ok());
            assert!(report.finish(&ScanSummary::default()).is_ok());
        }
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let rows: Vec<std::collections::HashMap<String, String>> =
            reader.deserialize().filter_map(Result::ok).collect();
        let column = |name: &str| rows.iter().map(|row| row[name].clone()).collect::<Vec<_>>();
        assert_eq!(column("after"), ["'=1+1", "two lines"]);
        assert_eq!(column("redline"), ["{+=1+1+}", "{+two lines+}"]);
        assert_eq!(column("url"), ["", ""]);
    }
}
