//! Why a model cannot be trained.

use std::path::PathBuf;

use crate::model::ModelError;

/// Why a model cannot be trained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TrainError {
    /// There is too little to learn from.
    #[error("{0}")]
    Data(String),
    /// The model failed.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// The computation failed.
    #[error("the gradients cannot be computed")]
    Compute(#[from] candle_core::Error),
    /// A loss that is no number.
    #[error("the loss is no longer a number at step {step}; try a smaller --learning-rate")]
    Diverged {
        /// The step.
        step: usize,
    },
    /// A checkpoint or the model cannot be written or read.
    #[error("{} cannot be written or read", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A checkpoint of another run.
    #[error(
        "{} holds the checkpoint (checkpoint.safetensors) of a run with other data, options or weights to start from; \
         remove that file, or choose another --output",
        path.display()
    )]
    OtherRun {
        /// The folder.
        path: PathBuf,
    },
    /// A folder that holds a model already, and no run to go on with.
    #[error(
        "{} holds a model (SHA256SUMS) and no checkpoint to go on from; choose another --output, or move it away",
        path.display()
    )]
    Written {
        /// The folder.
        path: PathBuf,
    },
    /// Worker threads cannot be started.
    #[error("worker threads cannot be started")]
    Threads(#[from] rayon::ThreadPoolBuildError),
}
