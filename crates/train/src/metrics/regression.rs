//! Regression metrics. If a value is NaN, so is the metric.
//!
//! Differences and squares are computed from values that are scaled by a power of two, which is exact, so that no intermediate number
//! overflows or underflows if the result does not.

use rushlight_backend::Result;

use super::check_lengths;

/// The mean of the squared differences. scikit-learn: `mean_squared_error`.
#[track_caller]
pub fn mean_squared_error(y_true: &[f64], y_pred: &[f64]) -> Result<f64> {
    check_lengths("mean squared error", y_true.len(), y_pred.len())?;
    let pairs = Scaled::of(y_true, y_pred);
    let mean = pairs.differences().map(|d| d * d).sum::<f64>() / y_true.len() as f64;
    Ok(mean / pairs.factor / pairs.factor)
}

/// The mean of the absolute differences. scikit-learn: `mean_absolute_error`.
#[track_caller]
pub fn mean_absolute_error(y_true: &[f64], y_pred: &[f64]) -> Result<f64> {
    check_lengths("mean absolute error", y_true.len(), y_pred.len())?;
    let pairs = Scaled::of(y_true, y_pred);
    let mean = pairs.differences().map(f64::abs).sum::<f64>() / y_true.len() as f64;
    Ok(mean / pairs.factor)
}

/// The coefficient of determination: the fraction of the variance that the predictions explain. scikit-learn: `r2_score`.
///
/// It is 1 for exact predictions, 0 for predictions that are all the mean, and negative for worse ones. If all true values are equal, it
/// is 1 for exact predictions and 0 for others; for a single value it is NaN.
///
/// ```
/// let r2 = rushlight_train::metrics::r2_score(&[3.0, -0.5, 2.0, 7.0], &[2.5, 0.0, 2.0, 8.0])?;
/// assert!((r2 - 0.9486081370449679).abs() < 1e-15);
/// # Ok::<(), rushlight::backend::Error>(())
/// ```
#[track_caller]
pub fn r2_score(y_true: &[f64], y_pred: &[f64]) -> Result<f64> {
    check_lengths("R2", y_true.len(), y_pred.len())?;
    if y_true.len() < 2 {
        return Ok(f64::NAN);
    }
    let pairs = Scaled::of(y_true, y_pred);
    let unexplained: f64 = pairs.differences().map(|d| d * d).sum();
    // The variance of equal values is not computed, because their mean may differ from them by rounding.
    let constant = y_true.iter().all(|t| *t == y_true[0]);
    let total = if constant { 0.0 } else { pairs.total_squares() };
    Ok(match (unexplained == 0.0, total == 0.0) {
        (true, _) => 1.0,
        (false, true) if unexplained.is_nan() => f64::NAN,
        (false, true) => 0.0,
        (false, false) => 1.0 - unexplained / total,
    })
}

/// True and predicted values, scaled by the same factor.
struct Scaled<'a> {
    y_true: &'a [f64],
    y_pred: &'a [f64],
    /// The power of two that scales the largest value to about 1.
    factor: f64,
}

impl<'a> Scaled<'a> {
    fn of(y_true: &'a [f64], y_pred: &'a [f64]) -> Scaled<'a> {
        let values = y_true.iter().chain(y_pred);
        let largest = values.fold(0.0, |largest: f64, x| largest.max(x.abs()));
        // Between these bounds nothing overflows or underflows.
        let ordinary = (1e-100..=1e100).contains(&largest);
        let factor = if ordinary || largest == 0.0 || largest.is_infinite() {
            1.0
        } else {
            2f64.powi(-(largest.log2() as i32).clamp(-1000, 1000))
        };
        Scaled {
            y_true,
            y_pred,
            factor,
        }
    }

    fn differences(&self) -> impl Iterator<Item = f64> {
        let pairs = self.y_true.iter().zip(self.y_pred);
        pairs.map(|(t, p)| t * self.factor - p * self.factor)
    }

    /// The sum of the squared differences of the true values from their mean.
    fn total_squares(&self) -> f64 {
        let n = self.y_true.len() as f64;
        let first = self.y_true[0] * self.factor;
        // The first value is subtracted, so that small differences between large values are not lost in their mean.
        let shifted = || self.y_true.iter().map(|t| t * self.factor - first);
        let mean = shifted().sum::<f64>() / n;
        let squares: f64 = shifted().map(|d| (d - mean) * (d - mean)).sum();
        let rest: f64 = shifted().map(|d| d - mean).sum();
        squares - rest * rest / n
    }
}
