//! Document changes graded for how much they deserve a memo.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

use super::candidates::Candidates;
use super::list::List;
use crate::dataset::JsonFault;
use crate::eval::EvalError;

/// The highest grade.
pub const HIGHEST: f64 = 4.0;

/// A graded document change.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct GradedChange {
    /// The collection's name.
    pub collection: String,
    /// The commit that recorded the change.
    pub commit: String,
    /// The document's path.
    pub path: String,
    /// From 0, nothing, to [`HIGHEST`], one of the few that everybody would write about; the mean where
    /// it was read more than once.
    pub interest: f64,
}

/// Reads graded document changes, one JSON object a line.
///
/// # Errors
/// When the file cannot be read, holds none, or a line is not one.
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
            let fault = JsonFault::from(error);
            bad(format!("{fault}; wanted are collection, commit, path and interest of a document change"))
        })?;
        if !(0.0..=HIGHEST).contains(&grade.interest) {
            return Err(bad(format!("an interest of {} is none: 0 to {HIGHEST}", grade.interest)));
        }
        grades.push(grade);
    }
    if grades.is_empty() { Err(EvalError::Empty { path: path.into(), what: "graded change" }) } else { Ok(grades) }
}

/// What each grade is worth as a pick, next to a memo. By the guidelines only 3 and 4 deserve one, and
/// a 4 is what everybody would write about; gains that grow with every grade would teach to put the
/// minor before the worthless, which no analyst looks at.
const WORTH: [f64; 5] = [0.0, 0.0, 0.1, 0.6, 1.0];

/// What a grade is worth; between two whole grades in proportion.
fn worth(grade: f64) -> f64 {
    let below = WORTH.iter().zip(WORTH.iter().skip(1)).zip(0_u8..).find(|&(_, at)| grade <= f64::from(at) + 1.0);
    below.map_or(1.0, |((low, high), at)| low + (high - low) * (grade - f64::from(at)).max(0.0))
}

/// The places among `candidates` of the graded changes, with their grades, in the order of `grades`.
pub(super) fn graded_places(candidates: &Candidates, grades: &[GradedChange]) -> Vec<(usize, f64)> {
    let mut places: HashMap<(&str, &str, &str), usize> = HashMap::new();
    for (at, one) in candidates.all.iter().enumerate() {
        places.insert((&one.collection, &one.commit, &one.path), at);
    }
    let place = |grade: &GradedChange| {
        places.get(&(grade.collection.as_str(), grade.commit.as_str(), grade.path.as_str())).copied()
    };
    grades.iter().filter_map(|grade| Some((place(grade)?, grade.interest))).collect()
}

/// What is picked among the `graded` changes, one list a collection.
pub(super) fn graded_lists(candidates: &Candidates, graded: &[(usize, f64)]) -> Vec<List> {
    let mut lists: Vec<(&str, List)> = Vec::new();
    for &(at, grade) in graded {
        let Some(one) = candidates.all.get(at) else { continue };
        let place = lists.iter().position(|(name, _)| *name == one.collection).unwrap_or_else(|| {
            lists.push((&one.collection, List::default()));
            lists.len() - 1
        });
        if let Some((_, list)) = lists.get_mut(place) {
            list.candidates.push(at);
            list.picks.push(worth(grade));
        }
    }
    lists.into_iter().map(|(_, list)| list).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grade_beyond_the_highest_is_refused_with_its_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("grades.jsonl");
        let line = |interest: f64| format!(r#"{{"collection":"c","commit":"1","path":"p","interest":{interest}}}"#);
        std::fs::write(&path, format!("{}\n\n{}\n", line(0.0), line(4.0))).unwrap();
        assert_eq!(read_grades(&path).unwrap().len(), 2);
        std::fs::write(&path, format!("{}\n{}\n", line(4.0), line(4.1))).unwrap();
        assert!(read_grades(&path).unwrap_err().to_string().contains('2'));
        std::fs::write(&path, "").unwrap();
        assert!(read_grades(&path).unwrap_err().to_string().contains("no graded change in it"));
    }

    #[test]
    fn a_grade_between_two_is_worth_what_lies_between() {
        for (grade, expected) in [(0.0, 0.0), (1.0, 0.0), (1.5, 0.05), (2.0, 0.1), (2.5, 0.35), (3.0, 0.6), (4.0, 1.0)]
        {
            assert!((worth(grade) - expected).abs() < 1e-9, "{grade}: {}", worth(grade));
        }
    }
}
