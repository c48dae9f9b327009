//! A product of two matrices of floats, split into blocks of the result, which are split into tiles.
//!
//! The right operand is packed once into panels as wide as a tile, the left one strip by strip. Small and narrow products skip
//! the packing if their operand can be read in place.

use super::matrix::Matrix;
use super::tile::{self, ROWS, Tile, Walk, columns};
use super::vector::{DOT_ROWS, Dots, Rows, Start};
use super::vector_float::VectorFloat;
use super::{Bias, Multiply, pack};
use crate::buffer::CpuBuffer;
use crate::parallel;
use pack::DEPTH;
use pulp::{Simd, WithSimd};
use rushlight_backend::Result;

/// The number of multiplications that are worth another thread.
const TASK: usize = 1 << 20;
/// The number of columns of a block from which on rows are split instead.
const BLOCK_COLUMNS: usize = 128;
/// The number of rows up to which the right operand is read in place, because it is read too few times to justify a copy.
const FEW_ROWS: usize = 16;
/// The number of elements up to which a right operand stays in the L1 cache without packing.
const NEAR: usize = 1 << 12;
/// The number of elements of the right operand that are packed at a time.
const PACKED: usize = 1 << 24;

macro_rules! float {
    ($($t:ty),*) => { $(
        impl Multiply for $t {
            unsafe fn product(
                size: [usize; 3],
                a: Matrix<$t>,
                b: Matrix<$t>,
                c: Matrix<$t>,
                bias: Option<Bias<$t>>,
            ) -> Result<()> {
                let start = bias.map_or(std::ptr::null(), |b| b.0);
                crate::simd::arch().dispatch(Product { size, a, b, c, start })
            }
        }
    )* };
}

float!(f32, f64);

struct Product<T> {
    size: [usize; 3],
    a: Matrix<T>,
    b: Matrix<T>,
    c: Matrix<T>,
    /// The initial value of every row of the result; null for zeros.
    start: *const T,
}

// SAFETY: the matrices are pointers to memory that the call's locks keep alive until all threads have ended.
unsafe impl<T> Send for Product<T> {}
// SAFETY: threads share the matrices as `Matrix` allows, each of which writes other blocks of `c`.
unsafe impl<T> Sync for Product<T> {}

impl<T: VectorFloat> WithSimd for Product<T> {
    type Output = Result<()>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Result<()> {
        let [m, n, k] = self.size;
        if m == 0 || n == 0 {
            return Ok(());
        }
        let mut start = Start {
            pointer: self.start,
            col: 1,
        };
        let Product { a, b, c, .. } = self;
        // A matrix times a column is a row times the transposed matrix.
        let column = n == 1 && m > 1 && c.row == 1;
        let ([m, n], a, b, c) = match column {
            true => ([1, m], b.transposed(), a.transposed(), c.transposed()),
            false => ([m, n], a, b, c),
        };
        if column {
            start.col = 0;
        }
        // SAFETY: as the product's caller guarantees; the layouts are those that the kernels require.
        unsafe {
            if m <= DOT_ROWS && b.row == 1 && a.col == 1 && b.col > 1 {
                let size = [m, n, k];
                Dots {
                    size,
                    a,
                    b,
                    c,
                    start,
                }
                .run(simd);
                return Ok(());
            }
            if m == 1 && b.col == 1 {
                Rows {
                    n,
                    k,
                    a,
                    b,
                    c,
                    start,
                }
                .run(simd);
                return Ok(());
            }
        }
        self.large(simd)
    }
}

impl<T: VectorFloat> Product<T> {
    #[inline(never)]
    fn large<S: Simd>(&self, simd: S) -> Result<()> {
        let [m, n, k] = self.size;
        let wide = columns::<T, S>();
        let in_place = self.b.col == 1 && (m <= FEW_ROWS || k * n <= NEAR);
        let span = match in_place {
            true => n,
            false => (PACKED / k.max(1) / wide * wide).clamp(wide, n.next_multiple_of(wide)),
        };
        let room = match (in_place, n % wide) {
            (true, 0) => 0,
            (true, _) => k * wide,
            (false, _) => k * span,
        };
        let scratch = CpuBuffer::new(room * size_of::<T>())?;
        let packed = Matrix {
            pointer: scratch.pointer().cast::<T>(),
            row: wide,
            col: k * wide,
        };
        for first in (0..n).step_by(span) {
            let n = span.min(n - first);
            let panels = n.div_ceil(wide);
            // SAFETY: the panels are within `b` and the scratch memory; in place, only the last one is packed, if it is not whole.
            unsafe {
                let pack = |j: usize, to: *mut T| {
                    let width = wide.min(n - j * wide);
                    pack::panel(simd, k, width, self.b.at(0, first + j * wide), to);
                };
                if !in_place {
                    let grain = parallel::grain(2 * k * wide * size_of::<T>());
                    parallel::for_ranges(panels, grain, |range| {
                        range.for_each(|j| pack(j, packed.at(0, j).pointer));
                    });
                } else if n % wide != 0 {
                    pack(panels - 1, packed.pointer);
                }
            }
            let panel = |j: usize| match in_place {
                // SAFETY: all columns of panel `j` are in `b`.
                true if (j + 1) * wide <= n => (
                    unsafe { self.b.at(0, j * wide).pointer as *const T },
                    self.b.row,
                ),
                // SAFETY: `packed` has room for the last panel, the only one in it.
                true => (unsafe { packed.at(0, 0).pointer as *const T }, wide),
                // SAFETY: `packed` has all panels, of which `j` is one.
                false => (unsafe { packed.at(0, j).pointer as *const T }, wide),
            };
            let tasks = (m * n).saturating_mul(k) / TASK;
            if tasks <= 1 {
                self.block(simd, 0..m, first, n, 0..panels, panel);
                continue;
            }
            let block_panels = panels
                .div_ceil(tasks)
                .max((BLOCK_COLUMNS / wide).min(panels));
            let across = panels.div_ceil(block_panels);
            let rows = m
                .div_ceil(tasks.min(64).div_ceil(across))
                .next_multiple_of(ROWS);
            let down = m.div_ceil(rows);
            parallel::for_ranges(down * across, 1, |range| {
                for part in range {
                    let (i, j) = (part / across * rows, part % across * block_panels);
                    let panels = j..(j + block_panels).min(panels);
                    self.block(simd, i..(i + rows).min(m), first, n, panels, panel);
                }
            });
        }
        Ok(())
    }

    /// Computes the given rows and panels of the result; column 0 of the panels is column `first`, and there are `n` columns.
    fn block<S: Simd>(
        &self,
        simd: S,
        rows: std::ops::Range<usize>,
        first: usize,
        n: usize,
        panels: std::ops::Range<usize>,
        panel: impl Fn(usize) -> (*const T, usize),
    ) {
        let k = self.size[2];
        let (high, wide) = (tile::rows::<S>(), columns::<T, S>());
        // Copying a strip pays when several panels read it.
        let copy = panels.len() > 2 || (self.a.col != 1 && self.a.row != 1);
        let mut strip = std::mem::MaybeUninit::<[T; ROWS * DEPTH]>::uninit();
        for depth in (0..k.max(1)).step_by(DEPTH) {
            let run = DEPTH.min(k - depth);
            for i in rows.clone().step_by(high) {
                let count = high.min(rows.end - i);
                // SAFETY: rows, columns and inner indices in range.
                unsafe {
                    let a = self.a.at(i, depth);
                    let (from, walk, row) = match copy {
                        true => {
                            let to = strip.as_mut_ptr().cast::<T>();
                            let (walk, row) = pack::strip(simd, count, run, a, to);
                            (to as *const T, walk, row)
                        }
                        false => (a.pointer as *const T, Walk::uniform(run, a.col), a.row),
                    };
                    let offsets = std::array::from_fn(|i| i * row);
                    for j in panels.clone() {
                        let (b, b_row) = panel(j);
                        let c = self.c.at(i, first + j * wide).pointer;
                        let (start, start_row) = match depth {
                            0 if self.start.is_null() => (self.start, 0),
                            0 => (self.start.add(first + j * wide), 0),
                            _ => (c as *const T, self.c.row),
                        };
                        let tile = Tile {
                            walk,
                            a: from,
                            offsets,
                            rows: count,
                            b: b.add(depth * b_row),
                            b_row,
                            b_rows: std::ptr::null(),
                            start,
                            start_row,
                            c,
                            c_row: self.c.row,
                            columns: wide.min(n - j * wide),
                        };
                        tile::run(simd, &tile);
                    }
                }
            }
        }
    }
}
