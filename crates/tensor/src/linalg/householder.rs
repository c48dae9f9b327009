//! Products of Householder reflections.

use super::expect_matrix;
use crate::{Half, Tensor};
use rushlight_backend::{Error, Result};

/// The first `n` columns of `h₀ h₁ …`, where `hᵢ = 1 - tauᵢ vᵢ vᵢᵀ` and `vᵢ` is column `i` of `a: [.., m, n]` below its diagonal, 1 on it
/// and 0 above: `tau: [.., k]`, `m ≥ n ≥ k`. PyTorch: `torch.linalg.householder_product`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let q = linalg::householder_product(&tensor!([[9.0], [1.0]]), &tensor!([1.0]))?;
/// assert_eq!(q.to_vec::<f32>()?, [0.0, -1.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn householder_product(a: &Tensor, tau: &Tensor) -> Result<Tensor> {
    let name = "linalg.householder_product";
    let (m, n) = expect_matrix(name, a)?;
    a.expect_same_dtype(name, tau)?;
    let batch = &a.shape()[..a.ndim() - 2];
    match tau.shape() {
        [outer @ .., k] if outer == batch && *k <= n && n <= m && a.dtype().is_float() => {}
        shape => {
            return Err(Error::shape(format!(
                "{name}: a {:?} and tau {shape:?} do not fit; floats [.., m, n] and [.., k] with m ≥ n ≥ k would",
                a.shape()
            )));
        }
    }
    if let Some(half) = Half::among([a]) {
        return half.round(householder_product(&half.widen(a)?, &half.widen(tau)?)?);
    }
    let axes = Tensor::eye_rect(m, n, (a.dtype(), a.device()))?;
    let vectors = a.tril(-1)?.add(&axes)?;
    let mut q = axes.expand(a.shape())?.copy()?;
    for i in (0..tau.size(-1)?).rev() {
        let v = vectors.narrow(-1, i, 1)?;
        let along = v
            .mt()?
            .matmul(&q)?
            .mul(&tau.narrow(-1, i, 1)?.unsqueeze(-1)?)?;
        q = q.sub(&v.matmul(&along)?)?;
    }
    Ok(q)
}
