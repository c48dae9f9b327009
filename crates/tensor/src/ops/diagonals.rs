//! Diagonals of matrices: views of them, replacing them, and matrices made from them.

use crate::Tensor;
use crate::parameters::dim_of;
use rushlight_backend::{DType, Dims, Error, Layout, MAX_RANK, Result, ViewOp};
use std::sync::Arc;

impl Tensor {
    /// A view of the diagonal of dimensions `dim1` and `dim2`, which are removed, as a new last dimension: `[n, n] → [n]`. The diagonal starts
    /// `offset` columns to the right, or if negative `-offset` rows down. PyTorch: `torch.diagonal`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.diagonal(0, 0, 1)?.to_vec::<i64>()?, [1, 4]);
    /// assert_eq!(x.diagonal(1, 0, 1)?.to_vec::<i64>()?, [2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `dim1` and `dim2` are equal or out of range.
    #[track_caller]
    pub fn diagonal(&self, offset: isize, dim1: isize, dim2: isize) -> Result<Tensor> {
        self.along("diagonal", offset, dim1, dim2)
    }

    #[track_caller]
    fn along(&self, name: &str, offset: isize, dim1: isize, dim2: isize) -> Result<Tensor> {
        let rank = self.ndim();
        let (a, b) = (dim_of(name, dim1, rank)?, dim_of(name, dim2, rank)?);
        if a == b || rank < 2 {
            return Err(Error::value(format!(
                "{name}: two different dimensions are needed, got {dim1} and {dim2} of shape {:?}",
                self.shape()
            )));
        }
        let (shape, strides) = (self.shape(), self.strides());
        let (down, right) = (
            offset.saturating_neg().max(0) as usize,
            offset.max(0) as usize,
        );
        let len = shape[a]
            .saturating_sub(down)
            .min(shape[b].saturating_sub(right));
        let keep = |list: &[usize], last: usize| -> Dims {
            (0..rank)
                .filter(|d| *d != a && *d != b)
                .map(|d| list[d])
                .chain([last])
                .collect()
        };
        let start = match len {
            0 => 0,
            _ => down * strides[a] + right * strides[b],
        };
        let layout = Layout::strided(
            keep(shape, len),
            keep(strides, strides[a].saturating_add(strides[b])),
            self.layout().offset() + start,
        );
        self.viewed(layout, || ViewOp::AsStrided(Arc::new(layout)))
    }

    /// A copy of this tensor with its [`Tensor::diagonal`] replaced by `source`, which has the diagonal's shape and this tensor's dtype. PyTorch:
    /// `torch.diagonal_scatter`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// let y = x.diagonal_scatter(&tensor!([0, 0]), 0, 0, 1)?;
    /// assert_eq!(y.to_vec2::<i64>()?, [[0, 2], [3, 0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `dim1` and `dim2` are equal or out of range, or `source` does not have the diagonal's shape.
    #[track_caller]
    pub fn diagonal_scatter(
        &self,
        source: &Tensor,
        offset: isize,
        dim1: isize,
        dim2: isize,
    ) -> Result<Tensor> {
        let slot = self.along("diagonal_scatter", offset, dim1, dim2)?;
        source.replaces("diagonal_scatter", &slot)?;
        let out = self.copy()?;
        out.diagonal(offset, dim1, dim2)?.copy_(source)?;
        Ok(out)
    }

    /// Of a vector `[n]`, the square matrix with it on diagonal `k` and zeros elsewhere, `[n + |k|, n + |k|]`. Of a matrix, a copy of its
    /// diagonal `k` as a vector. PyTorch: `torch.diag`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1, 2]).diag(0)?.to_vec2::<i64>()?, [[1, 0], [0, 2]]);
    /// assert_eq!(tensor!([[1, 2], [3, 4]]).diag(-1)?.to_vec::<i64>()?, [3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has neither one nor two dimensions.
    #[track_caller]
    pub fn diag(&self, k: isize) -> Result<Tensor> {
        match self.ndim() {
            1 => self.embedded("diag", k, -2, -1),
            2 => self.diagonal(k, 0, 1)?.copy(),
            _ => Err(Error::shape(format!(
                "diag: expected a vector or a matrix, got shape {:?}",
                self.shape()
            ))),
        }
    }

    /// Matrices, in dimensions `dim1` and `dim2` of the result, with the last dimension of this tensor on their diagonal `offset`;
    /// zeros elsewhere. The inverse of [`Tensor::diagonal`]. PyTorch: `torch.diag_embed`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2]).diag_embed(1, 0, 1)?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[0, 1, 0], [0, 0, 2], [0, 0, 0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is a scalar, or `dim1` and `dim2` are equal or out of range for the result.
    #[track_caller]
    pub fn diag_embed(&self, offset: isize, dim1: isize, dim2: isize) -> Result<Tensor> {
        self.embedded("diag_embed", offset, dim1, dim2)
    }

    /// The square matrix with all elements of this tensor, in row-major order, on diagonal `offset` and zeros elsewhere: `n` elements give
    /// `[n + |offset|, n + |offset|]`. PyTorch: `torch.diagflat`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([[1, 2]]).diagflat(1)?;
    /// assert_eq!(y.to_vec2::<i64>()?, [[0, 1, 0], [0, 0, 2], [0, 0, 0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the matrix.
    #[track_caller]
    pub fn diagflat(&self, offset: isize) -> Result<Tensor> {
        self.reshape(-1)?.embedded("diagflat", offset, -2, -1)
    }

    #[track_caller]
    fn embedded(&self, name: &str, offset: isize, dim1: isize, dim2: isize) -> Result<Tensor> {
        let rank = self.ndim() + 1;
        let (a, b) = (dim_of(name, dim1, rank)?, dim_of(name, dim2, rank)?);
        let Some((&n, kept)) = self.shape().split_last() else {
            return Err(Error::shape(format!(
                "{name}: expected at least one dimension, got a scalar"
            )));
        };
        if a == b || rank > MAX_RANK {
            return Err(Error::value(format!(
                "{name}: two different dimensions of a result of at most {MAX_RANK} are needed, got {dim1} and {dim2} for shape {:?}",
                self.shape()
            )));
        }
        let side = n.saturating_add(offset.unsigned_abs());
        let mut kept = kept.iter();
        let size = |d: usize| match d == a || d == b {
            true => side,
            false => kept.next().copied().unwrap_or(1),
        };
        let out = self.new_zeros((0..rank).map(size).collect::<Vec<_>>())?;
        out.diagonal(offset, dim1, dim2)?.copy_(self)?;
        Ok(out)
    }

    /// The sum of the diagonal of a matrix: `[m, n] → []`. Integers give `int64`. PyTorch: `torch.trace`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[1, 2], [3, 4]]).trace()?.item::<i64>()?, 5);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is not a matrix or is `bool`.
    #[track_caller]
    pub fn trace(&self) -> Result<Tensor> {
        if self.ndim() != 2 {
            return Err(Error::shape(format!(
                "trace: expected a matrix, got shape {:?}",
                self.shape()
            )));
        }
        if self.dtype() == DType::Bool {
            return Err(Error::dtype(
                "trace: not defined for bool; convert to a number first",
            ));
        }
        self.diagonal(0, 0, 1)?.sum()
    }
}
