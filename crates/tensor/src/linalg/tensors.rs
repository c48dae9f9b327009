//! Tensors as linear maps between tensors: `tensorinv` and `tensorsolve`.

use super::{inv, solve};
use crate::Tensor;
use crate::parameters::Ints;
use rushlight_backend::{Error, Result};

/// The inverse of the map that [`Tensor::tensordot`] with this tensor is: the first `ind` sizes and the others have one product.
/// PyTorch: `torch.linalg.tensorinv` (where `ind` is 2 by default).
///
/// ```
/// use rushlight::{Tensor, linalg};
/// let a = Tensor::eye(4, ())?.reshape([4, 2, 2])?;
/// assert_eq!(linalg::tensorinv(&a, 1)?.shape(), [2, 2, 4]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If `ind` is not from 1 to the number of dimensions, the products differ, or the matrix is singular.
#[track_caller]
pub fn tensorinv(a: &Tensor, ind: usize) -> Result<Tensor> {
    if ind == 0 || ind > a.ndim() {
        return Err(Error::value(format!(
            "linalg.tensorinv: ind is {ind}, it should be from 1 to {} for shape {:?}",
            a.ndim(),
            a.shape()
        )));
    }
    let (rows, cols) = a.shape().split_at(ind);
    let (m, n) = (
        rows.iter().product::<usize>(),
        cols.iter().product::<usize>(),
    );
    if m != n {
        return Err(Error::shape(format!(
            "linalg.tensorinv: the sizes {rows:?} and {cols:?} of shape {:?} have products {m} and {n}, they should be equal",
            a.shape()
        )));
    }
    inv(&a.reshape([m, n])?)?.reshape([cols, rows].concat())
}

/// `x` with `tensordot(a, x, x.ndim()) = b`, after the dimensions `dims` of `a` were moved to its end. The sizes of `x` are those that
/// `a` has beyond `b`'s. PyTorch: `torch.linalg.tensorsolve`.
///
/// ```
/// use rushlight::{Tensor, linalg, tensor};
/// let a = Tensor::eye(4, ())?.reshape([2, 2, 4])?;
/// let x = linalg::tensorsolve(&a, &tensor!([[1.0, 2.0], [3.0, 4.0]]), None)?;
/// assert_eq!(x.to_vec::<f32>()?, [1.0, 2.0, 3.0, 4.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the shapes do not fit each other, the dtypes differ, or the matrix is singular.
#[track_caller]
pub fn tensorsolve(a: &Tensor, b: &Tensor, dims: Option<Ints>) -> Result<Tensor> {
    let a = match dims {
        None => a.clone(),
        Some(dims) => {
            let n = dims.as_slice().len() as isize;
            a.movedim(dims, (-n..0).collect::<Vec<_>>())?
        }
    };
    a.expect_same_dtype("linalg.tensorsolve", b)?;
    let cols = a.shape().get(b.ndim()..).unwrap_or_default();
    let (m, n) = (b.numel(), cols.iter().product::<usize>());
    if m != n || a.numel() != m * n {
        return Err(Error::shape(format!(
            "linalg.tensorsolve: {:?} is not a map from {cols:?} to {:?}; the products of the sizes should be equal",
            a.shape(),
            b.shape()
        )));
    }
    solve(&a.reshape([m, n])?, &b.reshape([m])?, true)?.reshape(cols)
}
