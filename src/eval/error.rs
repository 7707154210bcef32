//! What can go wrong in an evaluation.

use std::error::Error;
use std::io;
use std::path::PathBuf;

use crate::dataset::LabelError;

/// Why an evaluation cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EvalError {
    /// The labels cannot be used.
    #[error(transparent)]
    Labels(#[from] LabelError),
    /// A file cannot be read.
    #[error("{}: cannot be read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file has no line.
    #[error("{}: no {what} in it", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// What its lines should be.
        what: &'static str,
    },
    /// A line of predictions cannot be used.
    #[error("{} line {line}: {why}", path.display())]
    Prediction {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong, with the remedy.
        why: String,
    },
    /// Items have no prediction.
    #[error(
        "{}: no prediction for {missing} of {items} labelled items, the first {first:?}; \
         classify the same file of labels again",
        path.display()
    )]
    Missing {
        /// The file of predictions.
        path: PathBuf,
        /// How many.
        missing: usize,
        /// Of how many.
        items: usize,
        /// The first of them.
        first: String,
    },
    /// A stored result cannot be used as a baseline.
    #[error("{}: {why}", path.display())]
    Baseline {
        /// The file.
        path: PathBuf,
        /// What is wrong, with the remedy.
        why: String,
    },
    /// Two annotations have no item in common.
    #[error("{} and {} have no item in common; are the ids of the same sample?", a.display(), b.display())]
    NothingShared {
        /// One file.
        a: PathBuf,
        /// The other.
        b: PathBuf,
    },
    /// A gate cannot be understood.
    #[error("gate {given:?}: {why}")]
    Gate {
        /// What was given.
        given: String,
        /// What is wrong, with the remedy.
        why: String,
    },
    /// A baseline, or weights, cannot be fitted.
    #[error("{name} cannot be fitted: {why}")]
    Fit {
        /// Which.
        name: String,
        /// What is wrong, with the remedy.
        why: String,
    },
    /// A model could not judge.
    #[error("{name} could not judge the items")]
    Model {
        /// Which.
        name: String,
        /// What it said.
        source: Box<dyn Error + Send + Sync>,
    },
}
