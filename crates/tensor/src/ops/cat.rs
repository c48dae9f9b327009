//! Concatenation along a dimension, and along a diagonal.

use crate::parameters::{dim_of, references};
use crate::{Tensor, apply};
use rushlight_backend::{DType, Error, Op, Result, TensorType, promote};

impl Tensor {
    /// Concatenates tensors along a dimension. The sizes of the other dimensions must be equal. PyTorch: `torch.cat`.
    ///
    /// The list holds tensors, references to tensors, or parameters: `&vec`, `&[&x, &y]`, `&model.parameters()`. Of an empty list the type
    /// must be named: `Tensor::cat::<Tensor>(&[], 0)`, which is an error.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let x = Tensor::cat(&[&tensor!([[1, 2]]), &tensor!([[3, 4], [5, 6]])], 0)?;
    /// assert_eq!(x.shape(), [3, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the list is empty, a tensor is 0-dimensional, the dimension is out of range, or sizes differ outside it.
    #[track_caller]
    pub fn cat<T: AsRef<Tensor>>(tensors: &[T], dim: isize) -> Result<Tensor> {
        concatenate("cat", &references(tensors), dim)
    }

    /// A matrix of zeros with the tensors as blocks along its diagonal; vectors count as rows, scalars as `[1, 1]`. Without any, a
    /// matrix of shape `[1, 0]`. PyTorch: `torch.block_diag`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let x = Tensor::block_diag(&[&tensor!([[1], [2]]), &tensor!([3, 4])])?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 0, 0], [2, 0, 0], [0, 3, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a tensor has more than two dimensions, or the tensors are on different devices.
    #[track_caller]
    pub fn block_diag<T: AsRef<Tensor>>(tensors: &[T]) -> Result<Tensor> {
        block_diag(&references(tensors))
    }
}

/// [`Tensor::block_diag`], compiled once.
#[track_caller]
fn block_diag(tensors: &[&Tensor]) -> Result<Tensor> {
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
    let dtype = promoted(&references(&blocks));
    let width: usize = blocks.iter().map(|b| b.shape()[1]).sum();
    let mut left = 0;
    let mut rows = Vec::with_capacity(blocks.len());
    for block in &blocks {
        let (height, own) = (block.shape()[0], block.shape()[1]);
        let block = block.to(dtype)?;
        let before = block.new_zeros([height, left])?;
        left += own;
        let after = block.new_zeros([height, width - left])?;
        rows.push(concatenate("block_diag", &[&before, &block, &after], 1)?);
    }
    concatenate("block_diag", &references(&rows), 0)
}

/// `f` of every tensor.
#[track_caller]
pub(super) fn each(tensors: &[&Tensor], f: fn(&Tensor) -> Result<Tensor>) -> Result<Vec<Tensor>> {
    tensors.iter().map(|t| f(t)).collect()
}

/// The promoted dtype of the tensors.
fn promoted(tensors: &[&Tensor]) -> DType {
    let types: Vec<TensorType> = tensors.iter().map(|t| t.tensor_type()).collect();
    promote(&types, None)
}

/// [`Tensor::cat`], with errors that name the operation `name`.
#[track_caller]
pub(super) fn concatenate(name: &str, tensors: &[&Tensor], dim: isize) -> Result<Tensor> {
    if tensors.is_empty() {
        return Err(Error::value(format!(
            "{name}: expected at least one tensor"
        )));
    }
    if tensors.iter().any(|t| t.ndim() == 0) {
        return Err(Error::shape(format!(
            "{name}: a 0-dimensional tensor cannot be concatenated; use stack"
        )));
    }
    // PyTorch skips empty vectors, whatever the others' rank; only their dtype counts.
    let full: Vec<&Tensor> = tensors
        .iter()
        .copied()
        .filter(|t| t.shape() != [0])
        .collect();
    let dtype = promoted(tensors);
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
