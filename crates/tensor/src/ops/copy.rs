//! Copies: into new contiguous memory, and over the elements of another tensor.

use crate::{Tensor, apply, apply_in_place};
use rushlight_backend::{Map, Result};

impl Tensor {
    /// A copy of the elements in new contiguous memory; same shape and dtype. The gradient flows through. PyTorch: `torch.clone`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2]);
    /// let y = x.copy()?;
    /// x.fill_(0)?;
    /// assert_eq!(y.to_vec::<i64>()?, [1, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the result.
    #[track_caller]
    pub fn copy(&self) -> Result<Tensor> {
        apply(Map::Copy.into(), &[self])
    }

    /// This tensor if its elements lie in row-major order without gaps, else a copy for which that holds. PyTorch: `Tensor.contiguous`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]).t()?;
    /// assert_eq!(x.strides(), [1, 2]);
    /// assert_eq!(x.contiguous()?.strides(), [2, 1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the copy.
    #[track_caller]
    pub fn contiguous(&self) -> Result<Tensor> {
        if self.is_contiguous() {
            Ok(self.clone())
        } else {
            self.copy()
        }
    }

    /// Overwrites the elements with those of `source`, which may broadcast, have another dtype, and be on another device. PyTorch:
    /// `Tensor.copy_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[0, 0], [0, 0]]);
    /// x.copy_(&tensor!([1.5, 2.0]))?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 2], [1, 2]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `source` does not broadcast to this tensor's shape, if elements of this tensor share memory, or if it is a leaf that requires a
    /// gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn copy_(&self, source: &Tensor) -> Result<()> {
        if source.device() != self.device() {
            let moved = source.to(self.device())?;
            return apply_in_place(Map::Copy.into(), self, &[&moved]);
        }
        apply_in_place(Map::Copy.into(), self, &[source])
    }
}
