//! Reading and writing by index.
//!
//! Indices are checked before anything is read or written, so an index out of range leaves the output as it was.

mod accumulate;
mod gather;
mod positions;
mod scatter;

pub(crate) use gather::gather;
pub(crate) use scatter::scatter;
