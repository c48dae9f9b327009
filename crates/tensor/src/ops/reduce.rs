//! Reductions of all elements or along dimensions: sums, products, maxima, minima.

use super::overflow::where_finite;
use crate::parameters::dim_of;
use crate::{Half, Ints, Tensor, apply};
use rushlight_backend::{Arg, Axes, Category, DType, Error, Op, Reduce, Result};

macro_rules! reductions {
    ($($(#[$doc:meta])* $all:ident $along:ident $variant:ident $torch:literal;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[track_caller]
            pub fn $all(&self) -> Result<Tensor> {
                self.reduce(Reduce::$variant, Axes::all(self.ndim()), false)
            }

            #[doc = concat!("[`Tensor::", stringify!($all), "`] along some dimensions, all if none is given; `keepdim` keeps them with size 1. PyTorch: `", $torch, "(dim, keepdim)`.")]
            #[track_caller]
            pub fn $along(&self, dims: impl Into<Ints>, keepdim: bool) -> Result<Tensor> {
                let axes = self.axes($torch, dims.into())?;
                self.reduce_along(Reduce::$variant, axes, keepdim)
            }
        )* }
    };
}

reductions! {
    /// The sum of all elements; integers and booleans sum in `int64`. PyTorch: `torch.sum`.
    sum sum_dim Sum "torch.sum";
    /// The mean of all elements; floats only. PyTorch: `torch.mean`.
    mean mean_dim Mean "torch.mean";
    /// The largest element, NaN if any is. Its gradient is shared evenly among equals. PyTorch: `torch.max`.
    max amax Max "torch.amax";
    /// The smallest element, NaN if any is. Its gradient is shared evenly among equals. PyTorch: `torch.min`.
    min amin Min "torch.amin";
    /// Whether any element is not 0, as `bool` (of `uint8`, as `uint8`). PyTorch: `torch.any`.
    any any_dim Any "torch.any";
    /// Whether no element is 0, as `bool` (of `uint8`, as `uint8`). PyTorch: `torch.all`.
    all all_dim All "torch.all";
}

impl Tensor {
    /// The dimensions as a set; an empty list means all. Repeated dimensions are an error. A scalar has none, but its first may be given.
    #[track_caller]
    pub(crate) fn axes(&self, name: &str, dims: Ints) -> Result<Axes> {
        if dims.as_slice().is_empty() {
            return Ok(Axes::all(self.ndim()));
        }
        let mut axes = Axes::NONE;
        for &dim in dims.as_slice() {
            let dim = dim_of(name, dim, self.ndim())?;
            if axes.contains(dim) {
                return Err(Error::value(format!(
                    "{name}: dimension {dim} appears more than once in {:?}",
                    dims.as_slice()
                )));
            }
            axes = axes.with(dim);
        }
        // The dimension of a scalar exists in name only.
        Ok(if self.ndim() == 0 { Axes::NONE } else { axes })
    }

    #[track_caller]
    pub(crate) fn reduce(&self, f: Reduce, axes: Axes, keepdim: bool) -> Result<Tensor> {
        let out = apply(Op::Reduce { f, axes, keepdim }, &[self])?;
        // In PyTorch, `any` and `all` of uint8 give uint8.
        match f {
            Reduce::Any | Reduce::All if self.dtype() == DType::U8 => out.to(DType::U8),
            _ => Ok(out),
        }
    }

    /// Like `reduce`, but `amax` along all dimensions is not treated as `max`, whose gradient at NaN differs.
    #[track_caller]
    fn reduce_along(&self, f: Reduce, axes: Axes, keepdim: bool) -> Result<Tensor> {
        let all = !keepdim && self.may_have_meta() && axes == Axes::all(self.ndim());
        match f {
            Reduce::Max | Reduce::Min if all => self.reduce(f, axes, true)?.reshape(()),
            _ => self.reduce(f, axes, keepdim),
        }
    }

    /// The product of all elements; integers and booleans multiply in `int64`. PyTorch: `torch.prod`.
    #[track_caller]
    pub fn prod(&self) -> Result<Tensor> {
        self.reduce(Reduce::Prod, Axes::all(self.ndim()), false)
    }

    /// The product along one dimension. PyTorch: `torch.prod(dim, keepdim)`.
    #[track_caller]
    pub fn prod_dim(&self, dim: isize, keepdim: bool) -> Result<Tensor> {
        let axes = self.axes("torch.prod", dim.into())?;
        self.reduce(Reduce::Prod, axes, keepdim)
    }

    /// The sum of the elements that are not NaN along some dimensions, all if none is given. PyTorch: `torch.nansum`.
    #[track_caller]
    pub fn nansum(&self, dims: impl Into<Ints>, keepdim: bool) -> Result<Tensor> {
        self.isnan()?.where_cond(0, self)?.sum_dim(dims, keepdim)
    }

    /// The mean of the elements that are not NaN along some dimensions, all if none is given; NaN where there is none, and so is the gradient
    /// of that. Floats only. PyTorch: `torch.nanmean`.
    #[track_caller]
    pub fn nanmean(&self, dims: impl Into<Ints>, keepdim: bool) -> Result<Tensor> {
        if !self.dtype().is_float() {
            return Err(Error::dtype(format!(
                "nanmean: not defined for {}; convert to a floating-point dtype first",
                self.dtype()
            )));
        }
        if let Some(half) = Half::among([self]) {
            return half.round(half.widen(self)?.nanmean(dims, keepdim)?);
        }
        let dims = dims.into();
        let nan = self.isnan()?;
        let count = nan.logical_not()?.sum_dim(dims.as_slice(), true)?;
        // A row of NaN keeps a NaN in the sum and in the divisor, so that its value and its gradient are NaN.
        let none = count.eq(0)?;
        let numbers = nan.logical_and(&none.logical_not()?)?.where_cond(0, self)?;
        let divisor = none.where_cond(f64::NAN, &count.to(self.dtype())?)?;
        let whole = self.axes("nanmean", dims.clone())?;
        let size: usize = whole.iter().filter_map(|d| self.shape().get(d)).product();
        let mean = numbers.sum_dim(dims.as_slice(), true)?.div(&divisor)?;
        let mean = where_finite(mean, || {
            let all = numbers.mean_dim(dims.as_slice(), true)?;
            all.mul(&divisor.rdiv(size as f64)?)
        })?;
        match keepdim || self.ndim() == 0 {
            true => Ok(mean),
            false => mean.squeeze_dim(whole.iter().collect::<Vec<_>>()),
        }
    }

    /// The smallest and the largest of all elements, NaN if any is. Their gradients are shared evenly among equals.
    /// PyTorch: `torch.aminmax`.
    #[track_caller]
    pub fn aminmax(&self) -> Result<(Tensor, Tensor)> {
        Ok((self.amin((), false)?, self.amax((), false)?))
    }

    /// [`Tensor::aminmax`] along one dimension. PyTorch: `torch.aminmax(dim, keepdim)`.
    #[track_caller]
    pub fn aminmax_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        Ok((self.amin(dim, keepdim)?, self.amax(dim, keepdim)?))
    }

    /// Sums along the dimensions in which `shape` would be broadcast to this tensor's shape: the inverse of [`Tensor::expand`].
    /// PyTorch: `Tensor.sum_to_size`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let x = tensor!([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.sum_to_size([2, 1])?.to_vec::<i64>()?, [6, 15]);
    /// assert_eq!(x.sum_to_size(3)?.to_vec::<i64>()?, [5, 7, 9]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn sum_to_size(&self, shape: impl Into<Ints>) -> Result<Tensor> {
        let shape = shape.into().shape("sum_to_size")?;
        // As in PyTorch, the empty shape means a sum of all elements, which gives int64 for integers.
        if shape.is_empty() && !self.dtype().is_float() {
            return self.sum();
        }
        if self.layout().shape() == &shape {
            return Ok(self.clone());
        }
        let extra = self.ndim().saturating_sub(shape.len());
        let fits = shape.len() <= self.ndim()
            && (0..shape.len()).all(|d| shape[d] == 1 || shape[d] == self.shape()[extra + d]);
        if !fits {
            return Err(Error::shape(format!(
                "sum_to_size: {shape:?} cannot be expanded to {:?}; each size must be 1 or the size there",
                self.shape()
            )));
        }
        let summed = |d: &usize| *d < extra || shape[d - extra] != self.shape()[*d];
        let dims: Vec<usize> = (0..self.ndim()).filter(summed).collect();
        let sum = if dims.is_empty() {
            self.clone()
        } else {
            self.sum_dim(dims, true)?
        };
        if extra == 0 {
            Ok(sum)
        } else {
            sum.reshape(&shape)
        }
    }

    /// The number of elements that are not 0 along some dimensions, all if none is given. PyTorch: `torch.count_nonzero`.
    #[track_caller]
    pub fn count_nonzero(&self, dims: impl Into<Ints>) -> Result<Tensor> {
        self.ne(0)?.sum_dim(dims, false)
    }

    /// The position of the largest element in row-major order; the first of equals. PyTorch: `torch.argmax`.
    #[track_caller]
    pub fn argmax(&self) -> Result<Tensor> {
        self.argmax_dim(None, false)
    }

    /// The position of the smallest element in row-major order; the first of equals. PyTorch: `torch.argmin`.
    #[track_caller]
    pub fn argmin(&self) -> Result<Tensor> {
        self.argmin_dim(None, false)
    }

    /// The position of the largest element along a dimension; without one, that of [`Tensor::argmax`], with `keepdim` of as many dimensions as
    /// before. PyTorch: `torch.argmax(dim, keepdim)`.
    #[track_caller]
    pub fn argmax_dim(&self, dim: impl Into<Option<isize>>, keepdim: bool) -> Result<Tensor> {
        self.arg(Arg::Max, dim.into(), keepdim)
    }

    /// The position of the smallest element along a dimension; without one, that of [`Tensor::argmin`], with `keepdim` of as many dimensions as
    /// before. PyTorch: `torch.argmin(dim, keepdim)`.
    #[track_caller]
    pub fn argmin_dim(&self, dim: impl Into<Option<isize>>, keepdim: bool) -> Result<Tensor> {
        self.arg(Arg::Min, dim.into(), keepdim)
    }

    /// The largest elements along a dimension and their positions; the gradient goes to the element at that position.
    /// PyTorch: `torch.max(dim, keepdim)`.
    #[track_caller]
    pub fn max_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.extreme(Arg::Max, dim, keepdim)
    }

    /// The smallest elements along a dimension and their positions. PyTorch: `torch.min(dim, keepdim)`.
    #[track_caller]
    pub fn min_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.extreme(Arg::Min, dim, keepdim)
    }

    #[track_caller]
    fn arg(&self, f: Arg, dim: Option<isize>, keepdim: bool) -> Result<Tensor> {
        let Some(dim) = dim else {
            let at = self.reshape(-1)?.arg(f, Some(0), false)?;
            return if keepdim {
                at.reshape(vec![1; self.ndim()])
            } else {
                Ok(at)
            };
        };
        let d = dim_of(f.name(), dim, self.ndim())?;
        if self.dtype() == DType::Bool {
            return Err(Error::dtype(format!("{}: not defined for bool", f.name())));
        }
        if self.ndim() == 0 {
            return Tensor::zeros((), (DType::I64, self.device()));
        }
        if self.shape()[d] == 0 {
            return Err(Error::shape(format!(
                "{}: dimension {d} of shape {:?} is empty",
                f.name(),
                self.shape()
            )));
        }
        apply(
            Op::Arg {
                f,
                dim: d as u8,
                keepdim,
            },
            &[self],
        )
    }

    #[track_caller]
    fn extreme(&self, f: Arg, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        // Kernels do not compare booleans, so they are converted to integers.
        let keys = if self.dtype().category() == Category::Bool {
            self.to(DType::U8)?
        } else {
            self.clone()
        };
        let index = keys.arg(f, Some(dim), true)?;
        if self.ndim() == 0 {
            return Ok((self.copy()?, index));
        }
        let values = self.gather(dim, &index)?;
        if keepdim {
            Ok((values, index))
        } else {
            Ok((values.squeeze_dim(dim)?, index.squeeze_dim(dim)?))
        }
    }
}
