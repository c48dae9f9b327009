//! Reductions, scans and softmax with PyTorch's `dtype=`: the elements are converted first, and the result has that dtype too.
//!
//! Each is named as the method without it and ends in `_as`; the dtype is the last argument.

use crate::{Ints, Tensor};
use rushlight_backend::{DType, Result};

impl Tensor {
    /// [`Tensor::sum_dim`] of the elements converted to `dtype`, which is also the result's. PyTorch: `torch.sum(dim, keepdim, dtype=…)`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.sum_as((), false, DType::F64)?.item::<f64>()?, 10.0);
    /// assert_eq!(x.sum_as(1, false, DType::F32)?.to_vec::<f32>()?, [3.0, 7.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension is out of range or appears twice.
    #[track_caller]
    pub fn sum_as(&self, dims: impl Into<Ints>, keepdim: bool, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.sum_dim(dims, keepdim)?.to(dtype)
    }

    /// [`Tensor::mean_dim`] of the elements converted to the floating-point `dtype`, which is also the result's.
    /// PyTorch: `torch.mean(dim, keepdim, dtype=…)`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.mean_as(1, false, DType::F32)?.to_vec::<f32>()?, [1.5, 3.5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension is out of range or appears twice, or `dtype` is not floating-point.
    #[track_caller]
    pub fn mean_as(&self, dims: impl Into<Ints>, keepdim: bool, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.mean_dim(dims, keepdim)
    }

    /// [`Tensor::nansum`] of the elements converted to `dtype`, which is also the result's. PyTorch: `torch.nansum(dim, keepdim, dtype=…)`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let x = tensor!([1.0, f32::NAN, 3.0]);
    /// assert_eq!(x.nansum_as((), false, DType::F64)?.item::<f64>()?, 4.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension is out of range or appears twice.
    #[track_caller]
    pub fn nansum_as(&self, dims: impl Into<Ints>, keepdim: bool, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.nansum(dims, keepdim)?.to(dtype)
    }

    /// [`Tensor::nanmean`] of the elements converted to the floating-point `dtype`, which is also the result's.
    /// PyTorch: `torch.nanmean(dim, keepdim, dtype=…)`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let x = tensor!([1.0, f32::NAN, 3.0]);
    /// assert_eq!(x.nanmean_as((), false, DType::F64)?.item::<f64>()?, 2.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension is out of range or appears twice, or `dtype` is not floating-point.
    #[track_caller]
    pub fn nanmean_as(&self, dims: impl Into<Ints>, keepdim: bool, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.nanmean(dims, keepdim)
    }

    /// The product along one dimension, or of all elements, of the elements converted to `dtype`, which is also the result's. Without a
    /// dimension, `keepdim` has no effect. PyTorch: `torch.prod(dim, keepdim, dtype=…)`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.prod_as(1, false, DType::F32)?.to_vec::<f32>()?, [2.0, 12.0]);
    /// assert_eq!(x.prod_as(None, false, DType::I32)?.item::<i32>()?, 24);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range.
    #[track_caller]
    pub fn prod_as(
        &self,
        dim: impl Into<Option<isize>>,
        keepdim: bool,
        dtype: DType,
    ) -> Result<Tensor> {
        let x = self.to(dtype)?;
        match dim.into() {
            Some(dim) => x.prod_dim(dim, keepdim)?.to(dtype),
            None => x.prod()?.to(dtype),
        }
    }

    /// [`Tensor::norm_dim`] of the elements converted to the floating-point `dtype`, which is also the result's.
    /// PyTorch: `torch.linalg.vector_norm(dtype=…)`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let x = tensor!([3.0, 4.0]);
    /// assert_eq!(x.norm_as(2.0, (), false, DType::F64)?.item::<f64>()?, 5.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::norm_dim`], with `dtype` as the dtype.
    #[track_caller]
    pub fn norm_as(
        &self,
        p: f64,
        dims: impl Into<Ints>,
        keepdim: bool,
        dtype: DType,
    ) -> Result<Tensor> {
        self.to(dtype)?.norm_dim(p, dims, keepdim)
    }

    /// [`Tensor::cumsum`] of the elements converted to `dtype`, which is also the result's. PyTorch: `torch.cumsum(dim, dtype=…)`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let x = tensor!([1, 2, 3]);
    /// assert_eq!(x.cumsum_as(0, DType::F32)?.to_vec::<f32>()?, [1.0, 3.0, 6.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range.
    #[track_caller]
    pub fn cumsum_as(&self, dim: isize, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.cumsum(dim)?.to(dtype)
    }

    /// [`Tensor::cumprod`] of the elements converted to `dtype`, which is also the result's. PyTorch: `torch.cumprod(dim, dtype=…)`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let x = tensor!([1, 2, 3]);
    /// assert_eq!(x.cumprod_as(0, DType::F32)?.to_vec::<f32>()?, [1.0, 2.0, 6.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range.
    #[track_caller]
    pub fn cumprod_as(&self, dim: isize, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.cumprod(dim)?.to(dtype)
    }

    /// [`Tensor::softmax`] of the elements converted to the floating-point `dtype`, which is also the result's.
    /// PyTorch: `torch.softmax(dim, dtype=…)`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let x = tensor!([1, 1]);
    /// assert_eq!(x.softmax_as(0, DType::F32)?.to_vec::<f32>()?, [0.5, 0.5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or `dtype` is not floating-point.
    #[track_caller]
    pub fn softmax_as(&self, dim: isize, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.softmax(dim)
    }

    /// [`Tensor::log_softmax`] of the elements converted to the floating-point `dtype`, which is also the result's.
    /// PyTorch: `torch.log_softmax(dim, dtype=…)`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let x = tensor!([0, 1000]);
    /// assert_eq!(x.log_softmax_as(0, DType::F32)?.to_vec::<f32>()?, [-1000.0, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or `dtype` is not floating-point.
    #[track_caller]
    pub fn log_softmax_as(&self, dim: isize, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.log_softmax(dim)
    }
}
