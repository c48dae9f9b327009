//! Writes by index tensors: `scatter`, `index_add`, `index_fill`, `put`. A negative index is an error unless documented to count from the end.

use super::gather::{as_vector, from_start};
use super::pages::{example, example_in_place, in_place};
use crate::create::expect_fits;
use crate::parameters::dim_of;
use crate::{Operand, Tensor, apply, apply_in_place};
use rushlight_backend::{
    Category, DType, Error, IndexOp, IndexRole, Map, Op, Result, Scalar, ScatterMode,
};

/// Rows as `name name_ mode: operand, index, source => result;`, along dimension 0, with PyTorch's form of the second if it has another name.
macro_rules! scatters {
    ($($(#[$doc:meta])* $name:ident $in_place:ident $mode:ident: $x:tt, $index:expr, $source:expr => $dtype:tt $result:tt $($torch:literal)?;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[doc = concat!(
                "\n`index` (`int64` or `int32`) has as many dimensions as the tensor and outside `dim` at most its sizes; `source` has at least its sizes\n",
                "and the tensor's dtype, or is a number. Same shape and dtype.\n"
            )]
            #[doc = example!($x $name(0, $index, $source) => $dtype $result)]
            #[doc = concat!(
                "\n# Errors\nIf the dimension or an index is out of range, the shapes or the dtypes do not fit, or the dtype cannot hold the number. On a GPU, an\n",
                "index out of range is reported when the result is read."
            )]
            #[track_caller]
            pub fn $name<'a>(&self, dim: isize, index: &Tensor, source: impl Into<Operand<'a>>) -> Result<Tensor> {
                let dim = dim_of(stringify!($name), dim, self.ndim())? as u8;
                let source = self.as_source(stringify!($name), index, source.into())?;
                self.written(IndexOp::Gather { dim }, ScatterMode::$mode, index, &source)
            }

            #[doc = concat!(in_place!($name $in_place $($torch)?), "\n")]
            #[doc = example_in_place!($x $in_place(0, $index, $source) => $dtype $result)]
            #[doc = concat!(
                "\n# Errors\nAs [`Tensor::", stringify!($name), "`]; also if this tensor is a leaf that requires a gradient, or a view of one, and gradients\n",
                "are recorded."
            )]
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
    /// A copy with elements replaced: for a matrix and `dim` 0, `x[index[i, j], j] = source[i, j]`. If positions repeat, the last value remains.
    /// PyTorch: `torch.scatter`.
    scatter scatter_ Set: [1, 2, 3], &tensor!([2, 0]), &tensor!([10, 20]) => i64 [20, 2, 10];
    /// A copy with values added to elements: for a matrix and `dim` 0, `x[index[i, j], j] += source[i, j]`.
    /// PyTorch: `torch.scatter_add`, `torch.scatter(reduce="add")`.
    scatter_add scatter_add_ Add: [1, 2, 3], &tensor!([0, 0, 2]), &tensor!([10, 20, 30]) => i64 [31, 2, 33];
    /// A copy with elements multiplied by values: for a matrix and `dim` 0, `x[index[i, j], j] *= source[i, j]`.
    /// PyTorch: `torch.scatter_reduce("prod")`, `torch.scatter(reduce="multiply")`.
    scatter_mul scatter_mul_ Mul: [1, 2, 3], &tensor!([0, 0, 2]), &tensor!([10, 20, 30]) => i64 [200, 2, 90] "PyTorch: `Tensor.scatter_reduce_(\"prod\")`.";
    /// A copy with the larger of element and value: for a matrix and `dim` 0, the larger of `x[index[i, j], j]` and `source[i, j]`.
    /// PyTorch: `torch.scatter_reduce("amax")`.
    scatter_amax scatter_amax_ Max: [15, 2, 50], &tensor!([0, 0, 2]), &tensor!([10, 20, 30]) => i64 [20, 2, 50] "PyTorch: `Tensor.scatter_reduce_(\"amax\")`.";
    /// A copy with the smaller of element and value: for a matrix and `dim` 0, the smaller of `x[index[i, j], j]` and `source[i, j]`.
    /// PyTorch: `torch.scatter_reduce("amin")`.
    scatter_amin scatter_amin_ Min: [15, 2, 50], &tensor!([0, 0, 2]), &tensor!([10, 20, 30]) => i64 [10, 2, 30] "PyTorch: `Tensor.scatter_reduce_(\"amin\")`.";
}

/// Rows as those of `scatters`.
macro_rules! slices {
    ($($(#[$doc:meta])* $name:ident $in_place:ident $mode:ident: $x:tt, $index:expr, $source:expr => $dtype:tt $result:tt $($torch:literal)?;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[doc = concat!(
                "\n`index` is a vector of `int64` or `int32`; `source` has the tensor's dtype and its shape, but for the size of `dim`, which is the length of\n",
                "`index`. Same shape and dtype.\n"
            )]
            #[doc = example!($x $name(0, $index, $source) => $dtype $result)]
            #[doc = concat!(
                "\n# Errors\nIf the dimension or an index is out of range, or the shapes or the dtypes do not fit. On a GPU, an index out of range is reported when\n",
                "the result is read."
            )]
            #[track_caller]
            pub fn $name(&self, dim: isize, index: &Tensor, source: &Tensor) -> Result<Tensor> {
                let dim = dim_of(stringify!($name), dim, self.ndim())? as u8;
                self.written(IndexOp::Select { dim }, ScatterMode::$mode, index, source)
            }

            #[doc = concat!(in_place!($name $in_place $($torch)?), "\n")]
            #[doc = example_in_place!($x $in_place(0, $index, $source) => $dtype $result)]
            #[doc = concat!(
                "\n# Errors\nAs [`Tensor::", stringify!($name), "`]; also if this tensor is a leaf that requires a gradient, or a view of one, and gradients\n",
                "are recorded."
            )]
            #[track_caller]
            pub fn $in_place(&self, dim: isize, index: &Tensor, source: &Tensor) -> Result<()> {
                let dim = dim_of(stringify!($in_place), dim, self.ndim())? as u8;
                self.write(IndexOp::Select { dim }, ScatterMode::$mode, index, source)
            }
        )* }
    };
}

slices! {
    /// A copy with slice `i` of `source` along `dim` added to slice `index[i]`; the values of a repeated index are added. PyTorch: `torch.index_add`.
    index_add index_add_ Add: [1, 2, 3], &tensor!([0, 0, 2]), &tensor!([10, 20, 30]) => i64 [31, 2, 33];
    /// A copy with slice `index[i]` along `dim` replaced by slice `i` of `source`; if an index repeats, the last slice remains.
    /// PyTorch: `torch.index_copy`.
    index_copy index_copy_ Set: [1, 2, 3], &tensor!([2, 0]), &tensor!([10, 20]) => i64 [20, 2, 10];
}

impl Tensor {
    /// [`Tensor::index_add`] of `alpha source`; for integers, `alpha` is an integer. PyTorch: `torch.index_add(alpha=…)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3]);
    /// let y = x.index_add_alpha(0, &tensor!([0, 2]), &tensor!([5, 6]), 10)?;
    /// assert_eq!(y.to_vec::<i64>()?, [51, 2, 63]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::index_add`], and if `alpha` is not an integer and `source` has integers.
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

    /// A copy with `value`, a number or a 0-dimensional tensor, in the slices at `index` along a dimension. `index` is a vector of `int64` or
    /// `int32`; negative indices count from the end. PyTorch: `torch.index_fill`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2, 3], [4, 5, 6]]);
    /// let y = x.index_fill(1, &tensor!([0, -1]), 9)?;
    /// assert_eq!(y.to_vec2::<i64>()?, [[9, 2, 9], [9, 5, 9]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension or an index is out of range, `index` has more than one dimension or another dtype, `value` has dimensions, or the dtype
    /// cannot hold it.
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

    /// [`Tensor::index_fill`] in place. PyTorch: `Tensor.index_fill_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3]);
    /// x.index_fill_(0, &tensor!([0, -1]), 9)?;
    /// assert_eq!(x.to_vec::<i64>()?, [9, 2, 9]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::index_fill`]; also if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn index_fill_<'a>(
        &self,
        dim: isize,
        index: &Tensor,
        value: impl Into<Operand<'a>>,
    ) -> Result<()> {
        self.copy_(&self.index_fill(dim, index, value)?)
    }

    /// A copy with the elements of `source`, in order, at the positions in `index` in row-major order, counted from the end if negative; with
    /// `accumulate` they are added to the elements there. `source` has as many elements as `index` and this tensor's dtype.
    /// PyTorch: `Tensor.put`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]).put(&tensor!([3, 0]), &tensor!([7, 8]), false)?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[8, 2], [3, 7]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a position is out of range, `index` is not `int64` or `int32`, or `source` does not have as many elements or another dtype.
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
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// x.put_(&tensor!([3, 0]), &tensor!([7, 8]), false)?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[8, 2], [3, 7]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::put`]; also if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
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
