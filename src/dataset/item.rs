//! The lines of the dataset's files.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::json::JsonFault;
use crate::id::stable_id;

/// Where one side of a clause change stands, and how to know that it is the right one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClauseRef {
    /// The commit that recorded the version.
    pub commit: String,
    /// Byte range in the version.
    pub span: [u32; 2],
    /// 16 hex digits of the SHA-256 of the clause's rendered text.
    pub hash: String,
}

impl ClauseRef {
    /// The hash of a clause's rendered text.
    #[must_use]
    pub fn hash_of(text: &str) -> String {
        stable_id(&[text])
    }
}

/// A clause change with its texts and its place: what is annotated, trained on and measured on.
///
/// The fields of `classify`'s input come first, so an items file can be classified as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The identity of the clause change.
    pub id: String,
    /// The clause before; none if it was added.
    pub before: Option<String>,
    /// The clause after; none if it was removed.
    pub after: Option<String>,
    /// The headings above it, outermost first.
    pub headings: Vec<String>,
    /// What introduces its list.
    pub lead_in: String,
    /// The service.
    pub service: String,
    /// The terms type.
    pub terms_type: String,
    /// `added`, `removed`, `modified` or `moved`.
    pub kind: String,
    /// The collection's name.
    pub collection: String,
    /// The commit that records the change.
    pub commit: String,
    /// Path of the document.
    pub path: String,
    /// Where the clause stood.
    pub before_ref: Option<ClauseRef>,
    /// Where it stands.
    pub after_ref: Option<ClauseRef>,
    /// The labels, once there are any.
    #[serde(flatten, default, skip_serializing_if = "Option::is_none")]
    pub labels: Option<Labels>,
}

impl Item {
    /// Hash of the headings and the lead-in.
    #[must_use]
    pub fn context_hash(&self) -> String {
        context_hash(&self.headings, &self.lead_in)
    }
}

/// Hash of the headings and the lead-in of a clause.
pub(super) fn context_hash(headings: &[String], lead_in: &str) -> String {
    let mut parts: Vec<&str> = headings.iter().map(String::as_str).collect();
    parts.push("\u{0}lead-in");
    parts.push(lead_in);
    stable_id(&parts)
}

/// What an annotator said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// `cosmetic`, `clarifying` or `substantive`.
    pub materiality: String,
    /// Category ids, in the order of the taxonomy.
    pub categories: Vec<String>,
    /// `adverse`, `favourable` or `neutral`.
    pub effect: String,
    /// Whether the context was not enough or two readings are equally good.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unsure: bool,
    /// How much of a memo it would be by itself, 0 to 4 (`datasets/interest-guidelines.md`), where graded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interest: Option<u8>,
}

/// A label as it is committed: no text, only where the text is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandoffLabel {
    /// The identity of the clause change.
    pub id: String,
    /// The collection's name.
    pub collection: String,
    /// The commit that records the change.
    pub commit: String,
    /// Path of the document.
    pub path: String,
    /// `added`, `removed`, `modified` or `moved`.
    pub kind: String,
    /// Where the clause stood.
    #[serde(rename = "before_ref", default, skip_serializing_if = "Option::is_none")]
    pub before: Option<ClauseRef>,
    /// Where it stands.
    #[serde(rename = "after_ref", default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ClauseRef>,
    /// Hash of the headings and the lead-in.
    pub context: String,
    /// The labels.
    #[serde(flatten)]
    pub labels: Labels,
    /// Version of the guidelines.
    pub guidelines: u32,
    /// Who or what annotated.
    pub annotator: String,
}

/// Why a dataset file cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DatasetError {
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line is not what it should be.
    #[error("{} line {line}: not {what}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What it should be.
        what: &'static str,
        /// Why.
        #[source]
        source: JsonFault,
    },
    /// There is no line.
    #[error("{}: not one line in it; each should be {what}", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// What each line should be.
        what: &'static str,
    },
    /// Labels and items do not belong together.
    #[error("{0}")]
    Mismatch(String),
}

/// A line of one kind of file.
pub trait DatasetLine: DeserializeOwned {
    /// What such a line is, for messages.
    const WHAT: &'static str;
}

impl DatasetLine for Item {
    const WHAT: &'static str = "an item with its texts, as `termsift dataset sample` writes them";
}

impl DatasetLine for StandoffLabel {
    const WHAT: &'static str = "a label without texts, as `termsift dataset label` writes them";
}

/// Reads the lines of a JSON Lines file; blank ones are passed over.
///
/// # Errors
/// When the file cannot be read, or a line is not a `T`.
pub fn read_lines<T: DatasetLine>(path: &Path) -> Result<Vec<T>, DatasetError> {
    let io = |source| DatasetError::Io { path: path.into(), source };
    let file = std::fs::File::open(path).map_err(io)?;
    let mut found = Vec::new();
    for (at, line) in std::io::BufReader::new(file).lines().enumerate() {
        let line = line.map_err(io)?;
        // A byte order mark, as some editors write it.
        let line = line.trim_start_matches('\u{feff}');
        if !line.trim().is_empty() {
            found.push(serde_json::from_str(line).map_err(|source| DatasetError::Line {
                path: path.into(),
                line: at + 1,
                what: T::WHAT,
                source: source.into(),
            })?);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Annotation;

    #[test]
    fn lines_are_read_also_behind_a_byte_order_mark() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("annotations.jsonl");
        let line = r#"{"id":"1","materiality":"cosmetic","categories":[],"effect":"neutral"}"#;
        std::fs::write(&path, format!("\u{feff}{line}\n\n")).unwrap();
        let read: Vec<Annotation> = read_lines(&path).unwrap();
        assert_eq!((read.len(), read[0].id.as_str()), (1, "1"));
        std::fs::write(&path, format!("{line}\n{{}}\n")).unwrap();
        let said = read_lines::<Annotation>(&path).unwrap_err().to_string();
        assert!(said.contains("line 2: not an annotation"), "{said}");
    }
}
