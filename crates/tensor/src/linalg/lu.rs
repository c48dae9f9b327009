//! The LU decomposition, and solutions computed from it.

use super::solve::expect_sides;
use super::{batched, expect_matrix, expect_square, run, solve_triangular};
use crate::{Tensor, apply_with_aux};
use rushlight_backend::{Error, Linalg, Op, Result, broadcast};

/// `a = p l u` in the form that [`lu_solve`] takes: one matrix with `l` below the diagonal (its own is ones) and `u` on and above it, and
/// the rows exchanged, `pivots: [.., k]`, `int32`, counted from 1. Also defined for singular matrices. PyTorch: `torch.linalg.lu_factor`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let (lu, pivots) = linalg::lu_factor(&tensor!([[1.0, 2.0], [4.0, 4.0]]))?;
/// let x = linalg::lu_solve(&lu, &pivots, &tensor!([[5.0], [12.0]]), true, false)?;
/// assert_eq!(x.to_vec::<f32>()?, [1.0, 2.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn lu_factor(a: &Tensor) -> Result<(Tensor, Tensor)> {
    let (lu, mut pivots) = apply_with_aux(Op::Linalg(Linalg::LuFactor), &[a])?;
    match pivots.pop() {
        Some(pivots) => Ok((lu, pivots)),
        None => Err(Error::unsupported(
            "linalg.lu_factor: the backend gave no pivots",
        )),
    }
}

/// `a = p l u`: a permutation `[.., m, m]`, a lower triangle with ones on the diagonal `[.., m, k]` and an upper one `[.., k, n]`, where
/// `k` is the smaller of `m` and `n`. PyTorch: `torch.linalg.lu`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let a = tensor!([[1.0, 2.0], [4.0, 4.0]]);
/// let (p, l, u) = linalg::lu(&a)?;
/// assert!(p.matmul(&l)?.matmul(&u)?.allclose(&a, 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If there are fewer than two dimensions, or the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn lu(a: &Tensor) -> Result<(Tensor, Tensor, Tensor)> {
    let (m, n) = expect_matrix("linalg.lu", a)?;
    let k = m.min(n);
    let (lu, pivots) = lu_factor(a)?;
    let options = (a.dtype(), a.device());
    let from = run(Linalg::Permutation { rows: m as u32 }, &[&pivots])?;
    let batch: Vec<usize> = a.shape()[..a.ndim() - 2].to_vec();
    let all = [batch.as_slice(), &[m, m]].concat();
    let index = from.unsqueeze(-1)?.expand(&all)?;
    let rows = Tensor::eye(m, options)?.expand(&all)?.gather(-2, &index)?;
    let l = lu
        .narrow(-1, 0, k)?
        .tril(-1)?
        .add(&Tensor::eye_rect(m, k, options)?)?;
    Ok((rows.mt()?, l, lu.narrow(-2, 0, k)?.triu(0)?))
}

/// As [`super::solve`] for `a = p l u`, given as PyTorch gives it: `l` below the diagonal of `lu` (its own is ones), `u` on and above it, and
/// the rows exchanged as `pivots: [.., n]`, `int32`, counted from 1. `adjoint` solves for `aᵀ` instead of `a`.
/// PyTorch: `torch.linalg.lu_solve`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let (lu, pivots) = linalg::lu_factor(&tensor!([[1.0, 2.0], [4.0, 4.0]]))?;
/// let x = linalg::lu_solve(&lu, &pivots, &tensor!([[5.0], [8.0]]), true, true)?;
/// assert!(x.allclose(&tensor!([[3.0], [0.5]]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the shapes do not fit each other, or the dtypes differ or are neither `float32` nor `float64`.
#[track_caller]
pub fn lu_solve(
    lu: &Tensor,
    pivots: &Tensor,
    b: &Tensor,
    left: bool,
    adjoint: bool,
) -> Result<Tensor> {
    let name = "linalg.lu_solve";
    let n = expect_square(name, lu)?;
    lu.expect_same_dtype(name, b)?;
    if pivots.shape() != &lu.shape()[..lu.ndim() - 1] {
        return Err(Error::shape(format!(
            "{name}: pivots {:?} do not fit the factors {:?}; there should be one for each row",
            pivots.shape(),
            lu.shape()
        )));
    }
    expect_sides(name, n, lu, b, left)?;
    if !left {
        return lu_solve(lu, pivots, &b.mt()?, true, !adjoint)?.mt();
    }
    let from = run(Linalg::Permutation { rows: n as u32 }, &[pivots])?;
    let batch = broadcast(
        name,
        &lu.shape()[..lu.ndim() - 2],
        &b.shape()[..b.ndim() - 2],
    )?;
    let b = batched(b, &batch)?;
    let rows = |t: &Tensor, order: &Tensor| t.gather(-2, &order.unsqueeze(-1)?.expand(t.shape())?);
    if adjoint {
        let transposed = lu.mt()?;
        let y = solve_triangular(&transposed, &b, false, true, false)?;
        let y = solve_triangular(&transposed, &y, true, true, true)?;
        rows(&y, &from.argsort(-1, false)?)
    } else {
        let y = solve_triangular(lu, &rows(&b, &from)?, false, true, true)?;
        solve_triangular(lu, &y, true, true, false)
    }
}
