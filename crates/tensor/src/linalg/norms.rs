//! Norms of vectors and matrices.

use super::{expect_square, inv, slogdet, svdvals};
use crate::Tensor;
use crate::parameters::{Ints, dim_of};
use rushlight_backend::{Category, Error, Result};
use std::fmt;

/// The kind of a norm.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Norm {
    /// The norm of a number: of vectors `(Σ |x|ᵖ)^(1/p)`; of matrices 2 (the largest singular value), 1 (the largest sum of a column's
    /// magnitudes), ∞ (of a row's), and their negatives, which take the smallest.
    P(f64),
    /// Frobenius': the root of the sum of squares.
    Fro,
    /// The nuclear norm: the sum of singular values.
    Nuc,
}

impl From<f64> for Norm {
    fn from(p: f64) -> Norm {
        Norm::P(p)
    }
}

impl From<i32> for Norm {
    fn from(p: i32) -> Norm {
        Norm::P(p.into())
    }
}

impl fmt::Display for Norm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Norm::P(p) => p.fmt(f),
            Norm::Fro => f.write_str("fro"),
            Norm::Nuc => f.write_str("nuc"),
        }
    }
}

/// `(Σ |x|ᵖ)^(1/p)` along some dimensions, all if none is given; for `±∞` the largest or smallest magnitude, for 0 the number of
/// elements that are not 0. Floats only. PyTorch: `torch.linalg.vector_norm` (where `p` is 2 by default).
///
/// ```
/// use rushlight::{linalg, tensor};
/// assert_eq!(linalg::vector_norm(&tensor!([3.0, -4.0]), 2.0, (), false)?.item::<f32>()?, 5.0);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn vector_norm(x: &Tensor, p: f64, dims: impl Into<Ints>, keepdim: bool) -> Result<Tensor> {
    x.norm_dim(p, dims, keepdim)
}

/// A norm of matrices, whose rows and columns are along two dimensions. Floats only.
/// PyTorch: `torch.linalg.matrix_norm` (where the defaults are `"fro"` and `(-2, -1)`).
///
/// ```
/// use rushlight::{linalg, linalg::Norm, tensor};
/// let a = tensor!([[1.0, -2.0], [3.0, 4.0]]);
/// assert_eq!(linalg::matrix_norm(&a, 1, [-2, -1], false)?.item::<f32>()?, 6.0);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn matrix_norm(
    a: &Tensor,
    norm: impl Into<Norm>,
    dims: [isize; 2],
    keepdim: bool,
) -> Result<Tensor> {
    let (norm, name) = (norm.into(), "linalg.matrix_norm");
    if a.dtype().category() != Category::Float {
        return Err(Error::dtype(format!(
            "{name}: not defined for {}; convert to a floating-point dtype first",
            a.dtype()
        )));
    }
    let rank = a.ndim();
    let (rows, cols) = (dim_of(name, dims[0], rank)?, dim_of(name, dims[1], rank)?);
    if rank < 2 || rows == cols {
        return Err(Error::shape(format!(
            "{name}: two different dimensions are needed, got {dims:?} of shape {:?}",
            a.shape()
        )));
    }
    let extreme = |t: &Tensor, d: usize, largest: bool| match largest {
        // The largest of zero singular values is 0; the smallest is undefined.
        true if t.shape()[d] == 0 => t.sum_dim(d, true),
        true => t.amax(d, true),
        false => t.amin(d, true),
    };
    let kept = match norm {
        Norm::Fro => a.norm_dim(2.0, [rows, cols], true)?,
        Norm::P(p) if p.abs() == 1.0 => extreme(&a.norm_dim(1.0, rows, true)?, cols, p > 0.0)?,
        Norm::P(p) if p.is_infinite() => extreme(&a.norm_dim(1.0, cols, true)?, rows, p > 0.0)?,
        Norm::P(p) if p.abs() == 2.0 => {
            let values = spectrum(a, rows, cols)?;
            extreme(&values, cols, p > 0.0)?
        }
        Norm::Nuc => spectrum(a, rows, cols)?.sum_dim(cols, true)?,
        Norm::P(p) => {
            return Err(Error::value(format!(
                "{name}: there is no norm of order {p}; there are \"fro\", \"nuc\", inf, 1, 2 and their negatives"
            )));
        }
    };
    if keepdim {
        Ok(kept)
    } else {
        kept.squeeze_dim([rows, cols])
    }
}

/// The singular values along the dimension of the columns, with size 1 along the rows.
#[track_caller]
fn spectrum(a: &Tensor, rows: usize, cols: usize) -> Result<Tensor> {
    let values = svdvals(&a.movedim([rows, cols], [-2, -1])?)?;
    values.unsqueeze(-2)?.movedim([-2, -1], [rows, cols])
}

/// A norm of vectors or matrices: of all elements if neither `norm` nor `dims` is given, else of matrices for two dimensions and of
/// vectors for one. PyTorch: `torch.linalg.norm`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let x = tensor!([[3.0, 4.0], [0.0, 0.0]]);
/// assert_eq!(linalg::norm(&x, None, None, false)?.item::<f32>()?, 5.0);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the order does not fit the number of dimensions, a dimension does not exist, or the dtype is not of floating point.
#[track_caller]
pub fn norm(x: &Tensor, norm: Option<Norm>, dims: Option<Ints>, keepdim: bool) -> Result<Tensor> {
    let given = dims.as_ref().map(Ints::as_slice);
    if let Some(dims) = given.filter(|d| !(1..=2).contains(&d.len())) {
        return Err(Error::value(format!(
            "linalg.norm: one or two dimensions are expected, got {dims:?}"
        )));
    }
    if norm.is_some() && given.is_none() && !(1..=2).contains(&x.ndim()) {
        return Err(Error::shape(format!(
            "linalg.norm: with an order and no dimensions expected a vector or a matrix, got {:?}",
            x.shape()
        )));
    }
    let all = || Ints::from(());
    match (norm, given) {
        (None, _) => vector_norm(x, 2.0, dims.unwrap_or_else(all), keepdim),
        (Some(norm), Some(&[rows, cols])) => matrix_norm(x, norm, [rows, cols], keepdim),
        (Some(norm), None) if x.ndim() == 2 => matrix_norm(x, norm, [0, 1], keepdim),
        (Some(Norm::P(p)), _) => vector_norm(x, p, dims.unwrap_or_else(all), keepdim),
        (Some(norm), _) => Err(Error::shape(format!(
            "linalg.norm: the norm \"{norm}\" is one of matrices, of two dimensions of shape {:?}",
            x.shape()
        ))),
    }
}

/// The condition number: the norm of a matrix times that of its inverse; by default and for ±2 the ratio of its largest
/// and smallest singular values. ∞ for a singular matrix. PyTorch: `torch.linalg.cond`.
/// `[.., m, n] → [..]`; square matrices for other norms than ±2.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let c = linalg::cond(&tensor!([[4.0, 0.0], [0.0, 2.0]]), None)?;
/// assert!(c.allclose(&tensor!(2.0), 1e-5, 0.0)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If there are fewer than two dimensions, the matrices are not square though the norm needs it, or neither `float32` nor `float64`.
#[track_caller]
pub fn cond(a: &Tensor, norm: Option<Norm>) -> Result<Tensor> {
    let norm = norm.unwrap_or(Norm::P(2.0));
    let spectral = matches!(norm, Norm::P(p) if p.abs() == 2.0);
    let (m, n) = super::expect_matrix("linalg.cond", a)?;
    if !spectral {
        expect_square("linalg.cond", a)?;
    }
    if m.min(n) == 0 {
        return a.new_zeros(&a.shape()[..a.ndim() - 2]);
    }
    if spectral {
        let values = svdvals(a)?;
        let (first, last) = (values.select(-1, 0)?, values.select(-1, -1)?);
        return if norm == Norm::P(2.0) {
            first.div(&last)
        } else {
            last.div(&first)
        };
    }
    let size = matrix_norm(a, norm, [-2, -1], false)?;
    let singular = slogdet(&a.detach())?.0.eq(0)?;
    let identity = Tensor::eye(n, (a.dtype(), a.device()))?;
    let regular = singular
        .unsqueeze(-1)?
        .unsqueeze(-1)?
        .where_cond(&identity, a)?;
    let inverse = matrix_norm(&inv(&regular)?, norm, [-2, -1], false)?;
    singular.where_cond(f64::INFINITY, &size.mul(&inverse)?)
}
