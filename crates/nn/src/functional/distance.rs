//! Lengths, angles and distances of vectors.

use rushlight_tensor::{Ints, Result, Tensor};

/// `x / max(|x|ₚ, eps)` along `dims`. PyTorch's defaults are p 2, dimension 1, eps 1e-12.
#[track_caller]
pub fn normalize(x: &Tensor, p: f64, dims: impl Into<Ints>, eps: f64) -> Result<Tensor> {
    x.div(&x.norm_dim(p, dims, true)?.clamp_min(eps)?)
}

/// `x₁ · x₂ / (max(|x₁|, eps) max(|x₂|, eps))` along `dim`. PyTorch's defaults are dimension 1, eps 1e-8.
#[track_caller]
pub fn cosine_similarity(x1: &Tensor, x2: &Tensor, dim: isize, eps: f64) -> Result<Tensor> {
    let both = Tensor::broadcast_tensors(&[x1, x2])?;
    let unit = |x: &Tensor| x.div(&x.norm_dim(2.0, dim, true)?.clamp_min(eps)?);
    unit(&both[0])?.mul(&unit(&both[1])?)?.sum_dim(dim, false)
}

/// `|x₁ - x₂ + eps|ₚ` along the last dimension. PyTorch's defaults are p 2, eps 1e-6.
#[track_caller]
pub fn pairwise_distance(
    x1: &Tensor,
    x2: &Tensor,
    p: f64,
    eps: f64,
    keepdim: bool,
) -> Result<Tensor> {
    x1.sub(x2)?.add(eps)?.norm_dim(p, -1, keepdim)
}
