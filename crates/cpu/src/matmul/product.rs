//! One product of two matrices of floats, cut into blocks of the result.

use super::{Bias, Kernel};
use crate::parallel;
use rushlight_backend::Result;

/// A matrix in memory: element (i, j) lies at `pointer + i row + j col`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<T> {
    pub pointer: *mut T,
    pub row: usize,
    pub col: usize,
}

// SAFETY: a pointer into memory whose lock the operation holds; kernels write disjoint blocks.
unsafe impl<T> Send for Matrix<T> {}
// SAFETY: as above.
unsafe impl<T> Sync for Matrix<T> {}

impl<T> Matrix<T> {
    /// The matrix from element (i, j) on.
    ///
    /// # Safety
    ///
    /// The element exists, or nothing is read through the result.
    pub unsafe fn at(self, i: usize, j: usize) -> Matrix<T> {
        // SAFETY: the caller's promise.
        let pointer = unsafe { self.pointer.add(i * self.row + j * self.col) };
        Matrix { pointer, ..self }
    }
}

/// Rows and columns of a block of the result: large enough to be worth another thread, by size alone.
fn blocks(m: usize, n: usize, k: usize) -> (usize, usize) {
    if m * n * k < 1 << 20 {
        (m, n)
    } else if m >= n {
        (m.div_ceil(8).next_multiple_of(16), n)
    } else {
        (m, n.div_ceil(8).next_multiple_of(16))
    }
}

macro_rules! float {
    ($($t:ty),*) => { $(
        impl Kernel for $t {
            unsafe fn product(
                [m, n, k]: [usize; 3],
                a: Matrix<$t>,
                b: Matrix<$t>,
                c: Matrix<$t>,
                bias: Option<Bias<$t>>,
            ) -> Result<()> {
                let (rows, cols) = blocks(m, n, k);
                let (down, across) = (m.div_ceil(rows.max(1)), n.div_ceil(cols.max(1)));
                parallel::for_ranges(down * across, 1, |range| {
                    for part in range {
                        let (i, j) = (part / across * rows, part % across * cols);
                        let (rows, cols) = (rows.min(m - i), cols.min(n - j));
                        // SAFETY: the block lies within the matrices, and no other part writes it.
                        unsafe {
                            let (a, b, c) = (a.at(i, 0), b.at(0, j), c.at(i, j));
                            if let Some(Bias(bias)) = bias {
                                for r in 0..rows {
                                    std::ptr::copy_nonoverlapping(bias.add(j), c.at(r, 0).pointer, cols);
                                }
                            }
                            let s = |x: usize| x as isize;
                            gemm::gemm(
                                rows, cols, k,
                                c.pointer, s(c.col), s(c.row), bias.is_some(),
                                a.pointer, s(a.col), s(a.row),
                                b.pointer, s(b.col), s(b.row),
                                1.0, 1.0, false, false, false, gemm::Parallelism::None,
                            );
                        }
                    }
                });
                Ok(())
            }
        }
    )* };
}

float!(f32, f64);
