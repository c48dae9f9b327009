//! Comparisons, choosing by a condition, and equality of whole tensors.

use crate::create::expect_fits;
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
    /// `a` where this condition (`bool`) is true, `b` where it is false; all three broadcast. PyTorch: `torch.where`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// let x = tensor!([-1, 2]);
    /// assert_eq!(x.gt(0)?.where_cond(&x, 0)?.to_vec::<i64>()?, [0, 2]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn where_cond<'a, 'b>(
        &self,
        a: impl Into<Operand<'a>>,
        b: impl Into<Operand<'b>>,
    ) -> Result<Tensor> {
        let (a, b) = (a.into(), b.into());
        let (a, b) = (self.chosen(a, b)?, self.chosen(b, a)?);
        apply(Map::Where.into(), &[self, &a, &b])
    }

    /// What [`Tensor::where_cond`] chooses from, beside `other`: a number takes a tensor's dtype unless its class is higher, as in
    /// arithmetic.
    #[track_caller]
    fn chosen(&self, x: Operand<'_>, other: Operand<'_>) -> Result<Tensor> {
        match (x, other) {
            (Operand::Tensor(t), _) => Ok(t.clone()),
            (Operand::Number(s), Operand::Tensor(t)) if s.category() <= t.dtype().category() => {
                expect_fits("where", s, t.dtype())?;
                Tensor::full((), s, (t.dtype(), self.device()))
            }
            (Operand::Number(s), _) => Tensor::full((), s, self.device()),
        }
    }

    /// `value` where `mask` (`bool`, broadcast) is true, in the dtype of `self`: in integers without what follows the point, and an error
    /// where a number is outside their range. PyTorch: `Tensor.masked_fill`.
    #[track_caller]
    pub fn masked_fill<'a>(&self, mask: &Tensor, value: impl Into<Operand<'a>>) -> Result<Tensor> {
        let value = self.fill_value("masked_fill", mask, value.into())?;
        apply(Map::Where.into(), &[mask, &value, self])
    }

    /// [`Tensor::masked_fill`] in place.
    #[track_caller]
    pub fn masked_fill_<'a>(&self, mask: &Tensor, value: impl Into<Operand<'a>>) -> Result<()> {
        let filled = self.masked_fill(mask, value)?;
        self.copy_(&filled)
    }

    #[track_caller]
    fn fill_value(&self, name: &str, mask: &Tensor, value: Operand<'_>) -> Result<Tensor> {
        if mask.dtype() != DType::Bool {
            return Err(Error::dtype(format!(
                "{name}: the mask must be bool, not {}",
                mask.dtype()
            )));
        }
        match value {
            Operand::Number(s) => {
                expect_fits(name, s, self.dtype())?;
                Tensor::full((), s, (self.dtype(), self.device()))
            }
            Operand::Tensor(t) if t.ndim() == 0 => t.to(self.dtype()),
            Operand::Tensor(t) => Err(Error::shape(format!(
                "{name}: the value must be a number or 0-dimensional, not {:?}",
                t.shape()
            ))),
        }
    }

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
