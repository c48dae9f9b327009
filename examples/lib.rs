//! What the examples share: flags. Models and training loops stand in each example.
#![deny(missing_docs)]

mod flags;

pub use flags::run;
