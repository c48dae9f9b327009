//! Recurrent layers in one direction. A step is one product of the state with weights that are packed once, and the cell's formula on the
//! result while it is in the cache.
//!
//! Threads split the hidden units, each of which needs its gates' columns of the product alone; they wait for each other after every step.

mod backward;
mod forward;

pub(crate) use backward::backward;
pub(crate) use forward::forward;

use crate::math::Real;
use crate::matmul::{DEPTH, Matrix, Tile, VectorFloat, Walk, columns, next_rows, run};
use crate::parallel;
use pulp::Simd;
use rushlight_backend::{Recurrent, RecurrentCell};
use std::ops::Range;

/// The number of multiplications of a step from which on it is split between threads.
const TASK: usize = 1 << 17;

/// The sizes of a call.
#[derive(Clone, Copy)]
struct Sizes {
    cell: RecurrentCell,
    reverse: bool,
    steps: usize,
    n: usize,
    hidden: usize,
}

impl Sizes {
    /// The sizes for states of the shape `[states, steps, n, hidden]`.
    fn new(f: &Recurrent, states: &[usize]) -> Option<Sizes> {
        let &[_, steps, n, hidden] = states else {
            return None;
        };
        Some(Sizes {
            cell: f.cell,
            reverse: f.reverse,
            steps,
            n,
            hidden,
        })
    }

    /// The place in the sequence of the step that is computed as number `i`.
    fn place(&self, i: usize) -> usize {
        match self.reverse {
            true => self.steps - 1 - i,
            false => i,
        }
    }

    /// The number of gates times hidden units.
    fn rows(&self) -> usize {
        self.cell.gates() * self.hidden
    }

    /// The number of elements of one part of a state.
    fn state(&self) -> usize {
        self.n * self.hidden
    }

    /// The hidden units of a block that is as wide as a tile.
    fn units<T: VectorFloat, S: Simd>(&self, block: usize) -> Range<usize> {
        let wide = columns::<T, S>();
        block * wide..self.hidden.min((block + 1) * wide)
    }

    /// The number of blocks that a thread computes.
    fn grain(&self, blocks: usize) -> usize {
        match self.n * self.rows() * self.hidden {
            TASK.. => blocks.div_ceil(parallel::available()),
            _ => blocks,
        }
    }
}

/// A product with a packed panel of `k` rows: `c = start + a panel` for `n` rows and `width` columns.
struct Product<T> {
    n: usize,
    k: usize,
    width: usize,
    /// Rows of `a` are `a_row` apart, those of `start` (null for zeros) and `c` likewise.
    a: *const T,
    a_row: usize,
    panel: *const T,
    start: *const T,
    start_row: usize,
    c: *mut T,
    c_row: usize,
}

impl<T: VectorFloat> Product<T> {
    /// # Safety
    /// All pointers are valid for these sizes, and nothing else accesses `c`.
    unsafe fn run<S: Simd>(&self, simd: S) {
        let wide = columns::<T, S>();
        for depth in (0..self.k).step_by(DEPTH) {
            let mut next = 0;
            while next < self.n {
                let i = next;
                next += next_rows::<S>(self.n - i);
                // SAFETY: rows and inner indices in range.
                unsafe {
                    let c = self.c.add(i * self.c_row);
                    let (start, start_row) = match depth {
                        0 if self.start.is_null() => (self.start, 0),
                        0 => (self.start.add(i * self.start_row), self.start_row),
                        _ => (c.cast_const(), self.c_row),
                    };
                    let tile = Tile {
                        walk: Walk::uniform(DEPTH.min(self.k - depth), 1),
                        a: self.a.add(i * self.a_row + depth),
                        a_row: self.a_row,
                        a_rows: std::ptr::null(),
                        rows: next - i,
                        b: self.panel.add(depth * wide),
                        b_row: wide,
                        b_rows: std::ptr::null(),
                        start,
                        start_row,
                        c,
                        c_row: self.c_row,
                        columns: self.width,
                    };
                    run(simd, &tile);
                }
            }
        }
    }
}

/// A pointer to element `i`.
fn at<T>(matrix: Matrix<T>, i: usize) -> *mut T {
    matrix.pointer.wrapping_add(i)
}

/// `n` elements from element `i` on.
///
/// # Safety
/// They are valid, and nothing writes them meanwhile.
unsafe fn read<'a, T>(matrix: Matrix<T>, i: usize, n: usize) -> &'a [T] {
    // SAFETY: guaranteed by the caller.
    unsafe { std::slice::from_raw_parts(at(matrix, i), n) }
}

/// `n` elements from element `i` on, to be written.
///
/// # Safety
/// They are valid, and nothing else accesses them meanwhile.
unsafe fn write<'a, T>(matrix: Matrix<T>, i: usize, n: usize) -> &'a mut [T] {
    // SAFETY: guaranteed by the caller.
    unsafe { std::slice::from_raw_parts_mut(at(matrix, i), n) }
}

/// `y += x`.
#[inline(always)]
fn add<T: Real>(y: &mut [T], x: &[T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = *y + x;
    }
}
