//! Losses between distributions, and negative log-likelihoods of distributions.

use super::{Reduction, floats, reduce};
use crate::functional::straight_through::clamp_min_straight_through;
use rushlight_tensor::backend::broadcast;
use rushlight_tensor::{Error, Half, Operand, Result, Tensor, options};
use std::f64::consts::PI;

options! {
    /// Options of [`kl_div`] and of [`KLDivLoss`](crate::KLDivLoss).
    KLDivLossOptions from(reduction: Reduction) {
        /// How the elements are reduced; by default to the mean of all elements. [`Reduction::BatchMean`] is the mathematical definition.
        reduction: Reduction = Reduction::Mean,
        /// Whether the target holds log-probabilities too; by default false.
        log_target: bool = false,
    }
}

options! {
    /// Options of [`poisson_nll_loss`] and of [`PoissonNLLLoss`](crate::PoissonNLLLoss).
    PoissonNLLLossOptions from(reduction: Reduction) {
        /// Whether the input is the logarithm of the rate; by default true.
        log_input: bool = true,
        /// Whether Stirling's approximation of `ln t!` is added where `t > 1`; by default false.
        full: bool = false,
        /// The number that is added to a rate before its logarithm is taken; by default 1e-8.
        eps: f64 = 1e-8,
        /// How the elements are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
    }
}

options! {
    /// Options of [`gaussian_nll_loss`] and of [`GaussianNLLLoss`](crate::GaussianNLLLoss).
    GaussianNLLLossOptions from(reduction: Reduction) {
        /// Whether the constant `ln(2π) / 2` is added; by default false.
        full: bool = false,
        /// The lower bound of the variance; by default 1e-6.
        eps: f64 = 1e-6,
        /// How the elements are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
    }
}

/// Computes the Kullback-Leibler divergence `t (ln t - x)` of the target from the input, whose elements are *log*-probabilities.
/// PyTorch: `nn.functional.kl_div`.
///
/// With `log_target`, the target's elements are log-probabilities too: `eᵗ (t - x)`. Input and target have the same shape or broadcast to
/// one, and both are floating-point. The result is a scalar, or has the broadcast shape without a reduction. [`Reduction::Mean`] divides by
/// the number of all elements; [`Reduction::BatchMean`] divides by the size of the input's first dimension, which is the mathematical
/// definition.
///
/// ```
/// use rushlight::nn::functional::{Reduction, kl_div};
/// use rushlight::tensor;
/// let (p, q) = (tensor!([[0.25, 0.75], [0.5, 0.5]]), tensor!([[0.5, 0.5], [0.5, 0.5]]));
/// let loss = kl_div(&q.log()?, &p, Reduction::BatchMean)?;
/// assert!((loss.item::<f32>()? - 0.065406).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes do not broadcast, or a tensor is not floating-point.
#[track_caller]
pub fn kl_div(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<KLDivLossOptions>,
) -> Result<Tensor> {
    divergence(input, target, &options.into())
}

#[track_caller]
fn divergence(input: &Tensor, target: &Tensor, options: &KLDivLossOptions) -> Result<Tensor> {
    let &KLDivLossOptions {
        reduction,
        log_target,
    } = options;
    if !input.dtype().is_float() || !target.dtype().is_float() {
        return Err(Error::dtype(format!(
            "kl_div: input and target must be floating-point, not {} and {}",
            input.dtype(),
            target.dtype()
        )));
    }
    if let Some(half) = Half::among([input, target]) {
        return half.round(divergence(
            &half.widen(input)?,
            &half.widen(target)?,
            options,
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

/// Computes `eˣ - t x` for the logarithm `x` of a Poisson rate or, without `log_input`, `x - t ln(x + eps)` for the rate itself.
/// PyTorch: `nn.functional.poisson_nll_loss`.
///
/// `full` adds Stirling's approximation `t ln t - t + ln(2πt) / 2` of `ln t!` where `t > 1`. Input and target have the same shape or
/// broadcast to one. The result is floating-point; it is a scalar, or has the broadcast shape without a reduction.
///
/// ```
/// use rushlight::nn::functional::{PoissonNLLLossOptions, poisson_nll_loss};
/// use rushlight::tensor;
/// let counts = tensor!([1.0, 3.0]);
/// let loss = poisson_nll_loss(&tensor!([0.0, 1.0]), &counts, ())?;
/// assert!((loss.item::<f32>()? - 0.359141).abs() < 1e-6);
/// let options = PoissonNLLLossOptions::new().log_input(false);
/// let loss = poisson_nll_loss(&tensor!([1.0, 2.0]), &counts, options)?;
/// assert!((loss.item::<f32>()? - 0.460279).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes do not broadcast.
#[track_caller]
pub fn poisson_nll_loss(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<PoissonNLLLossOptions>,
) -> Result<Tensor> {
    poisson_nll(input, target, &options.into())
}

#[track_caller]
fn poisson_nll(input: &Tensor, target: &Tensor, options: &PoissonNLLLossOptions) -> Result<Tensor> {
    const NAME: &str = "poisson_nll_loss";
    let &PoissonNLLLossOptions {
        log_input,
        full,
        eps,
        reduction,
    } = options;
    if let Some(half) = Half::among([input, target]) {
        return half.round(poisson_nll(
            &half.widen(input)?,
            &half.widen(target)?,
            options,
        )?);
    }
    let loss = if log_input {
        input.exp()?.sub(&target.mul(input)?)?
    } else {
        input.sub(&target.mul(&input.add(eps)?.log()?)?)?
    };
    if !full {
        return reduce(NAME, loss, reduction);
    }
    // The large terms of Stirling's `t ln t - t` cancel those of the loss, so they are subtracted first.
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
    reduce(NAME, few.where_cond(&loss, &many)?, reduction)
}

/// Computes `ln(x / t)`, accurate to the last digit where `x` and `t` are close to each other.
#[track_caller]
fn log_ratio(x: &Tensor, t: &Tensor) -> Result<Tensor> {
    let off = x.sub(t)?.div(t)?;
    let near = off.abs()?.lt(0.5)?;
    // Each formula is applied only to numbers in its range: elsewhere its derivative could be NaN.
    let close = near.where_cond(&off, 0.0)?.log1p()?;
    let far = near.where_cond(t, x)?;
    near.where_cond(&close, &far.log()?.sub(&t.log()?)?)
}

/// Computes `(ln v + (x - t)² / v) / 2` for a prediction `x` with variance `v`, which is clamped to at least `eps`; `full` adds
/// `ln(2π) / 2`. PyTorch: `nn.functional.gaussian_nll_loss`.
///
/// Input and target have the same shape or broadcast to one; at least one of them is floating-point. The variance is a number, or a tensor
/// that has the input's shape, lacks its last dimension, or has size 1 in one of its dimensions. The result is a scalar, or has the
/// broadcast shape of all three without a reduction. The gradient of the variance ignores the clamping.
///
/// ```
/// use rushlight::nn::functional::{GaussianNLLLossOptions, gaussian_nll_loss};
/// use rushlight::tensor;
/// let (x, y, var) = (tensor!([1.0, 2.0]), tensor!([1.0, 4.0]), tensor!([1.0, 4.0]));
/// let loss = gaussian_nll_loss(&x, &y, &var, ())?;
/// assert!((loss.item::<f32>()? - 0.596574).abs() < 1e-6);
/// let loss = gaussian_nll_loss(&x, &y, &var, GaussianNLLLossOptions::new().full(true))?;
/// assert!((loss.item::<f32>()? - 1.515512).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes do not match, neither input nor target is floating-point, or the variance has negative elements.
#[track_caller]
pub fn gaussian_nll_loss<'a>(
    input: &Tensor,
    target: &Tensor,
    var: impl Into<Operand<'a>>,
    options: impl Into<GaussianNLLLossOptions>,
) -> Result<Tensor> {
    gaussian_nll(input, target, var.into(), &options.into())
}

#[track_caller]
fn gaussian_nll(
    input: &Tensor,
    target: &Tensor,
    var: Operand<'_>,
    options: &GaussianNLLLossOptions,
) -> Result<Tensor> {
    const NAME: &str = "gaussian_nll_loss";
    floats(NAME, input, target)?;
    broadcast(NAME, input.shape(), target.shape())?;
    if let Some(half) = Half::among([Some(input), Some(target), var.tensor()]) {
        let (input, target) = (half.widen(input)?, half.widen(target)?);
        let var = half.widen_operand(var)?;
        return half.round(gaussian_nll(&input, &target, (&var).into(), options)?);
    }
    let var = variance(NAME, input, var)?;
    if var.lt(0)?.any()?.item::<bool>()? {
        return Err(Error::value(format!(
            "{NAME}: the variance has negative elements"
        )));
    }
    let var = clamp_min_straight_through(&var, options.eps)?;
    // The division comes before the squaring, which would overflow sooner.
    let distance = input.sub(target)?;
    let mut loss = var
        .log()?
        .add(&distance.div(&var)?.mul(&distance)?)?
        .mul(0.5)?;
    if options.full {
        loss = loss.add(0.5 * (2.0 * PI).ln())?;
    }
    reduce(NAME, loss, options.reduction)
}

/// The variance with the same number of dimensions as the input.
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
            "{name}: the variance has shape {:?}; for input {:?} it must have the same shape, size 1 in one dimension, or shape {outer:?}",
            var.shape(),
            input.shape()
        ))),
    }
}
