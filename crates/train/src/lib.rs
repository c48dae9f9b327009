//! Tools for training loops: metrics, progress and learning curves.
//!
//! The loop itself stays in the user's hands. The metrics work on plain slices, so that they also serve predictions that come
//! from elsewhere, and give scikit-learn's numbers.
//!
//! ```
//! use rushlight_train::metrics::classification_report;
//!
//! let report = classification_report(&[0, 1, 1, 0], &[0, 1, 0, 0])?.target_names(["no", "yes"])?;
//! assert_eq!(report.accuracy, Some(0.75));
//! println!("{report}");
//! # Ok::<(), rushlight_backend::Error>(())
//! ```
#![forbid(unsafe_code)]

#[cfg(feature = "plot")]
mod draw;
pub mod metrics;

mod curves;
mod progress;

pub use curves::{LearningCurves, Series};
pub use progress::{Epoch, Progress};
