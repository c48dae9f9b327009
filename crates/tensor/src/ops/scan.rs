//! Scans: cumulative sums, products, maxima and minima.

use super::pages::example;
use crate::parameters::dim_of;
use crate::{Tensor, apply};
use rushlight_backend::{DType, Op, Result, Scan};

/// Rows as `name variant, errors: operand => result;`, along dimension 0.
macro_rules! scans {
    ($($(#[$doc:meta])* $name:ident $variant:ident, $errors:literal: $x:tt => $dtype:tt $result:tt;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[doc = ""]
            #[doc = example!($x $name(0) => $dtype $result)]
            #[doc = concat!("\n# Errors\n", $errors)]
            #[track_caller]
            pub fn $name(&self, dim: isize) -> Result<Tensor> { self.scan(Scan::$variant, dim) }
        )* }
    };
}

scans! {
    /// The cumulative sum along a dimension, `yᵢ = x₀ + … + xᵢ`. Same shape; floats keep their dtype, integers and booleans give `int64`.
    /// PyTorch: `torch.cumsum`.
    cumsum Sum, "If the dimension is out of range.": [1, 2, 3, 4] => i64 [1, 3, 6, 10];
    /// The cumulative product along a dimension, `yᵢ = x₀ x₁ … xᵢ`. Same shape; floats keep their dtype, integers and booleans give `int64`.
    /// PyTorch: `torch.cumprod`.
    cumprod Prod, "If the dimension is out of range.": [1, 2, 3, 4] => i64 [1, 2, 6, 24];
    /// The logarithm of the cumulative sum of exponentials along a dimension, `yᵢ = ln(e^x₀ + … + e^xᵢ)`, without overflow. Same shape and
    /// floating-point dtype. PyTorch: `torch.logcumsumexp`.
    logcumsumexp LogSumExp, "If the dimension is out of range or the dtype is not floating-point.": [0.0, 0.0, 1000.0] => ~ [0.0, 0.6931, 1000.0];
}

impl Tensor {
    #[track_caller]
    fn scan(&self, f: Scan, dim: isize) -> Result<Tensor> {
        let dim = dim_of(f.name(), dim, self.ndim())? as u8;
        if self.ndim() == 0 {
            return apply(Op::Scan { f, dim }, &[&self.reshape(1)?])?.reshape(());
        }
        apply(Op::Scan { f, dim }, &[self])
    }

    /// The largest element so far along a dimension, NaN once there is one, and its position in `int64`, of equal elements the last: both of the
    /// tensor's shape. PyTorch: `torch.cummax`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (values, indices) = tensor!([1, 3, 2, 3]).cummax(0)?;
    /// assert_eq!(values.to_vec::<i64>()?, [1, 3, 3, 3]);
    /// assert_eq!(indices.to_vec::<i64>()?, [0, 1, 1, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range.
    #[track_caller]
    pub fn cummax(&self, dim: isize) -> Result<(Tensor, Tensor)> {
        self.running(Scan::ArgMax, dim)
    }

    /// The smallest element so far along a dimension, NaN once there is one, and its position in `int64`, of equal elements the last: both of the
    /// tensor's shape. PyTorch: `torch.cummin`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (values, indices) = tensor!([3, 1, 2, 1]).cummin(0)?;
    /// assert_eq!(values.to_vec::<i64>()?, [3, 1, 1, 1]);
    /// assert_eq!(indices.to_vec::<i64>()?, [0, 1, 1, 3]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dimension is out of range.
    #[track_caller]
    pub fn cummin(&self, dim: isize) -> Result<(Tensor, Tensor)> {
        self.running(Scan::ArgMin, dim)
    }

    #[track_caller]
    fn running(&self, f: Scan, dim: isize) -> Result<(Tensor, Tensor)> {
        let keys = if self.dtype() == DType::Bool {
            self.to(DType::U8)?
        } else {
            self.clone()
        };
        let index = keys.detach().scan(f, dim)?;
        Ok((self.gather(dim, &index)?, index))
    }
}
