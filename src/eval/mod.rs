//! Judgements held against labels: measures with intervals, baselines, gates, pages.
//!
//! ```text
//! labels + Predictor → Evaluation (measures, resamples) → table, JSON, page; gates; comparisons
//! ```

pub mod baselines;
mod agreement;
mod clauses;
mod error;
mod gate;
mod interval;
mod measures;
mod neural;
pub mod metrics;
pub mod opp115;
mod page;
mod per_item;
mod plot;
mod precision;
mod precision_report;
mod predictions;
mod ranking;
mod scores;
mod status;
mod stored;
mod table;

pub use agreement::{Agreement, LabelledDocument};
pub use clauses::{Comparison, Evaluation, Measured, compare};
pub use error::EvalError;
pub use gate::{Fails, Gate, GateOutcome};
pub use interval::{Bootstrap, Clusters, Estimate};
pub use measures::{FREQUENT, Figure, Judged, Measure, Sample, Tally, measures};
pub use neural::{ModelPredictor, with_texts};
pub use page::write_page;
pub use per_item::write_per_item;
pub use precision::{Likeness, Nearness, PrecisionReport, PrecisionTrial, Same};
pub use precision_report::{write_precision, write_precision_json};
pub use predictions::StoredPredictions;
pub use ranking::{
    Candidate, Candidates, FitOptions, GradedChange, HIGHEST, KeywordCounter, MemoChange, Placed, Query, RankingReport,
    SystemResult, compare_rankings, fitted, read_grades, read_memos, write_ranking_json, write_ranking_table,
};
pub use scores::{CATEGORIES, CategorySet, Prediction, Predictor, Scores, Truth};
pub use status::{Miss, StatusCounts, StatusEval, StatusEvalError, StatusLabel, StatusScores, read_status_labels};
pub use stored::{Origin, StoredResult, write_agreement_json, write_json};
pub use table::{write_agreement, write_table};
