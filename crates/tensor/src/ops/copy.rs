//! Copies: into new contiguous memory, and over the elements of another tensor.

use crate::{Tensor, apply, apply_in_place};
use rushlight_backend::{Map, Result};

impl Tensor {
    /// A copy of the elements in new contiguous memory. Differentiable. PyTorch: `Tensor.clone`.
    #[track_caller]
    pub fn copy(&self) -> Result<Tensor> {
        apply(Map::Copy.into(), &[self])
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

    /// Copies the elements of `source`, which may broadcast, be of another dtype, and be on another device. PyTorch: `Tensor.copy_`.
    #[track_caller]
    pub fn copy_(&self, source: &Tensor) -> Result<()> {
        if source.device() != self.device() {
            let moved = source.to(self.device())?;
            return apply_in_place(Map::Copy.into(), self, &[&moved]);
        }
        apply_in_place(Map::Copy.into(), self, &[source])
    }
}
