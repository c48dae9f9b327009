//! Conversions between stored dtypes and the three compute types: loads into tiles, stores from tiles, and casts.
//!
//! Floats become integers by truncation (through `i64`, which saturates), integers wrap, and every value other than zero is `true`, as in
//! PyTorch.

use crate::element::{Bool, with_number};
use crate::simd::{Simd, Work, dispatch};
use half::{bf16, f16};
use rushlight_backend::DType;

/// Converts `n` elements; strides are in bytes. The signature of every conversion: dst, its stride, src, its stride, n.
pub(crate) type Convert = unsafe fn(*mut u8, usize, *const u8, usize, usize);

/// A conversion of one element, inlined into its loop.
trait To<D> {
    fn to(self) -> D;
}

macro_rules! numbers {
    ($($from:ty => $($to:ty),*;)*) => { $($(
        impl To<$to> for $from {
            #[inline(always)]
            fn to(self) -> $to { self as $to }
        }
    )*)* };
}

numbers! {
    u8 => f32, f64, i64;
    i8 => f32, f64, i64;
    i16 => f32, f64, i64;
    i32 => f32, f64, i64;
    i64 => u8, i8, i16, i32, i64, f32, f64;
    f32 => i64, f32, f64;
    f64 => i64, f32, f64;
}

macro_rules! through {
    ($($from:ty => $via:ty => $($to:ty),*;)*) => { $($(
        impl To<$to> for $from {
            #[inline(always)]
            fn to(self) -> $to { To::<$to>::to(To::<$via>::to(self)) }
        }
    )*)* };
}

through! {
    f32 => i64 => u8, i8, i16, i32;
    f64 => i64 => u8, i8, i16, i32;
    i64 => f32 => f16, bf16;
    f64 => f32 => f16, bf16;
    f16 => f32 => f64, i64;
    bf16 => f32 => f64, i64;
    Bool => i64 => f32, f64;
}

impl To<i64> for Bool {
    #[inline(always)]
    fn to(self) -> i64 {
        (self.0 != 0) as i64
    }
}

macro_rules! flags {
    ($($from:ty),*) => { $(
        impl To<Bool> for $from {
            #[inline(always)]
            fn to(self) -> Bool { Bool((self != 0 as $from) as u8) }
        }
    )* };
}

flags!(f32, f64, i64);

macro_rules! same {
    ($($t:ty),*) => { $(
        impl To<$t> for $t {
            #[inline(always)]
            fn to(self) -> $t { self }
        }
    )* };
}

same!(u8, u16, u32, u64);

impl To<f32> for bf16 {
    #[inline(always)]
    fn to(self) -> f32 {
        f32::from_bits((self.to_bits() as u32) << 16)
    }
}

impl To<bf16> for f32 {
    #[inline(always)]
    fn to(self) -> bf16 {
        let bits = self.to_bits();
        let rounded = bits.wrapping_add(0x7fff + (bits >> 16 & 1)) >> 16;
        let quiet = bits >> 16 | 0x40;
        bf16::from_bits(if self.is_nan() { quiet } else { rounded } as u16)
    }
}

impl To<f32> for f16 {
    /// Shifts the fields into position and rescales by a multiplication, which also normalizes subnormals.
    #[inline(always)]
    fn to(self) -> f32 {
        let bits = self.to_bits() as u32;
        let finite = f32::from_bits((bits & 0x7fff) << 13) * f32::from_bits(0x7780_0000);
        let special = f32::from_bits((bits & 0x7fff) << 13 | 0x7f80_0000);
        let magnitude = if bits & 0x7c00 == 0x7c00 {
            special
        } else {
            finite
        };
        f32::from_bits(magnitude.to_bits() | (bits & 0x8000) << 16)
    }
}

impl To<f16> for f32 {
    /// Rounds to nearest even: by integer addition for normal results, by adding 0.5 for subnormal ones.
    #[inline(always)]
    fn to(self) -> f16 {
        let bits = self.to_bits();
        let (sign, magnitude) = (bits >> 16 & 0x8000, bits & 0x7fff_ffff);
        let odd = magnitude >> 13 & 1;
        let normal = magnitude.wrapping_sub(112 << 23).wrapping_add(0xfff + odd) >> 13;
        let subnormal = (f32::from_bits(magnitude) + 0.5)
            .to_bits()
            .wrapping_sub(0.5f32.to_bits());
        let special = if magnitude > 0x7f80_0000 {
            0x7e00 | (magnitude >> 13 & 0x3ff)
        } else {
            0x7c00
        };
        let rounded = if magnitude < 113 << 23 {
            subnormal
        } else {
            normal
        };
        let result = if magnitude >= 143 << 23 {
            special
        } else {
            rounded
        };
        f16::from_bits((result | sign) as u16)
    }
}

/// Conversion between contiguous memory, which vectorizes.
struct Dense<S, D> {
    dst: *mut D,
    src: *const S,
    n: usize,
}

impl<S: To<D> + Copy, D: Copy> Work for Dense<S, D> {
    type Output = ();
    const SIMD: Simd = Simd::Avx2;

    #[inline(always)]
    fn run(self) {
        for i in 0..self.n {
            // SAFETY: the caller of the conversion guarantees `n` elements behind both pointers.
            unsafe { self.dst.add(i).write(self.src.add(i).read().to()) }
        }
    }

    fn plain(self) {
        // SAFETY: as in `run`.
        unsafe { strided(self.dst, size_of::<D>(), self.src, size_of::<S>(), self.n) }
    }
}

/// Converts `n` elements, `src_step` and `dst_step` bytes apart.
///
/// # Safety
/// `n` elements are readable from `src` on and writable from `dst` on at these distances; pointers and distances are aligned for their types.
#[inline(never)]
unsafe fn strided<S: To<D> + Copy, D: Copy>(
    dst: *mut D,
    dst_step: usize,
    src: *const S,
    src_step: usize,
    n: usize,
) {
    for i in 0..n {
        // SAFETY: the caller of the conversion guarantees `n` elements at these strides. Storages are aligned beyond every element, and
        // strides and offsets are whole elements.
        unsafe {
            let x = src.byte_add(i * src_step).read().to();
            dst.byte_add(i * dst_step).write(x);
        }
    }
}

/// Writes `x` `n` times.
///
/// # Safety
/// `dst` is aligned and writable for `n` elements.
#[inline(never)]
unsafe fn splat<D: Copy>(dst: *mut D, x: D, n: usize) {
    for i in 0..n {
        // SAFETY: the caller of the conversion guarantees `n` elements behind `dst`.
        unsafe { dst.add(i).write(x) }
    }
}

/// The [`Convert`] from `S` to `D`.
///
/// # Safety
/// As for [`strided`]. With a `src_step` of 0, `src` is readable even if `n` is 0.
unsafe fn run<S: To<D> + Copy, D: Copy>(
    dst: *mut u8,
    dst_step: usize,
    src: *const u8,
    src_step: usize,
    n: usize,
) {
    let (dst, src) = (dst.cast::<D>(), src.cast::<S>());
    let dense = n == 1 || dst_step == size_of::<D>();
    // SAFETY: guaranteed by the caller.
    unsafe {
        if dense && (src_step == size_of::<S>() || n == 1) {
            dispatch(Dense { dst, src, n });
        } else if dense && src_step == 0 {
            splat(dst, src.read().to(), n);
        } else {
            strided(dst, dst_step, src, src_step, n);
        }
    }
}

/// The conversion from `from` to the compute type `to` (`float32`, `float64` or `int64`; a condition stays `bool`).
pub(crate) fn load(from: DType, to: DType) -> Convert {
    match to {
        DType::F64 => with_number!(from, T => run::<T, f64>),
        DType::F16 | DType::BF16 | DType::F32 => with_number!(from, T => run::<T, f32>),
        DType::I64 | DType::I32 | DType::I16 => with_number!(from, T => run::<T, i64>),
        DType::Bool | DType::U8 | DType::I8 => run::<u8, u8>,
    }
}

/// The conversion from the compute type `from` (or from `bool`, the result of tests) to `to`.
pub(crate) fn store(from: DType, to: DType) -> Convert {
    match from {
        DType::F64 => with_number!(to, T => run::<f64, T>),
        DType::F16 | DType::BF16 | DType::F32 => with_number!(to, T => run::<f32, T>),
        DType::I64 | DType::I32 | DType::I16 => with_number!(to, T => run::<i64, T>),
        DType::Bool | DType::U8 | DType::I8 => run::<u8, u8>,
    }
}

/// Moves elements of `size` bytes unchanged.
pub(crate) fn shift(size: usize) -> Convert {
    match size {
        1 => run::<u8, u8>,
        2 => run::<u16, u16>,
        4 => run::<u32, u32>,
        _ => run::<u64, u64>,
    }
}

/// Writes the number in the first `size` bytes of `number` (4 or 8) `n` times.
///
/// # Safety
/// `dst` holds `n` numbers.
#[inline]
pub(super) unsafe fn repeat(dst: *mut u8, number: &[u8; 8], size: usize, n: usize) {
    let [a, b, c, d, ..] = *number;
    // SAFETY: guaranteed by the caller.
    unsafe {
        match size {
            4 => splat(dst.cast(), u32::from_ne_bytes([a, b, c, d]), n),
            _ => splat(dst.cast(), u64::from_ne_bytes(*number), n),
        }
    }
}
