//! What the examples share: flags, and the Adult data as the chapter prepares them. Models and training loops stand in each example.
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod flags;
mod income;

pub use flags::{On, run};
pub use income::{Income, Rows, evaluate};
