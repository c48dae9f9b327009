//! Joining tensors.

use crate::parameters::dim_of;
use crate::{Tensor, apply};
use rushlight_backend::{DType, Error, MAX_RANK, Op, Result, TensorType, promote};

impl Tensor {
    /// Tensors joined along a dimension; sizes along the others are equal. PyTorch: `torch.cat`.
    ///
    /// ```
    /// # use rushlight_tensor::{Tensor, tensor};
    /// let x = Tensor::cat(&[&tensor!([[1, 2]]), &tensor!([[3, 4], [5, 6]])], 0)?;
    /// assert_eq!(x.shape(), [3, 2]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn cat(tensors: &[&Tensor], dim: isize) -> Result<Tensor> {
        joined("cat", tensors, dim)
    }

    /// Tensors of one shape along a new dimension. PyTorch: `torch.stack`.
    #[track_caller]
    pub fn stack(tensors: &[&Tensor], dim: isize) -> Result<Tensor> {
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
                "stack: {:?} has {MAX_RANK} dimensions, the most there are; cat() needs no other",
                first.shape()
            )));
        }
        let mut rows = Vec::with_capacity(tensors.len());
        for t in tensors {
            rows.push(t.unsqueeze(dim)?);
        }
        joined("stack", &references(&rows), dim)
    }

    /// Tensors side by side: vectors one after the other, others along dimension 1; scalars count as vectors. PyTorch: `torch.hstack`.
    #[track_caller]
    pub fn hstack(tensors: &[&Tensor]) -> Result<Tensor> {
        let parts: Vec<Tensor> = each(tensors, Tensor::atleast_1d)?;
        let dim = match parts.first() {
            Some(first) if first.ndim() > 1 => 1,
            _ => 0,
        };
        joined("hstack", &references(&parts), dim)
    }

    /// Tensors one below the other, along dimension 0; vectors count as rows. PyTorch: `torch.vstack`.
    #[track_caller]
    pub fn vstack(tensors: &[&Tensor]) -> Result<Tensor> {
        joined(
            "vstack",
            &references(&each(tensors, Tensor::atleast_2d)?),
            0,
        )
    }

    /// Tensors one behind the other, along dimension 2, with the shapes of [`Tensor::atleast_3d`]. PyTorch: `torch.dstack`.
    #[track_caller]
    pub fn dstack(tensors: &[&Tensor]) -> Result<Tensor> {
        joined(
            "dstack",
            &references(&each(tensors, Tensor::atleast_3d)?),
            2,
        )
    }

    /// Tensors side by side, along dimension 1; vectors and scalars count as columns. PyTorch: `torch.column_stack`.
    ///
    /// ```
    /// # use rushlight_tensor::{Tensor, tensor};
    /// let x = Tensor::column_stack(&[&tensor!([1, 2]), &tensor!([[3, 4], [5, 6]])])?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 3, 4], [2, 5, 6]]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn column_stack(tensors: &[&Tensor]) -> Result<Tensor> {
        joined(
            "column_stack",
            &references(&each(tensors, Tensor::as_column)?),
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

    /// A matrix of zeros with the tensors as blocks along its diagonal; vectors count as rows, scalars as `[1, 1]`. Without any, a
    /// matrix of shape `[1, 0]`. PyTorch: `torch.block_diag`.
    ///
    /// ```
    /// # use rushlight_tensor::{Tensor, tensor};
    /// let x = Tensor::block_diag(&[&tensor!([[1], [2]]), &tensor!([3, 4])])?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 0, 0], [2, 0, 0], [0, 3, 4]]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn block_diag(tensors: &[&Tensor]) -> Result<Tensor> {
        if let Some(t) = tensors.iter().find(|t| t.ndim() > 2) {
            return Err(Error::shape(format!(
                "block_diag: expected tensors of at most 2 dimensions, got shape {:?}",
                t.shape()
            )));
        }
        if tensors.is_empty() {
            return Tensor::zeros([1, 0], ());
        }
        let blocks = each(tensors, Tensor::atleast_2d)?;
        let dtype = met(&references(&blocks));
        let width: usize = blocks.iter().map(|b| b.shape()[1]).sum();
        let mut left = 0;
        let mut rows = Vec::with_capacity(blocks.len());
        for block in &blocks {
            let (height, own) = (block.shape()[0], block.shape()[1]);
            let block = block.to(dtype)?;
            let before = block.new_zeros([height, left])?;
            left += own;
            let after = block.new_zeros([height, width - left])?;
            rows.push(joined("block_diag", &[&before, &block, &after], 1)?);
        }
        joined("block_diag", &references(&rows), 0)
    }
}

/// `f` of every tensor.
#[track_caller]
fn each(tensors: &[&Tensor], f: fn(&Tensor) -> Result<Tensor>) -> Result<Vec<Tensor>> {
    tensors.iter().map(|t| f(t)).collect()
}

fn references(tensors: &[Tensor]) -> Vec<&Tensor> {
    tensors.iter().collect()
}

/// The dtype in which the tensors meet.
fn met(tensors: &[&Tensor]) -> DType {
    let types: Vec<TensorType> = tensors.iter().map(|t| t.tensor_type()).collect();
    promote(&types, None)
}

/// [`Tensor::cat`] for the operation `name`.
#[track_caller]
fn joined(name: &str, tensors: &[&Tensor], dim: isize) -> Result<Tensor> {
    if tensors.is_empty() {
        return Err(Error::value(format!(
            "{name}: expected at least one tensor"
        )));
    }
    if tensors.iter().any(|t| t.ndim() == 0) {
        return Err(Error::shape(format!(
            "{name}: a 0-dimensional tensor cannot be joined; use stack"
        )));
    }
    // PyTorch skips empty vectors, whatever the others' rank; only their dtype counts.
    let full: Vec<&Tensor> = tensors
        .iter()
        .copied()
        .filter(|t| t.shape() != [0])
        .collect();
    let dtype = met(tensors);
    let Some(model) = full.first() else {
        return tensors[0].to(dtype)?.copy();
    };
    let d = dim_of(name, dim, model.ndim())?;
    for t in &full {
        let fits = t.ndim() == model.ndim()
            && (0..t.ndim()).all(|i| i == d || t.shape()[i] == model.shape()[i]);
        if !fits {
            return Err(Error::shape(format!(
                "{name}: shapes {:?} and {:?} differ outside dimension {d}",
                model.shape(),
                t.shape()
            )));
        }
    }
    apply(Op::Cat { dim: d as u8 }, &full)?.to(dtype)
}
