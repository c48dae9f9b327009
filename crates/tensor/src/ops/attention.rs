//! Attention in one go, and what it is made of.

use crate::{Tensor, apply_with_aux};
use rushlight_backend::{Fused, Op, Result};
use std::sync::Arc;

impl Tensor {
    /// `softmax(scale q kᵀ) v` for queries `self: [b, n, d]`, `key: [b, m, d]` and `value: [b, m, e]` → `[b, n, e]`; if `causal`, query `i` sees
    /// the keys up to `i`. What `nn.functional.scaled_dot_product_attention` is made of where a device has it in one go.
    #[track_caller]
    pub fn attention(
        &self,
        key: &Tensor,
        value: &Tensor,
        scale: f64,
        causal: bool,
    ) -> Result<Tensor> {
        let op = Op::Fused(Arc::new(Fused::Attention { scale, causal }));
        Ok(apply_with_aux(op, &[self, key, value])?.0)
    }
}

/// `scale q kᵀ`, -∞ where a causal query does not see the key.
#[track_caller]
pub(crate) fn attention_scores(q: &Tensor, k: &Tensor, scale: f64, causal: bool) -> Result<Tensor> {
    let scores = q.mul(scale)?.matmul(&k.transpose(-2, -1)?)?;
    if !causal {
        return Ok(scores);
    }
    let query = Tensor::arange(0, q.size(-2)?, 1, q.device())?.unsqueeze(1)?;
    let later = Tensor::arange(0, k.size(-2)?, 1, q.device())?.gt(&query)?;
    scores.masked_fill(&later, f64::NEG_INFINITY)
}

/// The gradients of [`Tensor::attention`] for queries, keys and values, from the gradient `g` of its result.
///
/// With the weights `w = softmax(scale q kᵀ)` and the scores' slopes `s = w (g vᵀ - Σ w g vᵀ)`: `scale s k`, `scale sᵀ q`, `wᵀ g`.
#[track_caller]
pub fn attention_gradients(
    g: &Tensor,
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    scale: f64,
    causal: bool,
) -> Result<[Tensor; 3]> {
    let weights = attention_scores(q, k, scale, causal)?.softmax(-1)?;
    let gains = weights.mul(&g.matmul(&v.transpose(-2, -1)?)?)?;
    let slopes = gains.sub(&weights.mul(&gains.sum_dim(-1, true)?)?)?;
    Ok([
        slopes.matmul(k)?.mul(scale)?,
        slopes.transpose(-2, -1)?.matmul(q)?.mul(scale)?,
        weights.transpose(-2, -1)?.matmul(g)?,
    ])
}
