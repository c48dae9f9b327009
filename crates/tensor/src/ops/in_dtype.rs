//! Reductions, scans and softmax with PyTorch's `dtype=`: the elements are converted first, and the result has that dtype too.
//!
//! Each is named as the method without it and ends in `_as`; the dtype is the last argument.

use crate::{Ints, Tensor};
use rushlight_backend::{DType, Result};

impl Tensor {
    /// [`Tensor::sum_dim`] in `dtype`. PyTorch: `torch.sum(dim, keepdim, dtype=…)`.
    ///
    /// ```
    /// # use rushlight_tensor::{DType, tensor};
    /// let x = tensor!([1, 2, 3]);
    /// assert_eq!(x.sum_as((), false, DType::F64)?.item::<f64>()?, 6.0);
    /// assert_eq!(x.mean_as((), false, DType::F32)?.item::<f32>()?, 2.0);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn sum_as(&self, dims: impl Into<Ints>, keepdim: bool, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.sum_dim(dims, keepdim)?.to(dtype)
    }

    /// [`Tensor::mean_dim`] in `dtype`, a floating-point one. PyTorch: `torch.mean(dim, keepdim, dtype=…)`.
    #[track_caller]
    pub fn mean_as(&self, dims: impl Into<Ints>, keepdim: bool, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.mean_dim(dims, keepdim)
    }

    /// [`Tensor::nansum`] in `dtype`. PyTorch: `torch.nansum(dim, keepdim, dtype=…)`.
    #[track_caller]
    pub fn nansum_as(&self, dims: impl Into<Ints>, keepdim: bool, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.nansum(dims, keepdim)?.to(dtype)
    }

    /// [`Tensor::nanmean`] in `dtype`, a floating-point one. PyTorch: `torch.nanmean(dim, keepdim, dtype=…)`.
    #[track_caller]
    pub fn nanmean_as(&self, dims: impl Into<Ints>, keepdim: bool, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.nanmean(dims, keepdim)
    }

    /// The product along one dimension, or of all elements, in `dtype`. PyTorch: `torch.prod(dim, keepdim, dtype=…)`.
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

    /// [`Tensor::norm_dim`] in `dtype`, a floating-point one. PyTorch: `torch.linalg.vector_norm(dtype=…)`.
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

    /// [`Tensor::cumsum`] in `dtype`. PyTorch: `torch.cumsum(dim, dtype=…)`.
    #[track_caller]
    pub fn cumsum_as(&self, dim: isize, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.cumsum(dim)?.to(dtype)
    }

    /// [`Tensor::cumprod`] in `dtype`. PyTorch: `torch.cumprod(dim, dtype=…)`.
    #[track_caller]
    pub fn cumprod_as(&self, dim: isize, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.cumprod(dim)?.to(dtype)
    }

    /// [`Tensor::softmax`] in `dtype`, a floating-point one. PyTorch: `torch.softmax(dim, dtype=…)`.
    #[track_caller]
    pub fn softmax_as(&self, dim: isize, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.softmax(dim)
    }

    /// [`Tensor::log_softmax`] in `dtype`, a floating-point one. PyTorch: `torch.log_softmax(dim, dtype=…)`.
    #[track_caller]
    pub fn log_softmax_as(&self, dim: isize, dtype: DType) -> Result<Tensor> {
        self.to(dtype)?.log_softmax(dim)
    }
}
