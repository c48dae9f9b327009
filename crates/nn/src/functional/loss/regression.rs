//! Losses for numbers. Input and target broadcast, as in PyTorch.

use super::{Reduction, reduce};
use rushlight_tensor::{Error, Result, Tensor};

/// `(x - y)²`.
#[track_caller]
pub fn mse_loss(input: &Tensor, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
    reduce("mse_loss", input.sub(target)?.square()?, reduction)
}

/// `|x - y|`.
#[track_caller]
pub fn l1_loss(input: &Tensor, target: &Tensor, reduction: Reduction) -> Result<Tensor> {
    reduce("l1_loss", input.sub(target)?.abs()?, reduction)
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
    if beta == 0.0 {
        return l1_loss(input, target, reduction);
    }
    let distance = input.sub(target)?.abs()?;
    let near = distance.square()?.mul(0.5 / beta)?;
    let loss = distance
        .lt(beta)?
        .where_cond(&near, &distance.sub(0.5 * beta)?)?;
    reduce("smooth_l1_loss", loss, reduction)
}

/// `(x - y)² / 2` where `|x - y| < delta`, else `delta (|x - y| - delta / 2)`. PyTorch's default delta is 1.
#[track_caller]
pub fn huber_loss(
    input: &Tensor,
    target: &Tensor,
    delta: f64,
    reduction: Reduction,
) -> Result<Tensor> {
    if delta.is_nan() || delta <= 0.0 {
        return Err(Error::value(format!(
            "huber_loss: delta must be above 0, not {delta}"
        )));
    }
    let distance = input.sub(target)?.abs()?;
    let near = distance.square()?.mul(0.5)?;
    let far = distance.sub(0.5 * delta)?.mul(delta)?;
    reduce(
        "huber_loss",
        distance.lt(delta)?.where_cond(&near, &far)?,
        reduction,
    )
}
