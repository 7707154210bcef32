//! The list of document changes that got a memo.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

use crate::dataset::JsonFault;
use crate::eval::EvalError;

/// A line of the list: one commit, the documents in it that the memo is about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct MemoChange {
    /// The collection's name.
    pub collection: String,
    /// The commit that recorded the change.
    pub commit: String,
    /// When, as the list says; the records' own dates are what counts.
    #[serde(default)]
    pub date: String,
    /// Paths of the documents.
    pub paths: Vec<String>,
    /// The memo's name.
    #[serde(default)]
    pub memo: String,
}

/// Reads a list of memo changes, one JSON object a line.
///
/// # Errors
/// When the file cannot be read, holds none, or a line is not one.
pub fn read_memos(path: &Path) -> Result<Vec<MemoChange>, EvalError> {
    let failed = |source| EvalError::Io { path: path.into(), source };
    let mut memos = Vec::new();
    for (at, line) in (1..).zip(BufReader::new(File::open(path).map_err(failed)?).lines()) {
        let line = line.map_err(failed)?;
        if line.trim().is_empty() {
            continue;
        }
        let memo: MemoChange = serde_json::from_str(&line).map_err(|error| EvalError::Prediction {
            path: path.into(),
            line: at,
            why: format!(
                "{}; wanted are collection, commit, date and paths of a document change with a memo",
                JsonFault::from(error)
            ),
        })?;
        memos.push(memo);
    }
    if memos.is_empty() { Err(EvalError::Empty { path: path.into(), what: "memo change" }) } else { Ok(memos) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_a_memo_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("memos.jsonl");
        std::fs::write(&path, "\n").unwrap();
        assert!(read_memos(&path).unwrap_err().to_string().ends_with("memos.jsonl: no memo change in it"));
        std::fs::write(&path, "{}\n").unwrap();
        assert!(!read_memos(&path).unwrap_err().to_string().contains("column"));
    }
}
