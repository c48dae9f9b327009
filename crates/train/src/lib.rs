//! Tools for training loops: metrics, progress and learning curves.
//!
//! The loop itself is written by the user. The metrics take slices, so that they also serve predictions of other libraries, and
//! give the numbers of scikit-learn.
//!
//! ```
//! use rushlight_train::metrics::classification_report;
//!
//! let report = classification_report(&[0, 1, 1, 0], &[0, 1, 0, 0])?.target_names(["no", "yes"])?;
//! assert_eq!(report.accuracy, Some(0.75));
//! println!("{report}");
//! # Ok::<(), rushlight::backend::Error>(())
//! ```
#![forbid(unsafe_code)]

#[cfg(feature = "plot")]
mod draw;
pub mod metrics;

mod curves;
mod progress;

pub use curves::{LearningCurves, Series};
pub use progress::{Epoch, Progress};
