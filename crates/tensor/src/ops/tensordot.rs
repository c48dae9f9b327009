//! Tensor contractions, chains of matrix products, Kronecker and cross products.

use crate::parameters::references;
use crate::parameters::{Ints, dim_of};
use crate::{Half, Tensor};
use rushlight_backend::{Error, Result};

impl Tensor {
    /// Sums of products over the last `n` dimensions of this tensor and the first `n` of the other, whose sizes are equal:
    /// `[*, k], [k, *'] → [*, *']` for `n = 1`, the matrix product of matrices. Both have one dtype, any but `bool`.
    /// PyTorch: `torch.tensordot(dims=n)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (a, b) = (tensor!([[1, 2], [3, 4]]), tensor!([[5, 6], [7, 8]]));
    /// assert_eq!(a.tensordot(&b, 1)?.to_vec2::<i64>()?, [[19, 22], [43, 50]]);
    /// assert_eq!(a.tensordot(&b, 2)?.item::<i64>()?, 70);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If there are fewer than `n` dimensions, paired sizes differ and neither is 1, or the dtypes differ or are `bool`.
    #[track_caller]
    pub fn tensordot(&self, other: &Tensor, n: usize) -> Result<Tensor> {
        if n > self.ndim() || n > other.ndim() {
            return Err(Error::shape(format!(
                "tensordot: {n} dimensions cannot be summed over for shapes {:?} and {:?}",
                self.shape(),
                other.shape()
            )));
        }
        let left: Vec<usize> = (self.ndim() - n..self.ndim()).collect();
        let right: Vec<usize> = (0..n).collect();
        self.tensordot_dims(other, left, right)
    }

    /// Sums of products over the dimensions `left` of this tensor, paired with `right` of the other; the result has the remaining
    /// dimensions of both. Paired sizes are equal, or one of them is 1. PyTorch: `torch.tensordot(dims=(left, right))`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.tensordot_dims(&x, [0, 1], [0, 1])?.item::<i64>()?, 30);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension is out of range or appears twice, the lists differ in length, paired sizes differ and neither is 1, or the dtypes differ or
    /// are `bool`.
    #[track_caller]
    pub fn tensordot_dims(
        &self,
        other: &Tensor,
        left: impl Into<Ints>,
        right: impl Into<Ints>,
    ) -> Result<Tensor> {
        let (left, right) = (
            positions(self, &left.into())?,
            positions(other, &right.into())?,
        );
        if left.len() != right.len() {
            return Err(Error::value(format!(
                "tensordot: {} dimensions are paired with {}",
                left.len(),
                right.len()
            )));
        }
        self.expect_same_dtype("tensordot", other)?;
        let sums_first = |(&i, &j): (&usize, &usize)| self.shape()[i] != other.shape()[j];
        if left.iter().zip(&right).any(sums_first)
            && let Some(half) = Half::among([self, other])
        {
            let dims = |dims: &[usize]| dims.iter().map(|&d| d as isize).collect::<Vec<_>>();
            let a = half.widen(self)?;
            return half.round(a.tensordot_dims(&half.widen(other)?, dims(&left), dims(&right))?);
        }
        let (mut a, mut b) = (self.clone(), other.clone());
        for (&i, &j) in left.iter().zip(&right) {
            match (self.shape()[i], other.shape()[j]) {
                (m, n) if m == n => {}
                (1, _) => b = b.sum_dim(j, true)?.to(other.dtype())?,
                (_, 1) => a = a.sum_dim(i, true)?.to(self.dtype())?,
                (m, n) => {
                    return Err(Error::shape(format!(
                        "tensordot: dimension {i} of {:?} and {j} of {:?} differ: {m} against {n}",
                        self.shape(),
                        other.shape()
                    )));
                }
            }
        }
        a.contract(&left, &b, &right)
    }

    /// The sum over pairs of dimensions as one matrix product. Dtypes and paired sizes are equal.
    #[track_caller]
    pub(super) fn contract(
        &self,
        left: &[usize],
        other: &Tensor,
        right: &[usize],
    ) -> Result<Tensor> {
        let free = |t: &Tensor, gone: &[usize]| -> Vec<usize> {
            (0..t.ndim()).filter(|d| !gone.contains(d)).collect()
        };
        let sizes = |t: &Tensor, dims: &[usize]| -> Vec<usize> {
            dims.iter().map(|&d| t.shape()[d]).collect()
        };
        let (rows, cols) = (free(self, left), free(other, right));
        let shape = [sizes(self, &rows), sizes(other, &cols)].concat();
        let summed: usize = sizes(self, left).iter().product();
        let (m, n): (usize, usize) = (
            sizes(self, &rows).iter().product(),
            sizes(other, &cols).iter().product(),
        );
        let a = self.permute([&rows, left].concat())?.reshape([m, summed])?;
        let b = other
            .permute([right, &cols].concat())?
            .reshape([summed, n])?;
        a.matmul(&b)?.reshape(shape)
    }

    /// The product of one or more matrices, `[m, a] × [a, b] × … × [z, n] → [m, n]`, computed in the order with the fewest multiplications.
    /// [`crate::linalg::multi_dot`] also takes vectors. PyTorch: `torch.chain_matmul`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let (a, b, c) = (tensor!([[1.0, 2.0]]), tensor!([[1.0], [1.0]]), tensor!([[5.0]]));
    /// assert_eq!(Tensor::chain_matmul(&[&a, &b, &c])?.to_vec2::<f32>()?, [[15.0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the list is empty, a tensor is not a matrix, neighbouring sizes differ, or the dtypes differ or are `bool`.
    #[track_caller]
    pub fn chain_matmul<T: AsRef<Tensor>>(matrices: &[T]) -> Result<Tensor> {
        chain_matmul(&references(matrices))
    }

    /// The Kronecker product: every element of this tensor times the whole other one, `[a, b], [c, d] → [a c, b d]`.
    /// PyTorch: `torch.kron`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let blocks = tensor!([[1, 2]]).kron(&tensor!([[1], [10]]))?;
    /// assert_eq!(blocks.to_vec2::<i64>()?, [[1, 2], [10, 20]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the result has more dimensions or elements than are supported.
    #[track_caller]
    pub fn kron(&self, other: &Tensor) -> Result<Tensor> {
        let rank = self.ndim().max(other.ndim());
        let padded = |t: &Tensor| [vec![1; rank - t.ndim()], t.shape().to_vec()].concat();
        let (a, b) = (padded(self), padded(other));
        // Each dimension becomes two, but where one of them would have size 1.
        let (mut outer, mut inner, mut shape) = (Vec::new(), Vec::new(), Vec::new());
        for (&m, &n) in a.iter().zip(&b) {
            shape.push(m * n);
            if m != 1 || n == 1 {
                outer.push(m);
                inner.push(1);
            }
            if n != 1 {
                outer.push(1);
                inner.push(n);
            }
        }
        self.reshape(outer)?
            .mul(&other.reshape(inner)?)?
            .reshape(shape)
    }

    /// The cross product `a × b` of vectors of three components along a dimension, by default the first of size 3; the other dimensions
    /// broadcast. Dtypes are promoted. PyTorch: `torch.cross`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (x, y) = (tensor!([1, 0, 0]), tensor!([0, 1, 0]));
    /// assert_eq!(x.cross(&y, None)?.to_vec::<i64>()?, [0, 0, 1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or does not have size 3, or the others do not broadcast.
    #[track_caller]
    pub fn cross(&self, other: &Tensor, dim: Option<isize>) -> Result<Tensor> {
        let dim = match dim {
            Some(dim) => dim,
            None => match self.shape().iter().position(|&n| n == 3) {
                Some(dim) => dim as isize,
                None => {
                    return Err(Error::shape(format!(
                        "cross: no dimension of {:?} has size 3",
                        self.shape()
                    )));
                }
            },
        };
        crate::linalg::cross(self, other, dim)
    }
}

/// [`Tensor::chain_matmul`], compiled once.
#[track_caller]
fn chain_matmul(matrices: &[&Tensor]) -> Result<Tensor> {
    if let Some(t) = matrices.iter().find(|t| t.ndim() != 2) {
        return Err(Error::shape(format!(
            "chain_matmul: expected matrices, got {:?}",
            t.shape()
        )));
    }
    match matrices {
        [one] => Ok((*one).clone()),
        many => crate::linalg::multi_dot(many),
    }
}

/// Dimensions as indices, without repetitions.
#[track_caller]
fn positions(t: &Tensor, dims: &Ints) -> Result<Vec<usize>> {
    let mut found = Vec::new();
    for &dim in dims.as_slice() {
        let d = dim_of("tensordot", dim, t.ndim())?;
        if t.ndim() == 0 || found.contains(&d) {
            return Err(Error::value(format!(
                "tensordot: dimension {dim} of shape {:?} cannot be summed over twice",
                t.shape()
            )));
        }
        found.push(d);
    }
    Ok(found)
}
