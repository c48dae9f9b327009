//! Variants of solvers (`_ex` in PyTorch) that report singular matrices in a result instead of an error.

use super::solve::is_vector;
use super::{expect_square, lu_factor, lu_solve};
use crate::Tensor;
use rushlight_backend::{DType, Result};

/// [`lu_factor`], and for each matrix which diagonal element of `u` is the first 0, counted from 1, or 0 if none is: `int32`, `[..]`.
/// PyTorch: `torch.linalg.lu_factor_ex`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let (_, _, info) = linalg::lu_factor_ex(&tensor!([[1.0, 2.0], [2.0, 4.0]]))?;
/// assert_eq!(info.item::<i32>()?, 2);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If there are fewer than two dimensions, or the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn lu_factor_ex(a: &Tensor) -> Result<(Tensor, Tensor, Tensor)> {
    let (lu, pivots) = lu_factor(a)?;
    let info = first(&lu.detach().diagonal(0, -2, -1)?.eq(0)?)?;
    Ok((lu, pivots, info))
}

/// The position of the first true element along the last dimension, counted from 1, or 0 if there is none; `int32`.
#[track_caller]
pub(super) fn first(found: &Tensor) -> Result<Tensor> {
    let batch = &found.shape()[..found.ndim() - 1];
    if found.size(-1)? == 0 {
        return Tensor::zeros(batch, (DType::I32, found.device()));
    }
    let at = found.to(DType::I32)?.argmax_dim(-1, false)?.add(1)?;
    found.any_dim(-1, false)?.where_cond(&at, 0)?.to(DType::I32)
}

/// [`super::solve`], with infinities and NaN where a matrix is singular, and the numbers of [`lu_factor_ex`], which say where.
/// PyTorch: `torch.linalg.solve_ex`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let a = tensor!([[2.0, 0.0], [0.0, 4.0]]);
/// let (x, info) = linalg::solve_ex(&a, &tensor!([2.0, 8.0]), true)?;
/// assert_eq!((x.to_vec::<f32>()?, info.item::<i32>()?), (vec![1.0, 2.0], 0));
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the shapes do not fit each other, or the dtypes differ or are neither `float32` nor `float64`.
#[track_caller]
pub fn solve_ex(a: &Tensor, b: &Tensor, left: bool) -> Result<(Tensor, Tensor)> {
    expect_square("linalg.solve_ex", a)?;
    let (lu, pivots, info) = lu_factor_ex(a)?;
    let x = if left && is_vector(a, b) {
        lu_solve(&lu, &pivots, &b.unsqueeze(-1)?, true, false)?.squeeze_dim(-1)?
    } else {
        lu_solve(&lu, &pivots, b, left, false)?
    };
    Ok((x, info))
}

/// [`super::inv`], with infinities and NaN where a matrix is singular, and the numbers of [`lu_factor_ex`], which say where.
/// PyTorch: `torch.linalg.inv_ex`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let (_, info) = linalg::inv_ex(&tensor!([[1.0, 2.0], [2.0, 4.0]]))?;
/// assert_eq!(info.item::<i32>()?, 2);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn inv_ex(a: &Tensor) -> Result<(Tensor, Tensor)> {
    let n = expect_square("linalg.inv_ex", a)?;
    let identity = Tensor::eye(n, (a.dtype(), a.device()))?;
    let (lu, pivots, info) = lu_factor_ex(a)?;
    let inverse = lu_solve(&lu, &pivots, &identity.expand(a.shape())?, true, false)?;
    Ok((inverse, info))
}
