//! Reads by index tensors: `index_select`, `gather`, `take`.

use crate::parameters::dim_of;
use crate::{Tensor, apply};
use rushlight_backend::{DType, Error, IndexOp, IndexRole, Op, Result, broadcast};

impl Tensor {
    /// The slices `index[0], index[1], …` along a dimension, whose size becomes the number of indices. `index` is a vector of `int64` or `int32`;
    /// negative indices are an error. PyTorch: `torch.index_select`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4], [5, 6]]);
    /// assert_eq!(x.index_select(0, &tensor!([2, 0]))?.to_vec2::<i64>()?, [[5, 6], [1, 2]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension or an index is out of range, or `index` is not a vector of `int64` or `int32`. On a GPU, an index out of range is
    /// reported when the result is read.
    #[track_caller]
    pub fn index_select(&self, dim: isize, index: &Tensor) -> Result<Tensor> {
        let dim = dim_of("index_select", dim, self.ndim())? as u8;
        let index = if index.ndim() == 0 {
            &index.reshape(1)?
        } else {
            index
        };
        if self.ndim() == 0 {
            return apply(
                Op::Gather(IndexOp::Select { dim }),
                &[&self.reshape(1)?, index],
            )?
            .reshape(());
        }
        apply(Op::Gather(IndexOp::Select { dim }), &[self, index])
    }

    /// Picks elements along a dimension: for a matrix and `dim` 0, `y[i, j] = x[index[i, j], j]`. `index` has as many dimensions as the tensor,
    /// outside `dim` at most its sizes, and dtype `int64` or `int32`; the result has the shape of `index`. Negative indices are an error.
    /// PyTorch: `torch.gather`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// let y = x.gather(1, &tensor!([[0, 0], [1, 0]]))?;
    /// assert_eq!(y.to_vec2::<i64>()?, [[1, 1], [4, 3]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension or an index is out of range, or the shape or dtype of `index` does not fit. On a GPU, an index out of range is reported
    /// when the result is read.
    #[track_caller]
    pub fn gather(&self, dim: isize, index: &Tensor) -> Result<Tensor> {
        let d = dim_of("gather", dim, self.ndim())? as u8;
        if index.numel() == 0 {
            // Nothing is read, so the index need not fit.
            let nothing = self.reshape(-1)?.narrow(0, 0, 0)?;
            return nothing.reshape(index.shape())?.copy();
        }
        let (x, at) = (as_vector(self)?, as_vector(index)?);
        let out = apply(Op::Gather(IndexOp::Gather { dim: d }), &[&x, &at])?;
        match index.ndim() {
            0 => out.reshape(()),
            _ => Ok(out),
        }
    }

    /// [`Tensor::gather`] with index and tensor broadcast outside the dimension. Indices are taken modulo the size of the dimension, so that -1
    /// is the last. Without a dimension, picks from all elements in row-major order by all indices in order; there, an index out of range is an
    /// error. PyTorch: `torch.take_along_dim`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[30, 10, 20], [60, 50, 40]]);
    /// let sorted = x.take_along_dim(&x.argsort(1, false)?, 1)?;
    /// assert_eq!(sorted.to_vec2::<i64>()?, [[10, 20, 30], [40, 50, 60]]);
    /// assert_eq!(x.take_along_dim(&tensor!([[0]]), 1)?.to_vec2::<i64>()?, [[30], [60]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range, the numbers of dimensions differ, the shapes do not broadcast, or `index` is not `int64` or `int32`.
    #[track_caller]
    pub fn take_along_dim(&self, index: &Tensor, dim: impl Into<Option<isize>>) -> Result<Tensor> {
        let Some(dim) = dim.into() else {
            let _role = IndexRole::of("take_along_dim").counting("elements").enter();
            return self.reshape(-1)?.gather(0, &index.reshape(-1)?);
        };
        let (d, size) = self.dimension("take_along_dim", dim)?;
        if self.ndim() != index.ndim() {
            return Err(Error::shape(format!(
                "take_along_dim: index {:?} and input {:?} must have as many dimensions",
                index.shape(),
                self.shape()
            )));
        }
        let (mut x, mut i) = (self.shape().to_vec(), index.shape().to_vec());
        (x[d], i[d]) = (1, 1);
        let mut shape = broadcast("take_along_dim", &x, &i)?;
        shape[d] = size;
        let x = self.expand(&shape)?;
        shape[d] = index.shape()[d];
        let at = match index.dtype() {
            DType::I64 | DType::I32 => &index.remainder(size.max(1) as i64)?,
            // Refused below.
            _ => index,
        };
        x.gather(dim, &at.expand(&shape)?)
    }

    /// The elements at positions in row-major order, negative ones counted from the end; the result has the shape of `index`.
    /// PyTorch: `torch.take`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[10, 20], [30, 40]]);
    /// assert_eq!(x.take(&tensor!([0, 3, -2]))?.to_vec::<i64>()?, [10, 40, 30]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a position is out of range, or `index` is not `int64` or `int32`.
    #[track_caller]
    pub fn take(&self, index: &Tensor) -> Result<Tensor> {
        let at = from_start(&index.reshape(-1)?, self.numel())?;
        let _role = IndexRole::of("take").counting("elements").enter();
        self.reshape(-1)?
            .index_select(0, &at)?
            .reshape(index.shape())
    }

    /// The one-hot encoding of class indices: `[*] → [*, classes]`, 1 at the index and 0 elsewhere, all in `int64`. `None` takes as many classes
    /// as the largest index needs, which is read from the device. PyTorch: `nn.functional.one_hot`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([0, 2]).one_hot(3)?;
    /// assert_eq!(y.to_vec2::<i64>()?, [[1, 0, 0], [0, 0, 1]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is not `int64`, an index is negative or not below `classes`, or the number of classes is unknown or 0 because there is no
    /// index.
    #[track_caller]
    pub fn one_hot(&self, classes: impl Into<Option<usize>>) -> Result<Tensor> {
        if self.dtype() != DType::I64 {
            return Err(Error::dtype(format!(
                "one_hot: the indices must be int64, not {}",
                self.dtype()
            )));
        }
        let classes = match classes.into() {
            Some(0) if self.numel() == 0 => {
                return Err(Error::value(format!(
                    "one_hot: the number of classes must be positive, got 0 for indices of shape {:?}",
                    self.shape()
                )));
            }
            Some(classes) => classes,
            None if self.numel() == 0 => {
                return Err(Error::shape(format!(
                    "one_hot: the indices of shape {:?} are empty and do not say how many classes there are",
                    self.shape()
                )));
            }
            None => {
                let largest = self.max()?.item::<i64>()?;
                usize::try_from(largest.saturating_add(1)).unwrap_or(0)
            }
        };
        let index = self.unsqueeze(-1)?;
        let mut shape = self.shape().to_vec();
        shape.push(classes);
        let ones = Tensor::ones(index.shape(), (DType::I64, self.device()))?;
        let _role = IndexRole::of("one_hot").counting("classes").enter();
        Tensor::zeros(shape, (DType::I64, self.device()))?.scatter(-1, &index, &ones)
    }
}

/// Converts negative positions, which count from the end, to positions from the start. Positions out of range are left unchanged, so that
/// errors name the original value.
#[track_caller]
pub(super) fn from_start(index: &Tensor, size: usize) -> Result<Tensor> {
    if !matches!(index.dtype(), DType::I64 | DType::I32) {
        return Ok(index.clone());
    }
    let (index, n) = (index.to(DType::I64)?, size as i64);
    let from_end = index.lt(0)?.logical_and(&index.ge(-n)?)?;
    from_end.where_cond(&index.add(n)?, &index)
}

/// A scalar as a vector of one element, because index operations require a dimension.
#[track_caller]
pub(super) fn as_vector(t: &Tensor) -> Result<Tensor> {
    match t.ndim() {
        0 => t.reshape(1),
        _ => Ok(t.clone()),
    }
}
