//! Losses between distributions, and negative log-likelihoods under one.

use super::{Reduction, reduce};
use rushlight_tensor::{Error, GradMode, Result, Tensor};
use std::f64::consts::PI;

/// The Kullback-Leibler divergence `t (ln t - x)` of the target from the input, whose elements are *logarithms* of probabilities.
///
/// With `log_target` the target's are too. [`Reduction::Mean`] divides by all elements; the mathematical value is [`Reduction::BatchMean`].
#[track_caller]
pub fn kl_div(
    input: &Tensor,
    target: &Tensor,
    log_target: bool,
    reduction: Reduction,
) -> Result<Tensor> {
    let loss = if log_target {
        target.exp()?.mul(&target.sub(input)?)?
    } else {
        target.xlogy(target)?.sub(&target.mul(input)?)?
    };
    if reduction != Reduction::BatchMean {
        return reduce("kl_div", loss, reduction);
    }
    match input.shape().first() {
        Some(&batch) => loss.sum()?.div(batch as f64),
        None => Err(Error::shape(
            "kl_div: batchmean needs a batch dimension, the input has none",
        )),
    }
}

/// `eˣ - t x` for the logarithm `x` of a Poisson rate, or `x - t ln(x + eps)` for the rate itself.
///
/// `full` adds Stirling's approximation of `ln t!` where `t > 1`. PyTorch's defaults are `log_input`, not `full`, 1e-8.
#[track_caller]
pub fn poisson_nll_loss(
    input: &Tensor,
    target: &Tensor,
    log_input: bool,
    full: bool,
    eps: f64,
    reduction: Reduction,
) -> Result<Tensor> {
    let mut loss = if log_input {
        input.exp()?.sub(&target.mul(input)?)?
    } else {
        input.sub(&target.mul(&input.add(eps)?.log()?)?)?
    };
    if full {
        let stirling = target
            .mul(&target.log()?)?
            .sub(target)?
            .add(&target.mul(2.0 * PI)?.log()?.mul(0.5)?)?;
        loss = loss.add(&target.le(1)?.where_cond(0, &stirling)?)?;
    }
    reduce("poisson_nll_loss", loss, reduction)
}

/// `(ln v + (x - t)² / v) / 2` for a prediction `x` with variance `v`, which is at least `eps`; `full` adds `ln(2π) / 2`.
///
/// The variance has the input's shape, or lacks its last dimension, or has size 1 there. PyTorch's default `eps` is 1e-6.
#[track_caller]
pub fn gaussian_nll_loss(
    input: &Tensor,
    target: &Tensor,
    var: &Tensor,
    full: bool,
    eps: f64,
    reduction: Reduction,
) -> Result<Tensor> {
    let outer = &input.shape()[..input.ndim().saturating_sub(1)];
    let var = if var.shape() == input.shape() {
        var.clone()
    } else if input.ndim() > 0 && var.shape() == outer {
        var.unsqueeze(-1)?
    } else if var.ndim() == input.ndim()
        && var.shape().starts_with(outer)
        && var.shape().last() == Some(&1)
    {
        var.clone()
    } else {
        return Err(Error::shape(format!(
            "gaussian_nll_loss: the variance has shape {:?}; for input {:?} it must be the same, {outer:?}, or end in 1",
            var.shape(),
            input.shape()
        )));
    };
    if var.lt(0)?.any()?.item::<bool>()? {
        return Err(Error::value(
            "gaussian_nll_loss: the variance has negative elements",
        ));
    }
    // The floor under the variance has no part in its gradient.
    let var = var.copy()?;
    {
        let _no_grad = GradMode::set(false);
        var.copy_(&var.detach().clamp_min(eps)?)?;
    }
    let mut loss = var
        .log()?
        .add(&input.sub(target)?.square()?.div(&var)?)?
        .mul(0.5)?;
    if full {
        loss = loss.add(0.5 * (2.0 * PI).ln())?;
    }
    reduce("gaussian_nll_loss", loss, reduction)
}
