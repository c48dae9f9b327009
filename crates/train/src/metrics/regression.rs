//! Metrics of numbers.

use rushlight_backend::Result;

use super::check_lengths;

/// The mean of the squared differences. scikit-learn: `mean_squared_error`.
#[track_caller]
pub fn mean_squared_error(y_true: &[f64], y_pred: &[f64]) -> Result<f64> {
    check_lengths("mean squared error", y_true.len(), y_pred.len())?;
    Ok(squares(y_true, y_pred) / y_true.len() as f64)
}

/// The mean of the absolute differences. scikit-learn: `mean_absolute_error`.
#[track_caller]
pub fn mean_absolute_error(y_true: &[f64], y_pred: &[f64]) -> Result<f64> {
    check_lengths("mean absolute error", y_true.len(), y_pred.len())?;
    let sum: f64 = y_true.iter().zip(y_pred).map(|(t, p)| (t - p).abs()).sum();
    Ok(sum / y_true.len() as f64)
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
    let mean = y_true.iter().sum::<f64>() / y_true.len() as f64;
    let (unexplained, total) = (
        squares(y_true, y_pred),
        y_true.iter().map(|t| (t - mean) * (t - mean)).sum::<f64>(),
    );
    Ok(match (unexplained == 0.0, total == 0.0) {
        (true, _) => 1.0,
        (false, true) => 0.0,
        (false, false) => 1.0 - unexplained / total,
    })
}

fn squares(y_true: &[f64], y_pred: &[f64]) -> f64 {
    y_true
        .iter()
        .zip(y_pred)
        .map(|(t, p)| (t - p) * (t - p))
        .sum()
}
