//! Sorting along a dimension, and the largest or smallest elements.

use crate::parameters::dim_of;
use crate::{Int, Tensor, apply};
use rushlight_backend::{DType, Error, Fused, Op, Result};
use std::ops::Range;
use std::sync::Arc;

impl Tensor {
    /// The positions, in `int64`, that sort the elements along a dimension: the result has the tensor's shape. Equal elements keep their order
    /// (the sort is stable); NaN counts as the largest. PyTorch: `torch.argsort(stable=True)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([30, 10, 20]);
    /// assert_eq!(x.argsort(0, false)?.to_vec::<i64>()?, [1, 2, 0]);
    /// assert_eq!(x.argsort(0, true)?.to_vec::<i64>()?, [0, 2, 1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range.
    #[track_caller]
    pub fn argsort(&self, dim: isize, descending: bool) -> Result<Tensor> {
        let dim = dim_of("argsort", dim, self.ndim())? as u8;
        if self.ndim() == 0 {
            return Tensor::zeros((), (DType::I64, self.device()));
        }
        apply(Op::Argsort { dim, descending }, &[self])
    }

    /// The elements sorted along a dimension, and their original positions in `int64`. Equal elements keep their order (the sort is stable); NaN
    /// counts as the largest. PyTorch: `torch.sort`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (values, indices) = tensor!([3, 1, 2]).sort(0, false)?;
    /// assert_eq!((values.to_vec::<i64>()?, indices.to_vec::<i64>()?), (vec![1, 2, 3], vec![1, 2, 0]));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range.
    #[track_caller]
    pub fn sort(&self, dim: isize, descending: bool) -> Result<(Tensor, Tensor)> {
        let order = self.argsort(dim, descending)?;
        Ok((self.gather(dim, &order)?, order))
    }

    /// The elements sorted along the first dimension in ascending order. PyTorch: `torch.msort`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([[3, 1], [2, 4]]).msort()?;
    /// assert_eq!(y.to_vec2::<i64>()?, [[2, 1], [3, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the result.
    #[track_caller]
    pub fn msort(&self) -> Result<Tensor> {
        Ok(self.sort(0, false)?.0)
    }

    /// The `k` largest elements along a dimension in descending order, or the `k` smallest in ascending order, and their positions in `int64`:
    /// the dimension gets size `k`. PyTorch: `torch.topk`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (values, indices) = tensor!([10, 40, 20, 30]).topk(2, 0, true)?;
    /// assert_eq!(values.to_vec::<i64>()?, [40, 30]);
    /// assert_eq!(indices.to_vec::<i64>()?, [1, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or smaller than `k`, or the dtype is `bool`.
    #[track_caller]
    pub fn topk(&self, k: impl Into<Int>, dim: isize, largest: bool) -> Result<(Tensor, Tensor)> {
        self.extremes(k.into().size("topk", "k")?, dim, largest)
    }

    /// [`Tensor::topk`], compiled once.
    #[track_caller]
    fn extremes(&self, k: usize, dim: isize, largest: bool) -> Result<(Tensor, Tensor)> {
        if self.dtype() == DType::Bool {
            return Err(Error::dtype("topk: not defined for bool"));
        }
        if self.ndim() == 0 {
            dim_of("topk", dim, 0)?;
            return if k <= 1 {
                Ok((self.copy()?, self.argsort(dim, largest)?))
            } else {
                Err(too_many(k, self))
            };
        }
        if k > self.size(dim)? {
            return Err(too_many(k, self));
        }
        let order = self.ranks(dim, largest, 0..k)?;
        Ok((self.gather(dim, &order)?, order))
    }

    /// The `k`-th smallest element along a dimension, counted from 1, and its position in `int64`. The dimension is removed, or with `keepdim`
    /// has size 1. PyTorch: `torch.kthvalue`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (values, indices) = tensor!([10, 40, 20, 30]).kthvalue(2, 0, false)?;
    /// assert_eq!((values.item::<i64>()?, indices.item::<i64>()?), (20, 2));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range, `k` is 0 or larger than it, or the dtype is `bool`.
    #[track_caller]
    pub fn kthvalue(
        &self,
        k: impl Into<Int>,
        dim: isize,
        keepdim: bool,
    ) -> Result<(Tensor, Tensor)> {
        self.kth(k.into().size("kthvalue", "k")?, dim, keepdim)
    }

    /// [`Tensor::kthvalue`], compiled once.
    #[track_caller]
    fn kth(&self, k: usize, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        let n = if self.ndim() == 0 { 1 } else { self.size(dim)? };
        if k == 0 || k > n {
            return Err(Error::value(format!(
                "kthvalue: k = {k} is out of range for a dimension of size {n}"
            )));
        }
        if self.dtype() == DType::Bool {
            return Err(Error::dtype("kthvalue: not defined for bool"));
        }
        if self.ndim() == 0 {
            return self.topk(k, dim, false);
        }
        let i = self.ranks(dim, false, k - 1..k)?;
        let v = self.gather(dim, &i)?;
        if keepdim {
            Ok((v, i))
        } else {
            Ok((v.squeeze_dim(dim)?, i.squeeze_dim(dim)?))
        }
    }

    /// The positions that belong to some places of the sorted elements along a dimension.
    #[track_caller]
    pub(crate) fn ranks(
        &self,
        dim: isize,
        descending: bool,
        places: Range<usize>,
    ) -> Result<Tensor> {
        let f = Fused::Ranks {
            dim: dim_of("argsort", dim, self.ndim())?,
            descending,
            first: places.start,
            count: places.len(),
        };
        apply(Op::Fused(Arc::new(f)), &[&self.detach()])
    }
}

#[track_caller]
fn too_many(k: usize, x: &Tensor) -> Error {
    Error::value(format!(
        "topk: k = {k} exceeds the size of the dimension (shape {:?})",
        x.shape()
    ))
}
