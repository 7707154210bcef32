//! Parquet: one table of document changes and one of clause changes, for databases and data frames.
//!
//! Rows are collected column by column and written in groups, so memory does not grow with their
//! number, nor with their length. `change_id` of a clause change is `id` of its document change.

use std::io::{self, Write};
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, Float64Builder, ListBuilder, StringBuilder, TimestampMicrosecondBuilder, UInt32Builder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use jiff::Timestamp;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;

use super::{Elision, Piece, Report, pieces};
use crate::pipeline::ScanSummary;
use crate::record::{ClauseChangeRecord, DocumentChangeRecord, FactsRecord, ScoredId};

/// Rows that are written together.
const GROUP: usize = 4096;
/// Bytes of text that are held: fewer rows are written together where they are long. A column has its places in 31
/// bits, and the library below stops the program where they do not suffice.
const MOST_HELD: usize = 64 << 20;
/// Bytes of text that one cell can hold, for the same reason.
const MOST_IN_CELL: usize = 1 << 30;

/// What a column holds.
#[derive(Debug, Clone, Copy)]
enum Kind {
    Text,
    Number,
    Count,
    Time,
    Texts,
    Numbers,
}

/// One cell.
enum Cell {
    Text(Option<String>),
    Number(Option<f64>),
    Count(Option<u32>),
    /// Microseconds since 1970.
    Time(Option<i64>),
    Texts(Vec<String>),
    Numbers(Vec<f64>),
}

impl Cell {
    /// Bytes of text in it.
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.as_ref().map_or(0, String::len),
            Self::Texts(texts) => texts.iter().map(String::len).sum(),
            Self::Number(_) | Self::Count(_) | Self::Time(_) | Self::Numbers(_) => 0,
        }
    }
}

/// Columns of document changes, in their order. New ones are added at the end.
const CHANGES: [(&str, Kind); 47] = [
    ("id", Kind::Text),
    ("collection", Kind::Text),
    ("service", Kind::Text),
    ("terms_type", Kind::Text),
    ("part", Kind::Text),
    ("path", Kind::Text),
    ("commit", Kind::Text),
    ("date", Kind::Time),
    ("previous_commit", Kind::Text),
    ("previous_date", Kind::Time),
    ("url", Kind::Text),
    ("status", Kind::Text),
    ("status_reason", Kind::Text),
    ("priority", Kind::Number),
    ("priority_part_names", Kind::Texts),
    ("priority_part_points", Kind::Numbers),
    ("materiality", Kind::Text),
    ("categories", Kind::Texts),
    ("category_scores", Kind::Numbers),
    ("effect", Kind::Text),
    ("model", Kind::Text),
    ("added", Kind::Count),
    ("removed", Kind::Count),
    ("modified", Kind::Count),
    ("moved", Kind::Count),
    ("unchanged", Kind::Count),
    ("silent_update", Kind::Text),
    ("back_dated", Kind::Text),
    ("notes", Kind::Texts),
    ("jurisdictions", Kind::Texts),
    ("jurisdictions_added", Kind::Texts),
    ("jurisdictions_dropped", Kind::Texts),
    ("laws", Kind::Texts),
    ("laws_added", Kind::Texts),
    ("laws_dropped", Kind::Texts),
    ("parties_added", Kind::Texts),
    ("parties_dropped", Kind::Texts),
    ("numbers_kind", Kind::Texts),
    ("numbers_from", Kind::Texts),
    ("numbers_to", Kind::Texts),
    ("modal_shifts", Kind::Texts),
    ("negations_added", Kind::Texts),
    ("negations_dropped", Kind::Texts),
    ("unsure", Kind::Text),
    ("story", Kind::Text),
    ("twins", Kind::Texts),
    ("twin_collections", Kind::Texts),
];

/// Columns of clause changes, in their order. New ones are added at the end.
const CLAUSES: [(&str, Kind); 36] = [
    ("id", Kind::Text),
    ("change_id", Kind::Text),
    ("kind", Kind::Text),
    ("before", Kind::Text),
    ("after", Kind::Text),
    ("redline", Kind::Text),
    ("headings", Kind::Texts),
    ("lead_in", Kind::Text),
    ("before_line", Kind::Count),
    ("after_line", Kind::Count),
    ("url", Kind::Text),
    ("materiality", Kind::Text),
    ("materiality_score", Kind::Number),
    ("materiality_reason", Kind::Text),
    ("categories", Kind::Texts),
    ("category_scores", Kind::Numbers),
    ("effect", Kind::Text),
    ("effect_score", Kind::Number),
    ("links_dropped", Kind::Texts),
    ("links_added", Kind::Texts),
    ("jurisdictions", Kind::Texts),
    ("jurisdictions_added", Kind::Texts),
    ("jurisdictions_dropped", Kind::Texts),
    ("laws", Kind::Texts),
    ("laws_added", Kind::Texts),
    ("laws_dropped", Kind::Texts),
    ("parties_added", Kind::Texts),
    ("parties_dropped", Kind::Texts),
    ("numbers_kind", Kind::Texts),
    ("numbers_from", Kind::Texts),
    ("numbers_to", Kind::Texts),
    ("modal_shifts", Kind::Texts),
    ("negations_added", Kind::Texts),
    ("negations_dropped", Kind::Texts),
    ("position", Kind::Count),
    ("interest", Kind::Number),
];

/// Writes the records as two Parquet files.
pub struct ParquetReport<W: Write + Send> {
    changes: Table<W>,
    clauses: Table<W>,
}

impl<W: Write + Send> ParquetReport<W> {
    /// A report into `changes` and `clauses`.
    ///
    /// # Errors
    /// When a writer fails.
    pub fn new(changes: W, clauses: W) -> io::Result<Self> {
        Ok(Self { changes: Table::new(changes, &CHANGES)?, clauses: Table::new(clauses, &CLAUSES)? })
    }
}

impl<W: Write + Send> Report for ParquetReport<W> {
    fn record(&mut self, record: &DocumentChangeRecord) -> io::Result<()> {
        self.changes.append(change_row(record))?;
        for (at, clause) in record.clauses.iter().enumerate() {
            self.clauses.append(clause_row(record, clause, at))?;
        }
        Ok(())
    }

    fn finish(&mut self, _summary: &ScanSummary) -> io::Result<()> {
        self.changes.finish()?;
        self.clauses.finish()
    }
}

/// A column that is being filled.
enum Column {
    Text(StringBuilder),
    Number(Float64Builder),
    Count(UInt32Builder),
    Time(TimestampMicrosecondBuilder),
    Texts(ListBuilder<StringBuilder>),
    Numbers(ListBuilder<Float64Builder>),
}

impl Column {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Self::Text(StringBuilder::new()),
            Kind::Number => Self::Number(Float64Builder::new()),
            Kind::Count => Self::Count(UInt32Builder::new()),
            Kind::Time => Self::Time(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
            Kind::Texts => Self::Texts(ListBuilder::new(StringBuilder::new())),
            Kind::Numbers => Self::Numbers(ListBuilder::new(Float64Builder::new())),
        }
    }

    /// Appends `cell`; one of another kind counts as missing.
    fn append(&mut self, cell: Cell) {
        match (self, cell) {
            (Self::Text(column), Cell::Text(text)) => column.append_option(text),
            (Self::Number(column), Cell::Number(number)) => column.append_option(number),
            (Self::Count(column), Cell::Count(count)) => column.append_option(count),
            (Self::Time(column), Cell::Time(time)) => column.append_option(time),
            (Self::Texts(column), Cell::Texts(texts)) => column.append_value(texts.into_iter().map(Some)),
            (Self::Numbers(column), Cell::Numbers(numbers)) => column.append_value(numbers.into_iter().map(Some)),
            (Self::Text(column), _) => column.append_null(),
            (Self::Number(column), _) => column.append_null(),
            (Self::Count(column), _) => column.append_null(),
            (Self::Time(column), _) => column.append_null(),
            (Self::Texts(column), _) => column.append_null(),
            (Self::Numbers(column), _) => column.append_null(),
        }
    }

    fn take(&mut self) -> ArrayRef {
        match self {
            Self::Text(column) => Arc::new(column.finish()),
            Self::Number(column) => Arc::new(column.finish()),
            Self::Count(column) => Arc::new(column.finish()),
            Self::Time(column) => Arc::new(column.finish()),
            Self::Texts(column) => Arc::new(column.finish()),
            Self::Numbers(column) => Arc::new(column.finish()),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(column) => column.len(),
            Self::Number(column) => column.len(),
            Self::Count(column) => column.len(),
            Self::Time(column) => column.len(),
            Self::Texts(column) => column.len(),
            Self::Numbers(column) => column.len(),
        }
    }
}

fn data_type(kind: Kind) -> DataType {
    let list = |item| DataType::List(Arc::new(Field::new_list_field(item, true)));
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Number => DataType::Float64,
        Kind::Count => DataType::UInt32,
        Kind::Time => DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
        Kind::Texts => list(DataType::Utf8),
        Kind::Numbers => list(DataType::Float64),
    }
}

/// A file that is being written.
struct Table<W: Write + Send> {
    schema: SchemaRef,
    columns: Vec<Column>,
    /// Bytes of text in `columns`.
    held: usize,
    writer: ArrowWriter<W>,
}

impl<W: Write + Send> Table<W> {
    fn new(writer: W, columns: &[(&str, Kind)]) -> io::Result<Self> {
        let fields: Vec<Field> = columns.iter().map(|&(name, kind)| Field::new(name, data_type(kind), true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_created_by(concat!("termsift ", env!("CARGO_PKG_VERSION")).to_owned())
            .build();
        let writer = ArrowWriter::try_new(writer, Arc::clone(&schema), Some(properties)).map_err(io_error)?;
        Ok(Self { schema, columns: columns.iter().map(|&(_, kind)| Column::new(kind)).collect(), held: 0, writer })
    }

    fn append(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        let long = cells.iter().zip(self.schema.fields()).find(|(cell, _)| cell.bytes() > MOST_IN_CELL);
        if let Some((cell, field)) = long {
            return Err(too_long(field.name(), cell.bytes()));
        }
        let bytes = cells.iter().map(Cell::bytes).sum::<usize>();
        if self.held > 0 && self.held.saturating_add(bytes) > MOST_HELD {
            self.flush()?;
        }
        self.held = self.held.saturating_add(bytes);
        for (column, cell) in self.columns.iter_mut().zip(cells) {
            column.append(cell);
        }
        if self.columns.first().is_some_and(|column| column.len() >= GROUP) {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.held = 0;
        let columns = self.columns.iter_mut().map(Column::take).collect();
        let batch = RecordBatch::try_new(Arc::clone(&self.schema), columns).map_err(io::Error::other)?;
        self.writer.write(&batch).map_err(io_error)?;
        self.writer.flush().map_err(io_error)
    }

    fn finish(&mut self) -> io::Result<()> {
        if self.columns.first().is_some_and(|column| column.len() > 0) {
            self.flush()?;
        }
        self.writer.finish().map(drop).map_err(io_error)
    }
}

fn too_long(column: &str, bytes: usize) -> io::Error {
    let why = format!("{bytes} bytes in the column {column} are more than Parquet takes; use --format jsonl");
    io::Error::new(io::ErrorKind::InvalidData, why)
}

/// The error below a Parquet error, so that a full disk is still seen as one.
fn io_error(error: ParquetError) -> io::Error {
    match error {
        ParquetError::External(error) => match error.downcast::<io::Error>() {
            Ok(error) => *error,
            Err(error) => io::Error::other(error),
        },
        other => io::Error::other(other),
    }
}

fn text(text: &str) -> Cell {
    Cell::Text(Some(text.to_owned()))
}

fn time(date: Option<&str>) -> Cell {
    Cell::Time(date.and_then(|date| date.parse::<Timestamp>().ok()).map(Timestamp::as_microsecond))
}

fn count(count: usize) -> Cell {
    Cell::Count(Some(u32::try_from(count).unwrap_or(u32::MAX)))
}

fn ids(list: &[ScoredId]) -> Cell {
    Cell::Texts(list.iter().map(|one| one.id.clone()).collect())
}

fn scores(list: &[ScoredId]) -> Cell {
    Cell::Numbers(list.iter().map(|one| one.score).collect())
}

fn change_row(record: &DocumentChangeRecord) -> Vec<Cell> {
    let counted = |kind: &str| count(record.counts.get(kind).copied().unwrap_or_default());
    let mut cells = vec![
        text(&record.id),
        text(&record.collection),
        text(&record.service),
        text(&record.terms_type),
        Cell::Text(record.part.clone()),
        text(&record.path),
        text(&record.commit),
        time(Some(&record.date)),
        Cell::Text(record.previous_commit.clone()),
        time(record.previous_date.as_deref()),
        Cell::Text(record.url.clone()),
        text(&record.status),
        Cell::Text(record.status_reason.clone()),
        Cell::Number(Some(record.priority)),
        Cell::Texts(record.priority_parts.keys().cloned().collect()),
        Cell::Numbers(record.priority_parts.values().copied().collect()),
        Cell::Text(record.materiality.clone()),
        ids(&record.categories),
        scores(&record.categories),
        Cell::Text(record.effect.clone()),
        Cell::Text(record.model.clone()),
        counted("added"),
        counted("removed"),
        counted("modified"),
        counted("moved"),
        counted("unchanged"),
        Cell::Text(record.facts.silent_update.clone()),
        Cell::Text(record.facts.back_dated.clone()),
        Cell::Texts(record.notes.clone()),
    ];
    cells.extend(fact_cells(&record.facts));
    cells.push(Cell::Text(record.unsure.then(|| "yes".to_owned())));
    cells.push(Cell::Text(record.story.as_ref().map(|story| story.id.clone())));
    cells.push(Cell::Texts(record.twins.iter().map(|twin| twin.id.clone()).collect()));
    cells.push(Cell::Texts(record.twins.iter().map(|twin| twin.collection.clone()).collect()));
    cells
}

fn clause_row(record: &DocumentChangeRecord, clause: &ClauseChangeRecord, at: usize) -> Vec<Cell> {
    let id = |scored: &Option<ScoredId>| Cell::Text(scored.as_ref().map(|one| one.id.clone()));
    let score = |scored: &Option<ScoredId>| Cell::Number(scored.as_ref().map(|one| one.score));
    let links = |list: fn(&crate::record::LinkTargetsRecord) -> &Vec<String>| {
        Cell::Texts(clause.links.as_ref().map(|links| list(links).clone()).unwrap_or_default())
    };
    let whole = Elision { context: usize::MAX / 4, edit: usize::MAX / 4 };
    let mut cells = vec![
        text(&clause.id),
        text(&record.id),
        text(&clause.kind),
        Cell::Text(clause.before.clone()),
        Cell::Text(clause.after.clone()),
        Cell::Text(Some(pieces(clause, whole).iter().map(Piece::marked).collect())),
        Cell::Texts(clause.headings.clone()),
        text(&clause.lead_in),
        Cell::Count(clause.before_line),
        Cell::Count(clause.after_line),
        Cell::Text(clause.url.clone()),
        id(&clause.materiality),
        score(&clause.materiality),
        Cell::Text(clause.materiality_reason.clone()),
        ids(&clause.categories),
        scores(&clause.categories),
        id(&clause.effect),
        score(&clause.effect),
        links(|links| &links.dropped),
        links(|links| &links.added),
    ];
    cells.extend(fact_cells(&clause.facts));
    cells.extend([count(at), Cell::Number(clause.interest)]);
    cells
}

/// The columns of facts, the same in both tables.
fn fact_cells(facts: &FactsRecord) -> Vec<Cell> {
    let texts = |texts: &[String]| Cell::Texts(texts.to_vec());
    let side = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        texts(&facts.jurisdictions),
        texts(&facts.jurisdictions_added),
        texts(&facts.jurisdictions_dropped),
        texts(&facts.laws),
        texts(&facts.laws_added),
        texts(&facts.laws_dropped),
        texts(&facts.parties_added),
        texts(&facts.parties_dropped),
        Cell::Texts(facts.numbers.iter().map(|number| number.kind.clone()).collect()),
        Cell::Texts(facts.numbers.iter().map(|number| side(&number.from)).collect()),
        Cell::Texts(facts.numbers.iter().map(|number| side(&number.to)).collect()),
        Cell::Texts(facts.modal_shifts.iter().map(|shift| format!("{} → {}", shift.from, shift.to)).collect()),
        texts(&facts.negations_added),
        texts(&facts.negations_dropped),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use parquet::file::reader::{FileReader as _, SerializedFileReader};

    #[test]
    fn rows_have_a_cell_for_each_column_of_its_kind() {
        let record = DocumentChangeRecord::default();
        let rows = [
            (change_row(&record), CHANGES.as_slice()),
            (clause_row(&record, &ClauseChangeRecord::default(), 0), CLAUSES.as_slice()),
        ];
        for (row, columns) in rows {
            assert_eq!(row.len(), columns.len());
            for (cell, (name, kind)) in row.iter().zip(columns) {
                let fits = matches!(
                    (cell, kind),
                    (Cell::Text(_), Kind::Text)
                        | (Cell::Number(_), Kind::Number)
                        | (Cell::Count(_), Kind::Count)
                        | (Cell::Time(_), Kind::Time)
                        | (Cell::Texts(_), Kind::Texts)
                        | (Cell::Numbers(_), Kind::Numbers)
                );
                assert!(fits, "{name}");
            }
        }
    }

    #[test]
    fn groups_are_written_whole() {
        let folder = tempfile::tempdir().expect("a folder");
        let create = |name: &str| std::fs::File::create(folder.path().join(name)).expect("a file");
        let mut report = ParquetReport::new(create("changes"), create("clauses")).expect("a report");
        let record = DocumentChangeRecord {
            date: "2025-11-04T00:53:37Z".into(),
            clauses: vec![ClauseChangeRecord::default(); 3],
            ..DocumentChangeRecord::default()
        };
        for _ in 0..GROUP {
            report.record(&record).expect("written");
        }
        report.finish(&ScanSummary::default()).expect("finished");
        let rows = |name: &str| {
            let file = std::fs::File::open(folder.path().join(name)).expect("a file");
            SerializedFileReader::new(file).expect("Parquet").metadata().file_metadata().num_rows()
        };
        let expected = i64::try_from(GROUP).expect("small");
        assert_eq!((rows("changes"), rows("clauses")), (expected, 3 * expected));
    }

    #[test]
    fn long_rows_are_written_in_smaller_groups() {
        const ROWS: usize = 40;
        let path = tempfile::NamedTempFile::new().expect("a file");
        let mut table = Table::new(path.reopen().expect("a file"), &[("headings", Kind::Texts)]).expect("a table");
        let heading = "a".repeat(MOST_HELD / 16);
        for _ in 0..ROWS {
            table.append(vec![Cell::Texts(vec![heading.clone()])]).expect("written");
            assert!(table.held <= MOST_HELD);
        }
        table.finish().expect("finished");
        let file = SerializedFileReader::new(path.reopen().expect("a file")).expect("Parquet");
        let groups: Vec<i64> =
            file.metadata().row_groups().iter().map(parquet::file::metadata::RowGroupMetaData::num_rows).collect();
        assert_eq!(groups, [16, 16, 8]);
    }
}
