//! Diabetes: a regression task.

use flate2::read::GzDecoder;
use rushlight_backend::Result;
use rushlight_data::{CsvOptions, Table};

/// The diabetes data of Efron et al.: 442 patients with ten unscaled measurements (age, sex, body-mass index, blood pressure, six of blood
/// serum), and `progression`, the progress of the disease after one year. scikit-learn: `load_diabetes(scaled=False)`.
///
/// ```
/// let diabetes = rushlight_datasets::diabetes()?;
/// assert_eq!((diabetes.n_rows(), diabetes.n_cols()), (442, 11));
/// # Ok::<(), rushlight_backend::Error>(())
/// ```
#[track_caller]
pub fn diabetes() -> Result<Table> {
    let names = [
        "age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6",
    ];
    let measures = CsvOptions::new()
        .delimiter(b' ')
        .names(names)
        .numbers(names)
        .parse(
            GzDecoder::new(&include_bytes!("../diabetes/diabetes_data_raw.csv.gz")[..]),
            "diabetes_data_raw.csv.gz",
        )?;
    let target = CsvOptions::new()
        .names(["progression"])
        .numbers(["progression"])
        .parse(
            GzDecoder::new(&include_bytes!("../diabetes/diabetes_target.csv.gz")[..]),
            "diabetes_target.csv.gz",
        )?;
    measures.with_column("progression", target.column("progression")?.clone())
}
