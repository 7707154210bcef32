//! Document changes graded for how much they deserve a memo.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

use super::candidates::Candidates;
use super::list::List;
use crate::eval::EvalError;

/// The highest grade.
pub const HIGHEST: u8 = 4;

/// A graded document change.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct GradedChange {
    /// The collection's name.
    pub collection: String,
    /// The commit that recorded the change.
    pub commit: String,
    /// The document's path.
    pub path: String,
    /// From 0, nothing, to [`HIGHEST`], one of the few that everybody would write about.
    pub interest: u8,
}

/// Reads graded document changes, one JSON object a line.
///
/// # Errors
/// When the file cannot be read, or a line is not one.
pub fn read_grades(path: &Path) -> Result<Vec<GradedChange>, EvalError> {
    let failed = |source| EvalError::Io { path: path.into(), source };
    let mut grades = Vec::new();
    for (at, line) in (1..).zip(BufReader::new(File::open(path).map_err(failed)?).lines()) {
        let line = line.map_err(failed)?;
        if line.trim().is_empty() {
            continue;
        }
        let bad = |why: String| EvalError::Prediction { path: path.into(), line: at, why };
        let grade: GradedChange = serde_json::from_str(&line).map_err(|error| {
            bad(format!("{error}; wanted are collection, commit, path and interest of a document change"))
        })?;
        if grade.interest > HIGHEST {
            return Err(bad(format!("an interest of {} is none: 0 to {HIGHEST}", grade.interest)));
        }
        grades.push(grade);
    }
    Ok(grades)
}

/// What each grade is worth as a pick, next to a memo. By the guidelines only 3 and 4 deserve one, and
/// a 4 is what everybody would write about; gains that grow with every grade would teach to put the
/// minor before the worthless, which no analyst looks at.
const WORTH: [f64; HIGHEST as usize + 1] = [0.0, 0.0, 0.1, 0.6, 1.0];

/// The graded changes among `candidates`, one list a collection; and how many of them were found.
pub(super) fn graded_lists(candidates: &Candidates, grades: &[GradedChange]) -> (Vec<List>, usize) {
    let mut places: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for (at, one) in candidates.all.iter().enumerate() {
        places.insert((&one.collection, &one.commit, &one.path), at);
    }
    let mut lists: Vec<(&str, List)> = Vec::new();
    let mut found = 0;
    for grade in grades {
        let Some(&at) = places.get(&(grade.collection.as_str(), grade.commit.as_str(), grade.path.as_str())) else {
            continue;
        };
        found += 1;
        let place = lists.iter().position(|(name, _)| *name == grade.collection).unwrap_or_else(|| {
            lists.push((&grade.collection, List::default()));
            lists.len() - 1
        });
        if let Some((_, list)) = lists.get_mut(place) {
            list.candidates.push(at);
            list.picks.push(WORTH.get(usize::from(grade.interest)).copied().unwrap_or(0.0));
        }
    }
    (lists.into_iter().map(|(_, list)| list).collect(), found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grade_beyond_the_highest_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grades.jsonl");
        let line = |interest: u8| format!(r#"{{"collection":"c","commit":"1","path":"p","interest":{interest}}}"#);
        std::fs::write(&path, format!("{}\n\n{}\n", line(0), line(4))).unwrap();
        assert_eq!(read_grades(&path).unwrap().len(), 2);
        std::fs::write(&path, format!("{}\n{}\n", line(4), line(5))).unwrap();
        assert!(read_grades(&path).unwrap_err().to_string().contains('2'));
    }
}
