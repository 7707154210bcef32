//! The inner loops of the encoder, once for each instruction set: the only place with `unsafe`.
//!
//! One generic body for each operation ([`product`], [`rows`], [`attend`]) is written against two
//! small traits ([`isa`]): an integer tile, and eight lanes of `f32`. An instruction set gives both
//! and wraps the bodies in functions compiled for it; [`dispatch`] picks one at run time and is the
//! safe face of all this: it checks every length before a pointer is made.
//!
//! All integer tiles compute the same exact sums from the same packed numbers, whatever the
//! instruction set, so each can be held against the portable one with `==`.
#![allow(
    unsafe_code,
    unsafe_op_in_unsafe_fn,
    clippy::missing_safety_doc,
    reason = "the instructions need it; every unsafe function here is reached through `dispatch` alone, \
              which states and checks what it needs"
)]
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    clippy::cast_ptr_alignment,
    reason = "quantisation turns numbers into narrower ones, and loads need no alignment"
)]
#![allow(
    clippy::inline_always,
    clippy::needless_range_loop,
    clippy::wildcard_imports,
    reason = "a body must become part of the function that turns its instructions on: closures and adapters \
              between the two may stay calls, and a call for each vector costs more than all the rest"
)]

mod attend;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512vnni;
mod dispatch;
mod isa;
#[cfg(target_arch = "aarch64")]
mod neon;
mod pack;
mod portable;
mod product;
mod rows;
#[cfg(test)]
mod tests;

pub(crate) use dispatch::{AttentionJob, Epilogue, Kernels, Norm};
pub(crate) use pack::{MOST as GREATEST_ACTIVATION, PackedMatrix, PackedRows, ROWS};
