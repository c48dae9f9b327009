//! The Cholesky decomposition, and solutions and inverses computed from it.

use super::unchecked::first;
use super::{expect_square, run, together};
use crate::Tensor;
use rushlight_backend::{Linalg, Result};

/// `l` with `a = l lᵀ`, lower triangular, of symmetric positive definite matrices; or `u` with `a = uᵀ u`. Reads only that triangle of
/// `a`. PyTorch: `torch.linalg.cholesky`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let l = linalg::cholesky(&tensor!([[4.0, 2.0], [2.0, 5.0]]), false)?;
/// assert_eq!(l.to_vec::<f32>()?, [2.0, 0.0, 1.0, 2.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn cholesky(a: &Tensor, upper: bool) -> Result<Tensor> {
    factor(a, upper, true)
}

/// [`cholesky`], and for each matrix the order of the first leading minor that is not positive, or 0 if all are: `int32`, `[..]`. From
/// that row (column for an upper factor) on, the factor is NaN. PyTorch: `torch.linalg.cholesky_ex`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let (_, info) = linalg::cholesky_ex(&tensor!([[1.0, 0.0], [0.0, -1.0]]), false)?;
/// assert_eq!(info.item::<i32>()?, 2);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the matrices are not square, or neither `float32` nor `float64`.
#[track_caller]
pub fn cholesky_ex(a: &Tensor, upper: bool) -> Result<(Tensor, Tensor)> {
    let l = factor(a, upper, false)?;
    let info = first(&l.detach().diagonal(0, -2, -1)?.isnan()?)?;
    Ok((l, info))
}

#[track_caller]
fn factor(a: &Tensor, upper: bool, check: bool) -> Result<Tensor> {
    if !upper {
        return run(Linalg::Cholesky { check }, &[a]);
    }
    expect_square("linalg.cholesky", a)?;
    run(Linalg::Cholesky { check }, &[&a.mt()?])?.mt()
}

/// `(l lᵀ)⁻¹` from the lower factor `l`, or `(uᵀ u)⁻¹` from an upper one. PyTorch: `torch.cholesky_inverse`.
/// `[.., n, n] → [.., n, n]`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let inverse = linalg::cholesky_inverse(&tensor!([[2.0, 0.0], [0.0, 1.0]]), false)?;
/// assert_eq!(inverse.to_vec2::<f32>()?, [[0.25, 0.0], [0.0, 1.0]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the matrices are not square, or neither `float32` nor `float64`.
#[track_caller]
pub fn cholesky_inverse(l: &Tensor, upper: bool) -> Result<Tensor> {
    let n = expect_square("cholesky_inverse", l)?;
    let identity = Tensor::eye(n, (l.dtype(), l.device()))?;
    cholesky_solve(&identity, l, upper)
}

/// `x` with `l lᵀ x = b` for the lower factor `l`, or `uᵀ u x = b` for an upper one: `b: [.., n, k]`, `l: [.., n, n]`, with batches
/// that broadcast. As in PyTorch, the factor's gradient is that of `l lᵀ` with all of `l`. PyTorch: `torch.cholesky_solve`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let l = tensor!([[2.0, 0.0], [0.0, 1.0]]);
/// let x = linalg::cholesky_solve(&tensor!([[4.0], [2.0]]), &l, false)?;
/// assert_eq!(x.to_vec::<f32>()?, [1.0, 2.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the shapes do not fit each other, or the dtypes differ or are neither `float32` nor `float64`.
#[track_caller]
pub fn cholesky_solve(b: &Tensor, l: &Tensor, upper: bool) -> Result<Tensor> {
    let (b, l) = together("cholesky_solve", b, l)?;
    run(Linalg::CholeskySolve { upper }, &[&b, &l])
}
