//! Elementwise functions of one operand, one source line each.

use super::{Fault, every};
use crate::math::Real;
use crate::simd::{Fn1, Simd, run1};
use rushlight_backend::{DType, Unary};

macro_rules! floats {
    ($($name:ident: $x:ident => $value:expr;)* [functions] $($function:ident: $v:ident => $image:expr;)*
     [angles] $($angle:ident: $w:ident => $near:expr, $far:expr;)*
     [tests] $($test:ident: $t:ident => $holds:expr;)*) => {
        mod float_ops {
            use super::*;
            $(
                pub(super) struct $name;
                impl<T: Real> Fn1<T> for $name {
                    type Out = T;
                    const SIMD: Simd = Simd::Avx2;
                    #[inline(always)]
                    fn call($x: T) -> T { $value }
                }
            )*
            $(
                pub(super) struct $function;
                impl<T: Real> Fn1<T> for $function {
                    type Out = T;
                    const SIMD: Simd = T::FUNCTIONS;
                    #[inline(always)]
                    fn call($v: T) -> T { $image }
                }
            )*
            $(
                pub(super) struct $angle;
                impl<T: Real> Fn1<T> for $angle {
                    type Out = T;
                    const SIMD: Simd = T::FUNCTIONS;
                    #[inline(always)]
                    fn call($w: T) -> T { $near }
                    #[inline(always)]
                    fn is_rare(x: T) -> bool { x.is_far_angle() }
                    #[inline(always)]
                    fn call_rare($w: T) -> T { $far }
                }
            )*
            $(
                pub(super) struct $test;
                impl<T: Real> Fn1<T> for $test {
                    type Out = u8;
                    const SIMD: Simd = Simd::Avx2;
                    #[inline(always)]
                    fn call($t: T) -> u8 { ($holds) as u8 }
                }
            )*
        }

        /// `dst[i] = op(x[i])`; tests write bytes.
        ///
        /// # Safety
        /// Both pointers are valid for `n` elements; they are disjoint or the same.
        #[inline]
        pub(super) unsafe fn float<T: Real>(op: Unary, dst: *mut u8, x: *const T, n: usize) -> Result<(), Fault> {
            // SAFETY: guaranteed by the caller.
            unsafe {
                match op {
                    $(Unary::$name => run1::<float_ops::$name, T>(dst.cast(), x, n),)*
                    $(Unary::$function => run1::<float_ops::$function, T>(dst.cast(), x, n),)*
                    $(Unary::$angle => run1::<float_ops::$angle, T>(dst.cast(), x, n),)*
                    $(Unary::$test => run1::<float_ops::$test, T>(dst, x, n),)*
                    _ => return Err(Fault::Undefined),
                }
            }
            Ok(())
        }

        every!(Unary, DType::F32, $($name)* $($function)* $($angle)* $($test)*);
    };
}

floats! {
    Neg: x => -x;
    Abs: x => x.abs();
    Sign: x => T::from_bool(x > T::ZERO) - T::from_bool(x < T::ZERO);
    Ceil: x => x.ceil();
    Floor: x => x.floor();
    Round: x => x.round_ties_even();
    Trunc: x => x.trunc();
    Frac: x => x - x.trunc();
    Square: x => x * x;
    Relu: x => if x < T::ZERO { T::ZERO } else { x };
    Sqrt: x => x.sqrt();
    Rsqrt: x => T::ONE / x.sqrt();
    Reciprocal: x => T::ONE / x;
[functions]
    Exp: x => x.exp();
    Exp2: x => x.exp2();
    Expm1: x => x.expm1();
    Log: x => x.ln();
    Log2: x => x.log2();
    Log10: x => x.log10();
    Log1p: x => x.log1p();
    Sinc: x => x.sinc();
    Asin: x => x.asin();
    Acos: x => x.acos();
    Atan: x => x.atan();
    Sinh: x => x.sinh();
    Cosh: x => x.cosh();
    Tanh: x => x.tanh();
    // Through the hyperbolic sine, which is accurate near 0; where its square may overflow, 1 is negligible next to e^2|x|.
    LogCosh: x => if x.abs() < T::of(20.0) { T::of(0.5) * (x.sinh() * x.sinh()).log1p() } else { x.abs() - T::of(std::f64::consts::LN_2) };
    Asinh: x => x.asinh();
    Acosh: x => x.acosh();
    Atanh: x => x.atanh();
    Erf: x => x.erf();
    Erfc: x => x.erfc();
    Erfcx: x => x.erfcx();
    Erfinv: x => x.erfinv();
    Ndtri: x => x.ndtri();
    LogNdtr: x => x.log_ndtr();
    I0: x => x.i0();
    I0e: x => x.i0e();
    I1: x => x.i1();
    I1e: x => x.i1e();
    Entr: x => if x > T::ZERO { -x * x.ln() } else if x < T::ZERO { -T::INFINITY } else { x.abs() };
    Logit: x => (x / (T::ONE - x)).ln();
    Lgamma: x => x.lgamma();
    Digamma: x => x.digamma();
    Trigamma: x => x.trigamma();
    Sigmoid: x => x.sigmoid();
    LogSigmoid: x => x.log_sigmoid();
    Softplus: x => x.softplus();
    Gelu: x => x.gelu();
    GeluTanh: x => x.gelu_tanh();
    Silu: x => x.silu();
    Mish: x => x.mish();
[angles]
    Sin: x => x.sin(), x.sin_far();
    Cos: x => x.cos(), x.cos_far();
    Tan: x => x.tan(), x.tan_far();
    SphericalBesselJ0: x => x.divide_sine(x.sin()), x.divide_sine(x.sin_far());
[tests]
    LogicalNot: x => x == T::ZERO;
    IsNan: x => x.is_nan();
    IsInf: x => x.abs() == T::INFINITY;
    IsFinite: x => x.abs() < T::INFINITY;
    SignBit: x => T::ONE.copysign(x) < T::ZERO;
}

macro_rules! ints {
    ($($name:ident: $x:ident => $value:expr;)* [tests] $($test:ident: $t:ident => $holds:expr;)*) => {
        mod int_ops {
            use super::*;
            $(
                pub(super) struct $name;
                impl Fn1<i64> for $name {
                    type Out = i64;
                    const SIMD: Simd = Simd::Avx2;
                    #[inline(always)]
                    fn call($x: i64) -> i64 { $value }
                }
            )*
            $(
                pub(super) struct $test;
                impl Fn1<i64> for $test {
                    type Out = u8;
                    const SIMD: Simd = Simd::Avx2;
                    #[inline(always)]
                    fn call($t: i64) -> u8 { ($holds) as u8 }
                }
            )*
        }

        /// [`float`] for integers, whose arithmetic wraps.
        ///
        /// # Safety
        /// Both pointers are valid for `n` elements; they are disjoint or the same.
        pub(super) unsafe fn int(op: Unary, dst: *mut u8, x: *const i64, n: usize) -> Result<(), Fault> {
            // SAFETY: guaranteed by the caller.
            unsafe {
                match op {
                    $(Unary::$name => run1::<int_ops::$name, i64>(dst.cast(), x, n),)*
                    $(Unary::$test => run1::<int_ops::$test, i64>(dst, x, n),)*
                    _ => return Err(Fault::Undefined),
                }
            }
            Ok(())
        }

        every!(Unary, DType::I64, $($name)* $($test)*);
    };
}

ints! {
    Neg: x => x.wrapping_neg();
    Abs: x => x.wrapping_abs();
    Sign: x => x.signum();
    Ceil: x => x;
    Floor: x => x;
    Round: x => x;
    Trunc: x => x;
    Square: x => x.wrapping_mul(x);
    Relu: x => x.max(0);
    BitNot: x => !x;
[tests]
    LogicalNot: x => x == 0;
    IsNan: _x => false;
    IsInf: _x => false;
    IsFinite: _x => true;
    SignBit: x => x < 0;
}
