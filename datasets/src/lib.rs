//! Small classic data sets, embedded in the program: an example that has to download first is one that fails on a train.
//!
//! Each function gives a [`Table`] with the rows in the order of the file and the names under which the data are known. Where the
//! bytes are from and under which terms stands in the `PROVENANCE.md` beside each file.
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
