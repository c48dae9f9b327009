//! Scalers: transformers of columns of numbers to columns of numbers.
//!
//! Sums are compensated, so that the statistics of a long column are accurate to the last digits in any order. They are computed from values
//! scaled by a power of two, which is exact, so that neither a sum nor a square overflows or underflows.

use rushlight_backend::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{Matrix, Transformer, check_columns, check_room, check_rows, not_fitted};
use crate::table::{Column, Table};

/// `(x - mean) / std` for each column, with the biased standard deviation; a constant column is only shifted.
/// Missing values are ignored and stay NaN. scikit-learn: `StandardScaler`.
///
/// ```
/// use rushlight::data::{Column, StandardScaler, Table, Transformer};
/// let table = Table::new([("age", Column::from(vec![20.0, 40.0]))])?;
/// let x = StandardScaler::new().fit_transform(&table)?;
/// assert_eq!(x.column(0).collect::<Vec<_>>(), [-1.0, 1.0]);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StandardScaler {
    with_mean: bool,
    with_std: bool,
    fitted: Option<Vec<Standard>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Standard {
    column: String,
    #[serde(with = "rushlight_files::numbers")]
    mean: f64,
    #[serde(with = "rushlight_files::numbers")]
    var: f64,
    #[serde(with = "rushlight_files::numbers")]
    scale: f64,
}

impl Default for StandardScaler {
    fn default() -> StandardScaler {
        StandardScaler {
            with_mean: true,
            with_std: true,
            fitted: None,
        }
    }
}

impl StandardScaler {
    /// A scaler that subtracts the mean and divides by the standard deviation.
    pub fn new() -> StandardScaler {
        StandardScaler::default()
    }

    /// Sets whether the mean is subtracted, as by default.
    pub fn with_mean(mut self, yes: bool) -> StandardScaler {
        self.with_mean = yes;
        self
    }

    /// Sets whether the numbers are divided by the standard deviation, as by default.
    pub fn with_std(mut self, yes: bool) -> StandardScaler {
        self.with_std = yes;
        self.fitted = None;
        self
    }

    /// The mean of each column; empty before `fit`.
    pub fn mean(&self) -> Vec<f64> {
        self.fitted.iter().flatten().map(|c| c.mean).collect()
    }

    /// The biased variance of each column; empty before `fit`. It is infinite if it overflows; the scale is finite even then.
    pub fn var(&self) -> Vec<f64> {
        self.fitted.iter().flatten().map(|c| c.var).collect()
    }

    /// The divisor of each column; empty before `fit`.
    pub fn scale(&self) -> Vec<f64> {
        self.fitted.iter().flatten().map(|c| c.scale).collect()
    }
}

impl Transformer for StandardScaler {
    #[track_caller]
    fn fit(&mut self, table: &Table) -> Result<()> {
        check_rows("StandardScaler", table)?;
        let mut fitted = Vec::with_capacity(table.n_cols());
        for (name, column) in table.columns() {
            let values = numbers("StandardScaler", name, column)?;
            let n = present("StandardScaler", name, values)?;
            let factor = factor(values);
            let scaled = values.iter().map(|x| x * factor);
            let rounded = sum(scaled.clone()) / n;
            // The mean of the differences is the rounding error of the first mean.
            let mean = rounded + sum(scaled.clone().map(|x| x - rounded)) / n;
            let var = sum(scaled.map(|x| (x - mean) * (x - mean))) / n;
            // The bound of scikit-learn: a smaller variance is only the rounding error of the mean.
            let rounding = n * f64::EPSILON * var + (n * mean * f64::EPSILON).powi(2);
            let std = var.sqrt() / factor;
            let scale = if var <= rounding || std == 0.0 || !self.with_std {
                1.0
            } else {
                std
            };
            fitted.push(Standard {
                column: name.to_owned(),
                mean: mean / factor,
                var: var / factor / factor,
                scale,
            });
        }
        self.fitted = Some(fitted);
        Ok(())
    }

    #[track_caller]
    fn feature_names_out(&self) -> Result<Vec<String>> {
        match &self.fitted {
            Some(fitted) => Ok(fitted.iter().map(|c| c.column.clone()).collect()),
            None => Err(not_fitted("StandardScaler")),
        }
    }

    #[track_caller]
    fn transform_into(&self, table: &Table, out: &mut Matrix, first: usize) -> Result<()> {
        let Some(fitted) = &self.fitted else {
            return Err(not_fitted("StandardScaler"));
        };
        check_columns(
            "StandardScaler",
            table,
            fitted.iter().map(|c| c.column.as_str()),
        )?;
        check_room("StandardScaler", table, out, first, fitted.len())?;
        for (i, (stat, (name, column))) in fitted.iter().zip(table.columns()).enumerate() {
            let values = numbers("StandardScaler", name, column)?;
            let shift = if self.with_mean { stat.mean } else { 0.0 };
            let standard = |x: &f64| {
                let difference = x - shift;
                if difference.is_infinite() {
                    // The difference of the halves does not overflow.
                    (x / 2.0 - shift / 2.0) / stat.scale * 2.0
                } else {
                    difference / stat.scale
                }
            };
            out.set_column(first + i, values.iter().map(standard));
        }
        Ok(())
    }
}

/// `x * scale + shift` for each column, so that the range seen by `fit` becomes `feature_range`.
/// Missing values are ignored and stay NaN. A column whose values differ only by rounding is shifted, but not scaled.
/// scikit-learn: `MinMaxScaler`, which does not scale a column if its values differ by less than 2e-15.
///
/// ```
/// use rushlight::data::{Column, MinMaxScaler, Table, Transformer};
/// let table = Table::new([("age", Column::from(vec![20.0, 30.0, 40.0]))])?;
/// let x = MinMaxScaler::new().fit_transform(&table)?;
/// assert_eq!(x.column(0).collect::<Vec<_>>(), [0.0, 0.5, 1.0]);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MinMaxScaler {
    #[serde(with = "rushlight_files::numbers")]
    feature_range: (f64, f64),
    clip: bool,
    fitted: Option<Vec<MinMax>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct MinMax {
    column: String,
    #[serde(with = "rushlight_files::numbers")]
    min: f64,
    #[serde(with = "rushlight_files::numbers")]
    max: f64,
    #[serde(with = "rushlight_files::numbers")]
    scale: f64,
    #[serde(with = "rushlight_files::numbers")]
    shift: f64,
}

impl Default for MinMaxScaler {
    fn default() -> MinMaxScaler {
        MinMaxScaler {
            feature_range: (0.0, 1.0),
            clip: false,
            fitted: None,
        }
    }
}

impl MinMaxScaler {
    /// A scaler to the range from 0 to 1 that does not clip.
    pub fn new() -> MinMaxScaler {
        MinMaxScaler::default()
    }

    /// Sets the range of the result, by default from 0 to 1.
    pub fn feature_range(mut self, min: f64, max: f64) -> MinMaxScaler {
        self.feature_range = (min, max);
        self.fitted = None;
        self
    }

    /// Sets whether results are clipped to the range, which those of values that `fit` has not seen can exceed. Off by default.
    pub fn clip(mut self, yes: bool) -> MinMaxScaler {
        self.clip = yes;
        self
    }

    /// The smallest value of each column; empty before `fit`.
    pub fn data_min(&self) -> Vec<f64> {
        self.fitted.iter().flatten().map(|c| c.min).collect()
    }

    /// The largest value of each column; empty before `fit`.
    pub fn data_max(&self) -> Vec<f64> {
        self.fitted.iter().flatten().map(|c| c.max).collect()
    }
}

impl Transformer for MinMaxScaler {
    #[track_caller]
    fn fit(&mut self, table: &Table) -> Result<()> {
        check_rows("MinMaxScaler", table)?;
        let (low, high) = self.feature_range;
        if low >= high || low.is_nan() || high.is_nan() {
            return Err(Error::value(format!(
                "MinMaxScaler: feature_range is {low} to {high}; the minimum must be below the maximum"
            )));
        }
        if low.is_infinite() || high.is_infinite() {
            return Err(Error::value(format!(
                "MinMaxScaler: feature_range is {low} to {high}; both must be finite"
            )));
        }
        let mut fitted = Vec::with_capacity(table.n_cols());
        for (name, column) in table.columns() {
            let values = numbers("MinMaxScaler", name, column)?;
            present("MinMaxScaler", name, values)?;
            // f64::min and max ignore NaN.
            let min = values.iter().copied().fold(f64::NAN, f64::min);
            let max = values.iter().copied().fold(f64::NAN, f64::max);
            let scale = (high - low) / length(min, max);
            fitted.push(MinMax {
                column: name.to_owned(),
                min,
                max,
                scale,
                shift: low - min * scale,
            });
        }
        self.fitted = Some(fitted);
        Ok(())
    }

    #[track_caller]
    fn feature_names_out(&self) -> Result<Vec<String>> {
        match &self.fitted {
            Some(fitted) => Ok(fitted.iter().map(|c| c.column.clone()).collect()),
            None => Err(not_fitted("MinMaxScaler")),
        }
    }

    #[track_caller]
    fn transform_into(&self, table: &Table, out: &mut Matrix, first: usize) -> Result<()> {
        let Some(fitted) = &self.fitted else {
            return Err(not_fitted("MinMaxScaler"));
        };
        check_columns(
            "MinMaxScaler",
            table,
            fitted.iter().map(|c| c.column.as_str()),
        )?;
        check_room("MinMaxScaler", table, out, first, fitted.len())?;
        let range = self.feature_range;
        let (low, high) = if self.clip {
            range
        } else {
            (f64::NEG_INFINITY, f64::INFINITY)
        };
        for (i, (stat, (name, column))) in fitted.iter().zip(table.columns()).enumerate() {
            let values = numbers("MinMaxScaler", name, column)?;
            // Comparisons rather than f64::clamp, which panics if the minimum of a loaded range exceeds its maximum.
            let scaled = values.iter().map(|x| stat.map(*x, range));
            out.set_column(
                first + i,
                scaled.map(|y| {
                    if y < low {
                        low
                    } else if y > high {
                        high
                    } else {
                        y
                    }
                }),
            );
        }
        Ok(())
    }
}

impl MinMax {
    /// Maps `x` to `range`, so that the smallest value seen by `fit` becomes its start and the largest its end.
    fn map(&self, x: f64, (low, high): (f64, f64)) -> f64 {
        if self.scale.is_normal() && self.shift.is_finite() {
            return x * self.scale + self.shift;
        }
        // The scale overflows or underflows. The difference of halves does not overflow, and neither does the sum of eighths.
        let (distance, length) = (x - self.min, length(self.min, self.max));
        let fraction = if distance.is_finite() && length.is_finite() {
            distance / length
        } else {
            (x / 2.0 - self.min / 2.0) / (self.max / 2.0 - self.min / 2.0)
        };
        ((high / 8.0 - low / 8.0) * fraction + low / 8.0) * 8.0
    }
}

/// The difference of the largest and the smallest value of a column; 1 if it is only a rounding error.
fn length(min: f64, max: f64) -> f64 {
    let rounding = 10.0 * f64::EPSILON * min.abs().max(max.abs()).min(1.0);
    if max == min || max - min < rounding {
        1.0
    } else {
        max - min
    }
}

/// The power of two that scales the largest of the values to about 1.
fn factor(values: &[f64]) -> f64 {
    let largest = values
        .iter()
        .fold(0.0, |largest: f64, x| largest.max(x.abs()));
    // Between these bounds nothing overflows or underflows.
    if largest == 0.0 || (1e-100..=1e100).contains(&largest) {
        return 1.0;
    }
    2f64.powi(-(largest.log2() as i32).clamp(-1000, 1000))
}

/// The numbers of a column, or an error if it holds text or infinities, whose mean would be NaN.
#[track_caller]
fn numbers<'a>(what: &str, name: &str, column: &'a Column) -> Result<&'a [f64]> {
    let Column::Number(values) = column else {
        return Err(Error::dtype(format!(
            "{what}: column {name:?} is text; only numbers can be scaled"
        )));
    };
    match values.iter().position(|x| x.is_infinite()) {
        Some(row) => Err(Error::value(format!(
            "{what}: column {name:?} is infinite in row {row}"
        ))),
        None => Ok(values),
    }
}

/// The number of values that are not missing, or an error if there are none.
#[track_caller]
fn present(what: &str, name: &str, values: &[f64]) -> Result<f64> {
    match values.iter().filter(|x| !x.is_nan()).count() {
        0 => Err(Error::value(format!(
            "{what}: column {name:?} has only missing values"
        ))),
        n => Ok(n as f64),
    }
}

/// The sum of the values that are not missing, by the compensated summation of Neumaier.
fn sum(values: impl Iterator<Item = f64>) -> f64 {
    let (mut total, mut lost) = (0.0_f64, 0.0);
    for x in values.filter(|x| !x.is_nan()) {
        let next = total + x;
        lost += if total.abs() >= x.abs() {
            (total - next) + x
        } else {
            (x - next) + total
        };
        total = next;
    }
    total + lost
}
