//! How often the status of a document change is the true one.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{self, Read};

use serde::Deserialize;

use crate::pipeline::Sink;
use crate::rank::Status;
use crate::record::DocumentChangeRecord;

/// The true status of one document change. Names the change and holds none of its text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct StatusLabel {
    /// The collection's name.
    pub collection: String,
    /// The commit that records it.
    pub commit: String,
    /// The path of the document.
    pub path: String,
    /// The true status.
    pub status: String,
    /// `random`, or `sought` for one that was looked for.
    #[serde(default)]
    pub sample: String,
    /// `tune` or `test`.
    #[serde(default)]
    pub part: String,
}

/// The heads that a table of labels must have.
const HEADS: [&str; 4] = ["collection", "commit", "path", "status"];

/// Why labels could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StatusEvalError {
    /// A line does not fit the heads.
    #[error("the labels cannot be read; each line needs as many tab-separated fields as there are heads")]
    Line(#[from] csv::Error),
    /// A head is missing.
    #[error("no column {0:?}; expected tab-separated columns with the heads {heads}", heads = HEADS.join(", "))]
    NoColumn(&'static str),
    /// There are heads and nothing under them.
    #[error("no label under the heads")]
    Empty,
    /// A status that no document change can have: it would be wrong for ever.
    #[error("{0:?} is no status; known: {known}", known = Status::ALL.map(Status::id).join(", "))]
    Unknown(String),
    /// A document change has two labels.
    #[error("{path} in {commit} of {collection} is labelled twice; keep one of them")]
    Twice {
        /// The collection's name.
        collection: String,
        /// The commit.
        commit: String,
        /// The path of the document.
        path: String,
    },
}

/// Reads labels from tab-separated lines under a line of heads.
///
/// # Errors
/// When a head or a field is missing, a status is none, a document change is labelled twice, or there is no label.
pub fn read_status_labels(from: impl Read) -> Result<Vec<StatusLabel>, StatusEvalError> {
    let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').quoting(false).from_reader(from);
    // Asked for first: without a line under them, nothing else would look at them.
    let heads = reader.headers()?;
    if let Some(missing) = HEADS.into_iter().find(|wanted| heads.iter().all(|head| head != *wanted)) {
        return Err(StatusEvalError::NoColumn(missing));
    }
    let labels = reader.deserialize().collect::<Result<Vec<StatusLabel>, csv::Error>>()?;
    sound(&labels)?;
    if labels.is_empty() { Err(StatusEvalError::Empty) } else { Ok(labels) }
}

/// Whether each of `labels` can be right, and a document change has one at most.
fn sound(labels: &[StatusLabel]) -> Result<(), StatusEvalError> {
    let mut seen = HashSet::new();
    for label in labels {
        if Status::ALL.iter().all(|status| status.id() != label.status) {
            return Err(StatusEvalError::Unknown(label.status.clone()));
        }
        if !seen.insert((&label.collection, &label.commit, &label.path)) {
            let StatusLabel { collection, commit, path, .. } = label.clone();
            return Err(StatusEvalError::Twice { collection, commit, path });
        }
    }
    Ok(())
}

/// Takes the records of a scan and compares their status with the labels.
#[derive(Debug)]
pub struct StatusEval {
    labels: Vec<StatusLabel>,
    places: HashMap<(String, String, String), usize>,
    said: Vec<Option<String>>,
}

/// A label that the pipeline disagrees with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miss {
    /// The label.
    pub label: StatusLabel,
    /// What the pipeline says; nothing where no scanned collection holds the change.
    pub said: Option<String>,
}

/// Counts of one status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatusCounts {
    /// Changes with this label.
    pub labelled: usize,
    /// Changes that the pipeline gives this status.
    pub said: usize,
    /// Both.
    pub right: usize,
}

/// What a comparison comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusScores {
    /// Labels that were found in the collections.
    pub found: usize,
    /// Those whose status is right.
    pub right: usize,
    /// By status, over the labels that were found.
    pub by_status: BTreeMap<String, StatusCounts>,
    /// The labels that were missed or not found, in their order.
    pub misses: Vec<Miss>,
}

impl StatusEval {
    /// For `labels`, one for a document change.
    #[must_use]
    pub fn new(labels: Vec<StatusLabel>) -> Self {
        let key = |label: &StatusLabel| (label.collection.clone(), label.commit.clone(), label.path.clone());
        let places = labels.iter().enumerate().map(|(at, label)| (key(label), at)).collect();
        Self { said: vec![None; labels.len()], labels, places }
    }

    /// The scores over the labels that `counts` picks.
    #[must_use]
    pub fn scores(&self, counts: impl Fn(&StatusLabel) -> bool) -> StatusScores {
        let mut scores = StatusScores::default();
        for (label, said) in self.labels.iter().zip(&self.said).filter(|(label, _)| counts(label)) {
            let right = said.as_deref() == Some(label.status.as_str());
            if let Some(said) = said {
                scores.found += 1;
                scores.right += usize::from(right);
                let labelled = scores.by_status.entry(label.status.clone()).or_default();
                labelled.labelled += 1;
                labelled.right += usize::from(right);
                scores.by_status.entry(said.clone()).or_default().said += 1;
            }
            if !right {
                scores.misses.push(Miss { label: label.clone(), said: said.clone() });
            }
        }
        scores
    }
}

impl Sink for StatusEval {
    fn record(&mut self, record: DocumentChangeRecord) -> io::Result<()> {
        if let Some(&at) = self.places.get(&(record.collection, record.commit, record.path))
            && let Some(slot) = self.said.get_mut(at)
        {
            *slot = Some(record.status);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_counted_by_status() {
        let text = "collection\tcommit\tpath\tstatus\tkind\tsample\tpart\tnote\n\
            c\t1\ta.md\tchange\t\trandom\ttest\ta \"note\"\n\
            c\t2\ta.md\trolling\t\trandom\ttest\t\n\
            c\t3\ta.md\tchange\t\tsought\ttune\t\n\
            d\t4\ta.md\tchange\t\tsought\ttune\t\n";
        let labels = read_status_labels(text.as_bytes()).expect("labels");
        let mut eval = StatusEval::new(labels);
        for (commit, status) in [("1", "change"), ("2", "change"), ("3", "cosmetic"), ("9", "change")] {
            let record = DocumentChangeRecord {
                collection: "c".into(),
                commit: commit.into(),
                path: "a.md".into(),
                status: status.into(),
                ..DocumentChangeRecord::default()
            };
            eval.record(record).expect("taken");
        }
        let scores = eval.scores(|_| true);
        assert_eq!((scores.found, scores.right), (3, 1));
        assert_eq!(scores.by_status["change"], StatusCounts { labelled: 2, said: 2, right: 1 });
        assert_eq!(scores.by_status["cosmetic"], StatusCounts { labelled: 0, said: 1, right: 0 });
        let missed: Vec<_> = scores.misses.iter().map(|miss| (&*miss.label.commit, miss.said.as_deref())).collect();
        assert_eq!(missed, [("2", Some("change")), ("3", Some("cosmetic")), ("4", None)]);
        assert_eq!(eval.scores(|label| label.part == "test").found, 2);
    }

    #[test]
    fn other_tables_and_empty_ones_are_refused() {
        let cases = [
            ("a\tb\n1\t2\n", "no column \"collection\""),
            ("{\"id\":\"x\"}\n", "no column \"collection\""),
            ("", "no column \"collection\""),
            ("collection\tcommit\tpath\n", "no column \"status\"; expected tab-separated columns with the heads"),
            ("collection\tcommit\tpath\tstatus\n", "no label under the heads"),
            ("collection\tcommit\tpath\tstatus\nc\t1\n", "as many tab-separated fields"),
            ("collection\tcommit\tpath\tstatus\nc\t1\ta.md\tnews\n", "\"news\" is no status; known: change, "),
            (
                "collection\tcommit\tpath\tstatus\nc\t1\ta.md\tchange\nc\t1\ta.md\trolling\n",
                "a.md in 1 of c is labelled twice",
            ),
        ];
        for (table, expected) in cases {
            let said = read_status_labels(table.as_bytes()).unwrap_err().to_string();
            assert!(said.contains(expected), "{table:?}: {said}");
        }
    }
}
