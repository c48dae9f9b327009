//! Handwritten digits, 8 by 8 pixels.

use flate2::read::GzDecoder;
use rushlight_backend::Result;
use rushlight_data::{CsvOptions, Table};

/// The test part of UCI's optical digits: 1,797 images of 8 by 8 pixels, with 64 columns `pixel_0_0` to `pixel_7_7` (row, column) of values
/// 0 to 16, and a column `digit` of numbers. scikit-learn: `load_digits`.
///
/// ```
/// let digits = rushlight_datasets::digits()?;
/// assert_eq!((digits.n_rows(), digits.n_cols()), (1_797, 65));
/// # Ok::<(), rushlight_backend::Error>(())
/// ```
#[track_caller]
pub fn digits() -> Result<Table> {
    let mut names: Vec<String> = (0..64)
        .map(|i| format!("pixel_{}_{}", i / 8, i % 8))
        .collect();
    names.push("digit".to_owned());
    CsvOptions::new().numbers(names.clone()).names(names).parse(
        GzDecoder::new(&include_bytes!("../digits/digits.csv.gz")[..]),
        "digits.csv.gz",
    )
}
