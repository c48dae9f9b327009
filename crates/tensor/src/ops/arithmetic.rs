//! Elementwise functions of two operands: two tensors that broadcast, or a tensor and a number.

use crate::{Half, Operand, Tensor, apply, apply_in_place};
use rushlight_backend::{Binary, Category, DType, Error, Map, Result, Scalar, Unary};

macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident $in_place:ident $variant:ident;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[track_caller]
            #[inline]
            pub fn $name<'a>(&self, other: impl Into<Operand<'a>>) -> Result<Tensor> {
                self.binary(Binary::$variant, other.into())
            }

            #[doc = concat!("[`Tensor::", stringify!($name), "`] in place.")]
            #[track_caller]
            pub fn $in_place<'a>(&self, other: impl Into<Operand<'a>>) -> Result<()> {
                self.binary_(Binary::$variant, other.into())
            }
        )* }
    };
}

/// Functions that PyTorch defines for two tensors only.
macro_rules! tensors {
    ($($(#[$doc:meta])* $name:ident $in_place:ident $variant:ident;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[track_caller]
            pub fn $name(&self, other: &Tensor) -> Result<Tensor> {
                apply(Binary::$variant.into(), &[self, other])
            }

            #[doc = concat!("[`Tensor::", stringify!($name), "`] in place.")]
            #[track_caller]
            pub fn $in_place(&self, other: &Tensor) -> Result<()> {
                apply_in_place(Binary::$variant.into(), self, &[self, other])
            }
        )* }
    };
}

binary! {
    /// `x + y`. PyTorch: `torch.add`.
    add add_ Add;
    /// `x - y`. PyTorch: `torch.sub`.
    sub sub_ Sub;
    /// `x y`, element by element. PyTorch: `torch.mul`.
    mul mul_ Mul;
    /// `x / y`; integers give `float32`. PyTorch: `torch.div`.
    div div_ Div;
    /// `trunc(x / y)`. PyTorch: `torch.div(rounding_mode="trunc")`.
    div_trunc div_trunc_ DivTrunc;
    /// `⌊x / y⌋`. PyTorch: `torch.floor_divide`, `torch.div(rounding_mode="floor")`.
    floor_divide floor_divide_ DivFloor;
    /// `x - y ⌊x / y⌋`, with the sign of `y`. PyTorch: `torch.remainder`.
    remainder remainder_ Remainder;
    /// `x - y trunc(x / y)`, with the sign of `x`. PyTorch: `torch.fmod`.
    fmod fmod_ Fmod;
    /// `|x|` with the sign of `y`. PyTorch: `torch.copysign`.
    copysign copysign_ Copysign;
    /// `x ln y`, 0 where `x` is 0. PyTorch: `torch.xlogy`.
    xlogy xlogy_ Xlogy;
    /// `x ln(1 + y)`, 0 where `x` is 0. PyTorch: `torch.special.xlog1py`.
    xlog1py xlog1py_ Xlog1py;
    /// Hurwitz's zeta function `Σ (y + k)⁻ˣ` for `k` from 0 on; no gradient with respect to `x`. PyTorch: `torch.special.zeta`.
    zeta zeta_ Zeta;
    /// Bitwise and. PyTorch: `torch.bitwise_and`.
    bitwise_and bitwise_and_ BitAnd;
    /// Bitwise or. PyTorch: `torch.bitwise_or`.
    bitwise_or bitwise_or_ BitOr;
    /// Bitwise exclusive or. PyTorch: `torch.bitwise_xor`.
    bitwise_xor bitwise_xor_ BitXor;
    /// `x 2ʸ` of integers. PyTorch: `torch.bitwise_left_shift`.
    bitwise_left_shift bitwise_left_shift_ ShiftLeft;
    /// `x / 2ʸ` of integers, rounded down. PyTorch: `torch.bitwise_right_shift`.
    bitwise_right_shift bitwise_right_shift_ ShiftRight;
}

tensors! {
    /// The greatest common divisor of integers, not negative. PyTorch: `torch.gcd`.
    gcd gcd_ Gcd;
    /// The larger of both, NaN if either is. PyTorch: `torch.maximum`.
    maximum maximum_ Maximum;
    /// The smaller of both, NaN if either is. PyTorch: `torch.minimum`.
    minimum minimum_ Minimum;
    /// The larger of both, NaN only if both are. PyTorch: `torch.fmax`.
    fmax fmax_ Fmax;
    /// The smaller of both, NaN only if both are. PyTorch: `torch.fmin`.
    fmin fmin_ Fmin;
    /// `arctan(x / y)` in the quadrant of `(y, x)`. PyTorch: `torch.atan2`.
    atan2 atan2_ Atan2;
    /// `√(x² + y²)`. Floats only. PyTorch: `torch.hypot`.
    hypot hypot_ Hypot;
    /// `ln(eˣ + eʸ)`. Floats only. PyTorch: `torch.logaddexp`.
    logaddexp logaddexp_ LogAddExp;
    /// `log₂(2ˣ + 2ʸ)`. Floats only. PyTorch: `torch.logaddexp2`.
    logaddexp2 logaddexp2_ LogAddExp2;
    /// Whether neither is 0. PyTorch: `torch.logical_and`.
    logical_and logical_and_ LogicalAnd;
    /// Whether one is not 0. PyTorch: `torch.logical_or`.
    logical_or logical_or_ LogicalOr;
    /// Whether exactly one is not 0. PyTorch: `torch.logical_xor`.
    logical_xor logical_xor_ LogicalXor;
}

macro_rules! reversed {
    ($($(#[$doc:meta])* $name:ident $variant:ident;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[track_caller]
            pub fn $name<'a>(&self, other: impl Into<Operand<'a>>) -> Result<Tensor> {
                self.reversed(Binary::$variant, other.into())
            }
        )* }
    };
}

reversed! {
    /// `y - x`. PyTorch: `torch.rsub`.
    rsub Sub;
    /// `y / x`. PyTorch: `Tensor.__rdiv__`.
    rdiv Div;
    /// `⌊y / x⌋`. PyTorch: `Tensor.__rfloordiv__`.
    rfloor_divide DivFloor;
    /// `y mod x`, with the sign of `x`. PyTorch: `torch.remainder(y, x)`.
    rremainder Remainder;
    /// `yˣ`. PyTorch: `torch.pow(y, x)`.
    rpow Pow;
    /// `y ln x`, 0 where `y` is 0. PyTorch: `torch.xlogy(y, x)`.
    rxlogy Xlogy;
    /// Hurwitz's zeta function `Σ (x + k)⁻ʸ` for `k` from 0 on. PyTorch: `torch.special.zeta(y, x)`.
    rzeta Zeta;
}

impl Tensor {
    #[inline]
    #[track_caller]
    pub(crate) fn binary(&self, f: Binary, other: Operand<'_>) -> Result<Tensor> {
        match other {
            Operand::Tensor(other) => apply(f.into(), &[self, other]),
            Operand::Number(s) => apply(Map::BinaryScalar(f, s).into(), &[self]),
        }
    }

    #[track_caller]
    pub(crate) fn binary_(&self, f: Binary, other: Operand<'_>) -> Result<()> {
        match other {
            Operand::Tensor(other) => apply_in_place(f.into(), self, &[self, other]),
            Operand::Number(s) => apply_in_place(Map::BinaryScalar(f, s).into(), self, &[self]),
        }
    }

    #[track_caller]
    fn reversed(&self, f: Binary, other: Operand<'_>) -> Result<Tensor> {
        match other {
            Operand::Tensor(other) => apply(f.into(), &[other, self]),
            Operand::Number(s) => apply(Map::ScalarBinary(s, f).into(), &[self]),
        }
    }

    /// `xʸ`. An integer to a negative number is an error. PyTorch: `torch.pow`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// assert_eq!(tensor!([1, 2, 3]).pow(2)?.to_vec::<i64>()?, [1, 4, 9]);
    /// assert_eq!(tensor!([4.0]).pow(0.5)?.item::<f32>()?, 2.0);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn pow<'a>(&self, exponent: impl Into<Operand<'a>>) -> Result<Tensor> {
        let exponent = exponent.into();
        self.expect_power(exponent)?;
        match exponent.number() {
            Some(s) if s.to_f64() == 2.0 && self.dtype().is_float() => {
                apply(Unary::Square.into(), &[self])
            }
            _ => self.binary(Binary::Pow, exponent),
        }
    }

    /// [`Tensor::pow`] in place.
    #[track_caller]
    pub fn pow_<'a>(&self, exponent: impl Into<Operand<'a>>) -> Result<()> {
        let exponent = exponent.into();
        self.expect_power(exponent)?;
        self.binary_(Binary::Pow, exponent)
    }

    /// Returns an error for integers to a negative power.
    #[track_caller]
    fn expect_power(&self, exponent: Operand<'_>) -> Result<()> {
        match exponent.number() {
            Some(Scalar::Int(n)) if n < 0 && self.dtype().category() <= Category::Int => {
                Err(Error::value(format!(
                    "pow: integers to negative powers are not integers: {} to {n}; convert to a floating-point dtype first",
                    self.dtype()
                )))
            }
            _ => Ok(()),
        }
    }

    /// The least common multiple of integers, not negative; 0 where one is 0. PyTorch: `torch.lcm`.
    #[track_caller]
    pub fn lcm(&self, other: &Tensor) -> Result<Tensor> {
        // The divisor of two zeros is 0, their multiple too.
        let divisor = self.gcd(other)?.clamp_min(1)?;
        self.div_trunc(&divisor)?.mul(other)?.abs()
    }

    /// `xʸ` in `float64`, whatever the dtypes. PyTorch: `torch.float_power`.
    #[track_caller]
    pub fn float_power<'a>(&self, exponent: impl Into<Operand<'a>>) -> Result<Tensor> {
        let base = self.to(DType::F64)?;
        match exponent.into() {
            Operand::Tensor(y) => base.pow(&y.to(DType::F64)?),
            Operand::Number(s) => base.pow(s.to_f64()),
        }
    }

    /// `x 2ʸ`; integers give `float32`. PyTorch: `torch.ldexp`.
    #[track_caller]
    pub fn ldexp(&self, exponent: &Tensor) -> Result<Tensor> {
        if let Some(half) = Half::among([exponent]) {
            let half = Half::among([self, exponent]).unwrap_or(half);
            return half.round(half.widen(self)?.ldexp(&half.widen(exponent)?)?);
        }
        let exponent = match exponent.dtype().is_float() {
            true => exponent.clone(),
            false if self.dtype() == DType::F64 => exponent.to(DType::F64)?,
            false => exponent.to(DType::F32)?,
        };
        // In three steps, because the power alone may overflow although the result does not.
        let third = exponent.detach().div(3.0)?.round()?;
        let rest = exponent.sub(&third)?.sub(&third)?.rpow(2.0)?;
        let part = third.rpow(2.0)?;
        let y = self.mul(&part)?.mul(&part)?.mul(&rest)?;
        // 0 stays 0, whatever finite power it is multiplied by.
        let lost = y.isnan()?.logical_and(&self.eq(0)?)?;
        y.masked_fill(&lost.logical_and(&exponent.isfinite()?)?, 0.0)
    }

    /// 0 below 0, `y` at 0, 1 above; both of one dtype. PyTorch: `torch.heaviside`.
    #[track_caller]
    pub fn heaviside(&self, values: &Tensor) -> Result<Tensor> {
        self.check_values(values)?;
        apply(Binary::Heaviside.into(), &[self, values])
    }

    /// [`Tensor::heaviside`] in place.
    #[track_caller]
    pub fn heaviside_(&self, values: &Tensor) -> Result<()> {
        self.check_values(values)?;
        apply_in_place(Binary::Heaviside.into(), self, &[self, values])
    }

    #[track_caller]
    fn check_values(&self, values: &Tensor) -> Result<()> {
        if values.dtype() == self.dtype() {
            return Ok(());
        }
        Err(Error::dtype(format!(
            "heaviside: the input is {}, the values are {}; convert one with to(dtype)",
            self.dtype(),
            values.dtype()
        )))
    }
}
