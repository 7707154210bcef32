//! The encoder in `candle`, in 32-bit floats: what training differentiates and what every faster
//! encoder is measured against.

mod attention;
mod bert;
mod ops;

pub use bert::{Bert, HEADS, Head, Parameters, Regularisation};
