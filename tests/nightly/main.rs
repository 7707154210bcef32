//! Nightly runs of the built binary: incremental, killed, interrupted, and with everything around them failing.

#![allow(
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test fails by panicking, and these kill runs by the clock"
)]

mod faults;
mod incremental;
mod kill;
mod operations;
mod stories;
mod support;
