//! `f32` and `f64` with the SIMD vectors of any instruction set.

use bytemuck::Pod;
use pulp::Simd;
use std::ops::Add;

/// `f32` or `f64`, with the vector operations that a register tile needs.
pub(crate) trait VectorFloat: Pod + Add<Output = Self> + Send + Sync {
    /// A register of the instruction set `S`.
    type Vector<S: Simd>: Copy;
    const ZERO: Self;

    fn lanes<S: Simd>() -> usize {
        size_of::<Self::Vector<S>>() / size_of::<Self>()
    }
    fn splat<S: Simd>(simd: S, x: Self) -> Self::Vector<S>;
    fn plus<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a b + c`, rounded once where the hardware can.
    fn mul_add<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// `self b + c`, rounded once.
    fn fused(self, b: Self, c: Self) -> Self;
    /// The sum of the SIMD lanes, in a fixed order.
    fn sum<S: Simd>(simd: S, a: Self::Vector<S>) -> Self;
    /// Writes the transpose of an 8 x 8 block: element (i, j) from `from + i step` + j to `to + j stride` + i.
    ///
    /// # Safety
    ///
    /// Both blocks are valid.
    unsafe fn transpose_block(from: *const Self, step: usize, to: *mut Self, stride: usize);
}

/// The number of rows and columns of [`VectorFloat::transpose_block`].
pub(crate) const BLOCK: usize = 8;

macro_rules! real {
    ($t:ty, $v:ident, $splat:ident, $add:ident, $mul_add:ident, $sum:ident, $transpose:ident) => {
        impl VectorFloat for $t {
            type Vector<S: Simd> = S::$v;
            const ZERO: Self = 0.0;

            #[inline(always)]
            fn splat<S: Simd>(simd: S, x: Self) -> S::$v {
                simd.$splat(x)
            }
            #[inline(always)]
            fn plus<S: Simd>(simd: S, a: S::$v, b: S::$v) -> S::$v {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn mul_add<S: Simd>(simd: S, a: S::$v, b: S::$v, c: S::$v) -> S::$v {
                simd.$mul_add(a, b, c)
            }
            #[inline(always)]
            fn fused(self, b: Self, c: Self) -> Self {
                self.mul_add(b, c)
            }
            #[inline(always)]
            fn sum<S: Simd>(simd: S, a: S::$v) -> Self {
                simd.$sum(a)
            }
            #[inline(always)]
            unsafe fn transpose_block(
                from: *const Self,
                step: usize,
                to: *mut Self,
                stride: usize,
            ) {
                // SAFETY: guaranteed by the caller.
                unsafe { $transpose(from, step, to, stride) }
            }
        }
    };
}

real!(
    f32,
    f32s,
    splat_f32s,
    add_f32s,
    mul_add_e_f32s,
    reduce_sum_f32s,
    transpose_f32
);
real!(
    f64,
    f64s,
    splat_f64s,
    add_f64s,
    mul_add_e_f64s,
    reduce_sum_f64s,
    transpose_plain
);

/// [`VectorFloat::transpose_block`] for elements of any type.
///
/// # Safety
/// [`BLOCK`] elements are readable from `from + i step` on and writable from `to + i stride` on for each `i` below [`BLOCK`]; the blocks do not
/// overlap.
#[inline(always)]
unsafe fn transpose_plain<T: Copy>(from: *const T, step: usize, to: *mut T, stride: usize) {
    for i in 0..BLOCK {
        for j in 0..BLOCK {
            // SAFETY: within the blocks, as the caller guarantees.
            unsafe { *to.add(j * stride + i) = *from.add(i * step + j) };
        }
    }
}

/// [`VectorFloat::transpose_block`] for `f32`.
///
/// # Safety
/// As for [`transpose_plain`].
#[inline(always)]
unsafe fn transpose_f32(from: *const f32, step: usize, to: *mut f32, stride: usize) {
    #[cfg(target_arch = "x86_64")]
    if crate::simd::level() >= crate::simd::Simd::Avx2 {
        // SAFETY: the CPU has the instructions; the blocks are valid, as the caller guarantees.
        return unsafe { transpose_f32_avx(from, step, to, stride) };
    }
    // SAFETY: guaranteed by the caller.
    unsafe { transpose_plain(from, step, to, stride) }
}

/// [`VectorFloat::transpose_block`] for `f32`, with AVX.
///
/// # Safety
/// The CPU has AVX; otherwise as for [`transpose_plain`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx")]
unsafe fn transpose_f32_avx(from: *const f32, step: usize, to: *mut f32, stride: usize) {
    use std::arch::x86_64::*;
    // SAFETY: rows of eight within the blocks.
    unsafe {
        // Halves of rows i and i + 4 share a register, so that the last step of the usual network is in the loads.
        let pair = |i: usize, at: usize| {
            let low = _mm_loadu_ps(from.add(i * step + at));
            let high = _mm_loadu_ps(from.add((i + 4) * step + at));
            _mm256_insertf128_ps::<1>(_mm256_castps128_ps256(low), high)
        };
        for at in [0, 4] {
            let (r0, r1, r2, r3) = (pair(0, at), pair(1, at), pair(2, at), pair(3, at));
            let (a, b) = (_mm256_unpacklo_ps(r0, r1), _mm256_unpackhi_ps(r0, r1));
            let (c, d) = (_mm256_unpacklo_ps(r2, r3), _mm256_unpackhi_ps(r2, r3));
            _mm256_storeu_ps(to.add(at * stride), _mm256_shuffle_ps::<0x44>(a, c));
            _mm256_storeu_ps(to.add((at + 1) * stride), _mm256_shuffle_ps::<0xEE>(a, c));
            _mm256_storeu_ps(to.add((at + 2) * stride), _mm256_shuffle_ps::<0x44>(b, d));
            _mm256_storeu_ps(to.add((at + 3) * stride), _mm256_shuffle_ps::<0xEE>(b, d));
        }
    }
}
