//! Regression metrics. If a value is NaN, so is the metric.
//!
//! Differences and squares are taken of values scaled by a power of two, which changes no digit, so that none overflows or vanishes on the way
//! to a result that does not.

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

/// The share of the variance that the predictions explain: 1 at best, 0 for always the mean, below for worse.
/// If the true values are all equal, 1 for exact predictions and 0 for others; NaN for a single value. scikit-learn: `r2_score`.
///
/// ```
/// let r2 = rushlight_train::metrics::r2_score(&[3.0, -0.5, 2.0, 7.0], &[2.5, 0.0, 2.0, 8.0])?;
/// assert!((r2 - 0.9486081370449679).abs() < 1e-15);
/// # Ok::<(), rushlight_backend::Error>(())
/// ```
#[track_caller]
pub fn r2_score(y_true: &[f64], y_pred: &[f64]) -> Result<f64> {
    check_lengths("R2", y_true.len(), y_pred.len())?;
    if y_true.len() < 2 {
        return Ok(f64::NAN);
    }
    let pairs = Scaled::of(y_true, y_pred);
    let unexplained: f64 = pairs.differences().map(|d| d * d).sum();
    // Of values that are all equal the mean may still differ by its rounding, so their variance is not computed.
    let constant = y_true.iter().all(|t| *t == y_true[0]);
    let total = if constant { 0.0 } else { pairs.variation() };
    Ok(match (unexplained == 0.0, total == 0.0) {
        (true, _) => 1.0,
        (false, true) if unexplained.is_nan() => f64::NAN,
        (false, true) => 0.0,
        (false, false) => 1.0 - unexplained / total,
    })
}

/// True and predicted values, scaled together.
struct Scaled<'a> {
    y_true: &'a [f64],
    y_pred: &'a [f64],
    /// A power of two: times it, the largest value is about 1.
    factor: f64,
}

impl<'a> Scaled<'a> {
    fn of(y_true: &'a [f64], y_pred: &'a [f64]) -> Scaled<'a> {
        let values = y_true.iter().chain(y_pred);
        let largest = values.fold(0.0, |largest: f64, x| largest.max(x.abs()));
        // Between these bounds nothing overflows or vanishes.
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

    /// The sum of the true values' squared differences from their mean.
    fn variation(&self) -> f64 {
        let n = self.y_true.len() as f64;
        let first = self.y_true[0] * self.factor;
        // From the first value, so that values that differ little from each other do not lose that little.
        let shifted = || self.y_true.iter().map(|t| t * self.factor - first);
        let mean = shifted().sum::<f64>() / n;
        let squares: f64 = shifted().map(|d| (d - mean) * (d - mean)).sum();
        let rest: f64 = shifted().map(|d| d - mean).sum();
        squares - rest * rest / n
    }
}
