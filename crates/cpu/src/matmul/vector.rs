//! Products with a vector. Every element of the matrix is used once, so the speed depends only on reading it sequentially.

use super::matrix::Matrix;
use super::pack::DEPTH;
use super::tile::{load, store};
use super::vector_float::VectorFloat;
use crate::parallel;
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// The number of rows of the left operand up to which dense columns of the right one are summed in place.
pub(super) const DOT_ROWS: usize = 4;
/// The number of columns summed in one pass over the rows of a matrix.
const SPAN: usize = 4096;
/// The number of rows or columns of a matrix that are read together.
const TOGETHER: usize = 4;

/// The initial value of a row of the result: zero, or elements `col` apart.
#[derive(Clone, Copy)]
pub(super) struct Start<T> {
    pub pointer: *const T,
    pub col: usize,
}

// SAFETY: only read.
unsafe impl<T> Send for Start<T> {}
// SAFETY: threads only read through the pointer.
unsafe impl<T> Sync for Start<T> {}

impl<T: VectorFloat> Start<T> {
    /// `sum` plus the initial value of column `j`.
    ///
    /// # Safety
    /// The pointer is null, or an element is readable `j col` after it.
    #[inline(always)]
    unsafe fn plus(self, j: usize, sum: T) -> T {
        match self.pointer.is_null() {
            true => sum,
            // SAFETY: valid for every column, as the caller guarantees.
            false => unsafe { *self.pointer.add(j * self.col) + sum },
        }
    }
}

/// Dense rows `a: [m, k]` times dense columns `b: [k, n]`, each sum in SIMD lanes.
pub(super) struct Dots<T> {
    pub size: [usize; 3],
    pub a: Matrix<T>,
    pub b: Matrix<T>,
    pub c: Matrix<T>,
    pub start: Start<T>,
}

impl<T: VectorFloat> Dots<T> {
    /// # Safety
    ///
    /// The matrices are valid, `a.col`, `b.row` and `c.col` are 1.
    pub unsafe fn run<S: Simd>(&self, simd: S) {
        let [_, n, k] = self.size;
        let grain = parallel::grain(k * size_of::<T>()).next_multiple_of(TOGETHER);
        parallel::for_ranges(n, grain, |columns| {
            simd.vectorize(Part {
                dots: self,
                columns,
            });
        });

        struct Part<'a, T> {
            dots: &'a Dots<T>,
            columns: Range<usize>,
        }
        impl<T: VectorFloat> WithSimd for Part<'_, T> {
            type Output = ();
            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                let Part { dots, columns } = self;
                for j in columns.clone().step_by(TOGETHER) {
                    for i in 0..dots.size[0] {
                        // SAFETY: rows and columns in range.
                        unsafe {
                            match columns.end - j {
                                TOGETHER.. => dots.some::<S, TOGETHER>(simd, i, j),
                                left => (j..j + left).for_each(|j| dots.some::<S, 1>(simd, i, j)),
                            }
                        }
                    }
                }
            }
        }
    }

    /// Computes row `i` of the columns `j..j + N` of the result.
    ///
    /// # Safety
    /// As for [`Dots::run`]; the row and the columns exist.
    #[inline(always)]
    unsafe fn some<S: Simd, const N: usize>(&self, simd: S, i: usize, j: usize) {
        let (lanes, k) = (T::lanes::<S>(), self.size[2]);
        let mut even = [T::splat(simd, T::ZERO); N];
        let mut odd = even;
        let mut rest = [T::ZERO; N];
        // SAFETY: `k` elements of a row and of each column.
        unsafe {
            let a = self.a.at(i, 0).pointer;
            let b = self.b.at(0, j).pointer;
            let col = self.b.col;
            let mut p = 0;
            while p + 2 * lanes <= k {
                let x = load(a.wrapping_add(p).cast::<T::Vector<S>>());
                let y = load(a.wrapping_add(p + lanes).cast::<T::Vector<S>>());
                for (q, (even, odd)) in even.iter_mut().zip(&mut odd).enumerate() {
                    let b = b.wrapping_add(q * col + p);
                    *even = T::mul_add(simd, x, load(b.cast()), *even);
                    *odd = T::mul_add(simd, y, load(b.wrapping_add(lanes).cast()), *odd);
                }
                p += 2 * lanes;
            }
            if p + lanes <= k {
                let x = load(a.wrapping_add(p).cast::<T::Vector<S>>());
                for (q, even) in even.iter_mut().enumerate() {
                    let b = b.wrapping_add(q * col + p);
                    *even = T::mul_add(simd, x, load(b.cast()), *even);
                }
                p += lanes;
            }
            for p in p..k {
                for (q, rest) in rest.iter_mut().enumerate() {
                    *rest = load(a.wrapping_add(p)).fused(load(b.wrapping_add(q * col + p)), *rest);
                }
            }
            for q in 0..N {
                let sum = T::sum(simd, T::plus(simd, even[q], odd[q])) + rest[q];
                *self.c.at(i, j + q).pointer = self.start.plus(j + q, sum);
            }
        }
    }
}

/// A row `a: [1, k]` times dense rows `b: [k, n]`, each sum in the order of a tile.
pub(super) struct Rows<T> {
    pub n: usize,
    pub k: usize,
    pub a: Matrix<T>,
    pub b: Matrix<T>,
    pub c: Matrix<T>,
    pub start: Start<T>,
}

impl<T: VectorFloat> Rows<T> {
    /// # Safety
    ///
    /// The matrices are valid, `b.col` and `c.col` are 1.
    pub unsafe fn run<S: Simd>(&self, simd: S) {
        let grain = self.n.div_ceil(2).clamp(512, SPAN);
        parallel::for_ranges(self.n, grain, |columns| {
            simd.vectorize(Part {
                rows: self,
                columns,
            });
        });

        struct Part<'a, T> {
            rows: &'a Rows<T>,
            columns: Range<usize>,
        }
        impl<T: VectorFloat> WithSimd for Part<'_, T> {
            type Output = ();
            #[inline(always)]
            fn with_simd<S: Simd>(self, simd: S) {
                // SAFETY: columns in range.
                unsafe { self.rows.span(simd, self.columns) }
            }
        }
    }

    /// Computes these columns of the result.
    ///
    /// # Safety
    /// As for [`Rows::run`]; the columns exist, at most [`SPAN`] of them.
    #[inline(always)]
    unsafe fn span<S: Simd>(&self, simd: S, columns: Range<usize>) {
        let mut sums = std::mem::MaybeUninit::<[T; SPAN]>::uninit();
        // SAFETY: ranges are at most SPAN long; zeros make the part that is used initialized.
        let sums = unsafe {
            let sums = sums.as_mut_ptr().cast::<T>();
            std::ptr::write_bytes(sums, 0, columns.len());
            std::slice::from_raw_parts_mut(sums, columns.len())
        };
        for depth in (0..self.k.max(1)).step_by(DEPTH) {
            sums.fill(T::ZERO);
            let end = self.k.min(depth + DEPTH);
            // SAFETY: rows `depth..end` and these columns are in range.
            unsafe {
                let mut p = depth;
                while p + TOGETHER <= end {
                    self.add::<S, TOGETHER>(simd, p, columns.start, sums);
                    p += TOGETHER;
                }
                for p in p..end {
                    self.add::<S, 1>(simd, p, columns.start, sums);
                }
                for (j, &sum) in columns.clone().zip(sums.iter()) {
                    let c = self.c.at(0, j).pointer;
                    *c = match depth {
                        0 => self.start.plus(j, sum),
                        _ => *c + sum,
                    };
                }
            }
        }
    }

    /// Adds `N` rows of the matrix, each times its factor.
    ///
    /// # Safety
    /// As for [`Rows::run`]; `b` has the rows `p..p + N`, and as many columns from `first` on as there are sums.
    #[inline(always)]
    unsafe fn add<S: Simd, const N: usize>(&self, simd: S, p: usize, first: usize, sums: &mut [T]) {
        let lanes = T::lanes::<S>();
        // SAFETY: as the caller guarantees.
        unsafe {
            let x: [T; N] = std::array::from_fn(|q| *self.a.at(0, p + q).pointer);
            let b = self.b.at(p, first).pointer;
            let mut j = 0;
            while j + lanes <= sums.len() {
                let at = sums.as_mut_ptr().wrapping_add(j).cast::<T::Vector<S>>();
                let mut sum = load(at);
                for (q, &x) in x.iter().enumerate() {
                    let b = b.wrapping_add(q * self.b.row + j);
                    sum = T::mul_add(simd, T::splat(simd, x), load(b.cast()), sum);
                }
                store(at, sum);
                j += lanes;
            }
            for (j, sum) in sums.iter_mut().enumerate().skip(j) {
                for (q, x) in x.iter().enumerate() {
                    *sum = x.fused(load(b.wrapping_add(q * self.b.row + j)), *sum);
                }
            }
        }
    }
}
