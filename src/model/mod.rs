//! The model: an encoder with three heads, and the folder that it comes in.
//!
//! ```text
//! Encoding → encoder → mean of the last hidden states → heads → calibration → Scores
//! ```

mod base;
mod calibration;
mod config;
mod error;
mod hub;
mod package;
pub mod reference;

pub use base::Base;
pub use calibration::{Calibration, Scores, sigmoid, softmax};
pub use config::{EncoderDims, ModelConfig, OUTPUTS};
pub use error::ModelError;
pub use package::Package;
