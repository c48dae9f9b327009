//! Regression losses. Input and target broadcast, as in PyTorch.

use super::{Reduction, floats, reduce};
use rushlight_tensor::{Error, Half, Result, Tensor};

/// `(x - y)²`.
#[track_caller]
pub fn mse_loss(input: &Tensor, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
    floats("mse_loss", input, target)?;
    if let Some(half) = Half::among([input, target]) {
        return half.round(mse_loss(
            &half.widen(input)?,
            &half.widen(target)?,
            reduction,
        )?);
    }
    reduce("mse_loss", input.sub(target)?.square()?, reduction)
}

/// `w (x - y)²` with a weight for each element, of the input's shape; the mean divides by the sum of the weights.
/// PyTorch: `mse_loss(weight=…)`.
#[track_caller]
pub fn mse_loss_weighted(
    input: &Tensor,
    target: &Tensor,
    weight: &Tensor,
    reduction: Reduction,
) -> Result<Tensor> {
    const NAME: &str = "mse_loss_weighted";
    check_weight(NAME, input, weight)?;
    floats(NAME, input, target)?;
    if let Some(half) = Half::among([input, target, weight]) {
        let (input, target) = (half.widen(input)?, half.widen(target)?);
        return half.round(mse_loss_weighted(
            &input,
            &target,
            &half.widen(weight)?,
            reduction,
        )?);
    }
    let loss = input.sub(target)?.square()?.mul(weight)?;
    reduce_weighted(NAME, loss, weight, reduction)
}

/// `|x - y|`.
#[track_caller]
pub fn l1_loss(input: &Tensor, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
    if let Some(half) = Half::among([input, target]) {
        return half.round(l1_loss(
            &half.widen(input)?,
            &half.widen(target)?,
            reduction,
        )?);
    }
    reduce("l1_loss", input.sub(target)?.abs()?, reduction)
}

/// `w |x - y|` with a weight for each element, of the input's shape; the mean divides by the sum of the weights.
/// PyTorch: `l1_loss(weight=…)`.
#[track_caller]
pub fn l1_loss_weighted(
    input: &Tensor,
    target: &Tensor,
    weight: &Tensor,
    reduction: Reduction,
) -> Result<Tensor> {
    const NAME: &str = "l1_loss_weighted";
    check_weight(NAME, input, weight)?;
    if let Some(half) = Half::among([input, target, weight]) {
        let (input, target) = (half.widen(input)?, half.widen(target)?);
        return half.round(l1_loss_weighted(
            &input,
            &target,
            &half.widen(weight)?,
            reduction,
        )?);
    }
    let loss = input.sub(target)?.abs()?.mul(weight)?;
    reduce_weighted(NAME, loss, weight, reduction)
}

/// `(x - y)² / (2 beta)` where `|x - y| < beta`, else `|x - y| - beta / 2`. PyTorch's default beta is 1.
#[track_caller]
pub fn smooth_l1_loss(
    input: &Tensor,
    target: &Tensor,
    beta: f64,
    reduction: Reduction,
) -> Result<Tensor> {
    if beta.is_nan() || beta < 0.0 {
        return Err(Error::value(format!(
            "smooth_l1_loss: beta must be at least 0, not {beta}"
        )));
    }
    floats("smooth_l1_loss", input, target)?;
    if beta == 0.0 {
        return l1_loss(input, target, reduction);
    }
    if let Some(half) = Half::among([input, target]) {
        return half.round(smooth_l1_loss(
            &half.widen(input)?,
            &half.widen(target)?,
            beta,
            reduction,
        )?);
    }
    let Distance { far, inner, outer } = Distance::new(input, target, beta)?;
    let near = inner.div(beta)?.mul(&inner)?.mul(0.5)?;
    let loss = far.where_cond(&outer.sub(0.5 * beta)?, &near)?;
    reduce("smooth_l1_loss", loss, reduction)
}

/// `(x - y)² / 2` where `|x - y| < delta`, else `delta (|x - y| - delta / 2)`, in the dtype of the input. PyTorch's default delta is 1.
#[track_caller]
pub fn huber_loss(
    input: &Tensor,
    target: &Tensor,
    delta: f64,
    reduction: Reduction,
) -> Result<Tensor> {
    if let Some(half) = Half::among([input, target]) {
        let (wide, target) = (half.widen(input)?, half.widen(target)?);
        return huber_loss(&wide, &target, delta, reduction)?.to(input.dtype());
    }
    let loss = huber("huber_loss", input, target, delta)?;
    reduce("huber_loss", loss, reduction)
}

/// [`huber_loss`] with a weight for each element, of the input's shape; unlike in [`mse_loss_weighted`] the mean is the plain one of the
/// weighted elements. PyTorch: `huber_loss(weight=…)`.
#[track_caller]
pub fn huber_loss_weighted(
    input: &Tensor,
    target: &Tensor,
    delta: f64,
    weight: &Tensor,
    reduction: Reduction,
) -> Result<Tensor> {
    const NAME: &str = "huber_loss_weighted";
    check_weight(NAME, input, weight)?;
    if let Some(half) = Half::among([input, target, weight]) {
        let (input, target) = (half.widen(input)?, half.widen(target)?);
        let weight = half.widen(weight)?;
        return half.round(huber_loss_weighted(
            &input, &target, delta, &weight, reduction,
        )?);
    }
    let loss = huber(NAME, input, target, delta)?.mul(weight)?;
    reduce(NAME, loss, reduction)
}

#[track_caller]
fn huber(name: &str, input: &Tensor, target: &Tensor, delta: f64) -> Result<Tensor> {
    if delta.is_nan() || delta <= 0.0 {
        return Err(Error::value(format!(
            "{name}: delta must be above 0, not {delta}"
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

/// Differences on either side of a bound, each 0 where it belongs to the other: no formula is given a number that it is not meant for, whose
/// slope could be infinite and that times 0 NaN.
struct Distance {
    /// Whether the magnitude of the difference is at least the bound. That of NaN is not.
    far: Tensor,
    /// The differences that are near.
    inner: Tensor,
    /// The magnitudes of those that are far.
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
fn check_weight(name: &str, input: &Tensor, weight: &Tensor) -> Result<()> {
    match weight.shape() == input.shape() {
        true => Ok(()),
        false => Err(Error::shape(format!(
            "{name}: the weight must have the input's shape {:?}, not {:?}",
            input.shape(),
            weight.shape()
        ))),
    }
}

#[track_caller]
fn reduce_weighted(
    name: &str,
    loss: Tensor,
    weight: &Tensor,
    reduction: Reduction,
) -> Result<Tensor> {
    match reduction {
        Reduction::Mean => loss.sum()?.div(&weight.sum()?),
        reduction => reduce(name, loss, reduction),
    }
}
