//! Reads by index tensors: `index_select`, `gather`, `take`.

use crate::parameters::dim_of;
use crate::{Tensor, apply};
use rushlight_backend::{DType, Error, IndexOp, IndexRole, Op, Result, broadcast};

impl Tensor {
    /// Slices `index[0], index[1], …` along a dimension; an index below 0 is an error. PyTorch: `torch.index_select`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let x = tensor!([[1, 2], [3, 4], [5, 6]]);
    /// assert_eq!(x.index_select(0, &tensor!([2, 0]))?.to_vec2::<i64>()?, [[5, 6], [1, 2]]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
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

    /// `y[i, j] = x[index[i, j], j]` (for `dim` 0): the result has the index's shape. An index below 0 is an error. PyTorch: `torch.gather`.
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

    /// As [`Tensor::gather`], with index and tensor broadcast outside the dimension, and indices taken modulo its size, so that -1 is the
    /// last; without a dimension, from all elements in order by all indices in order, where one out of range is an error.
    /// PyTorch: `torch.take_along_dim`.
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

    /// Elements at positions in row-major order, negative ones counted from the end: the result has the index's shape.
    /// PyTorch: `torch.take`.
    #[track_caller]
    pub fn take(&self, index: &Tensor) -> Result<Tensor> {
        let at = from_start(&index.reshape(-1)?, self.numel())?;
        let _role = IndexRole::of("take").counting("elements").enter();
        self.reshape(-1)?
            .index_select(0, &at)?
            .reshape(index.shape())
    }

    /// A last dimension of `classes` entries that is 1 at the index and 0 elsewhere, in `int64`; `None` takes as many classes as the largest
    /// index needs. PyTorch: `nn.functional.one_hot`.
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
