//! Reading and writing by tensors of indices.

use crate::parameters::dim_of;
use crate::{Operand, Tensor, apply, apply_in_place};
use rushlight_backend::{DType, Error, IndexOp, Op, Result, ScatterMode};

macro_rules! scatters {
    ($($(#[$doc:meta])* $name:ident $in_place:ident $kind:ident $mode:ident;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[track_caller]
            pub fn $name(&self, dim: isize, index: &Tensor, source: &Tensor) -> Result<Tensor> {
                let dim = dim_of(stringify!($name), dim, self.ndim())? as u8;
                let (x, index, source) = as_vectors(self, index, source)?;
                let out = apply(Op::Scatter(IndexOp::$kind { dim }, ScatterMode::$mode), &[&x, &index, &source])?;
                if self.ndim() == 0 { out.reshape(()) } else { Ok(out) }
            }

            #[doc = concat!("[`Tensor::", stringify!($name), "`] in place.")]
            #[track_caller]
            pub fn $in_place(&self, dim: isize, index: &Tensor, source: &Tensor) -> Result<()> {
                let dim = dim_of(stringify!($in_place), dim, self.ndim())? as u8;
                let (x, index, source) = as_vectors(self, index, source)?;
                apply_in_place(Op::Scatter(IndexOp::$kind { dim }, ScatterMode::$mode), &x, &[&x, &index, &source])
            }
        )* }
    };
}

scatters! {
    /// `x` with `x[index[i, j], j] = source[i, j]` (for `dim` 0); the last write wins. PyTorch: `torch.scatter`.
    scatter scatter_ Gather Set;
    /// `x` with `x[index[i, j], j] += source[i, j]` (for `dim` 0). PyTorch: `torch.scatter_add`.
    scatter_add scatter_add_ Gather Add;
    /// `x` with `x[index[i, j], j] *= source[i, j]`. PyTorch: `torch.scatter_reduce("prod")`.
    scatter_mul scatter_mul_ Gather Mul;
    /// `x` with the larger of `x[index[i, j], j]` and `source[i, j]`. PyTorch: `torch.scatter_reduce("amax")`.
    scatter_amax scatter_amax_ Gather Max;
    /// `x` with the smaller of `x[index[i, j], j]` and `source[i, j]`. PyTorch: `torch.scatter_reduce("amin")`.
    scatter_amin scatter_amin_ Gather Min;
    /// `x` with slice `i` of `source` added to slice `index[i]`. PyTorch: `torch.index_add`.
    index_add index_add_ Select Add;
    /// `x` with slice `i` of `source` in place of slice `index[i]`. PyTorch: `torch.index_copy`.
    index_copy index_copy_ Select Set;
}

/// Scalars as vectors of one element: index operations want a dimension to index.
#[track_caller]
fn as_vectors(x: &Tensor, index: &Tensor, source: &Tensor) -> Result<(Tensor, Tensor, Tensor)> {
    let vector = |t: &Tensor| {
        if t.ndim() == 0 {
            t.reshape(1)
        } else {
            Ok(t.clone())
        }
    };
    if x.ndim() == 0 || index.ndim() == 0 {
        return Ok((vector(x)?, vector(index)?, vector(source)?));
    }
    Ok((x.clone(), index.clone(), source.clone()))
}

impl Tensor {
    /// Slices `index[0], index[1], …` along a dimension. PyTorch: `torch.index_select`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let x = tensor!([[1, 2], [3, 4], [5, 6]]);
    /// assert_eq!(x.index_select(0, &tensor!([2, 0]))?.to_vec2::<i64>()?, [[5, 6], [1, 2]]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn index_select(&self, dim: isize, index: &Tensor) -> Result<Tensor> {
        let dim = dim_of("index_select", dim, self.ndim())? as u8;
        let index = if index.ndim() == 0 {
            &index.reshape(1)?
        } else {
            index
        };
        if self.ndim() == 0 {
            return apply(
                Op::Gather(IndexOp::Select { dim }),
                &[&self.reshape(1)?, index],
            )?
            .reshape(());
        }
        apply(Op::Gather(IndexOp::Select { dim }), &[self, index])
    }

    /// `y[i, j] = x[index[i, j], j]` (for `dim` 0): the result has the index's shape. PyTorch: `torch.gather`.
    #[track_caller]
    pub fn gather(&self, dim: isize, index: &Tensor) -> Result<Tensor> {
        let d = dim_of("gather", dim, self.ndim())? as u8;
        if self.ndim() == 0 || index.ndim() == 0 {
            let vector = |t: &Tensor| {
                if t.ndim() == 0 {
                    t.reshape(1)
                } else {
                    Ok(t.clone())
                }
            };
            return apply(
                Op::Gather(IndexOp::Gather { dim: d }),
                &[&vector(self)?, &vector(index)?],
            )?
            .reshape(index.shape());
        }
        apply(Op::Gather(IndexOp::Gather { dim: d }), &[self, index])
    }

    /// As [`Tensor::gather`], with index and tensor broadcast outside the dimension. PyTorch: `torch.take_along_dim`.
    #[track_caller]
    pub fn take_along_dim(&self, index: &Tensor, dim: isize) -> Result<Tensor> {
        let d = dim_of("take_along_dim", dim, self.ndim())?;
        if self.ndim() != index.ndim() {
            return Err(Error::shape(format!(
                "take_along_dim: index {:?} and input {:?} must have as many dimensions",
                index.shape(),
                self.shape()
            )));
        }
        let (mut x, mut i) = (self.shape().to_vec(), index.shape().to_vec());
        (x[d], i[d]) = (1, 1);
        let mut shape = rushlight_backend::broadcast("take_along_dim", &x, &i)?;
        shape[d] = self.shape()[d];
        let x = self.expand(&shape)?;
        shape[d] = index.shape()[d];
        x.gather(dim, &index.expand(&shape)?)
    }

    /// Elements at positions in row-major order: the result has the index's shape. PyTorch: `torch.take`.
    #[track_caller]
    pub fn take(&self, index: &Tensor) -> Result<Tensor> {
        self.reshape(-1)?
            .index_select(0, &index.reshape(-1)?)?
            .reshape(index.shape())
    }

    /// `value` in the slices that `index` names. PyTorch: `torch.index_fill`.
    #[track_caller]
    pub fn index_fill<'a>(
        &self,
        dim: isize,
        index: &Tensor,
        value: impl Into<Operand<'a>>,
    ) -> Result<Tensor> {
        let d = dim_of("index_fill", dim, self.ndim())?;
        let value = match value.into() {
            Operand::Number(s) => self.new_full((), s)?,
            Operand::Tensor(t) if t.ndim() == 0 => t.to(self.dtype())?,
            Operand::Tensor(t) => {
                return Err(Error::shape(format!(
                    "index_fill: the value must be a number or 0-dimensional, not {:?}",
                    t.shape()
                )));
            }
        };
        let mut shape = self.shape().to_vec();
        if let Some(n) = shape.get_mut(d) {
            *n = index.numel();
        }
        self.index_copy(dim, &index.reshape(-1)?, &value.expand(shape)?)
    }

    /// The elements where `mask` (`bool`, broadcast) is true, as a vector. PyTorch: `torch.masked_select`.
    #[track_caller]
    pub fn masked_select(&self, mask: &Tensor) -> Result<Tensor> {
        if mask.dtype() != DType::Bool {
            return Err(Error::dtype(format!(
                "masked_select: the mask must be bool, not {}",
                mask.dtype()
            )));
        }
        let both = Tensor::broadcast_tensors(&[self, mask])?;
        let index = both[1].reshape(-1)?.nonzero()?.reshape(-1)?;
        both[0].reshape(-1)?.index_select(0, &index)
    }

    /// The indices of the elements that are not 0, a row each. Their number is read back from the device. PyTorch: `torch.nonzero`.
    #[track_caller]
    pub fn nonzero(&self) -> Result<Tensor> {
        let hits = self.ne(0)?.to_vec::<bool>()?;
        let strides = self.layout().shape().contiguous_strides();
        let mut rows: Vec<i64> = Vec::new();
        for flat in (0..hits.len()).filter(|&i| hits[i]) {
            let mut rest = flat;
            for &stride in strides.iter() {
                rows.push((rest / stride) as i64);
                rest %= stride;
            }
        }
        let count = hits.iter().filter(|h| **h).count();
        Tensor::from_slice_on(&rows, [count, self.ndim()], self.device())
    }
}
