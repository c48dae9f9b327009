//! Reductions of all elements or along dimensions: sums, products, maxima, minima.

use super::overflow::where_finite;
use super::pages::example;
use crate::parameters::dim_of;
use crate::{Half, Ints, Tensor, apply};
use rushlight_backend::{Arg, Axes, Category, DType, Error, Op, Reduce, Result};

/// Rows as `all along variant torch, errors: operand => element type, of all elements, along dimension 1;`.
macro_rules! reductions {
    ($($(#[$doc:meta])* $all:ident $along:ident $variant:ident $torch:literal, $errors:literal: $x:tt => $dtype:tt $whole:tt $rows:tt;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[doc = ""]
            #[doc = concat!(
                "```\n# use rushlight_tensor::tensor;\nlet x = tensor!(", stringify!($x), ");\nassert_eq!(x.", stringify!($all), "()?.item::<",
                stringify!($dtype), ">()?, ", stringify!($whole), ");\n# Ok::<(), rushlight_tensor::Error>(())\n```"
            )]
            #[doc = concat!("\n# Errors\n", $errors, ".")]
            #[track_caller]
            pub fn $all(&self) -> Result<Tensor> {
                self.reduce(Reduce::$variant, Axes::all(self.ndim()), false)
            }

            #[doc = concat!(
                "[`Tensor::", stringify!($all), "`] along some dimensions, all if none is given; these are removed, or with `keepdim` have size 1:\n",
                "`[n, m] → [n]` for dimension 1. PyTorch: `", $torch, "(dim, keepdim)`.\n"
            )]
            #[doc = example!($x $along(1, false) => $dtype $rows)]
            #[doc = concat!("\n# Errors\nIf a dimension is out of range or appears twice. ", $errors, ".")]
            #[track_caller]
            pub fn $along(&self, dims: impl Into<Ints>, keepdim: bool) -> Result<Tensor> {
                let axes = self.axes($torch, dims.into())?;
                self.reduce_along(Reduce::$variant, axes, keepdim)
            }
        )* }
    };
}

reductions! {
    /// The sum of all elements: `[*] → []`. Floats keep their dtype, integers and booleans give `int64`. PyTorch: `torch.sum`.
    sum sum_dim Sum "torch.sum", "If the device has no memory left for the result": [[1, 2], [3, 4]] => i64 10 [3, 7];
    /// The mean of all elements: `[*] → []`; NaN of none. Floats only. PyTorch: `torch.mean`.
    mean mean_dim Mean "torch.mean", "If the dtype is not floating-point": [[1.0, 2.0], [3.0, 4.0]] => f32 2.5 [1.5, 3.5];
    /// The largest element: `[*] → []`, NaN if any is NaN. Its gradient is shared evenly among equal elements. PyTorch: `torch.max`.
    max amax Max "torch.amax", "If there are no elements to choose from": [[1, 2], [3, 4]] => i64 4 [2, 4];
    /// The smallest element: `[*] → []`, NaN if any is NaN. Its gradient is shared evenly among equal elements. PyTorch: `torch.min`.
    min amin Min "torch.amin", "If there are no elements to choose from": [[1, 2], [3, 4]] => i64 1 [1, 3];
    /// Whether any element is not 0: `[*] → []`, as `bool`, or of `uint8` as `uint8`. PyTorch: `torch.any`.
    any any_dim Any "torch.any", "If the device has no memory left for the result": [[true, false], [false, false]] => bool true [true, false];
    /// Whether no element is 0: `[*] → []`, as `bool`, or of `uint8` as `uint8`. PyTorch: `torch.all`.
    all all_dim All "torch.all", "If the device has no memory left for the result": [[true, true], [true, false]] => bool false [true, false];
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

    /// The product of all elements: `[*] → []`. Floats keep their dtype, integers and booleans give `int64`. PyTorch: `torch.prod`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[1, 2], [3, 4]]).prod()?.item::<i64>()?, 24);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the device has no memory left for the result.
    #[track_caller]
    pub fn prod(&self) -> Result<Tensor> {
        self.reduce(Reduce::Prod, Axes::all(self.ndim()), false)
    }

    /// The products along one dimension, which is removed, or with `keepdim` has size 1. Floats keep their dtype, integers and booleans give
    /// `int64`. PyTorch: `torch.prod(dim, keepdim)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.prod_dim(1, false)?.to_vec::<i64>()?, [2, 12]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range.
    #[track_caller]
    pub fn prod_dim(&self, dim: isize, keepdim: bool) -> Result<Tensor> {
        let axes = self.axes("torch.prod", dim.into())?;
        self.reduce(Reduce::Prod, axes, keepdim)
    }

    /// The sums of the elements that are not NaN along some dimensions, all if none is given; these are removed, or with `keepdim` have size 1.
    /// Floats keep their dtype, integers and booleans give `int64`. PyTorch: `torch.nansum`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1.0, f32::NAN], [3.0, 4.0]]);
    /// assert_eq!(x.nansum(1, false)?.to_vec::<f32>()?, [1.0, 7.0]);
    /// assert_eq!(x.nansum((), false)?.item::<f32>()?, 8.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension is out of range or appears twice.
    #[track_caller]
    pub fn nansum(&self, dims: impl Into<Ints>, keepdim: bool) -> Result<Tensor> {
        self.isnan()?.where_cond(0, self)?.sum_dim(dims, keepdim)
    }

    /// The means of the elements that are not NaN along some dimensions, all if none is given; these are removed, or with `keepdim` have size 1.
    /// Where there is no such element, the mean and its gradient are NaN. Floats only. PyTorch: `torch.nanmean`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1.0, f32::NAN], [3.0, 4.0]]);
    /// assert_eq!(x.nanmean(1, false)?.to_vec::<f32>()?, [1.0, 3.5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not floating-point, or a dimension is out of range or appears twice.
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

    /// The smallest and the largest of all elements, each `[*] → []`, NaN if any element is. Their gradients are shared evenly among equal
    /// elements. PyTorch: `torch.aminmax`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (least, most) = tensor!([3, 1, 2]).aminmax()?;
    /// assert_eq!((least.item::<i64>()?, most.item::<i64>()?), (1, 3));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no elements.
    #[track_caller]
    pub fn aminmax(&self) -> Result<(Tensor, Tensor)> {
        Ok((self.amin((), false)?, self.amax((), false)?))
    }

    /// The smallest and the largest elements along one dimension, which is removed, or with `keepdim` has size 1; NaN where any element is.
    /// PyTorch: `torch.aminmax(dim, keepdim)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (least, most) = tensor!([[3, 1], [2, 4]]).aminmax_dim(0, false)?;
    /// assert_eq!(least.to_vec::<i64>()?, [2, 1]);
    /// assert_eq!(most.to_vec::<i64>()?, [3, 4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or empty.
    #[track_caller]
    pub fn aminmax_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        Ok((self.amin(dim, keepdim)?, self.amax(dim, keepdim)?))
    }

    /// Sums along the dimensions in which `shape` would be broadcast to this tensor's shape: the inverse of [`Tensor::expand`].
    /// PyTorch: `Tensor.sum_to_size`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2, 3], [4, 5, 6]]);
    /// assert_eq!(x.sum_to_size([2, 1])?.to_vec::<i64>()?, [6, 15]);
    /// assert_eq!(x.sum_to_size(3)?.to_vec::<i64>()?, [5, 7, 9]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If `shape` does not broadcast to this tensor's shape.
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

    /// The number of elements that are not 0 along some dimensions, all if none is given, which are removed; in `int64`.
    /// PyTorch: `torch.count_nonzero`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[0, 5, 6], [0, 0, 7]]);
    /// assert_eq!(x.count_nonzero(1)?.to_vec::<i64>()?, [2, 1]);
    /// assert_eq!(x.count_nonzero(())?.item::<i64>()?, 3);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If a dimension is out of range or appears twice.
    #[track_caller]
    pub fn count_nonzero(&self, dims: impl Into<Ints>) -> Result<Tensor> {
        self.ne(0)?.sum_dim(dims, false)
    }

    /// The position of the largest element in row-major order, in `int64`: of the first NaN if there is one, else of the first of equal elements.
    /// PyTorch: `torch.argmax`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[3, 9], [9, 4]]).argmax()?.item::<i64>()?, 1);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no elements.
    #[track_caller]
    pub fn argmax(&self) -> Result<Tensor> {
        self.argmax_dim(None, false)
    }

    /// The position of the smallest element in row-major order, in `int64`: of the first NaN if there is one, else of the first of equal
    /// elements. PyTorch: `torch.argmin`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([[3, 9], [3, 4]]).argmin()?.item::<i64>()?, 0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has no elements.
    #[track_caller]
    pub fn argmin(&self) -> Result<Tensor> {
        self.argmin_dim(None, false)
    }

    /// The positions of the largest elements along a dimension, in `int64`, chosen as in [`Tensor::argmax`]. The dimension is removed, or with
    /// `keepdim` has size 1. Without a dimension, the position among all elements; `keepdim` then keeps all dimensions with size 1.
    /// PyTorch: `torch.argmax(dim, keepdim)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[3, 9], [5, 4]]);
    /// assert_eq!(x.argmax_dim(1, false)?.to_vec::<i64>()?, [1, 0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or empty.
    #[track_caller]
    pub fn argmax_dim(&self, dim: impl Into<Option<isize>>, keepdim: bool) -> Result<Tensor> {
        self.arg(Arg::Max, dim.into(), keepdim)
    }

    /// The positions of the smallest elements along a dimension, in `int64`, chosen as in [`Tensor::argmin`]. The dimension is removed, or with
    /// `keepdim` has size 1. Without a dimension, the position among all elements; `keepdim` then keeps all dimensions with size 1.
    /// PyTorch: `torch.argmin(dim, keepdim)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[3, 9], [5, 4]]);
    /// assert_eq!(x.argmin_dim(1, false)?.to_vec::<i64>()?, [0, 1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or empty.
    #[track_caller]
    pub fn argmin_dim(&self, dim: impl Into<Option<isize>>, keepdim: bool) -> Result<Tensor> {
        self.arg(Arg::Min, dim.into(), keepdim)
    }

    /// The largest elements along a dimension, NaN where any is, and their positions in `int64`. The dimension is removed, or with `keepdim` has
    /// size 1. The gradient goes to the element at that position. PyTorch: `torch.max(dim, keepdim)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (values, indices) = tensor!([[3, 9], [5, 4]]).max_dim(1, false)?;
    /// assert_eq!(values.to_vec::<i64>()?, [9, 5]);
    /// assert_eq!(indices.to_vec::<i64>()?, [1, 0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or empty.
    #[track_caller]
    pub fn max_dim(&self, dim: isize, keepdim: bool) -> Result<(Tensor, Tensor)> {
        self.extreme(Arg::Max, dim, keepdim)
    }

    /// The smallest elements along a dimension, NaN where any is, and their positions in `int64`. The dimension is removed, or with `keepdim` has
    /// size 1. The gradient goes to the element at that position. PyTorch: `torch.min(dim, keepdim)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (values, indices) = tensor!([[3, 9], [5, 4]]).min_dim(1, false)?;
    /// assert_eq!(values.to_vec::<i64>()?, [3, 4]);
    /// assert_eq!(indices.to_vec::<i64>()?, [0, 1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range or empty.
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
