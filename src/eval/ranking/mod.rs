//! The ranking, held against the document changes that analysts wrote memos about.
//!
//! ```text
//! memos + records → Candidates → ranks of each system → recall, MRR with intervals → table, JSON
//! graded changes  ↗            ↘ fit (listwise logistic, leave one family of services out) → weights
//! ```
//!
//! What got no memo is not thereby unworthy of one: analysts write about one change in fifty and
//! leave out much that they would have liked to write about. So these are measures of recall, and
//! of how early the memos come, never of precision.

mod candidates;
mod fit;
mod grades;
mod list;
mod measure;
mod memos;
mod standing;
mod write;

pub use candidates::{Candidate, Candidates, KeywordCounter};
pub use fit::{FitOptions, fitted};
pub use grades::{GradedChange, HIGHEST, read_grades};
pub use measure::{Placed, Query, RankingReport, SystemResult, compare_rankings};
pub use memos::{MemoChange, read_memos};
pub use write::{write_ranking_json, write_ranking_table};
