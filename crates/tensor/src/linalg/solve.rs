//! Systems of linear equations.

use super::{expect_square, run, together};
use crate::Tensor;
use rushlight_backend::{Error, Linalg, Result};

/// The inverses of square matrices; a singular one is an error. PyTorch: `torch.linalg.inv`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let inverse = linalg::inv(&tensor!([[2.0, 0.0], [0.0, 4.0]]))?;
/// assert_eq!(inverse.to_vec::<f32>()?, [0.5, 0.0, 0.0, 0.25]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn inv(a: &Tensor) -> Result<Tensor> {
    run(Linalg::Inverse, &[a])
}

/// `x` with `a x = b`, or `x a = b` if not `left`: `a: [.., n, n]`, `b: [.., n, k]` (or `[.., k, n]`), with batches that broadcast.
/// `b` counts as vectors if it has one dimension or the shape of `a` without its last one. A singular matrix is an error.
/// PyTorch: `torch.linalg.solve` (where `left` is true by default).
///
/// ```
/// use rushlight::{linalg, tensor};
/// let x = linalg::solve(&tensor!([[2.0, 0.0], [0.0, 4.0]]), &tensor!([2.0, 8.0]), true)?;
/// assert_eq!(x.to_vec::<f32>()?, [1.0, 2.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If a matrix is singular, the shapes do not fit each other, or the dtypes differ or are neither `float32` nor `float64`.
#[track_caller]
pub fn solve(a: &Tensor, b: &Tensor, left: bool) -> Result<Tensor> {
    let n = expect_square("linalg.solve", a)?;
    a.expect_same_dtype("linalg.solve", b)?;
    if is_vector(a, b) && left {
        return solve(a, &b.unsqueeze(-1)?, true)?.squeeze_dim(-1);
    }
    expect_sides("linalg.solve", n, a, b, left)?;
    if !left {
        return solve(&a.mt()?, &b.mt()?, true)?.mt();
    }
    let (a, b) = together("linalg.solve", a, b)?;
    run(Linalg::Solve, &[&a, &b])
}

/// [`solve`] for triangular matrices, of which only that triangle is read; the diagonal counts as ones if `unitriangular`;
/// divisions by zeros on it give infinities or NaN. `b` is never a vector. PyTorch: `torch.linalg.solve_triangular`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let a = tensor!([[2.0, 0.0], [1.0, 1.0]]);
/// let x = linalg::solve_triangular(&a, &tensor!([[2.0], [3.0]]), false, true, false)?;
/// assert_eq!(x.to_vec::<f32>()?, [1.0, 2.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the shapes do not fit each other, or the dtypes differ or are neither `float32` nor `float64`.
#[track_caller]
pub fn solve_triangular(
    a: &Tensor,
    b: &Tensor,
    upper: bool,
    left: bool,
    unitriangular: bool,
) -> Result<Tensor> {
    let name = "linalg.solve_triangular";
    let n = expect_square(name, a)?;
    a.expect_same_dtype(name, b)?;
    expect_sides(name, n, a, b, left)?;
    if !left {
        return solve_triangular(&a.mt()?, &b.mt()?, !upper, true, unitriangular)?.mt();
    }
    let (a, b) = together(name, a, b)?;
    let unit = unitriangular;
    run(Linalg::SolveTriangular { upper, unit }, &[&a, &b])
}

/// Whether right-hand sides are vectors: one, or one for each matrix of the batch.
pub(super) fn is_vector(a: &Tensor, b: &Tensor) -> bool {
    b.ndim() == 1 || b.shape() == &a.shape()[..a.ndim() - 1]
}

/// Checks that the matrices `b` fit square matrices of size `n`.
#[track_caller]
pub(super) fn expect_sides(name: &str, n: usize, a: &Tensor, b: &Tensor, left: bool) -> Result<()> {
    if let [.., rows, cols] = b.shape()
        && n == if left { *rows } else { *cols }
    {
        return Ok(());
    }
    let (equation, should) = match left {
        true => ("a x = b", format!("[.., {n}, k]")),
        false => ("x a = b", format!("[.., k, {n}]")),
    };
    Err(Error::shape(format!(
        "{name}: a {:?} and b {:?} do not fit {equation}; b should be {should}",
        a.shape(),
        b.shape()
    )))
}
