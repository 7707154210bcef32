//! The model: an encoder with four heads, and the folder that it comes in.
//!
//! ```text
//! Encoding → encoder → last hidden states, summed with a focus on the edits → heads → calibration → Scores
//! ```

mod attention;
mod base;
mod beside;
mod calibration;
mod config;
mod error;
mod focus;
mod forward;
mod hub;
mod kernels;
mod package;
mod quantised;
pub mod reference;
#[cfg(test)]
mod tests;
mod weights;

pub use base::Base;
pub(crate) use beside::{beside, remove_left_over};
pub use calibration::{Calibration, Scores, leaning, sigmoid, softmax};
pub use config::{EncoderDims, ModelConfig, OUTPUTS};
pub use error::ModelError;
pub use forward::{Scratch, TokenSequence};
pub use package::Package;
pub use quantised::QuantisedEncoder;
pub use weights::EncoderWeights;
