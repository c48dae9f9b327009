//! Reads and writes by index.
//!
//! Indices are checked before anything is read or written, so an index out of range leaves the output unchanged.

mod accumulate;
mod gather;
mod positions;
mod scatter;

pub(crate) use gather::gather;
pub(crate) use scatter::scatter;
