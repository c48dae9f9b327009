//! Regression losses. Input and target broadcast, as in PyTorch.

use super::{Reduction, floats, reduce};
use rushlight_tensor::{Error, Half, Result, Tensor, options};

options! {
    /// Options of [`mse_loss`] and of [`MSELoss`](crate::MSELoss).
    MSELossOptions from(reduction: Reduction) {
        /// How the elements are reduced; by default to their mean, which divides by the sum of the weights if there are any.
        reduction: Reduction = Reduction::Mean,
        /// A weight for each element, of the input's shape; by default none.
        weight(into): Option<Tensor> = None,
    }
}

options! {
    /// Options of [`l1_loss`] and of [`L1Loss`](crate::L1Loss).
    L1LossOptions from(reduction: Reduction) {
        /// How the elements are reduced; by default to their mean, which divides by the sum of the weights if there are any.
        reduction: Reduction = Reduction::Mean,
        /// A weight for each element, of the input's shape; by default none.
        weight(into): Option<Tensor> = None,
    }
}

options! {
    /// Options of [`smooth_l1_loss`] and of [`SmoothL1Loss`](crate::SmoothL1Loss).
    SmoothL1LossOptions from(reduction: Reduction) {
        /// How the elements are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
        /// The difference above which the loss is linear, at least 0; by default 1.
        beta: f64 = 1.0,
    }
}

options! {
    /// Options of [`huber_loss`] and of [`HuberLoss`](crate::HuberLoss).
    HuberLossOptions from(reduction: Reduction) {
        /// How the elements are reduced; by default to their mean. Unlike the mean of [`mse_loss`], it divides by the number of elements
        /// even with weights.
        reduction: Reduction = Reduction::Mean,
        /// The difference above which the loss is linear, greater than 0; by default 1.
        delta: f64 = 1.0,
        /// A weight for each element, of the input's shape; by default none.
        weight(into): Option<Tensor> = None,
    }
}

/// Computes the squared error `(x - y)²`, or `w (x - y)²` with weights. PyTorch: `nn.functional.mse_loss`.
///
/// Input and target have the same shape or broadcast to one; at least one of them is floating-point. The result is a scalar, or has the
/// broadcast shape without a reduction. With weights, the mean is `Σ w (x - y)² / Σ w`.
///
/// ```
/// use rushlight::nn::functional::{MSELossOptions, Reduction, mse_loss};
/// use rushlight::tensor;
/// let (x, y) = (tensor!([0.5, 1.8, 2.5]), tensor!([1.0, 2.0, 2.0]));
/// let weighted = MSELossOptions::new().weight(tensor!([1.0, 1.0, 2.0]));
/// for (loss, expected) in [
///     (mse_loss(&x, &y, ())?, 0.18),
///     (mse_loss(&x, &y, Reduction::Sum)?, 0.54),
///     (mse_loss(&x, &y, weighted)?, 0.1975),
/// ] {
///     assert!((loss.item::<f32>()? - expected).abs() < 1e-6);
/// }
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes do not broadcast, neither tensor is floating-point, or the weight does not have the input's shape.
#[track_caller]
pub fn mse_loss(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<MSELossOptions>,
) -> Result<Tensor> {
    mse(input, target, &options.into())
}

#[track_caller]
fn mse(input: &Tensor, target: &Tensor, options: &MSELossOptions) -> Result<Tensor> {
    const NAME: &str = "mse_loss";
    let weight = options.weight.as_ref();
    check_weight(NAME, input, weight)?;
    floats(NAME, input, target)?;
    if let Some(half) = Half::among([Some(input), Some(target), weight]) {
        let options = MSELossOptions {
            weight: half.widen_option(weight)?,
            ..options.clone()
        };
        return half.round(mse(&half.widen(input)?, &half.widen(target)?, &options)?);
    }
    let loss = input.sub(target)?.square()?;
    reduce_weighted(NAME, loss, weight, options.reduction)
}

/// Computes the absolute error `|x - y|`, or `w |x - y|` with weights. PyTorch: `nn.functional.l1_loss`.
///
/// Input and target have the same shape or broadcast to one, and every dtype except `bool` is supported; the mean requires a floating-point
/// dtype. The result is a scalar, or has the broadcast shape without a reduction. With weights, the mean is `Σ w |x - y| / Σ w`.
///
/// ```
/// use rushlight::nn::functional::{L1LossOptions, Reduction, l1_loss};
/// use rushlight::tensor;
/// let (x, y) = (tensor!([0.5, 1.8, 2.5]), tensor!([1.0, 2.0, 2.0]));
/// let weighted = L1LossOptions::new().weight(tensor!([1.0, 1.0, 2.0]));
/// for (loss, expected) in [
///     (l1_loss(&x, &y, ())?, 0.4),
///     (l1_loss(&x, &y, Reduction::Sum)?, 1.2),
///     (l1_loss(&x, &y, weighted)?, 0.425),
/// ] {
///     assert!((loss.item::<f32>()? - expected).abs() < 1e-6);
/// }
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes do not broadcast, the dtype is not supported, or the weight does not have the input's shape.
#[track_caller]
pub fn l1_loss(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<L1LossOptions>,
) -> Result<Tensor> {
    l1(input, target, &options.into())
}

#[track_caller]
fn l1(input: &Tensor, target: &Tensor, options: &L1LossOptions) -> Result<Tensor> {
    const NAME: &str = "l1_loss";
    let weight = options.weight.as_ref();
    check_weight(NAME, input, weight)?;
    if let Some(half) = Half::among([Some(input), Some(target), weight]) {
        let options = L1LossOptions {
            weight: half.widen_option(weight)?,
            ..options.clone()
        };
        return half.round(l1(&half.widen(input)?, &half.widen(target)?, &options)?);
    }
    let loss = input.sub(target)?.abs()?;
    reduce_weighted(NAME, loss, weight, options.reduction)
}

/// Computes `(x - y)² / (2 beta)` where `|x - y| < beta`, and `|x - y| - beta / 2` elsewhere. PyTorch: `nn.functional.smooth_l1_loss`.
///
/// Input and target have the same shape or broadcast to one; at least one of them is floating-point. The result is a scalar, or has the
/// broadcast shape without a reduction. With a `beta` of 0, this is [`l1_loss`].
///
/// ```
/// use rushlight::nn::functional::{Reduction, SmoothL1LossOptions, smooth_l1_loss};
/// use rushlight::tensor;
/// let (x, y) = (tensor!([0.0, 0.0, 0.0]), tensor!([0.5, 1.0, 3.0]));
/// assert_eq!(smooth_l1_loss(&x, &y, Reduction::None)?.to_vec::<f32>()?, [0.125, 0.5, 2.5]);
/// let loss = smooth_l1_loss(&x, &y, SmoothL1LossOptions::new().beta(2.0))?;
/// assert!((loss.item::<f32>()? - 0.770833).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if `beta` is negative, the shapes do not broadcast, or neither tensor is floating-point.
#[track_caller]
pub fn smooth_l1_loss(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<SmoothL1LossOptions>,
) -> Result<Tensor> {
    smooth_l1(input, target, &options.into())
}

#[track_caller]
fn smooth_l1(input: &Tensor, target: &Tensor, options: &SmoothL1LossOptions) -> Result<Tensor> {
    const NAME: &str = "smooth_l1_loss";
    let &SmoothL1LossOptions { reduction, beta } = options;
    if beta.is_nan() || beta < 0.0 {
        return Err(Error::value(format!(
            "{NAME}: beta must be at least 0, not {beta}"
        )));
    }
    floats(NAME, input, target)?;
    if beta == 0.0 {
        return l1_loss(input, target, reduction);
    }
    if let Some(half) = Half::among([input, target]) {
        return half.round(smooth_l1(
            &half.widen(input)?,
            &half.widen(target)?,
            options,
        )?);
    }
    let Distance { far, inner, outer } = Distance::new(input, target, beta)?;
    let near = inner.div(beta)?.mul(&inner)?.mul(0.5)?;
    let loss = far.where_cond(&outer.sub(0.5 * beta)?, &near)?;
    reduce(NAME, loss, reduction)
}

/// Computes `(x - y)² / 2` where `|x - y| < delta`, and `delta (|x - y| - delta / 2)` elsewhere, multiplied by the weights if there are
/// any. PyTorch: `nn.functional.huber_loss`.
///
/// Input and target have the same shape or broadcast to one. The input is floating-point, and the result has its dtype; it is a scalar, or
/// has the broadcast shape without a reduction. The mean divides by the number of elements, even with weights.
///
/// ```
/// use rushlight::nn::functional::{HuberLossOptions, Reduction, huber_loss};
/// use rushlight::tensor;
/// let (x, y) = (tensor!([0.0, 0.0, 0.0]), tensor!([0.5, 1.0, 3.0]));
/// let options = HuberLossOptions::new().delta(2.0);
/// let loss = huber_loss(&x, &y, options.clone().reduction(Reduction::None))?;
/// assert_eq!(loss.to_vec::<f32>()?, [0.125, 0.5, 4.0]);
/// let loss = huber_loss(&x, &y, options.weight(tensor!([1.0, 1.0, 2.0])))?;
/// assert!((loss.item::<f32>()? - 2.875).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if `delta` is not positive, the shapes do not broadcast, the input is not floating-point, or the weight does not have
/// the input's shape.
#[track_caller]
pub fn huber_loss(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<HuberLossOptions>,
) -> Result<Tensor> {
    huber(input, target, &options.into())
}

#[track_caller]
fn huber(input: &Tensor, target: &Tensor, options: &HuberLossOptions) -> Result<Tensor> {
    const NAME: &str = "huber_loss";
    let weight = options.weight.as_ref();
    check_weight(NAME, input, weight)?;
    if let Some(half) = Half::among([Some(input), Some(target), weight]) {
        let options = HuberLossOptions {
            weight: half.widen_option(weight)?,
            ..options.clone()
        };
        let loss = huber(&half.widen(input)?, &half.widen(target)?, &options)?;
        return match weight {
            Some(_) => half.round(loss),
            None => loss.to(input.dtype()),
        };
    }
    let loss = huber_elements(NAME, input, target, options.delta)?;
    match weight {
        Some(weight) => reduce(NAME, loss.mul(weight)?, options.reduction),
        None => reduce(NAME, loss, options.reduction),
    }
}

#[track_caller]
fn huber_elements(name: &str, input: &Tensor, target: &Tensor, delta: f64) -> Result<Tensor> {
    if delta.is_nan() || delta <= 0.0 {
        return Err(Error::value(format!(
            "{name}: delta must be positive, not {delta}"
        )));
    }
    if !input.dtype().is_float() {
        return Err(Error::dtype(format!(
            "{name}: not defined for an input of {}; convert it to a floating-point dtype first",
            input.dtype()
        )));
    }
    if delta == f64::INFINITY {
        return input.sub(target)?.square()?.mul(0.5)?.to(input.dtype());
    }
    let Distance { far, inner, outer } = Distance::new(input, target, delta)?;
    let near = inner.square()?.mul(0.5)?;
    let beyond = outer.sub(0.5 * delta)?.mul(delta)?;
    far.where_cond(&beyond, &near)?.to(input.dtype())
}

/// Differences on either side of a bound, each 0 where it belongs to the other side: no formula is applied to a number outside its range,
/// where its derivative could be infinite, and that times 0 is NaN.
struct Distance {
    /// Whether the magnitude of the difference is at least the bound; false for NaN.
    far: Tensor,
    /// The differences below the bound.
    inner: Tensor,
    /// The magnitudes of the differences above the bound.
    outer: Tensor,
}

impl Distance {
    #[track_caller]
    fn new(input: &Tensor, target: &Tensor, bound: f64) -> Result<Distance> {
        let difference = input.sub(target)?;
        let far = difference.detach().abs()?.ge(bound)?;
        Ok(Distance {
            inner: far.where_cond(0.0, &difference)?,
            outer: far.where_cond(&difference, 0.0)?.abs()?,
            far,
        })
    }
}

#[track_caller]
fn check_weight(name: &str, input: &Tensor, weight: Option<&Tensor>) -> Result<()> {
    match weight {
        Some(weight) if weight.shape() != input.shape() => Err(Error::shape(format!(
            "{name}: the weight must have the input's shape {:?}, not {:?}",
            input.shape(),
            weight.shape()
        ))),
        _ => Ok(()),
    }
}

/// Multiplies by the weights, if there are any, and reduces; the mean then divides by their sum.
#[track_caller]
fn reduce_weighted(
    name: &str,
    loss: Tensor,
    weight: Option<&Tensor>,
    reduction: Reduction,
) -> Result<Tensor> {
    let Some(weight) = weight else {
        return reduce(name, loss, reduction);
    };
    let loss = loss.mul(weight)?;
    match reduction {
        Reduction::Mean => loss.sum()?.div(&weight.sum()?),
        reduction => reduce(name, loss, reduction),
    }
}
