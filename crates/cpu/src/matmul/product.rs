//! A product of two matrices of floats, split into blocks of the result, which are split into tiles.
//!
//! Each task computes a block of the result on its own. It packs the left operand into strips as high as a tile, a block of rows at a time, which
//! stays in the L2 cache, and the right one into panels as wide as a tile, each of which stays in the L1 cache while all strips pass it. Small
//! and narrow products skip the packing if their operand can be read in place.

use super::matrix::Matrix;
use super::tile::{self, Tile, Walk, columns};
use super::vector::{DOT_ROWS, Dots, Rows, Start};
use super::vector_float::VectorFloat;
use super::{Bias, Multiply, pack};
use crate::buffer::CpuBuffer;
use crate::parallel;
use pack::DEPTH;
use pulp::{Simd, WithSimd};
use rushlight_backend::Result;
use std::ops::Range;

/// The number of multiplications that are worth another thread.
const TASK: usize = 1 << 20;
/// The number of multiplications of a thread from which on its work is split further, in case another thread is interrupted.
const LONG: usize = 1 << 27;
/// The number of rows up to which the right operand is read in place, because it is read too few times to justify a copy.
const FEW_ROWS: usize = 12;
/// The number of elements up to which a right operand stays in the L1 cache without packing.
const NEAR: usize = 1 << 12;
/// The size in bytes of a packed block of the left operand, which stays in the L2 cache.
const BLOCK_BYTES: usize = 192 << 10;
/// The maximum number of columns of the right operand that are packed at a time.
const SPAN: usize = 1 << 12;

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
        let (high, wide) = (tile::rows::<S>(), columns::<T, S>());
        let work = m.saturating_mul(n).saturating_mul(k);
        let threads = parallel::available();
        let tasks = match work / threads {
            LONG.. => 2 * threads,
            _ => threads.min(work / TASK),
        };
        // Each block of the result needs its rows of `a` and its columns of `b` packed: the best blocks are square.
        let mut across = 1;
        while across < tasks && n / (across + 1) >= 2 * wide {
            if m / tasks.div_ceil(across) >= n / across {
                break;
            }
            across += 1;
        }
        let down = tasks.max(1).div_ceil(across);
        let rows = m.div_ceil(down).next_multiple_of(high);
        let columns = n.div_ceil(across).next_multiple_of(wide);
        let (down, across) = (m.div_ceil(rows), n.div_ceil(columns));
        parallel::try_for_ranges(down * across, 1, |range| {
            for task in range {
                let (i, j) = (task / across * rows, task % across * columns);
                self.block(simd, i..m.min(i + rows), j..n.min(j + columns))?;
            }
            Ok(())
        })
    }

    /// Computes these rows and columns of the result.
    fn block<S: Simd>(&self, simd: S, rows: Range<usize>, columns: Range<usize>) -> Result<()> {
        let k = self.size[2];
        let wide = tile::columns::<T, S>();
        let in_place = self.b.col == 1 && (rows.len() <= FEW_ROWS || k * columns.len() <= NEAR);
        // Copying a strip pays when several panels read it.
        let copy = columns.len() > 2 * wide || (self.a.col != 1 && self.a.row != 1);
        let high = match copy {
            true => (BLOCK_BYTES / (DEPTH * size_of::<T>())).min(rows.len()),
            false => rows.len(),
        };
        let span = SPAN.min(columns.len());
        let strips = if copy { high * DEPTH } else { 0 };
        let panels = match (in_place, columns.len() % wide) {
            (true, 0) => 0,
            (true, _) => DEPTH.min(k) * wide,
            (false, _) => DEPTH.min(k) * span.next_multiple_of(wide),
        };
        let scratch = CpuBuffer::new((strips + panels) * size_of::<T>())?;
        let scratch = Matrix::list(scratch.pointer().cast::<T>());
        for first in columns.clone().step_by(span) {
            for depth in (0..k.max(1)).step_by(DEPTH) {
                for row in rows.clone().step_by(high) {
                    // SAFETY: the scratch memory has room for both, and belongs to this task.
                    unsafe {
                        self.part(
                            simd,
                            &Part {
                                rows: row..rows.end.min(row + high),
                                columns: first..columns.end.min(first + span),
                                inner: depth..k.min(depth + DEPTH),
                                strips: copy.then(|| scratch.at(0, 0).pointer),
                                panels: scratch.at(strips, 0).pointer,
                                in_place,
                                first: row == rows.start,
                            },
                        );
                    }
                }
            }
        }
        Ok(())
    }

    /// Adds the products of one part.
    ///
    /// # Safety
    /// `strips`, if there is one, and `panels` have room for the operands of the part, as far as they are packed, and nothing else accesses them.
    unsafe fn part<S: Simd>(&self, simd: S, part: &Part<T>) {
        let wide = columns::<T, S>();
        let Part {
            rows,
            columns,
            inner,
            ..
        } = part;
        let strips = || {
            let mut next = rows.start;
            std::iter::from_fn(move || {
                let first = next;
                next += tile::next_rows::<S>(rows.end - first);
                (first < rows.end).then_some(first..next)
            })
        };
        // SAFETY: rows, columns and inner indices in range; the caller guarantees the room of the copies.
        unsafe {
            if let Some(to) = part.strips {
                for strip in strips() {
                    let to = to.add((strip.start - rows.start) * DEPTH);
                    let a = self.a.at(strip.start, inner.start);
                    pack::strip(simd, strip.len(), inner.len(), a, to);
                }
            }
            for j in columns.clone().step_by(wide) {
                let width = wide.min(columns.end - j);
                let from = self.b.at(inner.start, j);
                let (b, b_row) = match part.in_place {
                    true if width == wide => (from.pointer, self.b.row),
                    true => {
                        pack::panel(simd, inner.len(), width, from, part.panels);
                        (part.panels, wide)
                    }
                    false => {
                        let to = part.panels.add((j - columns.start) * inner.len());
                        if part.first {
                            pack::panel(simd, inner.len(), width, from, to);
                        }
                        (to, wide)
                    }
                };
                for strip in strips() {
                    let a = self.a.at(strip.start, inner.start);
                    let (from, (walk, a_row)) = match part.strips {
                        Some(strips) => (
                            strips.add((strip.start - rows.start) * DEPTH),
                            pack::strip_layout(strip.len(), inner.len(), a),
                        ),
                        None => (a.pointer, (Walk::uniform(inner.len(), a.col), a.row)),
                    };
                    let c = self.c.at(strip.start, j).pointer;
                    let (start, start_row) = match inner.start {
                        0 if self.start.is_null() => (self.start, 0),
                        0 => (self.start.add(j), 0),
                        _ => (c as *const T, self.c.row),
                    };
                    let tile = Tile {
                        walk,
                        a: from,
                        a_row,
                        a_rows: std::ptr::null(),
                        rows: strip.len(),
                        b,
                        b_row,
                        b_rows: std::ptr::null(),
                        start,
                        start_row,
                        c,
                        c_row: self.c.row,
                        columns: width,
                    };
                    tile::run(simd, &tile);
                }
            }
        }
    }
}

/// What a task multiplies at a time: a block of rows, a span of columns, and at most [`DEPTH`] inner indices.
struct Part<T> {
    rows: Range<usize>,
    columns: Range<usize>,
    inner: Range<usize>,
    /// Memory for the packed rows of the left operand, [`DEPTH`] elements for each; if there is none, they are read in place.
    strips: Option<*mut T>,
    /// Memory for the packed panels of the right operand.
    panels: *mut T,
    /// Whether only a panel that is not whole is packed.
    in_place: bool,
    /// Whether these are the first rows that use the panels, so that they have to be packed.
    first: bool,
}
