//! Inference of the results of reads and writes by index.

use super::{TensorType, dimension, row_dimension};
use crate::op::IndexOp;
use crate::{DType, Dims, Error, Result};

#[track_caller]
fn integer_index(name: &str, index: TensorType) -> Result<()> {
    match index.dtype {
        DType::I64 | DType::I32 => Ok(()),
        other => Err(Error::dtype(format!(
            "{name}: the index must be int64 or int32, not {other}"
        ))),
    }
}

#[track_caller]
pub(super) fn gather(
    name: &str,
    f: IndexOp,
    x: TensorType,
    index: TensorType,
) -> Result<TensorType> {
    integer_index(name, index)?;
    let shape = match f {
        IndexOp::Select { dim } => {
            if index.shape.len() != 1 {
                return Err(Error::shape(format!(
                    "{name}: the index must have one dimension, not {:?}",
                    index.shape
                )));
            }
            dimension(name, dim as usize, &x.shape)?;
            let mut shape = x.shape;
            shape[dim as usize] = index.shape[0];
            shape
        }
        IndexOp::Gather { dim } => {
            row_dimension(name, dim as usize, &x.shape)?;
            fits_gather(name, dim as usize, "input", &x.shape, &index.shape)?;
            index.shape
        }
    };
    Ok(TensorType {
        shape,
        dtype: x.dtype,
    })
}

#[track_caller]
fn fits_gather(name: &str, dim: usize, what: &str, x: &Dims, index: &Dims) -> Result<()> {
    if x.len() != index.len() {
        return Err(Error::shape(format!(
            "{name}: index {index:?} and {what} {x:?} must have as many dimensions"
        )));
    }
    match (0..x.len()).find(|&d| d != dim && index[d] > x[d]) {
        Some(d) => Err(Error::shape(format!(
            "{name}: index {index:?} is larger than {what} {x:?} at dimension {d}"
        ))),
        None => Ok(()),
    }
}

#[track_caller]
pub(super) fn scatter(
    name: &str,
    f: IndexOp,
    x: TensorType,
    index: TensorType,
    src: TensorType,
) -> Result<TensorType> {
    integer_index(name, index)?;
    if src.dtype != x.dtype {
        return Err(Error::dtype(format!(
            "{name}: the source is {}, the destination {}",
            src.dtype, x.dtype
        )));
    }
    match f {
        IndexOp::Select { dim } => {
            dimension(name, dim as usize, &x.shape)?;
            let mut expected = x.shape;
            expected[dim as usize] = index.shape.numel();
            if index.shape.len() != 1 || src.shape != expected {
                return Err(Error::shape(format!(
                    "{name}: expected an index of one dimension and a source of shape {expected:?}, got index {:?} and source {:?}",
                    index.shape, src.shape
                )));
            }
        }
        IndexOp::Gather { dim } => {
            row_dimension(name, dim as usize, &x.shape)?;
            if index.shape.numel() > 0 {
                fits_gather(name, dim as usize, "destination", &x.shape, &index.shape)?;
                // MAX_RANK is beyond every dimension: the source must be large enough along all of them.
                fits_gather(name, crate::MAX_RANK, "source", &src.shape, &index.shape)?;
            }
        }
    }
    Ok(x)
}
