//! Reductions by index: values written to the same element are combined.

use super::overflow::where_finite;
use crate::Tensor;
use crate::history::GradMode;
use crate::parameters::dim_of;
use rushlight_backend::{DType, Error, IndexOp, IndexRole, Result, Scalar, ScatterMode};

/// How [`Tensor::scatter_reduce`] and [`Tensor::index_reduce`] combine values written to the same element.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum ScatterReduce {
    /// The sum.
    Sum,
    /// The product.
    Prod,
    /// The mean; of integers, rounded down.
    Mean,
    /// The largest.
    Amax,
    /// The smallest.
    Amin,
}

impl Tensor {
    /// A copy in which the elements named by `index` are combined with those of `source`: for a matrix and `dim` 0, `x[index[i, j], j]` with
    /// `source[i, j]`. Without `include_self`, the old value does not take part where anything is written. Shapes and dtypes are those of
    /// [`Tensor::scatter`].
    ///
    /// The gradient of a maximum or minimum is shared evenly among equal elements. PyTorch: `torch.scatter_reduce`.
    ///
    /// ```
    /// # use rushlight::{ScatterReduce, tensor};
    /// let (x, index) = (tensor!([10, 20, 30]), tensor!([0, 0, 2]));
    /// let y = x.scatter_reduce(0, &index, &tensor!([1, 3, 5]), ScatterReduce::Mean, false)?;
    /// assert_eq!(y.to_vec::<i64>()?, [2, 20, 5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::scatter`].
    #[track_caller]
    pub fn scatter_reduce(
        &self,
        dim: isize,
        index: &Tensor,
        source: &Tensor,
        reduce: ScatterReduce,
        include_self: bool,
    ) -> Result<Tensor> {
        let dim = dim_of("scatter_reduce", dim, self.ndim())? as u8;
        let f = IndexOp::Gather { dim };
        self.combined(f, index, source, reduce, include_self)
    }

    /// [`Tensor::scatter_reduce`] in place. PyTorch: `Tensor.scatter_reduce_`.
    ///
    /// ```
    /// # use rushlight::{ScatterReduce, tensor};
    /// let (x, index) = (tensor!([10, 20, 30]), tensor!([0, 0, 2]));
    /// x.scatter_reduce_(0, &index, &tensor!([1, 3, 5]), ScatterReduce::Amax, false)?;
    /// assert_eq!(x.to_vec::<i64>()?, [3, 20, 5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::scatter_reduce`]; also if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn scatter_reduce_(
        &self,
        dim: isize,
        index: &Tensor,
        source: &Tensor,
        reduce: ScatterReduce,
        include_self: bool,
    ) -> Result<()> {
        self.copy_(&self.scatter_reduce(dim, index, source, reduce, include_self)?)
    }

    /// A copy in which slice `index[i]` along a dimension is combined with slice `i` of `source`, for all `i`. Without `include_self`, the old
    /// values do not take part where anything is written. Shapes and dtypes are those of [`Tensor::index_add`], which is the reduction to a sum.
    /// PyTorch: `torch.index_reduce`.
    ///
    /// ```
    /// # use rushlight::{ScatterReduce, tensor};
    /// let (x, index) = (tensor!([10, 20, 30]), tensor!([0, 0, 2]));
    /// let y = x.index_reduce(0, &index, &tensor!([2, 3, 5]), ScatterReduce::Prod, true)?;
    /// assert_eq!(y.to_vec::<i64>()?, [60, 20, 150]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::index_add`], and if `reduce` is the sum.
    #[track_caller]
    pub fn index_reduce(
        &self,
        dim: isize,
        index: &Tensor,
        source: &Tensor,
        reduce: ScatterReduce,
        include_self: bool,
    ) -> Result<Tensor> {
        let dim = dim_of("index_reduce", dim, self.ndim())? as u8;
        if reduce == ScatterReduce::Sum {
            return Err(Error::value(
                "index_reduce: the reductions are prod, mean, amax and amin; for a sum use index_add",
            ));
        }
        let f = IndexOp::Select { dim };
        self.combined(f, index, source, reduce, include_self)
    }

    /// [`Tensor::index_reduce`] in place. PyTorch: `Tensor.index_reduce_`.
    ///
    /// ```
    /// # use rushlight::{ScatterReduce, tensor};
    /// let (x, index) = (tensor!([10, 20, 30]), tensor!([0, 0, 2]));
    /// x.index_reduce_(0, &index, &tensor!([2, 3, 5]), ScatterReduce::Prod, true)?;
    /// assert_eq!(x.to_vec::<i64>()?, [60, 20, 150]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::index_reduce`]; also if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn index_reduce_(
        &self,
        dim: isize,
        index: &Tensor,
        source: &Tensor,
        reduce: ScatterReduce,
        include_self: bool,
    ) -> Result<()> {
        self.copy_(&self.index_reduce(dim, index, source, reduce, include_self)?)
    }

    #[track_caller]
    fn combined(
        &self,
        f: IndexOp,
        index: &Tensor,
        source: &Tensor,
        reduce: ScatterReduce,
        include_self: bool,
    ) -> Result<Tensor> {
        let name = match f {
            IndexOp::Gather { .. } => "scatter_reduce",
            IndexOp::Select { .. } => "index_reduce",
        };
        self.expect_same_dtype(name, source)?;
        let _role = IndexRole::of(name).enter();
        if reduce == ScatterReduce::Mean && self.dtype() == DType::Bool {
            return Err(Error::dtype(format!(
                "{name}: there is no mean of bool; convert to a number first"
            )));
        }
        let (mode, neutral): (_, Scalar) = match reduce {
            ScatterReduce::Mean => return self.mean_of(f, index, source, include_self),
            ScatterReduce::Sum => (ScatterMode::Add, 0.into()),
            ScatterReduce::Prod => (ScatterMode::Mul, 1.into()),
            ScatterReduce::Amax => (ScatterMode::Max, self.dtype().lowest()),
            ScatterReduce::Amin => (ScatterMode::Min, self.dtype().highest()),
        };
        self.start(f, index, source, neutral, include_self)?
            .written(f, mode, index, source)
    }

    /// The initial values that the writes are combined with: the old elements, or the neutral element where anything is written.
    #[track_caller]
    fn start(
        &self,
        f: IndexOp,
        index: &Tensor,
        source: &Tensor,
        neutral: Scalar,
        include_self: bool,
    ) -> Result<Tensor> {
        if include_self {
            return Ok(self.clone());
        }
        let neutral = source.new_full(source.shape(), neutral)?;
        self.written(f, ScatterMode::Set, index, &neutral)
    }

    /// The mean of the values written to each element. The sum is in the compute dtype and the count in integers, because neither fits a half or
    /// a small integer.
    #[track_caller]
    fn mean_of(
        &self,
        f: IndexOp,
        index: &Tensor,
        source: &Tensor,
        include_self: bool,
    ) -> Result<Tensor> {
        let compute = self.dtype().compute();
        let (wide, source) = (self.to(compute)?, source.to(compute)?);
        let summed = |x: &Tensor, source: &Tensor| {
            x.start(f, index, source, 0.into(), include_self)?.written(
                f,
                ScatterMode::Add,
                index,
                source,
            )
        };
        let sum = summed(&wide, &source)?;
        let times = {
            let _off = GradMode::set(false);
            let counts = (DType::I32, self.device());
            let own = Tensor::full(self.shape(), include_self, counts)?;
            let ones = Tensor::ones(source.shape(), counts)?;
            own.written(f, ScatterMode::Add, index, &ones)?
                .clamp_min(1)?
        };
        let mean = match self.dtype().is_float() {
            // A sum that overflows is recomputed from elements divided by a power of two that is at least their number.
            true => where_finite(sum.div(&times)?, || {
                let scale = 2f64.powi(-64);
                let sum = summed(&wide.mul(scale)?, &source.mul(scale)?)?;
                sum.div(&times)?.div(scale)
            })?,
            false => sum.floor_divide(&times)?,
        };
        mean.to(self.dtype())
    }
}
