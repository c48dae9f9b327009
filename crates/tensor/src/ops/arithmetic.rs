//! Elementwise functions of two operands: two tensors that broadcast, or a tensor and a number.

use super::pages::{binary_errors, dtypes, example, example_in_place, in_place, in_place_errors};
use crate::{Half, Operand, Tensor, apply, apply_in_place};
use rushlight_backend::{Binary, Category, DType, Error, Map, Result, Scalar, Unary};

/// Rows as `name name_ variant, dtypes: operand, operand => result;`, with PyTorch's form of the second if it has another name.
macro_rules! binary {
    ($($(#[$doc:meta])* $name:ident $in_place:ident $variant:ident, $dtypes:ident: $x:tt, $y:expr => $dtype:tt $result:tt $($torch:literal)?;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[doc = concat!("\nShapes broadcast, dtypes are promoted; `y` is a tensor or a number. ", dtypes!($dtypes), "\n")]
            #[doc = example!($x $name($y) => $dtype $result)]
            #[doc = concat!("\n# Errors\n", binary_errors!($dtypes))]
            #[track_caller]
            #[inline]
            pub fn $name<'a>(&self, other: impl Into<Operand<'a>>) -> Result<Tensor> {
                self.binary(Binary::$variant, other.into())
            }

            #[doc = concat!(in_place!($name $in_place $($torch)?), "\n")]
            #[doc = example_in_place!($x $in_place($y) => $dtype $result)]
            #[doc = concat!("\n# Errors\n", in_place_errors!($name))]
            #[track_caller]
            pub fn $in_place<'a>(&self, other: impl Into<Operand<'a>>) -> Result<()> {
                self.binary_(Binary::$variant, other.into())
            }
        )* }
    };
}

/// Functions that PyTorch defines for two tensors only, in rows as those of `binary`.
macro_rules! tensors {
    ($($(#[$doc:meta])* $name:ident $in_place:ident $variant:ident, $dtypes:ident: $x:tt, $y:expr => $dtype:tt $result:tt $($torch:literal)?;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[doc = concat!("\nShapes broadcast, dtypes are promoted. ", dtypes!($dtypes), "\n")]
            #[doc = example!($x $name($y) => $dtype $result)]
            #[doc = concat!("\n# Errors\n", binary_errors!($dtypes))]
            #[track_caller]
            pub fn $name(&self, other: &Tensor) -> Result<Tensor> {
                apply(Binary::$variant.into(), &[self, other])
            }

            #[doc = concat!(in_place!($name $in_place $($torch)?), "\n")]
            #[doc = example_in_place!($x $in_place($y) => $dtype $result)]
            #[doc = concat!("\n# Errors\n", in_place_errors!($name))]
            #[track_caller]
            pub fn $in_place(&self, other: &Tensor) -> Result<()> {
                apply_in_place(Binary::$variant.into(), self, &[self, other])
            }
        )* }
    };
}

binary! {
    /// `x + y`. PyTorch: `torch.add`.
    add add_ Add, any: [1, 2], 10 => i64 [11, 12];
    /// `x - y`. PyTorch: `torch.sub`.
    sub sub_ Sub, number: [1, 2], &tensor!([10, 20]) => i64 [-9, -18];
    /// `x y`, element by element. PyTorch: `torch.mul`.
    mul mul_ Mul, any: [1, 2], &tensor!([10, 20]) => i64 [10, 40];
    /// `x / y`. PyTorch: `torch.div`, `torch.true_divide`.
    div div_ Div, float: [1.0, 2.0], 4 => f32 [0.25, 0.5];
    /// The quotient rounded towards zero, `trunc(x / y)`. PyTorch: `torch.div(rounding_mode="trunc")`.
    div_trunc div_trunc_ DivTrunc, division: [-7, 7], 2 => i64 [-3, 3] "PyTorch: `Tensor.div_(rounding_mode=\"trunc\")`.";
    /// The quotient rounded down, `⌊x / y⌋`. PyTorch: `torch.floor_divide`, `torch.div(rounding_mode="floor")`.
    floor_divide floor_divide_ DivFloor, division: [-7, 7], 2 => i64 [-4, 3];
    /// The remainder of the quotient rounded down, `x - y ⌊x / y⌋`, with the sign of `y`. PyTorch: `torch.remainder`.
    remainder remainder_ Remainder, division: [-7, 7], 3 => i64 [2, 1];
    /// The remainder of the quotient rounded towards zero, `x - y trunc(x / y)`, with the sign of `x`. PyTorch: `torch.fmod`.
    fmod fmod_ Fmod, division: [-7, 7], 3 => i64 [-1, 1];
    /// `|x|` with the sign of `y`. PyTorch: `torch.copysign`.
    copysign copysign_ Copysign, float: [1.0, -2.0], &tensor!([-5.0, 3.0]) => f32 [-1.0, 2.0];
    /// `x ln y`, 0 where `x` is 0. PyTorch: `torch.xlogy`.
    xlogy xlogy_ Xlogy, float: [0.0, 2.0], &tensor!([0.0, 3.0]) => ~ [0.0, 2.1972];
    /// `x ln(1 + y)`, 0 where `x` is 0. PyTorch: `torch.special.xlog1py`.
    xlog1py xlog1py_ Xlog1py, float: [0.0, 2.0], &tensor!([-1.0, 1.0]) => ~ [0.0, 1.3863] "PyTorch: `torch.special.xlog1py(x, y, out=x)`.";
    /// The Hurwitz zeta function `Σ (y + k)⁻ˣ`, summed over `k` from 0 on. No gradient with respect to `x`. PyTorch: `torch.special.zeta`.
    zeta zeta_ Zeta, float: [2.0, 4.0], 1 => ~ [1.6449, 1.0823] "PyTorch: `torch.special.zeta(x, y, out=x)`.";
    /// The bits that are set in both, the logical and of booleans. PyTorch: `torch.bitwise_and`.
    bitwise_and bitwise_and_ BitAnd, integer: [5, 3], 6 => i64 [4, 2];
    /// The bits that are set in one or both, the logical or of booleans. PyTorch: `torch.bitwise_or`.
    bitwise_or bitwise_or_ BitOr, integer: [5, 3], 6 => i64 [7, 7];
    /// The bits that are set in exactly one, the exclusive or of booleans. PyTorch: `torch.bitwise_xor`.
    bitwise_xor bitwise_xor_ BitXor, integer: [5, 3], 6 => i64 [3, 5];
    /// The bits of `x` shifted to the left by `y` places, `x 2ʸ`. PyTorch: `torch.bitwise_left_shift`.
    bitwise_left_shift bitwise_left_shift_ ShiftLeft, whole: [5, -3], 1 => i64 [10, -6];
    /// The bits of `x` shifted to the right by `y` places, `x / 2ʸ` rounded down. PyTorch: `torch.bitwise_right_shift`.
    bitwise_right_shift bitwise_right_shift_ ShiftRight, whole: [5, -3], 1 => i64 [2, -2];
}

tensors! {
    /// The greatest common divisor, which is never negative. PyTorch: `torch.gcd`.
    gcd gcd_ Gcd, whole: [12, -18], &tensor!([8, 12]) => i64 [4, 6];
    /// The larger of the two elements, NaN if either is NaN. PyTorch: `torch.maximum`.
    maximum maximum_ Maximum, any: [1, 5], &tensor!([3, 4]) => i64 [3, 5] "PyTorch: `torch.maximum(x, y, out=x)`.";
    /// The smaller of the two elements, NaN if either is NaN. PyTorch: `torch.minimum`.
    minimum minimum_ Minimum, any: [1, 5], &tensor!([3, 4]) => i64 [1, 4] "PyTorch: `torch.minimum(x, y, out=x)`.";
    /// The larger of the two elements, NaN only if both are NaN. PyTorch: `torch.fmax`.
    fmax fmax_ Fmax, any: [1.0, f32::NAN], &tensor!([3.0, 4.0]) => f32 [3.0, 4.0] "PyTorch: `torch.fmax(x, y, out=x)`.";
    /// The smaller of the two elements, NaN only if both are NaN. PyTorch: `torch.fmin`.
    fmin fmin_ Fmin, any: [1.0, f32::NAN], &tensor!([3.0, 4.0]) => f32 [1.0, 4.0] "PyTorch: `torch.fmin(x, y, out=x)`.";
    /// The angle in radians between the point `(y, x)` and the first axis: `arctan(x / y)` in the right quadrant. PyTorch: `torch.atan2`.
    atan2 atan2_ Atan2, float: [1.0, 1.0], &tensor!([1.0, -1.0]) => ~ [0.7854, 2.3562];
    /// `√(x² + y²)`. PyTorch: `torch.hypot`.
    hypot hypot_ Hypot, real: [3.0, 5.0], &tensor!([4.0, 12.0]) => f32 [5.0, 13.0];
    /// `ln(eˣ + eʸ)`, without overflow. PyTorch: `torch.logaddexp`.
    logaddexp logaddexp_ LogAddExp, real: [0.0, 1000.0], &tensor!([0.0, 0.0]) => ~ [0.6931, 1000.0] "PyTorch: `torch.logaddexp(x, y, out=x)`.";
    /// `log₂(2ˣ + 2ʸ)`, without overflow. PyTorch: `torch.logaddexp2`.
    logaddexp2 logaddexp2_ LogAddExp2, real: [3.0, 1000.0], &tensor!([3.0, 0.0]) => ~ [4.0, 1000.0] "PyTorch: `torch.logaddexp2(x, y, out=x)`.";
    /// Whether both elements are different from 0. PyTorch: `torch.logical_and`.
    logical_and logical_and_ LogicalAnd, test: [true, false], &tensor!([true, true]) => bool [true, false];
    /// Whether at least one element is different from 0. PyTorch: `torch.logical_or`.
    logical_or logical_or_ LogicalOr, test: [true, false], &tensor!([true, false]) => bool [true, false];
    /// Whether exactly one element is different from 0. PyTorch: `torch.logical_xor`.
    logical_xor logical_xor_ LogicalXor, test: [true, false], &tensor!([true, true]) => bool [false, true];
}

/// Functions with their operands exchanged, in rows as `name variant, dtypes: operand, operand => result;`.
macro_rules! reversed {
    ($($(#[$doc:meta])* $name:ident $variant:ident, $dtypes:ident: $x:tt, $y:expr => $dtype:tt $result:tt;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[doc = concat!("\nShapes broadcast, dtypes are promoted; `y` is a tensor or a number. ", dtypes!($dtypes), "\n")]
            #[doc = example!($x $name($y) => $dtype $result)]
            #[doc = concat!("\n# Errors\n", binary_errors!($dtypes))]
            #[track_caller]
            pub fn $name<'a>(&self, other: impl Into<Operand<'a>>) -> Result<Tensor> {
                self.reversed(Binary::$variant, other.into())
            }
        )* }
    };
}

reversed! {
    /// `y - x`, [`Tensor::sub`] with its operands exchanged. PyTorch: `torch.rsub`, `y - x`.
    rsub Sub, number: [1, 2], 10 => i64 [9, 8];
    /// `y / x`, [`Tensor::div`] with its operands exchanged. PyTorch: `y / x`.
    rdiv Div, float: [2.0, 4.0], 1 => f32 [0.5, 0.25];
    /// `⌊y / x⌋`, [`Tensor::floor_divide`] with its operands exchanged. PyTorch: `y // x`.
    rfloor_divide DivFloor, division: [2, -3], 7 => i64 [3, -3];
    /// `y - x ⌊y / x⌋`, [`Tensor::remainder`] with its operands exchanged. PyTorch: `torch.remainder(y, x)`, `y % x`.
    rremainder Remainder, division: [2, -3], 7 => i64 [1, -2];
    /// `yˣ`, [`Tensor::pow`] with its operands exchanged. PyTorch: `torch.pow(y, x)`, `y ** x`.
    rpow Pow, number: [1, 3], 2 => i64 [2, 8];
    /// `y ln x`, 0 where `y` is 0: [`Tensor::xlogy`] with its operands exchanged. PyTorch: `torch.xlogy(y, x)`.
    rxlogy Xlogy, float: [1.0, 3.0], 2 => ~ [0.0, 2.1972];
    /// The Hurwitz zeta function `Σ (x + k)⁻ʸ`, summed over `k` from 0 on: [`Tensor::zeta`] with its operands exchanged.
    /// PyTorch: `torch.special.zeta(y, x)`.
    rzeta Zeta, float: [1.0, 2.0], 2 => ~ [1.6449, 0.6449];
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

    /// `xʸ` for each element; shapes broadcast, dtypes are promoted, `bool` is refused. An integer power of an integer is an integer. PyTorch:
    /// `torch.pow`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1, 2, 3]).pow(2)?.to_vec::<i64>()?, [1, 4, 9]);
    /// assert_eq!(tensor!([4.0]).pow(0.5)?.item::<f32>()?, 2.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast, the promoted dtype is `bool`, or integers are raised to a negative number.
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

    /// [`Tensor::pow`] in place. PyTorch: `Tensor.pow_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3]);
    /// x.pow_(2)?;
    /// assert_eq!(x.to_vec::<i64>()?, [1, 4, 9]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::pow`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than this tensor's (`bool`,
    /// integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
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

    /// The least common multiple of integers, which is never negative; 0 where one of them is 0. Shapes broadcast, dtypes are promoted. PyTorch:
    /// `torch.lcm`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([4, -6, 0]).lcm(&tensor!([6, 4, 5]))?;
    /// assert_eq!(y.to_vec::<i64>()?, [12, 12, 0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast or a tensor does not hold integers.
    #[track_caller]
    pub fn lcm(&self, other: &Tensor) -> Result<Tensor> {
        // The divisor of two zeros is 0, their multiple too.
        let divisor = self.gcd(other)?.clamp_min(1)?;
        self.div_trunc(&divisor)?.mul(other)?.abs()
    }

    /// `xʸ` in `float64`, whatever the dtypes of the operands; shapes broadcast. PyTorch: `torch.float_power`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let y = tensor!([2, 3]).float_power(-1)?;
    /// assert_eq!(y.dtype(), DType::F64);
    /// assert_eq!(y.to_vec::<f64>()?, [0.5, 1.0 / 3.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast.
    #[track_caller]
    pub fn float_power<'a>(&self, exponent: impl Into<Operand<'a>>) -> Result<Tensor> {
        let base = self.to(DType::F64)?;
        match exponent.into() {
            Operand::Tensor(y) => base.pow(&y.to(DType::F64)?),
            Operand::Number(s) => base.pow(s.to_f64()),
        }
    }

    /// `x 2ʸ` for each element; shapes broadcast. Floats keep their dtype, integers give `float32`. Intermediate powers do not overflow if the
    /// result does not. PyTorch: `torch.ldexp`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([1.0, 3.0]).ldexp(&tensor!([4, -1]))?;
    /// assert_eq!(y.to_vec::<f32>()?, [16.0, 1.5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast.
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

    /// The Heaviside step function: 0 where `x < 0`, `values` where `x = 0`, 1 where `x > 0`. Shapes broadcast; both tensors have one dtype,
    /// which is the result's. No gradient. PyTorch: `torch.heaviside`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([-1.5, 0.0, 2.0]).heaviside(&tensor!(0.5))?;
    /// assert_eq!(y.to_vec::<f32>()?, [0.0, 0.5, 1.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast or the dtypes differ.
    #[track_caller]
    pub fn heaviside(&self, values: &Tensor) -> Result<Tensor> {
        self.check_values(values)?;
        apply(Binary::Heaviside.into(), &[self, values])
    }

    /// [`Tensor::heaviside`] in place. PyTorch: `Tensor.heaviside_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([-1.5, 0.0, 2.0]);
    /// x.heaviside_(&tensor!(0.5))?;
    /// assert_eq!(x.to_vec::<f32>()?, [0.0, 0.5, 1.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::heaviside`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than this tensor's
    /// (`bool`, integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
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
