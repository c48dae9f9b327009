//! Mathematical functions of one or two numbers, for both floating-point types.

mod erfinv;
mod gamma;
pub(crate) mod int;

use crate::simd::Simd;
use std::ops::{Add, Div, Mul, Neg, Rem, Sub};

/// A floating-point compute type with the functions that kernels need.
pub(crate) trait Real:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Rem<Output = Self>
    + Neg<Output = Self>
    + Send
    + Sync
    + 'static
{
    const ZERO: Self;
    const ONE: Self;
    const INFINITY: Self;
    /// What the functions below are worth compiling for; arithmetic always is for AVX2.
    const FUNCTIONS: Simd;

    fn from_bool(b: bool) -> Self;
    fn of(x: f64) -> Self;
    fn abs(self) -> Self;
    fn ceil(self) -> Self;
    fn floor(self) -> Self;
    fn round_ties_even(self) -> Self;
    fn trunc(self) -> Self;
    fn sqrt(self) -> Self;
    fn copysign(self, sign: Self) -> Self;
    fn exp(self) -> Self;
    fn exp2(self) -> Self;
    fn expm1(self) -> Self;
    fn ln(self) -> Self;
    fn log2(self) -> Self;
    fn log10(self) -> Self;
    fn log1p(self) -> Self;
    fn sin(self) -> Self;
    fn cos(self) -> Self;
    fn tan(self) -> Self;
    fn asin(self) -> Self;
    fn acos(self) -> Self;
    fn atan(self) -> Self;
    fn atan2(self, x: Self) -> Self;
    fn sinh(self) -> Self;
    fn cosh(self) -> Self;
    fn tanh(self) -> Self;
    fn asinh(self) -> Self;
    fn acosh(self) -> Self;
    fn atanh(self) -> Self;
    fn erf(self) -> Self;
    fn erfc(self) -> Self;
    fn erfinv(self) -> Self;
    fn lgamma(self) -> Self;
    fn digamma(self) -> Self;
    fn trigamma(self) -> Self;
    fn pow(self, y: Self) -> Self;
    fn hypot(self, y: Self) -> Self;
    fn nextafter(self, y: Self) -> Self;

    /// `1 / (1 + e⁻ˣ)`.
    #[inline(always)]
    fn sigmoid(self) -> Self {
        Self::ONE / (Self::ONE + (-self).exp())
    }

    /// `-ln(1 + e⁻ˣ)`.
    #[inline(always)]
    fn log_sigmoid(self) -> Self {
        let negative = if self > Self::ZERO { Self::ZERO } else { self };
        negative - (-self.abs()).exp().log1p()
    }

    /// `x Φ(x)`.
    #[inline(always)]
    fn gelu(self) -> Self {
        let half = Self::of(0.5);
        self * half * (Self::ONE + (self * Self::of(std::f64::consts::FRAC_1_SQRT_2)).erf())
    }

    /// `x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`.
    #[inline(always)]
    fn gelu_tanh(self) -> Self {
        let inner = self + Self::of(0.044715) * self * self * self;
        let t = (Self::of(0.797_884_560_802_865_4) * inner).tanh();
        Self::of(0.5) * self * (Self::ONE + t)
    }

    /// `x sigmoid(x)`.
    #[inline(always)]
    fn silu(self) -> Self {
        self / (Self::ONE + (-self).exp())
    }

    /// `x tanh(ln(1 + eˣ))`.
    #[inline(always)]
    fn mish(self) -> Self {
        self * (-(-self).log_sigmoid()).tanh()
    }

    /// `x - y ⌊x / y⌋` with the sign of `y`.
    #[inline(always)]
    fn remainder(self, y: Self) -> Self {
        let rest = self % y;
        if rest != Self::ZERO && (rest < Self::ZERO) != (y < Self::ZERO) {
            rest + y
        } else {
            rest
        }
    }

    /// `⌊x / y⌋`, exact where the rounded quotient would reach the next integer.
    #[inline(always)]
    fn div_floor(self, y: Self) -> Self {
        if y == Self::ZERO {
            return self / y;
        }
        let rest = self % y;
        let mut quotient = (self - rest) / y;
        if rest != Self::ZERO && (y < Self::ZERO) != (rest < Self::ZERO) {
            quotient = quotient - Self::ONE;
        }
        if quotient == Self::ZERO {
            return Self::ZERO.copysign(self / y);
        }
        let floor = quotient.floor();
        if quotient - floor > Self::of(0.5) {
            floor + Self::ONE
        } else {
            floor
        }
    }

    /// `ln(eˣ + eʸ)`.
    #[inline(always)]
    fn log_add_exp(self, y: Self) -> Self {
        if self == y && self.abs() == Self::INFINITY {
            return self;
        }
        let larger = if self > y { self } else { y };
        larger + (-(self - y).abs()).exp().log1p()
    }

    /// `log₂(2ˣ + 2ʸ)`.
    #[inline(always)]
    fn log_add_exp2(self, y: Self) -> Self {
        if self == y && self.abs() == Self::INFINITY {
            return self;
        }
        let larger = if self > y { self } else { y };
        let rest = (-(self - y).abs()).exp2().log1p();
        larger + rest * Self::of(std::f64::consts::LOG2_E)
    }
}

macro_rules! real {
    ($t:ty, $bits:ty, $erf:path, $erfc:path, $hypot:path) => {
        impl Real for $t {
            const ZERO: $t = 0.0;
            const ONE: $t = 1.0;
            const INFINITY: $t = <$t>::INFINITY;
            const FUNCTIONS: Simd = Simd::Baseline;

            #[inline(always)]
            fn from_bool(b: bool) -> $t {
                b as u8 as $t
            }
            #[inline(always)]
            fn of(x: f64) -> $t {
                x as $t
            }
            #[inline(always)]
            fn abs(self) -> $t {
                self.abs()
            }
            #[inline(always)]
            fn ceil(self) -> $t {
                self.ceil()
            }
            #[inline(always)]
            fn floor(self) -> $t {
                self.floor()
            }
            #[inline(always)]
            fn round_ties_even(self) -> $t {
                self.round_ties_even()
            }
            #[inline(always)]
            fn trunc(self) -> $t {
                self.trunc()
            }
            #[inline(always)]
            fn sqrt(self) -> $t {
                self.sqrt()
            }
            #[inline(always)]
            fn copysign(self, sign: $t) -> $t {
                self.copysign(sign)
            }
            #[inline(always)]
            fn exp(self) -> $t {
                self.exp()
            }
            #[inline(always)]
            fn exp2(self) -> $t {
                self.exp2()
            }
            #[inline(always)]
            fn expm1(self) -> $t {
                self.exp_m1()
            }
            #[inline(always)]
            fn ln(self) -> $t {
                self.ln()
            }
            #[inline(always)]
            fn log2(self) -> $t {
                self.log2()
            }
            #[inline(always)]
            fn log10(self) -> $t {
                self.log10()
            }
            #[inline(always)]
            fn log1p(self) -> $t {
                self.ln_1p()
            }
            #[inline(always)]
            fn sin(self) -> $t {
                self.sin()
            }
            #[inline(always)]
            fn cos(self) -> $t {
                self.cos()
            }
            #[inline(always)]
            fn tan(self) -> $t {
                self.tan()
            }
            #[inline(always)]
            fn asin(self) -> $t {
                self.asin()
            }
            #[inline(always)]
            fn acos(self) -> $t {
                self.acos()
            }
            #[inline(always)]
            fn atan(self) -> $t {
                self.atan()
            }
            #[inline(always)]
            fn atan2(self, x: $t) -> $t {
                self.atan2(x)
            }
            #[inline(always)]
            fn sinh(self) -> $t {
                self.sinh()
            }
            #[inline(always)]
            fn cosh(self) -> $t {
                self.cosh()
            }
            #[inline(always)]
            fn tanh(self) -> $t {
                self.tanh()
            }
            #[inline(always)]
            fn asinh(self) -> $t {
                self.asinh()
            }
            #[inline(always)]
            fn acosh(self) -> $t {
                self.acosh()
            }
            #[inline(always)]
            fn atanh(self) -> $t {
                self.atanh()
            }
            #[inline(always)]
            fn erf(self) -> $t {
                $erf(self)
            }
            #[inline(always)]
            fn erfc(self) -> $t {
                $erfc(self)
            }
            #[inline(always)]
            fn erfinv(self) -> $t {
                erfinv::erfinv(self as f64) as $t
            }
            #[inline(always)]
            fn lgamma(self) -> $t {
                gamma::lgamma(self as f64) as $t
            }
            #[inline(always)]
            fn digamma(self) -> $t {
                gamma::digamma(self as f64) as $t
            }
            #[inline(always)]
            fn trigamma(self) -> $t {
                gamma::trigamma(self as f64) as $t
            }
            #[inline(always)]
            fn pow(self, y: $t) -> $t {
                self.powf(y)
            }
            #[inline(always)]
            fn hypot(self, y: $t) -> $t {
                $hypot(self, y)
            }
            #[inline(always)]
            fn nextafter(self, y: $t) -> $t {
                if self == y {
                    y
                } else if self != self || y != y {
                    self + y
                } else if y > self {
                    self.next_up()
                } else {
                    self.next_down()
                }
            }
        }
    };
}

real!(f32, u32, libm::erff, libm::erfcf, f32::hypot);
real!(f64, u64, libm::erf, libm::erfc, f64::hypot);
