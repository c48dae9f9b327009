//! Losses between distributions, and negative log-likelihoods under one.

use super::{Reduction, floats, reduce};
use crate::functional::straight_through::clamp_min_straight_through;
use rushlight_tensor::backend::broadcast;
use rushlight_tensor::{Error, Half, Operand, Result, Tensor};
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
    if !input.dtype().is_float() || !target.dtype().is_float() {
        return Err(Error::dtype(format!(
            "kl_div: input and target must be floating-point, not {} and {}",
            input.dtype(),
            target.dtype()
        )));
    }
    if let Some(half) = Half::among([input, target]) {
        return half.round(kl_div(
            &half.widen(input)?,
            &half.widen(target)?,
            log_target,
            reduction,
        )?);
    }
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
        None => loss.sum(),
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
    if let Some(half) = Half::among([input, target]) {
        let (input, target) = (half.widen(input)?, half.widen(target)?);
        return half.round(poisson_nll_loss(
            &input, &target, log_input, full, eps, reduction,
        )?);
    }
    let loss = if log_input {
        input.exp()?.sub(&target.mul(input)?)?
    } else {
        input.sub(&target.mul(&input.add(eps)?.log()?)?)?
    };
    if !full {
        return reduce("poisson_nll_loss", loss, reduction);
    }
    // With Stirling's `t ln t - t` the large terms cancel: they are subtracted from each other first.
    let few = target.le(1)?;
    let t = few.where_cond(1.0, target)?;
    let t = if t.dtype().is_float() {
        t
    } else {
        t.to(input.dtype())?
    };
    let (rate, ratio) = match log_input {
        true => (input.exp()?, input.sub(&t.log()?)?),
        false => (input.clone(), log_ratio(&input.add(eps)?, &t)?),
    };
    let root = t.log()?.add((2.0 * PI).ln())?.mul(0.5)?;
    let many = rate.sub(&t)?.sub(&t.mul(&ratio)?)?.add(&root)?;
    reduce("poisson_nll_loss", few.where_cond(&loss, &many)?, reduction)
}

/// `ln(x / t)`, to the last digit where both are near each other.
#[track_caller]
fn log_ratio(x: &Tensor, t: &Tensor) -> Result<Tensor> {
    let off = x.sub(t)?.div(t)?;
    let near = off.abs()?.lt(0.5)?;
    // Each formula is given numbers that it is meant for: the slope of the other one could be NaN.
    let close = near.where_cond(&off, 0.0)?.log1p()?;
    let far = near.where_cond(t, x)?;
    near.where_cond(&close, &far.log()?.sub(&t.log()?)?)
}

/// `(ln v + (x - t)² / v) / 2` for a prediction `x` with variance `v`, which is at least `eps`; `full` adds `ln(2π) / 2`.
///
/// The variance is a number or a tensor that has the input's shape, or lacks its last dimension, or has size 1 in one.
/// The floor has no part in its gradient. PyTorch's default `eps` is 1e-6.
#[track_caller]
pub fn gaussian_nll_loss<'a>(
    input: &Tensor,
    target: &Tensor,
    var: impl Into<Operand<'a>>,
    full: bool,
    eps: f64,
    reduction: Reduction,
) -> Result<Tensor> {
    const NAME: &str = "gaussian_nll_loss";
    floats(NAME, input, target)?;
    broadcast(NAME, input.shape(), target.shape())?;
    let var = var.into();
    if let Some(half) = Half::among([Some(input), Some(target), var.tensor()]) {
        let (input, target) = (half.widen(input)?, half.widen(target)?);
        let var = half.widen_operand(var)?;
        return half.round(gaussian_nll_loss(
            &input, &target, &var, full, eps, reduction,
        )?);
    }
    let var = variance(NAME, input, var)?;
    if var.lt(0)?.any()?.item::<bool>()? {
        return Err(Error::value(format!(
            "{NAME}: the variance has negative elements"
        )));
    }
    let var = clamp_min_straight_through(&var, eps)?;
    // Divided before it is squared, which would overflow sooner.
    let distance = input.sub(target)?;
    let mut loss = var
        .log()?
        .add(&distance.div(&var)?.mul(&distance)?)?
        .mul(0.5)?;
    if full {
        loss = loss.add(0.5 * (2.0 * PI).ln())?;
    }
    reduce(NAME, loss, reduction)
}

/// The variance with as many dimensions as the input.
#[track_caller]
fn variance(name: &str, input: &Tensor, var: Operand<'_>) -> Result<Tensor> {
    let var = match var {
        Operand::Number(var) => return input.detach().full_like(var),
        Operand::Tensor(var) => var,
    };
    let outer = &input.shape()[..input.ndim().saturating_sub(1)];
    if var.shape() == input.shape() {
        return Ok(var.clone());
    }
    if input.ndim() > 0 && var.shape() == outer {
        return var.unsqueeze(-1);
    }
    let differing: Vec<_> = input
        .shape()
        .iter()
        .zip(var.shape())
        .filter(|(n, of)| n != of)
        .collect();
    match (&differing[..], input.ndim() == var.ndim()) {
        ([(_, 1)], true) => Ok(var.clone()),
        _ => Err(Error::shape(format!(
            "{name}: the variance has shape {:?}; for input {:?} it must be the same, or 1 in one dimension, or {outer:?}",
            var.shape(),
            input.shape()
        ))),
    }
}
