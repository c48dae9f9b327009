//! Overwriting: fill, copy, zero.

use crate::{Tensor, apply, apply_in_place};
use rushlight_backend::{Op, Result, Scalar};

impl Tensor {
    /// A copy of the elements in fresh contiguous memory. Differentiable. PyTorch: `Tensor.clone`.
    #[track_caller]
    pub fn copy(&self) -> Result<Tensor> {
        apply(Op::Copy, &[self])
    }

    /// This tensor if it is contiguous, else a contiguous copy. PyTorch: `Tensor.contiguous`.
    #[track_caller]
    pub fn contiguous(&self) -> Result<Tensor> {
        if self.is_contiguous() {
            Ok(self.clone())
        } else {
            self.copy()
        }
    }

    /// Sets every element to `value`. PyTorch: `Tensor.fill_`.
    #[track_caller]
    pub fn fill_(&self, value: impl Into<Scalar>) -> Result<()> {
        apply_in_place(Op::Fill(value.into()), self, &[self])
    }

    /// Sets every element to 0. PyTorch: `Tensor.zero_`.
    #[track_caller]
    pub fn zero_(&self) -> Result<()> {
        self.fill_(0)
    }

    /// Copies the elements of `source`, which may broadcast, be of another dtype, and lie on another device. PyTorch: `Tensor.copy_`.
    #[track_caller]
    pub fn copy_(&self, source: &Tensor) -> Result<()> {
        if source.device() != self.device() {
            let moved = source.to(self.device())?;
            return apply_in_place(Op::Copy, self, &[&moved]);
        }
        apply_in_place(Op::Copy, self, &[source])
    }
}
