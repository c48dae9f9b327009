//! Stacking: concatenation along a new dimension, or along a dimension that is chosen by rank.

use super::cat::{concatenate, each};
use crate::Tensor;
use crate::parameters::{dim_of, references};
use rushlight_backend::{Error, MAX_RANK, Result};

impl Tensor {
    /// Concatenates tensors of one shape along a new dimension: `n` of shape `[m]` give `[n, m]` for `dim` 0 and `[m, n]` for `dim` 1. Dtypes are
    /// promoted. PyTorch: `torch.stack`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let (a, b) = (tensor!([1, 2]), tensor!([3, 4]));
    /// assert_eq!(Tensor::stack(&[&a, &b], 0)?.to_vec2::<i64>()?, [[1, 2], [3, 4]]);
    /// assert_eq!(Tensor::stack(&[&a, &b], 1)?.to_vec2::<i64>()?, [[1, 3], [2, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the list is empty, the shapes differ, or the dimension is out of range for the result.
    #[track_caller]
    pub fn stack<T: AsRef<Tensor>>(tensors: &[T], dim: isize) -> Result<Tensor> {
        stack(&references(tensors), dim)
    }

    /// Concatenates tensors horizontally: vectors and scalars, which count as vectors, along dimension 0, others along dimension 1.
    /// PyTorch: `torch.hstack`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let x = Tensor::hstack(&[&tensor!([[1], [2]]), &tensor!([[3], [4]])])?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 3], [2, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the list is empty, or sizes differ in another dimension.
    #[track_caller]
    pub fn hstack<T: AsRef<Tensor>>(tensors: &[T]) -> Result<Tensor> {
        hstack(&references(tensors))
    }

    /// Concatenates tensors vertically, along dimension 0; vectors count as rows. PyTorch: `torch.vstack`, `torch.row_stack`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let x = Tensor::vstack(&[&tensor!([1, 2]), &tensor!([[3, 4], [5, 6]])])?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 2], [3, 4], [5, 6]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the list is empty, or sizes differ in another dimension.
    #[track_caller]
    pub fn vstack<T: AsRef<Tensor>>(tensors: &[T]) -> Result<Tensor> {
        concatenate(
            "vstack",
            &references(&each(&references(tensors), Tensor::atleast_2d)?),
            0,
        )
    }

    /// Concatenates tensors in depth, along dimension 2, with the shapes of [`Tensor::atleast_3d`]: two vectors `[n]` give `[1, n, 2]`.
    /// PyTorch: `torch.dstack`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let x = Tensor::dstack(&[&tensor!([1, 2]), &tensor!([3, 4])])?;
    /// assert_eq!(x.shape(), [1, 2, 2]);
    /// assert_eq!(x.to_vec::<i64>()?, [1, 3, 2, 4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the list is empty, or sizes differ in another dimension.
    #[track_caller]
    pub fn dstack<T: AsRef<Tensor>>(tensors: &[T]) -> Result<Tensor> {
        concatenate(
            "dstack",
            &references(&each(&references(tensors), Tensor::atleast_3d)?),
            2,
        )
    }

    /// Concatenates tensors along dimension 1; vectors and scalars count as columns. PyTorch: `torch.column_stack`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let x = Tensor::column_stack(&[&tensor!([1, 2]), &tensor!([[3, 4], [5, 6]])])?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 3, 4], [2, 5, 6]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the list is empty, or sizes differ in another dimension.
    #[track_caller]
    pub fn column_stack<T: AsRef<Tensor>>(tensors: &[T]) -> Result<Tensor> {
        concatenate(
            "column_stack",
            &references(&each(&references(tensors), Tensor::as_column)?),
            1,
        )
    }

    #[track_caller]
    fn as_column(&self) -> Result<Tensor> {
        match self.ndim() {
            0 | 1 => self.reshape([self.numel(), 1]),
            _ => Ok(self.clone()),
        }
    }
}

/// [`Tensor::hstack`], compiled once.
#[track_caller]
fn hstack(tensors: &[&Tensor]) -> Result<Tensor> {
    let parts: Vec<Tensor> = each(tensors, Tensor::atleast_1d)?;
    let dim = match parts.first() {
        Some(first) if first.ndim() > 1 => 1,
        _ => 0,
    };
    concatenate("hstack", &references(&parts), dim)
}

/// [`Tensor::stack`], compiled once.
#[track_caller]
fn stack(tensors: &[&Tensor], dim: isize) -> Result<Tensor> {
    let Some(first) = tensors.first() else {
        return Err(Error::value("stack: expected at least one tensor"));
    };
    if let Some(t) = tensors.iter().find(|t| t.shape() != first.shape()) {
        return Err(Error::shape(format!(
            "stack: the shapes differ: {:?} and {:?}",
            first.shape(),
            t.shape()
        )));
    }
    dim_of("stack", dim, first.ndim() + 1)?;
    if first.ndim() == MAX_RANK {
        return Err(Error::shape(format!(
            "stack: {:?} has {MAX_RANK} dimensions, the maximum; use cat(), which adds none",
            first.shape()
        )));
    }
    let mut rows = Vec::with_capacity(tensors.len());
    for t in tensors {
        rows.push(t.unsqueeze(dim)?);
    }
    concatenate("stack", &references(&rows), dim)
}
