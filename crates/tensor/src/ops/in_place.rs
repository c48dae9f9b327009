//! In-place forms of functions that have no kernel of their own: the result is computed and written over the tensor. Also the in-place forms
//! of views, which replace the handle.

use super::pages::{example_in_place, in_place_errors};
use crate::create::expect_fits;
use crate::history::is_grad_enabled;
use crate::{Ints, Operand, Tensor};
use rushlight_backend::{Error, Layout, Result, Scalar};

/// `name = function(arguments): operand, values of the arguments => result;` defines `Tensor::name`, which writes the result of
/// `Tensor::function` over the tensor.
macro_rules! in_place {
    ($($name:ident = $of:ident($($arg:ident: $type:ty),*): $x:tt $(, $value:expr)* => $dtype:tt $result:tt;)*) => {
        impl Tensor { $(
            #[doc = concat!("[`Tensor::", stringify!($of), "`] in place; the dtype stays. PyTorch: `Tensor.", stringify!($name), "`.\n")]
            #[doc = example_in_place!($x $name($($value),*) => $dtype $result)]
            #[doc = concat!("\n# Errors\n", in_place_errors!($of))]
            #[track_caller]
            pub fn $name(&self, $($arg: $type),*) -> Result<()> {
                let x = self.before_overwriting()?;
                self.overwrite_with(stringify!($name), &x.$of($($arg),*)?)
            }
        )* }
    };
}

in_place! {
    tril_ = tril(k: isize): [[1, 2], [3, 4]], 0 => i64 [1, 0, 3, 4];
    triu_ = triu(k: isize): [[1, 2], [3, 4]], 0 => i64 [1, 2, 0, 4];
    cumsum_ = cumsum(dim: isize): [1, 2, 3], 0 => i64 [1, 3, 6];
    cumprod_ = cumprod(dim: isize): [1, 2, 3], 0 => i64 [1, 2, 6];
    renorm_ = renorm(p: f64, dim: isize, maxnorm: f64): [[3.0, 4.0], [0.3, 0.4]], 2.0, 0, 1.0 => ~ [0.6, 0.8, 0.3, 0.4];
    deg2rad_ = deg2rad(): [180.0, 90.0] => ~ [3.1416, 1.5708];
    rad2deg_ = rad2deg(): [0.0, std::f32::consts::PI] => ~ [0.0, 180.0];
}

/// As [`in_place!`], for comparisons with a tensor or a number.
macro_rules! compare {
    ($($name:ident = $of:ident: $x:tt, $y:expr => $dtype:tt $result:tt;)*) => {
        impl Tensor { $(
            #[doc = concat!(
                "[`Tensor::", stringify!($of), "`] in place: 1 where it holds, else 0, in the tensor's dtype. `other` must broadcast to the tensor.\n",
                "PyTorch: `Tensor.", stringify!($name), "`.\n"
            )]
            #[doc = example_in_place!($x $name($y) => $dtype $result)]
            #[doc = concat!("\n# Errors\n", in_place_errors!($of))]
            #[track_caller]
            pub fn $name<'a>(&self, other: impl Into<Operand<'a>>) -> Result<()> {
                self.overwrite_with(stringify!($name), &self.$of(other)?)
            }
        )* }
    };
}

compare! {
    eq_ = eq: [1, 2, 3], 2 => i64 [0, 1, 0];
    ne_ = ne: [1, 2, 3], 2 => i64 [1, 0, 1];
    lt_ = lt: [1, 2, 3], 2 => i64 [1, 0, 0];
    le_ = le: [1, 2, 3], 2 => i64 [1, 1, 0];
    gt_ = gt: [1, 2, 3], 2 => i64 [0, 0, 1];
    ge_ = ge: [1, 2, 3], 2 => i64 [0, 1, 1];
}

/// As [`in_place!`], for products with an addend: `beta x + alpha (a b)`.
macro_rules! products {
    ($($name:ident = $of:ident: $x:tt, $left:expr, $right:expr => $dtype:tt $result:tt;)*) => {
        impl Tensor { $(
            #[doc = concat!(
                "[`Tensor::", stringify!($of), "`] in place; the tensor must have the shape of the product. ",
                "PyTorch: `Tensor.", stringify!($name), "`.\n"
            )]
            #[doc = example_in_place!($x $name($left, $right, 1, 1) => $dtype $result)]
            #[doc = concat!("\n# Errors\n", in_place_errors!($of))]
            #[track_caller]
            pub fn $name(
                &self,
                a: &Tensor,
                b: &Tensor,
                beta: impl Into<Scalar>,
                alpha: impl Into<Scalar>,
            ) -> Result<()> {
                self.overwrite_with(stringify!($name), &self.$of(a, b, beta, alpha)?)
            }
        )* }
    };
}

products! {
    addmm_ = addmm: [[100]], &tensor!([[1, 2]]), &tensor!([[3], [4]]) => i64 [111];
    addmv_ = addmv: [10, 20], &tensor!([[1, 2], [3, 4]]), &tensor!([1, 1]) => i64 [13, 27];
    baddbmm_ = baddbmm: [[[100]], [[200]]], &tensor!([[[1, 2]], [[3, 4]]]), &tensor!([[[5], [6]], [[7], [8]]]) => i64 [117, 253];
    addbmm_ = addbmm: [[100]], &tensor!([[[1, 2]], [[3, 4]]]), &tensor!([[[5], [6]], [[7], [8]]]) => i64 [170];
    addr_ = addr: [[1, 1], [1, 1]], &tensor!([1, 2]), &tensor!([10, 20]) => i64 [11, 21, 21, 41];
}

impl Tensor {
    /// What an in-place form computes from: the tensor, or a recorded copy where its gradient may need the elements that are overwritten.
    #[track_caller]
    fn before_overwriting(&self) -> Result<Tensor> {
        // A view created without recording has no history, but its base may have one.
        let held = self.meta().or_else(|| self.base().and_then(Tensor::meta));
        match is_grad_enabled() && held.is_some_and(|meta| meta.requires_grad()) {
            true => self.copy(),
            false => Ok(self.clone()),
        }
    }

    /// Writes `result` over the elements, for the function `name`: an error if it has another shape, or a dtype of a higher category.
    #[track_caller]
    fn overwrite_with(&self, name: &str, result: &Tensor) -> Result<()> {
        if result.shape() != self.shape() {
            return Err(Error::shape(format!(
                "{name}: a result of shape {:?} cannot be written into shape {:?}",
                result.shape(),
                self.shape()
            )));
        }
        if result.dtype().category() > self.dtype().category() {
            return Err(Error::dtype(format!(
                "{name}: the result is {}, which cannot be stored in a tensor of {}",
                result.dtype(),
                self.dtype()
            )));
        }
        self.copy_(result)
    }

    /// Sets the elements whose indices are all equal to `value`. A tensor of three or more dimensions must have equal sizes. With `wrap`, the
    /// diagonal of a matrix with more rows than columns starts again after each row that it leaves out. PyTorch: `Tensor.fill_diagonal_`.
    ///
    /// ```
    /// # use rushlight::{Tensor, tensor};
    /// let x = Tensor::zeros([4, 2], ())?;
    /// x.fill_diagonal_(1, true)?;
    /// assert_eq!(x.to_vec2::<f32>()?, [[1.0, 0.0], [0.0, 1.0], [0.0, 0.0], [1.0, 0.0]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has fewer than two dimensions, or three or more of different sizes; if the dtype cannot hold the value, or the tensor is a
    /// leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn fill_diagonal_(&self, value: impl Into<Scalar>, wrap: bool) -> Result<()> {
        let value = value.into();
        expect_fits("fill_diagonal_", value, self.dtype())?;
        match *self.shape() {
            [] | [_] => Err(Error::shape(format!(
                "fill_diagonal_: expected at least 2 dimensions, got shape {:?}",
                self.shape()
            ))),
            [rows, columns] => {
                let part = match wrap {
                    true => columns + 1,
                    false => rows.max(1),
                };
                for first in (0..rows).step_by(part) {
                    let block = self.narrow(0, first, part.min(rows - first))?;
                    block.diagonal(0, 0, 1)?.fill_(value)?;
                }
                Ok(())
            }
            [n, ref others @ ..] if others.iter().all(|&other| other == n) => {
                let step = self.strides().iter().sum::<usize>();
                self.as_strided(n, step, self.layout().offset())?
                    .fill_(value)
            }
            _ => Err(Error::shape(format!(
                "fill_diagonal_: a tensor of three or more dimensions must have equal sizes, got {:?}",
                self.shape()
            ))),
        }
    }

    /// Makes this handle one to [`Tensor::squeeze`]: a view without the dimensions of size 1. PyTorch: `Tensor.squeeze_`.
    ///
    /// In PyTorch the tensor itself changes, for everyone who holds it; here other handles keep their shape, and share the memory.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let mut x = tensor!([[[1], [2]]]);
    /// let other = x.clone();
    /// x.squeeze_()?;
    /// assert_eq!((x.shape(), other.shape()), (&[2][..], &[1, 2, 1][..]));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor is a leaf that requires a gradient and gradients are recorded.
    #[track_caller]
    pub fn squeeze_(&mut self) -> Result<()> {
        self.replace_with(self.squeeze()?)
    }

    /// Makes this handle one to [`Tensor::squeeze_dim`]: a view without those of the given dimensions that have size 1. Other handles keep their
    /// shape. PyTorch: `Tensor.squeeze_(dim)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let mut x = tensor!([[[1], [2]]]);
    /// x.squeeze_dim_(0)?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1], [2]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::squeeze_dim`] and [`Tensor::squeeze_`].
    #[track_caller]
    pub fn squeeze_dim_(&mut self, dims: impl Into<Ints>) -> Result<()> {
        self.replace_with(self.squeeze_dim(dims)?)
    }

    /// Makes this handle one to [`Tensor::unsqueeze`]: a view with a new dimension of size 1 before position `dim`. Other handles keep their
    /// shape. PyTorch: `Tensor.unsqueeze_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let mut x = tensor!([1, 2]);
    /// x.unsqueeze_(1)?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1], [2]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::unsqueeze`] and [`Tensor::squeeze_`].
    #[track_caller]
    pub fn unsqueeze_(&mut self, dim: isize) -> Result<()> {
        self.replace_with(self.unsqueeze(dim)?)
    }

    /// Makes this handle one to [`Tensor::transpose`]: a view with two dimensions swapped. Other handles keep their shape.
    /// PyTorch: `Tensor.transpose_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let mut x = tensor!([[1, 2], [3, 4]]);
    /// x.transpose_(0, 1)?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 3], [2, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::transpose`] and [`Tensor::squeeze_`].
    #[track_caller]
    pub fn transpose_(&mut self, a: isize, b: isize) -> Result<()> {
        self.replace_with(self.transpose(a, b)?)
    }

    /// Makes this handle one to [`Tensor::t`]: a view of the transposed matrix. Other handles keep their shape. PyTorch: `Tensor.t_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let mut x = tensor!([[1, 2], [3, 4]]);
    /// x.t_()?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 3], [2, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::t`] and [`Tensor::squeeze_`].
    #[track_caller]
    pub fn t_(&mut self) -> Result<()> {
        self.replace_with(self.t()?)
    }

    /// Gives this handle another shape, with contiguous strides from the same first element on. PyTorch: `Tensor.resize_`.
    ///
    /// If the storage has room, it is kept, and the elements are those that it holds. If not, the handle gets a new storage: the old elements in
    /// the order in which they lie in memory, then zeros, where PyTorch's are uninitialized. Other handles and views keep their shape, and the
    /// old storage.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let mut x = tensor!([1, 2, 3, 4]);
    /// x.resize_(2)?;
    /// assert_eq!(x.to_vec::<i64>()?, [1, 2]);
    /// x.resize_([2, 2])?;
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 2], [3, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensor has a history or requires a gradient, the shape has a negative size, or the device has no memory left.
    #[track_caller]
    pub fn resize_(&mut self, shape: impl Into<Ints>) -> Result<()> {
        if self.meta().is_some_and(|meta| meta.requires_grad()) {
            return Err(Error::autograd(
                "resize_: a tensor that requires a gradient cannot be resized; use detach() first",
            ));
        }
        let shape = shape.into().shape("resize_")?;
        let offset = self.layout().offset();
        let held = (self.0.storage.bytes() / self.dtype().size()).saturating_sub(offset);
        let stored = |n: usize| {
            let whole =
                Layout::strided([n].into_iter().collect(), [1].into_iter().collect(), offset);
            Tensor::own(
                self.0.storage.clone(),
                whole,
                self.dtype(),
                self.device().clone(),
            )
        };
        if shape.extent().is_some_and(|_| shape.numel() <= held) {
            *self = stored(shape.numel()).reshape(&shape)?.detach();
            return Ok(());
        }
        let larger = self.new_zeros(&shape)?;
        larger
            .reshape(-1)?
            .narrow(0, 0, held)?
            .copy_(&stored(held))?;
        *self = larger;
        Ok(())
    }

    /// Makes this handle one to `view`, a view of it: an error where PyTorch refuses in-place operations, on leaves that require a gradient.
    #[track_caller]
    fn replace_with(&mut self, view: Tensor) -> Result<()> {
        if is_grad_enabled()
            && let Some(meta) = self.meta()
            && let Err(e) = meta.before_write(self)
        {
            return Err(e.here());
        }
        *self = view;
        Ok(())
    }
}
