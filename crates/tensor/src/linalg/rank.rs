//! Ranks and pseudo-inverses, with tolerances below which singular values count as zero.

use super::{batched, eigvalsh, expect_matrix, expect_square, run, svdvals};
use crate::{Operand, Tensor};
use rushlight_backend::{DType, Linalg, Result, broadcast};

/// The number of singular values of each matrix above `max(atol, rtol · the largest)`, as `int64`. Tolerances are numbers, or tensors
/// that broadcast with the batch; `atol` is 0 by default, `rtol` the larger side times the dtype's precision, or 0 where `atol` is
/// positive. `hermitian` takes the magnitudes of the eigenvalues of the lower triangle. PyTorch: `torch.linalg.matrix_rank`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let rank = linalg::matrix_rank(&tensor!([[1.0, 2.0], [2.0, 4.0]]), None, None, false)?;
/// assert_eq!(rank.item::<i64>()?, 1);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn matrix_rank(
    a: &Tensor,
    atol: Option<Operand<'_>>,
    rtol: Option<Operand<'_>>,
    hermitian: bool,
) -> Result<Tensor> {
    let (m, n) = expect_matrix("linalg.matrix_rank", a)?;
    let a = a.detach();
    let values = match hermitian {
        true => eigvalsh(&a, false)?.abs()?,
        false => svdvals(&a)?,
    };
    let (atol, rtol) = tolerances(&a, atol, rtol)?;
    if m.min(n) == 0 {
        let batch = broadcast(
            "linalg.matrix_rank",
            &a.shape()[..a.ndim() - 2],
            atol.shape(),
        )?;
        return Tensor::zeros(&*batch, (DType::I64, a.device()));
    }
    let least = atol.maximum(&rtol.mul(&values.amax(-1, false)?)?)?;
    values.gt(&least.unsqueeze(-1)?)?.sum_dim(-1, false)
}

/// The Moore-Penrose pseudo-inverses, `[.., m, n] → [.., n, m]`. Singular values up to the tolerances count as 0; these, and
/// `hermitian`, are as for [`matrix_rank`]. PyTorch: `torch.linalg.pinv`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let inverse = linalg::pinv(&tensor!([[2.0, 0.0], [0.0, 0.0]]), None, None, false)?;
/// assert!(inverse.allclose(&tensor!([[0.5, 0.0], [0.0, 0.0]]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If there are fewer than two dimensions, Hermitian matrices are not square, or the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn pinv(
    a: &Tensor,
    atol: Option<Operand<'_>>,
    rtol: Option<Operand<'_>>,
    hermitian: bool,
) -> Result<Tensor> {
    expect_matrix("linalg.pinv", a)?;
    if hermitian {
        expect_square("linalg.pinv", a)?;
    }
    let (atol, rtol) = tolerances(&a.detach(), atol, rtol)?;
    let batch = broadcast("linalg.pinv", &a.shape()[..a.ndim() - 2], atol.shape())?;
    let spread = |t: &Tensor| t.to(a.dtype())?.expand(&*batch);
    run(
        Linalg::Pinv { hermitian },
        &[&batched(a, &batch)?, &spread(&atol)?, &spread(&rtol)?],
    )
}

/// Both tolerances as tensors of one shape.
#[track_caller]
fn tolerances(
    a: &Tensor,
    atol: Option<Operand<'_>>,
    rtol: Option<Operand<'_>>,
) -> Result<(Tensor, Tensor)> {
    let as_tensor = |x: Operand<'_>| match x {
        Operand::Tensor(t) => Ok(t.detach()),
        Operand::Number(x) => Tensor::scalar(x.to_f64(), (a.dtype(), a.device())),
    };
    let atol = as_tensor(atol.unwrap_or(Operand::from(0.0)))?;
    let rtol = match rtol {
        Some(rtol) => as_tensor(rtol)?,
        None => {
            let (m, n) = expect_matrix("linalg.matrix_rank", a)?;
            let precision = if a.dtype() == DType::F64 {
                f64::EPSILON
            } else {
                f32::EPSILON.into()
            };
            atol.gt(0)?
                .where_cond(0.0, m.max(n) as f64 * precision)?
                .to(a.dtype())?
        }
    };
    let shape = broadcast("linalg.matrix_rank", atol.shape(), rtol.shape())?;
    Ok((atol.expand(&*shape)?, rtol.expand(&*shape)?))
}
