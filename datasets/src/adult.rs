//! UCI Adult, or census income: does a person earn over 50,000 dollars a year?

use flate2::read::GzDecoder;
use rushlight_backend::Result;
use rushlight_data::{CsvOptions, Table};

/// The 48,842 rows of the UCI Adult data (Becker and Kohavi 1996, CC BY 4.0): six columns of numbers, eight of text, and `class`,
/// which is `<=50K` or `>50K`. The test rows come first, then the training rows, as OpenML's version 2 has them. A `?` is a missing
/// value, of which `workclass`, `occupation` and `native-country` have some.
///
/// ```
/// let adult = rushlight_datasets::adult()?;
/// assert_eq!((adult.n_rows(), adult.n_cols()), (48_842, 15));
/// assert_eq!(adult.text("workclass")?.get(4), None);
/// # Ok::<(), rushlight_backend::Error>(())
/// ```
#[track_caller]
pub fn adult() -> Result<Table> {
    adult_csv().parse(
        GzDecoder::new(&include_bytes!("../adult/adult.csv.gz")[..]),
        "adult.csv.gz",
    )
}

/// The options with which [`adult`] reads its CSV file, for other files with the same columns. A missing column, text in a column of numbers, and
/// a label other than the two are errors.
pub fn adult_csv() -> CsvOptions {
    CsvOptions::new()
        .missing(["", "?"])
        .numbers([
            "age",
            "fnlwgt",
            "education-num",
            "capital-gain",
            "capital-loss",
            "hours-per-week",
        ])
        .texts([
            "workclass",
            "education",
            "marital-status",
            "occupation",
            "relationship",
            "race",
            "sex",
            "native-country",
        ])
        .one_of("class", ["<=50K", ">50K"])
}
