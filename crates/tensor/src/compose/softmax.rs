//! Softmax, log-softmax, cross entropy with target classes, and their gradients.

use crate::Tensor;
use crate::dispatch::Results;
use rushlight_backend::Result;
use smallvec::smallvec;

/// `p = e^(x - max) / Σ e^(x - max)`, or `ln p = x - max - ln Σ e^(x - max)`.
#[track_caller]
pub(super) fn forward(x: &Tensor, dim: usize, log: bool) -> Result<Tensor> {
    // The maximum of zero elements is undefined.
    let most = match x.numel() {
        0 => x.sum_dim(dim, true)?,
        _ => x.amax(dim, true)?,
    };
    let shifted = x.sub(&most)?;
    let e = shifted.exp()?;
    let total = e.sum_dim(dim, true)?;
    match log {
        true => shifted.sub(&total.log()?),
        false => e.div(&total),
    }
}

/// `y (g - Σ g y)`, or where `y` is the logarithm `g - e^y Σ g`.
#[track_caller]
pub(super) fn backward(g: &Tensor, y: &Tensor, dim: usize, log: bool) -> Result<Tensor> {
    match log {
        true => g.sub(&y.exp()?.mul(&g.sum_dim(dim, true)?)?),
        false => g.sub(&g.mul(y)?.sum_dim(dim, true)?)?.mul(y),
    }
}

/// `ln Σ e^x - x[target]`, 0 where the target is `ignore`; then `ln Σ e^x`.
#[track_caller]
pub(super) fn cross_entropy(x: &Tensor, target: &Tensor, ignore: i64) -> Result<Results> {
    let log_sum = x.logsumexp(1, false)?;
    let ignored = target.eq(ignore)?;
    let class = target.masked_fill(&ignored, 0)?.unsqueeze(1)?;
    let loss = log_sum.sub(&x.gather(1, &class)?.squeeze_dim(1)?)?;
    Ok(Results {
        out: loss.masked_fill(&ignored, 0)?,
        aux: smallvec![log_sum],
    })
}

/// `g (e^(x - ln Σ e^x) - [class = target])`, 0 in rows whose target is `ignore`.
#[track_caller]
pub(super) fn cross_entropy_backward(
    g: &Tensor,
    x: &Tensor,
    target: &Tensor,
    log_sum: &Tensor,
    ignore: i64,
) -> Result<Tensor> {
    let probability = x.sub(&log_sum.unsqueeze(1)?)?.exp()?;
    let classes = Tensor::arange(0, x.size(1)?, 1, x.device())?;
    let right = target.unsqueeze(1)?.eq(&classes)?.to(probability.dtype())?;
    let slope = probability.sub(&right)?.mul(&g.unsqueeze(1)?)?;
    slope.masked_fill(&target.eq(ignore)?.unsqueeze(1)?, 0)
}
