//! Fine-tuning: from labelled clause changes to a model folder.
//!
//! ```text
//! items → examples → epochs of AdamW over the whole encoder → calibration and thresholds → package
//! ```
//!
//! On one kind of processor the result hangs on data, options and seed alone: batches are cut into a fixed
//! number of parts, each computed by one thread, and their gradients are added in order. Processors with
//! other instructions round sums otherwise.

mod benchmark;
mod calibrate;
mod checkpoint;
mod data;
mod error;
mod fit;
mod loss;
mod optimise;
mod score;

pub use benchmark::run_benchmark;
pub use calibrate::calibrate;
pub use checkpoint::{has_checkpoint, remove_checkpoint};
pub use data::{Example, Examples, balance};
pub use error::TrainError;
pub use fit::{EpochReport, Fitted, TrainOptions, Watch, fit, predict};
pub use loss::Weights;
pub use score::{average_precision, tune_score};

pub use crate::encode::LEAST_TOKENS;
