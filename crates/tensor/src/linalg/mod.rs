//! Linear algebra, as PyTorch's `torch.linalg`: products, norms, solutions, decompositions.
//!
//! Matrices are the last two dimensions of a tensor, everything before is a batch. Decompositions and what is computed by them take
//! `float32` and `float64`, and compute in `float64`. A matrix without a solution (singular, not positive definite) is an error.
//!
//! ```
//! use rushlight::{linalg, tensor};
//! let (a, b) = (tensor!([[2.0, 1.0], [1.0, 3.0]]), tensor!([3.0, 5.0]));
//! let x = linalg::solve(&a, &b, true)?;
//! assert!(x.allclose(&tensor!([0.8, 1.4]), 1e-5, 1e-8)?);
//! # Ok::<(), rushlight::Error>(())
//! ```

mod cholesky;
mod decompositions;
mod determinant;
mod householder;
mod lstsq;
mod lu;
mod methods;
mod norms;
mod products;
mod rank;
mod solve;
mod tensors;
mod unchecked;

pub use cholesky::{cholesky, cholesky_ex, cholesky_inverse, cholesky_solve};
pub use decompositions::{QrMode, eigh, eigvalsh, matrix_exp, qr, svd, svdvals};
pub use determinant::{det, logdet, slogdet};
pub use householder::householder_product;
pub use lstsq::{Driver, LeastSquares, lstsq};
pub use lu::{lu, lu_factor, lu_solve};
pub use norms::{Norm, cond, matrix_norm, norm, vector_norm};
pub use products::{cross, matrix_power, multi_dot, vander, vecdot};
pub use rank::{matrix_rank, pinv};
pub use solve::{inv, solve, solve_triangular};
pub use tensors::{tensorinv, tensorsolve};
pub use unchecked::{inv_ex, lu_factor_ex, solve_ex};

use crate::{Tensor, apply};
use rushlight_backend::{Dims, Error, Linalg, Op, Result, broadcast};

#[track_caller]
fn run(f: Linalg, inputs: &[&Tensor]) -> Result<Tensor> {
    apply(Op::Linalg(f), inputs)
}

/// Rows and columns of the matrices.
#[track_caller]
fn expect_matrix(name: &str, a: &Tensor) -> Result<(usize, usize)> {
    match a.shape() {
        [.., m, n] => Ok((*m, *n)),
        shape => Err(Error::shape(format!(
            "{name}: expected matrices, of at least 2 dimensions, got {shape:?}"
        ))),
    }
}

#[track_caller]
fn expect_square(name: &str, a: &Tensor) -> Result<usize> {
    match expect_matrix(name, a)? {
        (m, n) if m == n => Ok(n),
        _ => Err(Error::shape(format!(
            "{name}: expected square matrices, got {:?}",
            a.shape()
        ))),
    }
}

/// Two batches of matrices with their batches broadcast.
#[track_caller]
fn together(name: &str, a: &Tensor, b: &Tensor) -> Result<(Tensor, Tensor)> {
    expect_matrix(name, a)?;
    expect_matrix(name, b)?;
    let outer = |t: &Tensor| t.shape()[..t.ndim() - 2].to_vec();
    let batch = broadcast(name, &outer(a), &outer(b))?;
    Ok((batched(a, &batch)?, batched(b, &batch)?))
}

/// Matrices repeated over a batch.
#[track_caller]
fn batched(a: &Tensor, batch: &Dims) -> Result<Tensor> {
    let mut shape = batch.to_vec();
    shape.extend(&a.shape()[a.ndim() - 2..]);
    if a.shape() == shape {
        return Ok(a.clone());
    }
    a.expand(shape)
}
