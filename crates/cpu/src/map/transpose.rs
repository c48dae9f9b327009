//! Transposed copies, in squares small enough for registers, so that every cache line is read and written whole.

/// Transposes a square of [`SQUARE`] by [`SQUARE`] elements: dst, the distance of its rows, src, the distance of its rows (in bytes).
pub(super) type Square = unsafe fn(*mut u8, usize, *const u8, usize);

/// Rows and columns of a square.
pub(super) const SQUARE: usize = 8;

/// The fastest way to transpose a square of elements of `size` bytes.
pub(super) fn square(size: usize) -> Square {
    match size {
        1 => plain::<u8>,
        2 => plain::<u16>,
        #[cfg(target_arch = "x86_64")]
        4 if crate::simd::level() >= crate::simd::Simd::Avx2 => avx2,
        4 => plain::<u32>,
        _ => plain::<u64>,
    }
}

/// Transposes element by element.
///
/// # Safety
/// Both pointers and the distances of rows are aligned for `T`; [`SQUARE`] rows of as many elements are readable from `src` on and writable
/// from `dst` on. The squares do not overlap.
unsafe fn plain<T: Copy>(dst: *mut u8, dst_row: usize, src: *const u8, src_row: usize) {
    for i in 0..SQUARE {
        for j in 0..SQUARE {
            // SAFETY: the caller guarantees a square at both pointers.
            unsafe {
                let x = src.add(j * src_row).cast::<T>().add(i).read();
                dst.add(i * dst_row).cast::<T>().add(j).write(x);
            }
        }
    }
}

/// Exchanges pairs, then groups of four, then halves of rows.
///
/// # Safety
/// The CPU has AVX2; squares of 4-byte elements are at both pointers.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn avx2(dst: *mut u8, dst_row: usize, src: *const u8, src_row: usize) {
    use std::arch::x86_64::*;
    // SAFETY: eight elements in each of the eight rows of both squares, as the caller guarantees; the accesses need no alignment.
    unsafe {
        let x: [__m256; 8] = std::array::from_fn(|i| _mm256_loadu_ps(src.add(i * src_row).cast()));
        let pairs: [__m256; 8] = std::array::from_fn(|i| {
            let (a, b) = (x[i & !1], x[i | 1]);
            if i & 1 == 0 {
                _mm256_unpacklo_ps(a, b)
            } else {
                _mm256_unpackhi_ps(a, b)
            }
        });
        let fours: [__m256; 8] = std::array::from_fn(|i| {
            // Columns i % 4 and 4 + i % 4 of rows 0..4 (i < 4) or 4..8.
            let at = i & 4 | i >> 1 & 1;
            let (a, b) = (pairs[at], pairs[at + 2]);
            if i & 1 == 0 {
                _mm256_shuffle_ps::<0b01_00_01_00>(a, b)
            } else {
                _mm256_shuffle_ps::<0b11_10_11_10>(a, b)
            }
        });
        for i in 0..8 {
            let (a, b) = (fours[i & 3], fours[i & 3 | 4]);
            let row = if i < 4 {
                _mm256_permute2f128_ps::<0x20>(a, b)
            } else {
                _mm256_permute2f128_ps::<0x31>(a, b)
            };
            _mm256_storeu_ps(dst.add(i * dst_row).cast(), row);
        }
    }
}

/// Copies a rectangle: element (c, r) of the output, `c size + r down` bytes on, is that of the input at `c across + r size`.
///
/// # Safety
/// All `cols` times `rows` elements are inside both operands, whose elements have `size` bytes, for which `square` was chosen.
pub(super) unsafe fn rectangle(
    square: Square,
    size: usize,
    (dst, down): (*mut u8, usize),
    (src, across): (*const u8, usize),
    [cols, rows]: [usize; 2],
) {
    let whole = |n: usize| n - n % SQUARE;
    // Two neighbouring squares fill the output's cache lines before the next rows start.
    for r in (0..whole(rows)).step_by(SQUARE) {
        for c in (0..whole(cols)).step_by(SQUARE) {
            // SAFETY: the square is inside the rectangle.
            unsafe {
                square(
                    dst.add(r * down + c * size),
                    down,
                    src.add(c * across + r * size),
                    across,
                );
            }
        }
    }
    let one = |c: usize, r: usize| {
        // SAFETY: (c, r) is inside the rectangle.
        unsafe {
            let (to, from) = (dst.add(r * down + c * size), src.add(c * across + r * size));
            std::ptr::copy_nonoverlapping(from, to, size);
        }
    };
    for r in 0..rows {
        let done = if r < whole(rows) { whole(cols) } else { 0 };
        (done..cols).for_each(|c| one(c, r));
    }
}
