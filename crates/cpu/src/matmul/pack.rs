//! Packing: copies of operands in the order in which tiles read them.

use super::matrix::Matrix;
use super::tile::{Walk, columns, copy};
use super::vector_float::{BLOCK, VectorFloat};
use pulp::{Simd, WithSimd};

/// The number of inner indices summed in one pass over the tiles. The sums of the passes are added, which also keeps rounding errors small.
pub(crate) const DEPTH: usize = 256;

/// Copies `k` rows of `width` columns of `b` to `to`, as rows of [`columns`], padded with zeros.
///
/// # Safety
///
/// `b` is valid for `k` by `width`, `to` for `k` by [`columns`].
pub(crate) unsafe fn panel<T: VectorFloat, S: Simd>(
    simd: S,
    k: usize,
    width: usize,
    b: Matrix<T>,
    to: *mut T,
) {
    struct Pack<T> {
        k: usize,
        width: usize,
        b: Matrix<T>,
        to: *mut T,
    }
    impl<T: VectorFloat> WithSimd for Pack<T> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            let Pack { k, width, b, to } = self;
            let wide = columns::<T, S>();
            // SAFETY: guaranteed by the caller.
            unsafe {
                if width < wide {
                    std::slice::from_raw_parts_mut(to, k * wide).fill(T::ZERO);
                }
                if b.col == 1 && width == wide {
                    for p in 0..k {
                        let from = b.pointer.add(p * b.row);
                        std::ptr::copy_nonoverlapping(from, to.add(p * wide), columns::<T, S>());
                    }
                } else if b.row == 1 {
                    let (whole, high) = (width / BLOCK * BLOCK, k / BLOCK * BLOCK);
                    for p in (0..high).step_by(BLOCK) {
                        for j in (0..whole).step_by(BLOCK) {
                            let from = b.pointer.add(j * b.col + p);
                            T::transpose_block(from, b.col, to.add(p * wide + j), wide);
                        }
                        plain(b, p..p + BLOCK, whole..width, to, wide);
                    }
                    plain(b, high..k, 0..width, to, wide);
                } else {
                    plain(b, 0..k, 0..width, to, wide);
                }
            }
        }
    }
    simd.vectorize(Pack { k, width, b, to });
}

/// Copies these rows and columns of `b` to the same coordinates of `to`, whose rows have `wide` elements.
///
/// # Safety
/// `b` has these rows and columns, and `to` is writable there.
#[inline(always)]
unsafe fn plain<T: VectorFloat>(
    b: Matrix<T>,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
    to: *mut T,
    wide: usize,
) {
    for p in rows {
        for j in columns.clone() {
            // SAFETY: guaranteed by the caller.
            unsafe { *to.add(p * wide + j) = *b.pointer.add(p * b.row + j * b.col) };
        }
    }
}

/// Copies `rows` rows of `k` columns of `a` to `to`, in the order in which they lie in memory, and returns their layout there: the walk, and the
/// distance between rows.
///
/// # Safety
///
/// `a` is valid for `rows` by `k`, `to` for `rows` by [`DEPTH`] elements.
pub(crate) unsafe fn strip<T: VectorFloat, S: Simd>(
    simd: S,
    rows: usize,
    k: usize,
    a: Matrix<T>,
    to: *mut T,
) -> (Walk, usize) {
    struct Pack<T> {
        rows: usize,
        k: usize,
        a: Matrix<T>,
        to: *mut T,
    }
    impl<T: VectorFloat> WithSimd for Pack<T> {
        type Output = ();
        #[inline(always)]
        fn with_simd<S: Simd>(self, _: S) {
            let Pack { rows, k, a, to } = self;
            // SAFETY: guaranteed by the caller.
            unsafe {
                if a.row == 1 {
                    for p in 0..k {
                        copy(a.pointer.add(p * a.col), to.add(p * rows), rows);
                    }
                    return;
                }
                for i in 0..rows {
                    let (from, to) = (a.pointer.add(i * a.row), to.add(i * DEPTH));
                    if a.col == 1 {
                        std::ptr::copy_nonoverlapping(from, to, k);
                    } else {
                        (0..k).for_each(|p| *to.add(p) = *from.add(p * a.col));
                    }
                }
            }
        }
    }
    simd.vectorize(Pack { rows, k, a, to });
    strip_layout(rows, k, a)
}

/// The layout of a packed strip: see [`strip`].
pub(crate) fn strip_layout<T>(rows: usize, k: usize, a: Matrix<T>) -> (Walk, usize) {
    match a.row {
        1 => (Walk::uniform(k, rows), 1),
        _ => (Walk::uniform(k, 1), DEPTH),
    }
}
