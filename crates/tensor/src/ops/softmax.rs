//! Softmax and log-softmax, which backends may compute in one kernel.

use crate::parameters::dim_of;
use crate::{Tensor, apply};
use rushlight_backend::{Fused, Op, Result};
use std::sync::Arc;

impl Tensor {
    /// `eˣ / Σ eˣ` along a dimension, computed without overflow: the elements along it become positive and sum to 1. Same shape and
    /// floating-point dtype. PyTorch: `torch.softmax`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let p = tensor!([1000.0, 1000.0]).softmax(-1)?;
    /// assert_eq!(p.to_vec::<f32>()?, [0.5, 0.5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or the dtype is not floating-point.
    #[track_caller]
    pub fn softmax(&self, dim: isize) -> Result<Tensor> {
        self.normalized(dim, false)
    }

    /// `x - ln Σ eˣ` along a dimension, the logarithm of [`Tensor::softmax`], computed without overflow. Same shape and floating-point dtype.
    /// PyTorch: `torch.log_softmax`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([0.0, 1000.0]).log_softmax(-1)?;
    /// assert_eq!(y.to_vec::<f32>()?, [-1000.0, 0.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or the dtype is not floating-point.
    #[track_caller]
    pub fn log_softmax(&self, dim: isize) -> Result<Tensor> {
        self.normalized(dim, true)
    }

    #[track_caller]
    fn normalized(&self, dim: isize, log: bool) -> Result<Tensor> {
        let name = if log { "log_softmax" } else { "softmax" };
        let dim = dim_of(name, dim, self.ndim())?;
        let op = Op::Fused(Arc::new(Fused::Softmax { dim, log }));
        if self.ndim() == 0 {
            apply(op, &[&self.reshape(1)?])?.reshape(())
        } else {
            apply(op, &[self])
        }
    }
}
