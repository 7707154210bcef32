//! OPP-115 (Wilson et al. 2016), a public corpus of privacy policies with labels of practices:
//! read from its published splits, and measured as its literature does.
//!
//! A row is one pair of text and label; the rows of one text are one item. The corpus is licensed
//! for non-commercial use: it measures the trainer and goes into no model that is handed out.

mod near;
mod policies;
mod result;

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::metrics::{Counts, mean};

pub use near::near_twins;
pub use policies::{PolicySplit, policy_groups};
pub use result::{
    BenchmarkResult, Published, SeedResult, Split, Summary, read_seeds, write_benchmark_json, write_benchmark_table,
};

/// What spreadsheets leave where a text began like a formula: such a text is lost.
const LOST: &str = "#NAME?";

/// A text with the numbers of its labels, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// The text.
    pub text: String,
    /// Places in [`Opp115::labels`].
    pub labels: Vec<usize>,
}

/// What is learned from, chosen on and measured on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// To fit on.
    pub train: Vec<Segment>,
    /// To choose on.
    pub validation: Vec<Segment>,
    /// To measure on.
    pub test: Vec<Segment>,
}

/// The corpus in its published split.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opp115 {
    /// All labels, in alphabetical order.
    pub labels: Vec<String>,
    /// The published parts, each in the order of its file.
    pub parts: Parts,
    /// Rows whose text a spreadsheet had destroyed; they are left out.
    pub lost: usize,
    /// Texts of the test part that are, word for word, in the training or validation part as well.
    pub leaked: usize,
}

/// Why the corpus cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Opp115Error {
    /// A file cannot be read as rows of text and label.
    #[error("{}: cannot be read; it should be one of train.csv, validation.csv and test.csv, with rows text,label", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: csv::Error,
    },
    /// A row has not two cells.
    #[error("{} row {row}: {cells} cells where text and label should stand", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// The row, from 1.
        row: usize,
        /// How many it has.
        cells: usize,
    },
    /// A result whose seeds were to be taken over cannot be.
    #[error("{}: its seeds cannot be taken over: {why}", path.display())]
    Known {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A file has no row.
    #[error("{}: no row in it", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
}

/// Texts in the order of their first row, each with its labels.
type Rows = Vec<(String, BTreeSet<String>)>;

impl Opp115 {
    /// Reads `train.csv`, `validation.csv` and `test.csv` in `folder`.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn read(folder: &Path) -> Result<Self, Opp115Error> {
        let mut lost = 0;
        let mut part = |name: &str| {
            let path = folder.join(name);
            let file = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_path(&path);
            let mut reader = file.map_err(|source| Opp115Error::File { path: path.clone(), source })?;
            let (rows, gone) = grouped(&mut reader, &path)?;
            lost += gone;
            Ok(rows)
        };
        let (train, validation, test) = (part("train.csv")?, part("validation.csv")?, part("test.csv")?);
        let known: BTreeSet<&String> =
            [&train, &validation, &test].into_iter().flatten().flat_map(|(_, labels)| labels).collect();
        let labels: Vec<String> = known.into_iter().cloned().collect();
        let before: BTreeSet<&str> = train.iter().chain(&validation).map(|(text, _)| text.as_str()).collect();
        let leaked = test.iter().filter(|(text, _)| before.contains(text.as_str())).count();
        Ok(Self {
            parts: Parts {
                train: numbered(&train, &labels),
                validation: numbered(&validation, &labels),
                test: numbered(&test, &labels),
            },
            labels,
            lost,
            leaked,
        })
    }
}

fn grouped<R: std::io::Read>(reader: &mut csv::Reader<R>, path: &Path) -> Result<(Rows, usize), Opp115Error> {
    let mut rows: Rows = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    let mut lost = 0;
    for (at, record) in reader.records().enumerate() {
        let record = record.map_err(|source| Opp115Error::File { path: path.into(), source })?;
        let (Some(text), Some(label), 2) = (record.get(0), record.get(1), record.len()) else {
            return Err(Opp115Error::Row { path: path.into(), row: at + 1, cells: record.len() });
        };
        let (text, label) = (text.trim(), label.trim());
        if at == 0 && text.eq_ignore_ascii_case("text") {
            continue;
        }
        if text == LOST || text.is_empty() || label.is_empty() {
            lost += 1;
            continue;
        }
        let place = *places.entry(text.to_owned()).or_insert(rows.len());
        match rows.get_mut(place) {
            Some((_, labels)) => {
                labels.insert(label.to_owned());
            }
            None => rows.push((text.to_owned(), BTreeSet::from([label.to_owned()]))),
        }
    }
    if rows.is_empty() { Err(Opp115Error::Empty { path: path.into() }) } else { Ok((rows, lost)) }
}

fn numbered(rows: &Rows, labels: &[String]) -> Vec<Segment> {
    rows.iter()
        .map(|(text, given)| Segment {
            text: text.clone(),
            labels: given.iter().filter_map(|label| labels.binary_search(label).ok()).collect(),
        })
        .collect()
}

/// F1 over all pairs, and the mean of the labels' F1.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct MultiLabelScore {
    /// Over all pairs of text and label.
    pub micro_f1: f64,
    /// Mean over all labels that the texts have; one that is never found counts 0.
    pub macro_f1: f64,
}

/// Measures `predicted`, whether each label is shown, item by item, against `segments`.
#[must_use]
pub fn multi_label_score(segments: &[Segment], predicted: &[Vec<bool>], labels: usize) -> MultiLabelScore {
    let counts = counts(segments, predicted, labels);
    let mut all = Counts::default();
    counts.iter().for_each(|one| all.merge(*one));
    let supported = counts.iter().filter(|one| one.support() > 0.0);
    MultiLabelScore {
        micro_f1: all.f1().unwrap_or(0.0),
        macro_f1: mean(supported.filter_map(Counts::f1)).unwrap_or(0.0),
    }
}

/// F1 of each label; none for one that no text has and none is said to have.
#[must_use]
pub fn label_f1(segments: &[Segment], predicted: &[Vec<bool>], labels: usize) -> Vec<Option<f64>> {
    counts(segments, predicted, labels).iter().map(Counts::f1).collect()
}

fn counts(segments: &[Segment], predicted: &[Vec<bool>], labels: usize) -> Vec<Counts> {
    let mut counts = vec![Counts::default(); labels];
    for (segment, shown) in segments.iter().zip(predicted) {
        for (label, counts) in counts.iter_mut().enumerate() {
            let said = shown.get(label).copied().unwrap_or(false);
            counts.add(segment.labels.binary_search(&label).is_ok(), said, 1.0);
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_text_are_one_item() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, rows: &str| std::fs::write(folder.path().join(name), rows).unwrap();
        write("train.csv", "\"We collect, and keep.\",Retention\n#NAME?,Other\n\"We collect, and keep.\",Collection\n");
        write("validation.csv", "We share.,Sharing\n");
        write("test.csv", "We share. ,Sharing\nWe delete.,Retention\n");
        let read = Opp115::read(folder.path()).unwrap();
        assert_eq!(read.labels, ["Collection", "Retention", "Sharing"]);
        assert_eq!(read.parts.train, [Segment { text: "We collect, and keep.".into(), labels: vec![0, 1] }]);
        assert_eq!((read.parts.test.len(), read.lost, read.leaked), (2, 1, 1));
        write("test.csv", "one cell\n");
        assert!(Opp115::read(folder.path()).unwrap_err().to_string().contains("row 1: 1 cells"));
    }

    #[test]
    fn micro_and_macro_by_hand() {
        let item = |labels: &[usize]| Segment { text: String::new(), labels: labels.to_vec() };
        let segments = [item(&[0]), item(&[0, 1]), item(&[1])];
        let score = multi_label_score(&segments, &[vec![true, false], vec![true, false], vec![false, true]], 3);
        // Label 0: F1 1; label 1: precision 1, recall 1/2; label 2 occurs nowhere.
        assert!((score.micro_f1 - 6.0 / 7.0).abs() < 1e-12);
        assert!((score.macro_f1 - f64::midpoint(1.0, 2.0 / 3.0)).abs() < 1e-12);
    }
}
