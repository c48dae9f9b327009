//! What the benches share: where they run, what they compute, how they are timed.
#![deny(missing_docs)]

pub mod limits;
pub mod loading;
pub mod peers;
pub mod places;
pub mod timing;
pub mod work;
