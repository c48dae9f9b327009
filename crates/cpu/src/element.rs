//! The element types of kernels, each with the type that it computes in.
//!
//! Halves compute in `f32`, integers and booleans in `i64`. A boolean is a byte here, so that unwritten memory may have
//! any content.

use crate::math;
use crate::simd::{Simd, Work, dispatch};
use half::{bf16, f16};
use std::marker::PhantomData;

/// An element of a tensor.
pub(crate) trait Number: Copy + Default + PartialEq + Send + Sync + 'static {
    /// The type that arithmetic on it uses.
    type Wide: Wide;
    /// The type of stored sums and products.
    type Total: Number<Wide = Self::Wide>;
    /// The instruction sets that loops over it are compiled for.
    const SIMD: Simd = Simd::Baseline;
    fn widen(self) -> Self::Wide;
    fn narrow(wide: Self::Wide) -> Self;
}

/// A compute type: `i64`, `f32` or `f64`. Integers wrap.
pub(crate) trait Wide: Number<Wide = Self> + PartialOrd {
    /// The sum of zero elements.
    const EMPTY_SUM: Self;
    /// The product of zero elements.
    const EMPTY_PRODUCT: Self;
    /// The lowest value.
    const LOWEST: Self;
    /// The highest value.
    const HIGHEST: Self;
    fn plus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn is_nan(self) -> bool;
    /// The quotient by a number that is not 0, rounded towards 0 for integers.
    fn over(self, n: i64) -> Self;
    /// Whether a sum is infinite or NaN, because it overflowed or has such a term.
    fn is_lost(self) -> bool;
    /// The number times 2⁻⁶⁴, so that sums of up to 2⁶⁴ of them stay in range. Integers are unchanged, because their sums wrap.
    fn shrunk(self) -> Self;
    /// The number times 2⁶⁴, the inverse of [`Wide::shrunk`].
    fn grown(self) -> Self;

    /// The larger, NaN if either is.
    #[inline(always)]
    fn larger(self, other: Self) -> Self {
        // Two choices by one comparison each: a choice by both would be a branch where it is not vectorized.
        let larger = if self > other { self } else { other };
        if self.is_nan() { self } else { larger }
    }

    /// The smaller, NaN if either is.
    #[inline(always)]
    fn smaller(self, other: Self) -> Self {
        if (self < other) | self.is_nan() {
            self
        } else {
            other
        }
    }
}

/// `f32` or `f64`.
pub(crate) trait WideFloat: Wide + math::Real {}
impl WideFloat for f32 {}
impl WideFloat for f64 {}

/// A stored boolean: 0 is false, any other byte is true.
#[derive(Clone, Copy, Default, PartialEq)]
#[repr(transparent)]
pub(crate) struct Bool(pub u8);

impl Number for Bool {
    type Wide = i64;
    type Total = i64;
    #[inline(always)]
    fn widen(self) -> i64 {
        (self.0 != 0) as i64
    }
    #[inline(always)]
    fn narrow(wide: i64) -> Bool {
        Bool((wide != 0) as u8)
    }
}

macro_rules! numbers {
    ($($t:ty, $wide:ty, $total:ty, $simd:ident, |$x:ident| $widen:expr, |$w:ident| $narrow:expr;)*) => { $(
        impl Number for $t {
            type Wide = $wide;
            type Total = $total;
            const SIMD: Simd = Simd::$simd;
            #[inline(always)]
            fn widen(self) -> $wide { let $x = self; $widen }
            #[inline(always)]
            fn narrow($w: $wide) -> $t { $narrow }
        }
    )* };
}

numbers! {
    u8, i64, i64, Baseline, |x| x as i64, |w| w as u8;
    i8, i64, i64, Baseline, |x| x as i64, |w| w as i8;
    i16, i64, i64, Baseline, |x| x as i64, |w| w as i16;
    i32, i64, i64, Avx512, |x| x as i64, |w| w as i32;
    i64, i64, i64, Avx512, |x| x, |w| w;
    f16, f32, f16, Baseline, |x| x.to_f32(), |w| f16::from_f32(w);
    bf16, f32, bf16, Baseline, |x| x.to_f32(), |w| bf16::from_f32(w);
    f32, f32, f32, Avx512, |x| x, |w| w;
    f64, f64, f64, Avx512, |x| x, |w| w;
}

impl Wide for i64 {
    const EMPTY_SUM: i64 = 0;
    const EMPTY_PRODUCT: i64 = 1;
    const LOWEST: i64 = i64::MIN;
    const HIGHEST: i64 = i64::MAX;
    #[inline(always)]
    fn plus(self, other: i64) -> i64 {
        self.wrapping_add(other)
    }
    #[inline(always)]
    fn times(self, other: i64) -> i64 {
        self.wrapping_mul(other)
    }
    #[inline(always)]
    fn is_nan(self) -> bool {
        false
    }
    #[inline(always)]
    fn over(self, n: i64) -> i64 {
        self.wrapping_div(n)
    }
    #[inline(always)]
    fn is_lost(self) -> bool {
        false
    }
    #[inline(always)]
    fn shrunk(self) -> i64 {
        self
    }
    #[inline(always)]
    fn grown(self) -> i64 {
        self
    }
}

macro_rules! reals {
    ($($t:ty),*) => { $(
        impl Wide for $t {
            const EMPTY_SUM: $t = 0.0;
            const EMPTY_PRODUCT: $t = 1.0;
            const LOWEST: $t = <$t>::NEG_INFINITY;
            const HIGHEST: $t = <$t>::INFINITY;
            #[inline(always)]
            fn plus(self, other: $t) -> $t { self + other }
            #[inline(always)]
            fn times(self, other: $t) -> $t { self * other }
            #[inline(always)]
            fn is_nan(self) -> bool { <$t>::is_nan(self) }
            #[inline(always)]
            fn over(self, n: i64) -> $t { self / n as $t }
            #[inline(always)]
            fn is_lost(self) -> bool { !self.is_finite() }
            #[inline(always)]
            fn shrunk(self) -> $t { self / 18446744073709551616.0 }
            #[inline(always)]
            fn grown(self) -> $t { self * 18446744073709551616.0 }
        }
    )* };
}

reals!(f32, f64);

/// The Rust type of each dtype, under the dtype's name.
pub(crate) mod types {
    pub(crate) use super::Bool;
    pub(crate) type U8 = u8;
    pub(crate) type I8 = i8;
    pub(crate) type I16 = i16;
    pub(crate) type I32 = i32;
    pub(crate) type I64 = i64;
    pub(crate) type F16 = half::f16;
    pub(crate) type BF16 = half::bf16;
    pub(crate) type F32 = f32;
    pub(crate) type F64 = f64;
}

/// Runs the body with `T` as the Rust type of a dtype if that is in the list, else evaluates the last expression.
macro_rules! with_element {
    ($dtype:expr, [$($listed:ident)*], $T:ident => $body:expr $(, else $other:expr)?) => {
        match $dtype {
            $(
                rushlight_backend::DType::$listed => {
                    type $T = $crate::element::types::$listed;
                    $body
                }
            )*
            $(_ => $other,)?
        }
    };
}
pub(crate) use with_element;

/// [`with_element`] for every dtype.
macro_rules! with_number {
    ($dtype:expr, $T:ident => $body:expr) => {
        $crate::element::with_element!($dtype, [Bool U8 I8 I16 I32 I64 F16 BF16 F32 F64], $T => $body)
    };
}
pub(crate) use with_number;

/// [`with_element`] for floating-point dtypes.
macro_rules! with_float {
    ($dtype:expr, $T:ident => $body:expr, else $other:expr) => {
        $crate::element::with_element!($dtype, [F16 BF16 F32 F64], $T => $body, else $other)
    };
}
pub(crate) use with_float;

/// [`with_element`] for integers and booleans; does nothing for others.
macro_rules! with_integer {
    ($dtype:expr, $T:ident => $body:expr) => {
        $crate::element::with_element!($dtype, [Bool U8 I8 I16 I32 I64], $T => $body, else ())
    };
}
pub(crate) use with_integer;

/// Converts `n` elements `step` apart to contiguous ones.
pub(crate) type Load<W> = unsafe fn(from: *const u8, step: usize, n: usize, to: *mut W);
/// Converts `n` contiguous elements to elements `step` apart.
pub(crate) type Save<W> = unsafe fn(from: *const W, n: usize, to: *mut u8, step: usize);

/// A [`Load`] from elements of type `T`.
///
/// # Safety
/// `from` is aligned for `T`, and `n` elements of `T`, `step` apart, are readable from it on; `to` has room for `n` numbers.
pub(crate) unsafe fn load<T: Number>(from: *const u8, step: usize, n: usize, to: *mut T::Wide) {
    // SAFETY: the caller guarantees: `n` elements `step` apart are readable, and there is room for `n`.
    unsafe {
        let from = from.cast::<T>();
        match step {
            1 => (0..n).for_each(|i| *to.add(i) = (*from.add(i)).widen()),
            _ => (0..n).for_each(|i| *to.add(i) = (*from.add(i * step)).widen()),
        }
    }
}

/// A [`Save`] to elements of type `T`.
///
/// # Safety
/// `n` numbers are readable from `from` on; `to` is aligned for `T`, and `n` elements of `T`, `step` apart, are writable from it on.
pub(crate) unsafe fn save<T: Number>(from: *const T::Wide, n: usize, to: *mut u8, step: usize) {
    // SAFETY: the caller guarantees: `n` numbers are readable, and there is room for `n` elements `step` apart.
    unsafe {
        let to = to.cast::<T>();
        match step {
            1 => (0..n).for_each(|i| *to.add(i) = T::narrow(*from.add(i))),
            _ => (0..n).for_each(|i| *to.add(i * step) = T::narrow(*from.add(i))),
        }
    }
}

/// Runs `body`, a loop over elements of type `T`, with the best available instructions.
///
/// `body` must be `#[inline(always)]`, and so must everything that it calls.
#[inline(always)]
pub(crate) fn vectorized<T: Number, R>(body: impl FnOnce() -> R) -> R {
    struct Body<T, F>(F, PhantomData<T>);

    impl<T: Number, R, F: FnOnce() -> R> Work for Body<T, F> {
        type Output = R;
        const SIMD: Simd = T::SIMD;

        #[inline(always)]
        fn run(self) -> R {
            (self.0)()
        }

        #[inline(always)]
        fn plain(self) -> R {
            (self.0)()
        }
    }

    dispatch(Body(body, PhantomData::<T>))
}
