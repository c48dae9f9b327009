//! Comparisons: element by element, and of whole tensors.

use super::pages::{binary_errors, example};
use crate::history::GradMode;
use crate::{Operand, Tensor, apply};
use rushlight_backend::{Compare, DType, Error, Map, Result};

/// Rows as `name variant: operand, operand => result;`.
macro_rules! compare {
    ($($(#[$doc:meta])* $name:ident $variant:ident: $x:tt, $y:expr => $dtype:tt $result:tt;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[doc = "\nShapes broadcast, dtypes are promoted for the comparison; `y` is a tensor or a number. No gradient.\n"]
            #[doc = example!($x $name($y) => $dtype $result)]
            #[doc = concat!("\n# Errors\n", binary_errors!(test))]
            #[track_caller]
            pub fn $name<'a>(&self, other: impl Into<Operand<'a>>) -> Result<Tensor> {
                match other.into() {
                    Operand::Tensor(other) => apply(Compare::$variant.into(), &[self, other]),
                    Operand::Number(s) => {
                        apply(Map::CompareScalar(Compare::$variant, s).into(), &[self])
                    },
                }
            }
        )* }
    };
}

compare! {
    /// Whether `x = y` for each element, as `bool`; NaN equals nothing. PyTorch: `torch.eq`.
    eq Eq: [1, 2, 3], 2 => bool [false, true, false];
    /// Whether `x ≠ y` for each element, as `bool`; true for NaN. PyTorch: `torch.ne`, `torch.not_equal`.
    ne Ne: [1, 2, 3], 2 => bool [true, false, true];
    /// Whether `x < y` for each element, as `bool`; false for NaN. PyTorch: `torch.lt`, `torch.less`.
    lt Lt: [1, 2, 3], 2 => bool [true, false, false];
    /// Whether `x ≤ y` for each element, as `bool`; false for NaN. PyTorch: `torch.le`, `torch.less_equal`.
    le Le: [1, 2, 3], 2 => bool [true, true, false];
    /// Whether `x > y` for each element, as `bool`; false for NaN. PyTorch: `torch.gt`, `torch.greater`.
    gt Gt: [1, 2, 3], &tensor!([0, 2, 4]) => bool [true, false, false];
    /// Whether `x ≥ y` for each element, as `bool`; false for NaN. PyTorch: `torch.ge`, `torch.greater_equal`.
    ge Ge: [1, 2, 3], &tensor!([0, 2, 4]) => bool [true, true, false];
}

impl Tensor {
    /// Whether two tensors have the same shape and equal elements; NaN equals nothing. The answer is read from the device. PyTorch:
    /// `torch.equal`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert!(tensor!([1, 2]).equal(&tensor!([1, 2]))?);
    /// assert!(!tensor!([1, 2]).equal(&tensor!([1, 3]))?);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the tensors are on different devices.
    #[track_caller]
    pub fn equal(&self, other: &Tensor) -> Result<bool> {
        let _off = GradMode::set(false);
        if self.shape() != other.shape() {
            return Ok(false);
        }
        self.eq(other)?.all()?.item()
    }

    /// Whether `|x - y| ≤ atol + rtol |y|` or `x = y` for each element, as `bool`. Shapes broadcast, both tensors have one dtype. With
    /// `equal_nan`, NaN is close to NaN.
    ///
    /// PyTorch's defaults are an `rtol` of 1e-5 and an `atol` of 1e-8. PyTorch: `torch.isclose`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (x, y) = (tensor!([1.0, 2.0, f32::NAN]), tensor!([1.000001, 2.1, f32::NAN]));
    /// assert_eq!(x.isclose(&y, 1e-5, 1e-8, false)?.to_vec::<bool>()?, [true, false, false]);
    /// assert_eq!(x.isclose(&y, 0.1, 0.0, true)?.to_vec::<bool>()?, [true, true, true]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast, the dtypes differ, or `rtol` or `atol` is negative or NaN.
    #[track_caller]
    pub fn isclose(&self, other: &Tensor, rtol: f64, atol: f64, equal_nan: bool) -> Result<Tensor> {
        if self.dtype() != other.dtype() {
            return Err(Error::dtype(format!(
                "isclose: dtypes differ: {} and {}; convert one with to(dtype)",
                self.dtype(),
                other.dtype()
            )));
        }
        for (name, bound) in [("rtol", rtol), ("atol", atol)] {
            if bound.is_nan() || bound < 0.0 {
                return Err(Error::value(format!(
                    "isclose: {name} must not be negative, got {bound}"
                )));
            }
        }
        let _off = GradMode::set(false);
        let same = self.eq(other)?;
        let same = if equal_nan && self.dtype().is_float() {
            same.logical_or(&self.isnan()?.logical_and(&other.isnan()?)?)?
        } else {
            same
        };
        if rtol == 0.0 && atol == 0.0 {
            return Ok(same);
        }
        let (x, y) = match self.dtype() {
            dtype if dtype.is_half() => (self.to(DType::F32)?, other.to(DType::F32)?),
            dtype if dtype.is_float() => (self.clone(), other.clone()),
            _ => (self.to(DType::F64)?, other.to(DType::F64)?),
        };
        let distance = x.sub(&y)?.abs()?;
        let near = distance.le(&y.abs()?.mul(rtol)?.add(atol)?)?;
        near.logical_and(&distance.isfinite()?)?.logical_or(&same)
    }

    /// Whether all elements are close as [`Tensor::isclose`] defines it, with NaN close to nothing. The answer is read from the device. PyTorch:
    /// `torch.allclose`, where `rtol` is 1e-5 and `atol` 1e-8 by default.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert!(tensor!([1.0, 2.0]).allclose(&tensor!([1.000001, 2.0]), 1e-5, 1e-8)?);
    /// assert!(!tensor!([1.0, 2.0]).allclose(&tensor!([1.1, 2.0]), 1e-5, 1e-8)?);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::isclose`].
    #[track_caller]
    pub fn allclose(&self, other: &Tensor, rtol: f64, atol: f64) -> Result<bool> {
        self.isclose(other, rtol, atol, false)?.all()?.item()
    }
}
