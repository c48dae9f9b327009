//! Elementwise functions of two operands, one source line each.

use super::{Fault, every};
use crate::math::{Real, int};
use crate::simd::{Fn2, Simd, run2};
use rushlight_backend::{Binary, DType};

macro_rules! floats {
    ($($name:ident: $x:ident, $y:ident => $value:expr;)* [functions] $($function:ident: $v:ident, $w:ident => $image:expr;)* [tests] $($test:ident: $a:ident, $b:ident => $holds:expr;)*) => {
        mod float_ops {
            use super::*;
            $(
                pub(super) struct $name;
                impl<T: Real> Fn2<T> for $name {
                    type Out = T;
                    const SIMD: Simd = Simd::Avx2;
                    #[inline(always)]
                    fn call($x: T, $y: T) -> T { $value }
                }
            )*
            $(
                pub(super) struct $function;
                impl<T: Real> Fn2<T> for $function {
                    type Out = T;
                    const SIMD: Simd = T::FUNCTIONS;
                    #[inline(always)]
                    fn call($v: T, $w: T) -> T { $image }
                }
            )*
            $(
                pub(super) struct $test;
                impl<T: Real> Fn2<T> for $test {
                    type Out = u8;
                    const SIMD: Simd = Simd::Avx2;
                    #[inline(always)]
                    fn call($a: T, $b: T) -> u8 { ($holds) as u8 }
                }
            )*
        }

        /// `dst[i] = op(x[i], y[i])`; tests write bytes.
        ///
        /// # Safety
        /// All pointers are valid for `n` elements; `dst` is disjoint from each input or the same.
        #[inline]
        pub(super) unsafe fn float<T: Real>(
            op: Binary, dst: *mut u8, x: *const T, y: *const T, n: usize,
        ) -> Result<(), Fault> {
            // SAFETY: guaranteed by the caller.
            unsafe {
                match op {
                    $(Binary::$name => run2::<float_ops::$name, T>(dst.cast(), x, y, n),)*
                    $(Binary::$function => run2::<float_ops::$function, T>(dst.cast(), x, y, n),)*
                    $(Binary::$test => run2::<float_ops::$test, T>(dst, x, y, n),)*
                    _ => return Err(Fault::Undefined),
                }
            }
            Ok(())
        }

        every!(Binary, DType::F32, $($name)* $($function)* $($test)*);
    };
}

floats! {
    Add: x, y => x + y;
    Sub: x, y => x - y;
    Mul: x, y => x * y;
    Div: x, y => x / y;
    HalfDifference: x, y => x * T::of(0.5) - y * T::of(0.5);
    DivTrunc: x, y => (x / y).trunc();
    Maximum: x, y => if x > y || x.is_nan() { x } else { y };
    Minimum: x, y => if x < y || x.is_nan() { x } else { y };
    Fmax: x, y => if x > y || y.is_nan() { x } else { y };
    Fmin: x, y => if x < y || y.is_nan() { x } else { y };
    ClampMin: x, y => if x >= y || x.is_nan() { x } else { y };
    ClampMax: x, y => if x <= y || x.is_nan() { x } else { y };
    Copysign: x, y => x.copysign(y);
    Heaviside: x, y => if x == T::ZERO { y } else { T::from_bool(x > T::ZERO) };
    LeakyRelu: x, y => if x > T::ZERO { x } else { x * y };
    // Written so that the result is x if y is NaN, as in PyTorch's threshold.
    Gate: x, y => if y <= T::ZERO { T::ZERO } else { x };
[functions]
    DivFloor: x, y => x.div_floor(y);
    Remainder: x, y => x.remainder(y);
    Fmod: x, y => x % y;
    Pow: x, y => x.pow(y);
    Atan2: x, y => x.atan2(y);
    Hypot: x, y => x.hypot(y);
    Nextafter: x, y => x.nextafter(y);
    LogAddExp: x, y => x.log_add_exp(y);
    LogAddExp2: x, y => x.log_add_exp2(y);
    Xlogy: x, y => if y.is_nan() { y } else if x == T::ZERO { T::ZERO } else { x * y.ln() };
    Xlog1py: x, y => if y.is_nan() { y } else if x == T::ZERO { T::ZERO } else { x * y.log1p() };
    Zeta: x, y => x.zeta(y);
    Polygamma: x, y => x.polygamma(y);
    Elu: x, y => if x > T::ZERO { x } else { x.expm1() * y };
    BceWithLogits: x, y => (T::ONE - y) * x - x.log_sigmoid();
[tests]
    LogicalAnd: x, y => x != T::ZERO && y != T::ZERO;
    LogicalOr: x, y => x != T::ZERO || y != T::ZERO;
    LogicalXor: x, y => (x != T::ZERO) ^ (y != T::ZERO);
}

macro_rules! ints {
    ($($name:ident: $x:ident, $y:ident => $value:expr;)* [divisions] $($division:ident: $p:ident, $q:ident => $quotient:expr;)*
     [tests] $($test:ident: $a:ident, $b:ident => $holds:expr;)*) => {
        mod int_ops {
            use super::*;
            $(
                pub(super) struct $name;
                impl Fn2<i64> for $name {
                    type Out = i64;
                    const SIMD: Simd = Simd::Avx2;
                    #[inline(always)]
                    fn call($x: i64, $y: i64) -> i64 { $value }
                }
            )*
            $(
                pub(super) struct $division;
                impl Fn2<i64> for $division {
                    type Out = i64;
                    const SIMD: Simd = Simd::Avx2;
                    #[inline(always)]
                    fn call($p: i64, $q: i64) -> i64 { $quotient }
                }
            )*
            $(
                pub(super) struct $test;
                impl Fn2<i64> for $test {
                    type Out = u8;
                    const SIMD: Simd = Simd::Avx2;
                    #[inline(always)]
                    fn call($a: i64, $b: i64) -> u8 { ($holds) as u8 }
                }
            )*
        }

        /// [`float`] for integers, whose arithmetic wraps.
        ///
        /// # Safety
        /// All pointers are valid for `n` elements; `dst` is disjoint from each input or the same.
        #[inline]
        pub(super) unsafe fn int(
            op: Binary, dst: *mut u8, x: *const i64, y: *const i64, n: usize,
        ) -> Result<(), Fault> {
            // SAFETY: guaranteed by the caller.
            unsafe {
                match op {
                    $(Binary::$name => run2::<int_ops::$name, i64>(dst.cast(), x, y, n),)*
                    $(Binary::$division => {
                        if (0..n).any(|i| y.add(i).read() == 0) {
                            return Err(Fault::ZeroDivision);
                        }
                        run2::<int_ops::$division, i64>(dst.cast(), x, y, n)
                    })*
                    $(Binary::$test => run2::<int_ops::$test, i64>(dst, x, y, n),)*
                    _ => return Err(Fault::Undefined),
                }
            }
            Ok(())
        }

        every!(Binary, DType::I64, $($name)* $($division)* $($test)*);
    };
}

ints! {
    Add: x, y => x.wrapping_add(y);
    Sub: x, y => x.wrapping_sub(y);
    Mul: x, y => x.wrapping_mul(y);
    Pow: x, y => int::pow(x, y);
    Maximum: x, y => x.max(y);
    Minimum: x, y => x.min(y);
    Fmax: x, y => x.max(y);
    Fmin: x, y => x.min(y);
    ClampMin: x, y => x.max(y);
    ClampMax: x, y => x.min(y);
    Heaviside: x, y => if x == 0 { y } else { (x > 0) as i64 };
    LeakyRelu: x, y => if x > 0 { x } else { x.wrapping_mul(y) };
    Gate: x, y => if y > 0 { x } else { 0 };
    BitAnd: x, y => x & y;
    BitOr: x, y => x | y;
    BitXor: x, y => x ^ y;
    Gcd: x, y => int::gcd(x, y);
    ShiftLeft: x, y => if (0..64).contains(&y) { x << y } else { 0 };
    ShiftRight: x, y => if (0..64).contains(&y) { x >> y } else { x >> 63 };
[divisions]
    DivTrunc: x, y => x.wrapping_div(y);
    DivFloor: x, y => int::div_floor(x, y);
    Remainder: x, y => int::remainder(x, y);
    Fmod: x, y => x.wrapping_rem(y);
[tests]
    LogicalAnd: x, y => x != 0 && y != 0;
    LogicalOr: x, y => x != 0 || y != 0;
    LogicalXor: x, y => (x != 0) ^ (y != 0);
}
