//! Accumulators of long sums and products, and the rounding of their results.

use crate::element::{Bool, Number, Wide};
use half::{bf16, f16};

/// A number type with an accumulator type for long sums and products.
pub(crate) trait Term: Number {
    type Sum: Wide;
    fn term(self) -> Self::Sum;
    /// The value, rounded once.
    fn rounded(sum: Self::Sum) -> Self;
}

macro_rules! terms {
    ($($t:ty: $sum:ty, |$x:ident| $term:expr, |$s:ident| $rounded:expr;)*) => { $(
        impl Term for $t {
            type Sum = $sum;
            #[inline(always)]
            fn term(self) -> $sum { let $x = self; $term }
            #[inline(always)]
            fn rounded($s: $sum) -> $t { $rounded }
        }
    )* };
}

terms! {
    Bool: i64, |x| x.widen(), |s| Number::narrow(s);
    u8: i64, |x| x.widen(), |s| Number::narrow(s);
    i8: i64, |x| x.widen(), |s| Number::narrow(s);
    i16: i64, |x| x.widen(), |s| Number::narrow(s);
    i32: i64, |x| x.widen(), |s| Number::narrow(s);
    i64: i64, |x| x, |s| s;
    f16: f64, |x| x.to_f32() as f64, |s| f16::from_f32(to_odd(s));
    bf16: f64, |x| x.to_f32() as f64, |s| bf16::from_f32(to_odd(s));
    f32: f64, |x| x as f64, |s| s as f32;
    f64: f64, |x| x, |s| s;
}

/// `x` as `f32`, rounded to odd: a further rounding to a half then gives the same result as a single rounding.
#[inline(always)]
fn to_odd(x: f64) -> f32 {
    let near = x as f32;
    let back = near as f64;
    if back == x || !near.is_finite() || near.to_bits() & 1 == 1 {
        return near;
    }
    // Bits of numbers with one sign are ordered as their magnitudes; 0 is even, and its neighbour has the sign of `x`.
    match back.abs() < x.abs() {
        true => f32::from_bits(near.to_bits() + 1),
        false => f32::from_bits(near.to_bits() - 1),
    }
}
