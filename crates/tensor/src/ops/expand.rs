//! Broadcasting: repetition without copying.

use crate::parameters::references;
use crate::{Ints, Tensor};
use rushlight_backend::{Dims, Error, MAX_RANK, Result, ViewOp, broadcast};

impl Tensor {
    /// A view of shape `shape` in which dimensions of size 1 and new leading dimensions repeat the tensor without copying; -1 keeps a size.
    /// Several elements of the view share memory, so [`Tensor::copy`] it before writing in place. PyTorch: `Tensor.expand`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1], [2]]);
    /// assert_eq!(x.expand([2, 3])?.to_vec2::<i64>()?, [[1, 1, 1], [2, 2, 2]]);
    /// assert_eq!(x.expand([4, -1, 3])?.shape(), [4, 2, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `shape` has fewer dimensions than the tensor, or a size other than 1 would change.
    #[track_caller]
    pub fn expand(&self, shape: impl Into<Ints>) -> Result<Tensor> {
        self.expanded(shape.into())
    }

    /// [`Tensor::expand`], compiled once.
    #[track_caller]
    fn expanded(&self, shape: Ints) -> Result<Tensor> {
        let sizes = shape.as_slice();
        let extra = sizes.len() as isize - self.ndim() as isize;
        let whole: Option<Dims> = if sizes.len() > MAX_RANK {
            None
        } else {
            let kept = |i: usize| {
                i.checked_add_signed(-extra)
                    .and_then(|d| self.shape().get(d))
                    .copied()
            };
            let size = |(i, &n): (usize, &isize)| {
                if n == -1 {
                    kept(i)
                } else {
                    usize::try_from(n).ok()
                }
            };
            sizes
                .iter()
                .enumerate()
                .map(size)
                .collect::<Option<Vec<usize>>>()
                .and_then(|s| Dims::from_slice(&s))
        };
        match whole.and_then(|shape| self.layout().expand(shape)) {
            Some(layout) if layout.shape().extent().is_none() => Err(Error::shape(format!(
                "expand: a tensor of shape {sizes:?} has more elements than can be counted"
            ))),
            Some(layout) => self.viewed(layout, || ViewOp::Expand),
            None => Err(Error::shape(format!(
                "expand: shape {:?} does not expand to {sizes:?}",
                self.shape()
            ))),
        }
    }

    /// [`Tensor::expand`] to the shape of another tensor. PyTorch: `Tensor.expand_as`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2]).expand_as(&tensor!([[0, 0], [0, 0]]))?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 2], [1, 2]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::expand`].
    #[track_caller]
    pub fn expand_as(&self, other: &Tensor) -> Result<Tensor> {
        self.expand(other.shape())
    }

    /// Broadcasts the tensor to `shape`: another name for [`Tensor::expand`]. PyTorch: `torch.broadcast_to`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2]).broadcast_to([2, 2])?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 2], [1, 2]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::expand`].
    #[track_caller]
    pub fn broadcast_to(&self, shape: impl Into<Ints>) -> Result<Tensor> {
        self.expand(shape)
    }

    /// Views of all tensors, each expanded to the shape that they broadcast to together. PyTorch: `torch.broadcast_tensors`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let both = Tensor::broadcast_tensors(&[&tensor!([1, 2]), &tensor!([[3], [4]])])?;
    /// assert_eq!(both[0].to_vec2::<i64>()?, [[1, 2], [1, 2]]);
    /// assert_eq!(both[1].to_vec2::<i64>()?, [[3, 3], [4, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast.
    #[track_caller]
    pub fn broadcast_tensors<T: AsRef<Tensor>>(tensors: &[T]) -> Result<Vec<Tensor>> {
        broadcast_tensors(&references(tensors))
    }

    /// The shape that all given shapes broadcast to: aligned at the last dimension, sizes are equal or 1. PyTorch: `torch.broadcast_shapes`.
    ///
    /// ```
    /// # use rushlight::Tensor;
    /// assert_eq!(Tensor::broadcast_shapes(&[&[10, 1, 5], &[7, 1]])?, [10, 7, 5]);
    /// assert!(Tensor::broadcast_shapes(&[&[2], &[3]]).is_err());
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast, or one has more dimensions than are supported.
    #[track_caller]
    pub fn broadcast_shapes(shapes: &[&[usize]]) -> Result<Vec<usize>> {
        let mut shape = Dims::SCALAR;
        for s in shapes {
            if s.len() > MAX_RANK {
                return Err(Error::shape(format!(
                    "broadcast_shapes: {s:?} has {} dimensions, at most {MAX_RANK} are supported",
                    s.len()
                )));
            }
            shape = broadcast("broadcast_shapes", &shape, s)?;
        }
        Ok(shape.to_vec())
    }
}

/// [`Tensor::broadcast_tensors`], compiled once.
#[track_caller]
fn broadcast_tensors(tensors: &[&Tensor]) -> Result<Vec<Tensor>> {
    let mut shape = Dims::SCALAR;
    for t in tensors {
        shape = broadcast("broadcast_tensors", &shape, t.shape())?;
    }
    tensors.iter().map(|t| t.expand(&shape)).collect()
}
