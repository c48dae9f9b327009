//! What a kernel needs to know of an operation beyond its tensors, derived once for all backends.
//!
//! A plan is *canonical*: two calls that visit the same elements in the same way have the same plan, whatever shapes they were written with.
//! Kernels then have few cases, and a backend need not work out again what another has worked out.

mod loops;
mod reduce;

pub use loops::{Loops, halves};
pub use reduce::ReducePlan;
