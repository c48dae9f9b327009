//! Handwritten digits, 8 by 8 pixels.

use flate2::read::GzDecoder;
use rushlight_backend::Result;
use rushlight_data::{CsvOptions, Table};

/// The test part of UCI's optical digits: 1,797 images, 64 columns `pixel_0_0` to `pixel_7_7` (row, column) with values 0 to 16,
/// and `digit`, a number.
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
