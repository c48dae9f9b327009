//! Mathematical functions of one or two numbers, for both floating-point types.
//!
//! The functions of `f32` are implemented here, without branches and calls, so that loops over them vectorize. Their error is at most about 2
//! units in the last place. The functions of `f64` are those of the standard library.

pub(crate) mod arc;
mod bessel;
pub(crate) mod erf;
mod erfinv;
pub(crate) mod exp;
mod gamma;
pub(crate) mod hyperbolic;
pub(crate) mod int;
pub(crate) mod log;
mod normal;
pub(crate) mod pow;
pub(crate) mod trig;

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
    /// The instruction sets that loops over the functions below are compiled for. Loops over plain arithmetic are compiled for AVX2.
    const FUNCTIONS: Simd;

    fn from_bool(b: bool) -> Self;
    fn of(x: f64) -> Self;
    fn is_nan(self) -> bool;
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
    fn sinc(self) -> Self;
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
    fn erfcx(self) -> Self;
    fn erfinv(self) -> Self;
    fn ndtri(self) -> Self;
    fn log_ndtr(self) -> Self;
    fn i0(self) -> Self;
    fn i0e(self) -> Self;
    fn i1(self) -> Self;
    fn i1e(self) -> Self;
    fn lgamma(self) -> Self;
    fn digamma(self) -> Self;
    fn trigamma(self) -> Self;
    fn pow(self, y: Self) -> Self;
    fn hypot(self, y: Self) -> Self;
    fn zeta(self, q: Self) -> Self;
    fn polygamma(self, x: Self) -> Self;
    fn nextafter(self, y: Self) -> Self;
    /// Whether an angle is too large for `sin`, `cos` and `tan`, so that the functions below must be used.
    fn is_far_angle(self) -> bool;
    fn sin_far(self) -> Self;
    fn cos_far(self) -> Self;
    fn tan_far(self) -> Self;

    /// The sine of this number over the number itself: 1 at 0, 0 at infinity.
    #[inline(always)]
    fn divide_sine(self, sine: Self) -> Self {
        if self == Self::ZERO {
            Self::ONE
        } else if self.abs() == Self::INFINITY {
            Self::ZERO
        } else {
            sine / self
        }
    }

    /// `1 / (1 + e⁻ˣ)`.
    #[inline(always)]
    fn sigmoid(self) -> Self {
        let e = (-self.abs()).exp();
        let above = if self < Self::ZERO { e } else { Self::ONE };
        above / (Self::ONE + e)
    }

    /// `-ln(1 + e⁻ˣ)`.
    #[inline(always)]
    fn log_sigmoid(self) -> Self {
        let negative = if self > Self::ZERO { Self::ZERO } else { self };
        negative - (-self.abs()).exp().log1p()
    }

    /// `ln(1 + eˣ)`.
    #[inline(always)]
    fn softplus(self) -> Self {
        let positive = if self < Self::ZERO { Self::ZERO } else { self };
        positive + (-self.abs()).exp().log1p()
    }

    /// `x Φ(x)`.
    fn gelu(self) -> Self;

    /// `x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`, which is `x sigmoid` of twice the tangent's argument.
    #[inline(always)]
    fn gelu_tanh(self) -> Self {
        let inner = self + Self::of(0.044715) * self * self * self;
        self.at_least_far() * (Self::of(1.595_769_121_605_730_8) * inner).sigmoid()
    }

    /// `x sigmoid(x)`.
    #[inline(always)]
    fn silu(self) -> Self {
        self.at_least_far() * self.sigmoid()
    }

    /// The number, clamped to where `sigmoid` becomes 0: with -∞ the product would be NaN.
    #[inline(always)]
    fn at_least_far(self) -> Self {
        let far = Self::of(-1000.0);
        if self < far { far } else { self }
    }

    /// `x tanh(ln(1 + eˣ))`.
    #[inline(always)]
    fn mish(self) -> Self {
        // With w = eˣ the tangent is (w² + 2w) / (w² + 2w + 2); for positive x both are divided by w².
        let two = Self::of(2.0);
        let e = (-self.abs()).exp();
        let above = if self < Self::ZERO {
            e * (e + two)
        } else {
            Self::ONE + two * e
        };
        let rest = if self < Self::ZERO { two } else { two * e * e };
        self.at_least_far() * (above / (above + rest))
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

macro_rules! forward {
    ($($name:ident => $to:expr,)*) => { $(
        #[inline(always)]
        fn $name(self) -> Self { ($to)(self) }
    )* };
}

macro_rules! forward2 {
    ($($name:ident => $to:expr,)*) => { $(
        #[inline(always)]
        fn $name(self, y: Self) -> Self { ($to)(self, y) }
    )* };
}

/// The functions that differ between the types.
macro_rules! arithmetic {
    ($t:ty) => {
        const ZERO: $t = 0.0;
        const ONE: $t = 1.0;
        const INFINITY: $t = <$t>::INFINITY;

        #[inline(always)]
        fn from_bool(b: bool) -> $t {
            b as u8 as $t
        }
        #[inline(always)]
        fn of(x: f64) -> $t {
            x as $t
        }
        #[inline(always)]
        fn is_nan(self) -> bool {
            <$t>::is_nan(self)
        }
        #[inline(always)]
        fn nextafter(self, y: $t) -> $t {
            if self == y {
                y
            } else if self.is_nan() || y.is_nan() {
                self + y
            } else if y > self {
                self.next_up()
            } else {
                self.next_down()
            }
        }
        forward! {
            abs => <$t>::abs, ceil => <$t>::ceil, floor => <$t>::floor, round_ties_even => <$t>::round_ties_even,
            trunc => <$t>::trunc, sqrt => <$t>::sqrt,
        }
        forward2! { copysign => <$t>::copysign, }
    };
}

/// A function of `f32` that is computed in `f64`, element by element.
macro_rules! through_f64 {
    ($($name:ident => $to:expr,)*) => { $(
        #[inline(always)]
        fn $name(self) -> Self { ($to)(self as f64) as f32 }
    )* };
}

impl Real for f32 {
    const FUNCTIONS: Simd = Simd::Avx512;
    arithmetic!(f32);
    forward! {
        exp => exp::exp, exp2 => exp::exp2, expm1 => exp::expm1, ln => log::ln, log2 => log::log2, log10 => log::log10,
        log1p => log::log1p, sin => trig::sin, cos => trig::cos, tan => trig::tan, asin => arc::asin, acos => arc::acos,
        atan => arc::atan, sinh => hyperbolic::sinh, cosh => hyperbolic::cosh, tanh => hyperbolic::tanh,
        asinh => hyperbolic::asinh, acosh => hyperbolic::acosh, atanh => hyperbolic::atanh, erf => erf::erf, erfc => erf::erfc, gelu => erf::gelu,
    }
    forward2! { atan2 => arc::atan2, pow => pow::pow, hypot => pow::hypot, zeta => |s: f32, q: f32| gamma::zeta(s.into(), q.into()) as f32, polygamma => |n: f32, x: f32| gamma::polygamma(n.into(), x.into()) as f32, }
    through_f64! { sinc => trig::sinc, erfcx => normal::erfcx, erfinv => erfinv::erfinv, ndtri => normal::ndtri, log_ndtr => normal::log_ndtr, i0 => bessel::i0, i0e => bessel::i0e, i1 => bessel::i1, i1e => bessel::i1e, lgamma => gamma::lgamma, digamma => gamma::digamma, trigamma => gamma::trigamma, }

    #[inline(always)]
    fn is_far_angle(self) -> bool {
        self.abs() > trig::FAR
    }
    forward! { sin_far => f32::sin, cos_far => f32::cos, tan_far => f32::tan, }
}

impl Real for f64 {
    const FUNCTIONS: Simd = Simd::Baseline;
    arithmetic!(f64);
    forward! {
        exp => f64::exp, exp2 => f64::exp2, expm1 => f64::exp_m1, ln => f64::ln, log2 => f64::log2, log10 => f64::log10,
        log1p => f64::ln_1p, sin => f64::sin, cos => f64::cos, tan => f64::tan, asin => f64::asin, acos => f64::acos,
        atan => f64::atan, sinh => f64::sinh, cosh => f64::cosh, tanh => f64::tanh,
        asinh => libm::asinh, acosh => |x: f64| if x < 1.0 { f64::NAN } else { libm::acosh(x) }, atanh => libm::atanh, erf => libm::erf, erfc => libm::erfc,
        sinc => trig::sinc, erfcx => normal::erfcx, erfinv => erfinv::erfinv, ndtri => normal::ndtri, log_ndtr => normal::log_ndtr, i0 => bessel::i0, i0e => bessel::i0e, i1 => bessel::i1, i1e => bessel::i1e, lgamma => gamma::lgamma, digamma => gamma::digamma, trigamma => gamma::trigamma,
        gelu => |x: f64| 0.5 * x.at_least_far() * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2),
    }
    forward2! { atan2 => f64::atan2, pow => f64::powf, hypot => f64::hypot, zeta => gamma::zeta, polygamma => gamma::polygamma, }

    #[inline(always)]
    fn is_far_angle(self) -> bool {
        false
    }
    forward! { sin_far => f64::sin, cos_far => f64::cos, tan_far => f64::tan, }
}
