//! Initialization with the truncated normal distribution.

use rushlight_tensor::{Error, GradMode, Result, Tensor};

/// Fills a floating-point tensor of any shape with values of a normal distribution of mean `mean` and standard deviation `std` that is
/// truncated to `[low, high]`. PyTorch: `nn.init.trunc_normal_`, with `0, 1, -2, 2` by default.
///
/// If the interval contains more than 0.3 of the distribution, normal numbers are drawn until they are in it. Otherwise uniform numbers are
/// drawn by rejection sampling: each is accepted with the probability of its density divided by the peak of the density.
///
/// ```
/// use rushlight::nn::init::trunc_normal_;
/// use rushlight::Tensor;
/// let weight = Tensor::zeros([10, 10], ())?;
/// trunc_normal_(&weight, 0.0, 1.0, -2.0, 2.0)?;
/// assert!(weight.to_vec::<f32>()?.iter().all(|w| w.abs() <= 2.0));
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If `std` is not positive, or if `[low, high]` is not an interval.
#[track_caller]
pub fn trunc_normal_(t: &Tensor, mean: f64, std: f64, low: f64, high: f64) -> Result<()> {
    if std.is_nan() || std <= 0.0 || low.is_nan() || high.is_nan() || low > high {
        return Err(Error::value(format!(
            "trunc_normal_: std must be positive and [low, high] an interval, got std {std} and [{low}, {high}]"
        )));
    }
    let _no_grad = GradMode::set(false);
    let cdf = |x: f64| (1.0 + libm::erf(x / 2f64.sqrt())) / 2.0;
    if cdf((high - mean) / std) - cdf((low - mean) / std) > 0.3 {
        redraw_normal(t, mean, std, low, high)
    } else {
        reject_uniform(t, mean, std, low, high)
    }
}

#[track_caller]
fn redraw_normal(t: &Tensor, mean: f64, std: f64, low: f64, high: f64) -> Result<()> {
    t.normal_(mean, std)?;
    // The values are compared with the bounds as rounded to the tensor's dtype.
    let bound = |x: f64| Tensor::scalar(x, (t.dtype(), t.device()));
    let (low, high) = (bound(low)?, bound(high)?);
    loop {
        let outside = t.lt(&low)?.logical_or(&t.gt(&high)?)?;
        if !outside.any()?.item::<bool>()? {
            return Ok(());
        }
        let again = t.empty_like()?;
        again.normal_(mean, std)?;
        t.copy_(&outside.where_cond(&again, t)?)?;
    }
}

#[track_caller]
fn reject_uniform(t: &Tensor, mean: f64, std: f64, low: f64, high: f64) -> Result<()> {
    let mode = mean.min(high).max(low);
    let log_peak = -0.5 * ((mode - mean) / std).powi(2);
    let (candidates, dice) = (t.empty_like()?, t.empty_like()?);
    let mut pending: Option<Tensor> = None;
    loop {
        candidates.uniform_(low, high)?;
        match &pending {
            None => t.copy_(&candidates)?,
            Some(pending) => t.copy_(&pending.where_cond(&candidates, t)?)?,
        }
        let log_density = candidates
            .sub(mean)?
            .div(std)?
            .pow(2)?
            .mul(-0.5)?
            .sub(log_peak)?;
        dice.uniform_(0.0, 1.0)?;
        let rejected = dice.log()?.gt(&log_density)?;
        let still = match &pending {
            None => rejected,
            Some(pending) => pending.logical_and(&rejected)?,
        };
        if !still.any()?.item::<bool>()? {
            return Ok(());
        }
        pending = Some(still);
    }
}
