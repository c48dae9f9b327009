//! Writes by index tensors: `scatter`, `index_add`, `index_fill`, `put`. A negative index is an error unless documented to count from the end.

use super::gather::{as_vector, from_start};
use crate::create::expect_fits;
use crate::parameters::dim_of;
use crate::{Operand, Tensor, apply, apply_in_place};
use rushlight_backend::{
    Category, DType, Error, IndexOp, IndexRole, Map, Op, Result, Scalar, ScatterMode,
};

macro_rules! scatters {
    ($($(#[$doc:meta])* $name:ident $in_place:ident $mode:ident;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[track_caller]
            pub fn $name<'a>(&self, dim: isize, index: &Tensor, source: impl Into<Operand<'a>>) -> Result<Tensor> {
                let dim = dim_of(stringify!($name), dim, self.ndim())? as u8;
                let source = self.as_source(stringify!($name), index, source.into())?;
                self.written(IndexOp::Gather { dim }, ScatterMode::$mode, index, &source)
            }

            #[doc = concat!("[`Tensor::", stringify!($name), "`] in place.")]
            #[track_caller]
            pub fn $in_place<'a>(&self, dim: isize, index: &Tensor, source: impl Into<Operand<'a>>) -> Result<()> {
                let dim = dim_of(stringify!($in_place), dim, self.ndim())? as u8;
                let source = self.as_source(stringify!($in_place), index, source.into())?;
                self.write(IndexOp::Gather { dim }, ScatterMode::$mode, index, &source)
            }
        )* }
    };
}

scatters! {
    /// `x` with `x[index[i, j], j] = source[i, j]` (for `dim` 0), or with the number `source` there; if positions repeat, the last value remains.
    /// PyTorch: `torch.scatter`.
    scatter scatter_ Set;
    /// `x` with `x[index[i, j], j] += source[i, j]` (for `dim` 0). PyTorch: `torch.scatter_add`, `torch.scatter(reduce="add")`.
    scatter_add scatter_add_ Add;
    /// `x` with `x[index[i, j], j] *= source[i, j]`. PyTorch: `torch.scatter_reduce("prod")`, `torch.scatter(reduce="multiply")`.
    scatter_mul scatter_mul_ Mul;
    /// `x` with the larger of `x[index[i, j], j]` and `source[i, j]`. PyTorch: `torch.scatter_reduce("amax")`.
    scatter_amax scatter_amax_ Max;
    /// `x` with the smaller of `x[index[i, j], j]` and `source[i, j]`. PyTorch: `torch.scatter_reduce("amin")`.
    scatter_amin scatter_amin_ Min;
}

macro_rules! slices {
    ($($(#[$doc:meta])* $name:ident $in_place:ident $mode:ident;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[track_caller]
            pub fn $name(&self, dim: isize, index: &Tensor, source: &Tensor) -> Result<Tensor> {
                let dim = dim_of(stringify!($name), dim, self.ndim())? as u8;
                self.written(IndexOp::Select { dim }, ScatterMode::$mode, index, source)
            }

            #[doc = concat!("[`Tensor::", stringify!($name), "`] in place.")]
            #[track_caller]
            pub fn $in_place(&self, dim: isize, index: &Tensor, source: &Tensor) -> Result<()> {
                let dim = dim_of(stringify!($in_place), dim, self.ndim())? as u8;
                self.write(IndexOp::Select { dim }, ScatterMode::$mode, index, source)
            }
        )* }
    };
}

slices! {
    /// `x` with slice `i` of `source` added to slice `index[i]`. PyTorch: `torch.index_add`.
    index_add index_add_ Add;
    /// `x` with slice `i` of `source` in place of slice `index[i]`. PyTorch: `torch.index_copy`.
    index_copy index_copy_ Set;
}

impl Tensor {
    /// [`Tensor::index_add`] of `alpha source`; integers take an integer `alpha`. PyTorch: `torch.index_add(alpha)`.
    #[track_caller]
    pub fn index_add_alpha(
        &self,
        dim: isize,
        index: &Tensor,
        source: &Tensor,
        alpha: impl Into<Scalar>,
    ) -> Result<Tensor> {
        let alpha = alpha.into();
        if alpha.category() == Category::Float && !source.dtype().is_float() {
            return Err(Error::dtype(format!(
                "index_add: {} takes no factor that is a float",
                source.dtype()
            )));
        }
        self.index_add(dim, index, &source.mul(alpha.cast(source.dtype()))?)
    }

    /// `value`, a number or a tensor of no dimension, in the slices at `index`, counted from the end if negative. PyTorch: `torch.index_fill`.
    #[track_caller]
    pub fn index_fill<'a>(
        &self,
        dim: isize,
        index: &Tensor,
        value: impl Into<Operand<'a>>,
    ) -> Result<Tensor> {
        let d = dim_of("index_fill", dim, self.ndim())?;
        if index.ndim() > 1 {
            return Err(Error::shape(format!(
                "index_fill: the index must have one dimension, not {:?}",
                index.shape()
            )));
        }
        let value = match value.into() {
            Operand::Number(s) => {
                expect_fits("index_fill", s, self.dtype())?;
                self.new_full((), s)?
            }
            Operand::Tensor(t) if t.ndim() == 0 => t.to(self.dtype())?,
            Operand::Tensor(t) => {
                return Err(Error::shape(format!(
                    "index_fill: the value must be a number or 0-dimensional, not {:?}",
                    t.shape()
                )));
            }
        };
        // Filled through a mask: a slice named twice is filled once, for the gradient too.
        let x = as_vector(self)?;
        let mut shape = vec![1; x.ndim()];
        shape[d] = x.shape()[d];
        let nowhere = Tensor::zeros(shape[d], (DType::Bool, self.device()))?;
        let at = from_start(&as_vector(index)?, x.shape()[d])?;
        let there = Tensor::ones(at.shape(), (DType::Bool, self.device()))?;
        let _role = IndexRole::of("index_fill").along(d).enter();
        let mask = nowhere.index_copy(0, &at, &there)?.reshape(shape)?;
        apply(Map::Where.into(), &[&mask, &value, &x])?.reshape(self.shape())
    }

    /// [`Tensor::index_fill`] in place.
    #[track_caller]
    pub fn index_fill_<'a>(
        &self,
        dim: isize,
        index: &Tensor,
        value: impl Into<Operand<'a>>,
    ) -> Result<()> {
        self.copy_(&self.index_fill(dim, index, value)?)
    }

    /// The elements of `source`, in order, at the positions in `index` among all elements in row-major order, counted from the end if
    /// negative; with `accumulate` they are added to the old elements. PyTorch: `Tensor.put`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]).put(&tensor!([3, 0]), &tensor!([7, 8]), false)?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[8, 2], [3, 7]]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn put(&self, index: &Tensor, source: &Tensor, accumulate: bool) -> Result<Tensor> {
        if index.numel() != source.numel() {
            return Err(Error::shape(format!(
                "put: index {:?} and source {:?} must have as many elements",
                index.shape(),
                source.shape()
            )));
        }
        let (x, source) = (self.reshape(-1)?, source.reshape(-1)?);
        let at = from_start(&index.reshape(-1)?, x.numel())?;
        let _role = IndexRole::of("put").counting("elements").enter();
        let out = match accumulate {
            true => x.index_add(0, &at, &source)?,
            false => x.index_copy(0, &at, &source)?,
        };
        out.reshape(self.shape())
    }

    /// [`Tensor::put`] in place. PyTorch: `Tensor.put_`.
    #[track_caller]
    pub fn put_(&self, index: &Tensor, source: &Tensor, accumulate: bool) -> Result<()> {
        self.copy_(&self.put(index, source, accumulate)?)
    }

    /// A number as a tensor of the index's shape, to be written into this one.
    #[track_caller]
    fn as_source(&self, name: &str, index: &Tensor, source: Operand<'_>) -> Result<Tensor> {
        match source {
            Operand::Tensor(t) => Ok(t.clone()),
            Operand::Number(s) => {
                expect_fits(name, s, self.dtype())?;
                self.new_full(index.shape(), s)
            }
        }
    }

    /// This tensor with `source` written into it: `f` and `index` determine the positions, `mode` how values are combined.
    #[track_caller]
    pub(super) fn written(
        &self,
        f: IndexOp,
        mode: ScatterMode,
        index: &Tensor,
        source: &Tensor,
    ) -> Result<Tensor> {
        if writes_nothing(f, index) {
            return self.copy();
        }
        let (x, index, source) = as_vectors(self, index, source)?;
        let out = apply(Op::Scatter(f, mode), &[&x, &index, &source])?;
        match self.ndim() {
            0 => out.reshape(()),
            _ => Ok(out),
        }
    }

    #[track_caller]
    fn write(&self, f: IndexOp, mode: ScatterMode, index: &Tensor, source: &Tensor) -> Result<()> {
        if writes_nothing(f, index) {
            return Ok(());
        }
        let (x, index, source) = as_vectors(self, index, source)?;
        apply_in_place(Op::Scatter(f, mode), &x, &[&x, &index, &source])
    }
}

/// Whether the index is empty, so that shapes need not fit.
fn writes_nothing(f: IndexOp, index: &Tensor) -> bool {
    matches!(f, IndexOp::Gather { .. }) && index.numel() == 0
}

/// Scalars as vectors of one element, if the tensor or the index is one.
#[track_caller]
fn as_vectors(x: &Tensor, index: &Tensor, source: &Tensor) -> Result<(Tensor, Tensor, Tensor)> {
    if x.ndim() == 0 || index.ndim() == 0 {
        return Ok((as_vector(x)?, as_vector(index)?, as_vector(source)?));
    }
    Ok((x.clone(), index.clone(), source.clone()))
}
