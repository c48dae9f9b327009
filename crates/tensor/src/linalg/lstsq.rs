//! Least-squares solutions of linear systems.

use super::solve::is_vector;
use super::{expect_matrix, pinv, svdvals, together};
use crate::{Operand, Tensor};
use rushlight_backend::{DType, Error, Result};

/// Which results [`lstsq`] returns with the solution, by the names of LAPACK's drivers. All compute the solution in the same way.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Driver {
    /// The residuals; for matrices of full rank.
    Gels,
    /// The rank.
    #[default]
    Gelsy,
    /// Residuals, rank and singular values.
    Gelsd,
    /// The same results, by another driver of LAPACK's.
    Gelss,
}

/// A least-squares solution and related results. A result that the driver does not return, or that does not exist, has no elements.
#[derive(Clone, Debug)]
pub struct LeastSquares {
    /// `x: [.., n, k]`, or `[.., n]` for vectors.
    pub solution: Tensor,
    /// `Σ (a x - b)²` for each column, `[.., k]`, where `a` has more rows than columns and full rank.
    pub residuals: Tensor,
    /// The number of singular values above the tolerance, `int64`.
    pub rank: Tensor,
    /// The singular values of `a`, descending.
    pub singular_values: Tensor,
}

/// The `x` of the smallest norm that minimises `Σ (a x - b)²`: `a: [.., m, n]`, `b: [.., m, k]`, or vectors as for
/// [`super::solve`]; batches broadcast. Singular values up to `rcond` times the largest count as 0, by default the larger side times the
/// dtype's precision. PyTorch: `torch.linalg.lstsq`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let (a, b) = (tensor!([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]]), tensor!([1.0, 3.0, 5.0]));
/// let line = linalg::lstsq(&a, &b, None, linalg::Driver::Gels)?.solution;
/// assert!(line.allclose(&tensor!([1.0, 2.0]), 1e-4, 1e-5)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn lstsq(a: &Tensor, b: &Tensor, rcond: Option<f64>, driver: Driver) -> Result<LeastSquares> {
    let (m, n) = expect_matrix("linalg.lstsq", a)?;
    a.expect_same_dtype("linalg.lstsq", b)?;
    let vector = is_vector(a, b);
    let columns = if vector { b.unsqueeze(-1)? } else { b.clone() };
    if columns.size(-2)? != m {
        return Err(Error::shape(format!(
            "linalg.lstsq: a {:?} and b {:?} do not fit; b should have {m} rows",
            a.shape(),
            b.shape()
        )));
    }
    let (a, columns) = together("linalg.lstsq", a, &columns)?;
    let rtol = rcond.map(Operand::from);
    let solution = pinv(&a, None, rtol, false)?.matmul(&columns)?;
    let rank = super::matrix_rank(&a, None, rtol, false)?;
    let full = driver == Driver::Gels || rank.eq(n)?.all()?.item::<bool>()?;
    let residuals = match m > n && full && driver != Driver::Gelsy {
        true => a
            .matmul(&solution)?
            .sub(&columns)?
            .square()?
            .sum_dim(-2, false)?,
        false => a.new_zeros(0)?,
    };
    Ok(LeastSquares {
        solution: if vector {
            solution.squeeze_dim(-1)?
        } else {
            solution
        },
        residuals,
        rank: match driver {
            Driver::Gels => Tensor::zeros(0, (DType::I64, a.device()))?,
            _ => rank,
        },
        singular_values: match driver {
            Driver::Gelsd | Driver::Gelss => svdvals(&a.detach())?,
            _ => a.new_zeros(0)?,
        },
    })
}
