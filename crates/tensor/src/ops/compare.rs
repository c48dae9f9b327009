//! Comparisons: element by element, and of whole tensors.

use crate::history::GradMode;
use crate::{Operand, Tensor, apply};
use rushlight_backend::{Compare, DType, Error, Map, Result};

macro_rules! compare {
    ($($(#[$doc:meta])* $name:ident $variant:ident;)*) => {
        impl Tensor { $(
            $(#[$doc])*
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
    /// `x = y`, as `bool`. PyTorch: `torch.eq`.
    eq Eq;
    /// `x ≠ y`, as `bool`. PyTorch: `torch.ne`.
    ne Ne;
    /// `x < y`, as `bool`. PyTorch: `torch.lt`.
    lt Lt;
    /// `x ≤ y`, as `bool`. PyTorch: `torch.le`.
    le Le;
    /// `x > y`, as `bool`. PyTorch: `torch.gt`.
    gt Gt;
    /// `x ≥ y`, as `bool`. PyTorch: `torch.ge`.
    ge Ge;
}

impl Tensor {
    /// Whether both have the same shape and equal elements; NaN equals nothing. PyTorch: `torch.equal`.
    #[track_caller]
    pub fn equal(&self, other: &Tensor) -> Result<bool> {
        let _off = GradMode::set(false);
        if self.shape() != other.shape() {
            return Ok(false);
        }
        self.eq(other)?.all()?.item()
    }

    /// Whether `|x - y| ≤ atol + rtol |y|` or `x = y` for each element, as `bool`; both of one dtype. PyTorch: `torch.isclose`.
    ///
    /// PyTorch's defaults are an `rtol` of 1e-5 and an `atol` of 1e-8; neither may be negative.
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

    /// Whether all elements are close: [`Tensor::isclose`]. PyTorch: `torch.allclose` (there `rtol` is 1e-5, `atol` 1e-8 by default).
    #[track_caller]
    pub fn allclose(&self, other: &Tensor, rtol: f64, atol: f64) -> Result<bool> {
        self.isclose(other, rtol, atol, false)?.all()?.item()
    }
}
