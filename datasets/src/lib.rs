//! Small classic data sets that are embedded in the program, so that examples and tests need no download.
//!
//! Each function gives a [`Table`] with the rows in the order of the file and the names under which the data are known. The origin
//! and the licence of each file are in the `PROVENANCE.md` next to it.
//!
//! ```
//! let iris = rushlight_datasets::iris()?;
//! assert_eq!(iris.n_rows(), 150);
//! assert_eq!(iris.text("class")?.get(149), Some("virginica"));
//! # Ok::<(), rushlight_backend::Error>(())
//! ```
#![forbid(unsafe_code)]

mod adult;
mod diabetes;
mod digits;
mod toy;

pub use adult::{adult, adult_csv};
pub use diabetes::diabetes;
pub use digits::digits;
#[doc(no_inline)]
pub use rushlight_data::Table;
pub use toy::{iris, wine};
