//! Scaled dot-product attention and its gradients.

use super::softmax;
use crate::Tensor;
use crate::dispatch::Results;
use rushlight_backend::Result;
use smallvec::smallvec;

/// `softmax(scale q kᵀ) v`; then the logarithm of the softmax's divisor.
#[track_caller]
pub(super) fn forward(
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    scale: f64,
    causal: bool,
) -> Result<Results> {
    let scores = scores(q, k, scale, causal)?;
    Ok(Results {
        out: scores.softmax(-1)?.matmul(v)?,
        aux: smallvec![scores.logsumexp(-1, false)?],
    })
}

/// With the weights `w = softmax(scale q kᵀ)` and the slopes `s` of the scores, which are those of the softmax for the gradient `g vᵀ`:
/// `scale s k`, `scale sᵀ q`, `wᵀ g`.
#[track_caller]
pub(super) fn backward(
    g: &Tensor,
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    scale: f64,
    causal: bool,
) -> Result<Results> {
    let weights = scores(q, k, scale, causal)?.softmax(-1)?;
    let gains = g.matmul(&v.transpose(-2, -1)?)?;
    let slopes = softmax::backward(&gains, &weights, weights.ndim() - 1, false)?;
    Ok(Results {
        out: slopes.matmul(k)?.mul(scale)?,
        aux: smallvec![
            slopes.transpose(-2, -1)?.matmul(q)?.mul(scale)?,
            weights.transpose(-2, -1)?.matmul(g)?,
        ],
    })
}

/// `scale q kᵀ`, -∞ where a causal query does not attend to the key.
#[track_caller]
fn scores(q: &Tensor, k: &Tensor, scale: f64, causal: bool) -> Result<Tensor> {
    let scores = q.mul(scale)?.matmul(&k.transpose(-2, -1)?)?;
    if !causal {
        return Ok(scores);
    }
    let query = Tensor::arange(0, q.size(-2)?, 1, q.device())?.unsqueeze(1)?;
    let later = Tensor::arange(0, k.size(-2)?, 1, q.device())?.gt(&query)?;
    scores.masked_fill(&later, f64::NEG_INFINITY)
}
