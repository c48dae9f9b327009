//! QR, eigenvalue and singular value decompositions, and the matrix exponential.

use super::{expect_matrix, expect_square, run};
use crate::{Half, Tensor};
use rushlight_backend::{Linalg, Result};

/// Which parts of a QR decomposition are computed.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum QrMode {
    /// `q: [m, k]`, `r: [k, n]` with `k` the smaller of `m` and `n`.
    #[default]
    Reduced,
    /// `q: [m, m]`, `r: [m, n]`.
    Complete,
    /// `r: [k, n]` alone, and an empty `q`; has no derivative.
    R,
}

/// `a = q r` with orthonormal columns `q` and an upper triangular `r`. PyTorch: `torch.linalg.qr`.
///
/// ```
/// use rushlight::{linalg, linalg::QrMode, tensor};
/// let a = tensor!([[3.0, 1.0], [4.0, 2.0], [0.0, 5.0]]);
/// let (q, r) = linalg::qr(&a, QrMode::Reduced)?;
/// assert!(q.matmul(&r)?.allclose(&a, 1e-5, 1e-5)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn qr(a: &Tensor, mode: QrMode) -> Result<(Tensor, Tensor)> {
    let (m, n) = expect_matrix("linalg.qr", a)?;
    let complete = mode == QrMode::Complete;
    if mode == QrMode::R {
        let both = run(Linalg::Qr { complete }, &[&a.detach()])?;
        return Ok((a.new_zeros(0)?, both.narrow(-2, m, n)?.mt()?));
    }
    let both = run(Linalg::Qr { complete }, &[a])?;
    Ok((both.narrow(-2, 0, m)?, both.narrow(-2, m, n)?.mt()?))
}

/// Ascending eigenvalues `[.., n]` and eigenvectors, the columns of `v: [.., n, n]`, of symmetric matrices, of which only the lower
/// triangle is read, or the `upper` one. The vectors' signs are not determined. PyTorch: `torch.linalg.eigh`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let (values, _) = linalg::eigh(&tensor!([[2.0, 1.0], [1.0, 2.0]]), false)?;
/// assert!(values.allclose(&tensor!([1.0, 3.0]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn eigh(a: &Tensor, upper: bool) -> Result<(Tensor, Tensor)> {
    let n = expect_square("linalg.eigh", a)?;
    let both = match upper {
        true => run(Linalg::Eigh, &[&a.mt()?])?,
        false => run(Linalg::Eigh, &[a])?,
    };
    Ok((both.select(-2, n as isize)?, both.narrow(-2, 0, n)?))
}

/// The eigenvalues of [`eigh`]. PyTorch: `torch.linalg.eigvalsh`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let values = linalg::eigvalsh(&tensor!([[2.0, 1.0], [1.0, 2.0]]), false)?;
/// assert!(values.allclose(&tensor!([1.0, 3.0]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the matrices are not square, or neither `float32` nor `float64`.
#[track_caller]
pub fn eigvalsh(a: &Tensor, upper: bool) -> Result<Tensor> {
    Ok(eigh(a, upper)?.0)
}

/// `a = u diag(s) vh` with orthonormal columns `u: [.., m, k]`, descending `s: [.., k]`, and orthonormal rows `vh: [.., k, n]`, where
/// `k` is the smaller of `m` and `n`. The vectors' signs are not determined. PyTorch: `torch.linalg.svd(full_matrices=False)`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let (_, s, _) = linalg::svd(&tensor!([[0.0, 2.0], [3.0, 0.0]]))?;
/// assert!(s.allclose(&tensor!([3.0, 2.0]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn svd(a: &Tensor) -> Result<(Tensor, Tensor, Tensor)> {
    let (m, n) = expect_matrix("linalg.svd", a)?;
    let all = run(Linalg::Svd, &[a])?;
    Ok((
        all.narrow(-2, 0, m)?,
        all.select(-2, m as isize)?,
        all.narrow(-2, m + 1, n)?.mt()?,
    ))
}

/// The singular values of matrices, descending. PyTorch: `torch.linalg.svdvals`.
/// `[.., m, n] → [.., k]`, where `k` is the smaller of `m` and `n`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let s = linalg::svdvals(&tensor!([[0.0, 2.0], [3.0, 0.0]]))?;
/// assert!(s.allclose(&tensor!([3.0, 2.0]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If there are fewer than two dimensions, or the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn svdvals(a: &Tensor) -> Result<Tensor> {
    let (m, _) = expect_matrix("linalg.svd", a)?;
    run(Linalg::Svd, &[a])?.select(-2, m as isize)
}

/// `Σ aⁱ / i!` of square matrices, halves too. PyTorch: `torch.linalg.matrix_exp`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let e = linalg::matrix_exp(&tensor!([[0.0, 1.0], [0.0, 0.0]]))?;
/// assert!(e.allclose(&tensor!([[1.0, 1.0], [0.0, 1.0]]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the matrices are not square, or not of floating point.
#[track_caller]
pub fn matrix_exp(a: &Tensor) -> Result<Tensor> {
    if let Some(half) = Half::among([a]) {
        return half.round(matrix_exp(&half.widen(a)?)?);
    }
    run(Linalg::MatrixExp, &[a])
}
