//! Products of dense matrices, and the dot products and sums of rows that the decompositions consist of.
//!
//! These are plain loops, compiled for the best instruction set, whose results have the same bits under each of them, unlike those of
//! `matmul`, which fuses multiplications with additions where the processor can. Every element is a sum in one order, however the work is
//! split.

use crate::element::vectorized;
use crate::parallel::{self, Shared};

/// The number of partial sums of a dot product.
const LANES: usize = 16;
/// Rows and columns of the part of a product whose sums are held in registers.
const ROWS: usize = 4;
const COLUMNS: usize = 8;
/// The number of terms that are summed before they are added to the result.
const DEPTH: usize = 256;
/// Rows of a part of a product that is computed by one thread.
const TASK_ROWS: usize = 32;
/// The number of multiplications below which the operands are read in place.
const SMALL: usize = 1 << 12;

/// `Σ xᵢ yᵢ`.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    if x.len() < LANES {
        return x.iter().zip(y).map(|(x, y)| x * y).sum();
    }
    vectorized::<f64, _>(
        #[inline(always)]
        || {
            let mut sums = [0.0; LANES];
            let ((x, x_rest), (y, y_rest)) = (x.as_chunks::<LANES>(), y.as_chunks::<LANES>());
            for (x, y) in x.iter().zip(y) {
                for (sum, (x, y)) in sums.iter_mut().zip(x.iter().zip(y)) {
                    *sum += x * y;
                }
            }
            let rest: f64 = x_rest.iter().zip(y_rest).map(|(x, y)| x * y).sum();
            sums.iter().sum::<f64>() + rest
        },
    )
}

/// `y += factor x`.
pub(super) fn add_row(y: &mut [f64], factor: f64, x: &[f64]) {
    if x.len() < LANES {
        y.iter_mut().zip(x).for_each(|(y, x)| *y += factor * x);
        return;
    }
    vectorized::<f64, _>(
        #[inline(always)]
        || y.iter_mut().zip(x).for_each(|(y, x)| *y += factor * x),
    );
}

/// Part of a dense matrix, or of its transpose.
#[derive(Clone, Copy)]
pub(super) struct Part<'a> {
    data: &'a [f64],
    rows: usize,
    columns: usize,
    /// The distance between rows, and between columns.
    steps: [usize; 2],
}

impl<'a> Part<'a> {
    /// `[rows, columns]` from the first element of `data` on, whose rows are `step` apart.
    pub fn new(data: &'a [f64], rows: usize, columns: usize, step: usize) -> Part<'a> {
        Part {
            data,
            rows,
            columns,
            steps: [step, 1],
        }
    }

    pub fn transposed(self) -> Part<'a> {
        Part {
            rows: self.columns,
            columns: self.rows,
            steps: [self.steps[1], self.steps[0]],
            ..self
        }
    }

    #[inline(always)]
    fn at(&self, i: usize, j: usize) -> f64 {
        self.data[i * self.steps[0] + j * self.steps[1]]
    }
}

/// `c += factor a b` for `c` with rows that are `step` apart.
pub(super) fn add_product(c: &mut [f64], step: usize, factor: f64, a: Part<'_>, b: Part<'_>) {
    let (m, n, k) = (a.rows, b.columns, a.columns);
    if m == 0 || n == 0 || k == 0 {
        return;
    }
    if m * n * k <= SMALL {
        for i in 0..m {
            let row = &mut c[i * step..i * step + n];
            for (j, x) in row.iter_mut().enumerate() {
                let sum: f64 = (0..k).map(|l| a.at(i, l) * b.at(l, j)).sum();
                *x += factor * sum;
            }
        }
        return;
    }
    assert!(c.len() >= (m - 1) * step + n);
    let c = Shared(c.as_mut_ptr());
    let panels = n.div_ceil(COLUMNS);
    let tasks = m.div_ceil(TASK_ROWS);
    for first in (0..k).step_by(DEPTH) {
        let depth = DEPTH.min(k - first);
        // Panels of `b`, each `[depth, COLUMNS]`, padded with zeros.
        let mut right = vec![0.0; panels * depth * COLUMNS];
        for (j, panel) in right.chunks_mut(depth * COLUMNS).enumerate() {
            let columns = j * COLUMNS..n.min((j + 1) * COLUMNS);
            pack(panel, COLUMNS, b.transposed(), columns, first);
        }
        let grain = parallel::grain(2 * TASK_ROWS * n * depth);
        parallel::for_ranges(tasks, grain, |range| {
            let mut left = vec![0.0; depth * ROWS];
            for task in range {
                let rows = task * TASK_ROWS..m.min((task + 1) * TASK_ROWS);
                for i in rows.clone().step_by(ROWS) {
                    let height = ROWS.min(rows.end - i);
                    left.fill(0.0);
                    pack(&mut left, ROWS, a, i..i + height, first);
                    for (j, panel) in right.chunks(depth * COLUMNS).enumerate() {
                        let width = COLUMNS.min(n - j * COLUMNS);
                        let sums = tile(&left, panel);
                        for (row, sums) in sums[..height].iter().enumerate() {
                            for (column, sum) in sums[..width].iter().enumerate() {
                                let at = (i + row) * step + j * COLUMNS + column;
                                // SAFETY: inside `c`, as asserted; rows belong to one task each.
                                unsafe { *c.at(at) += factor * sum };
                            }
                        }
                    }
                }
            }
        });
    }
}

/// Copies columns `first..` of some rows of `a`: element (i, j) to `j width + i`.
fn pack(to: &mut [f64], width: usize, a: Part<'_>, rows: std::ops::Range<usize>, first: usize) {
    for (i, row) in rows.enumerate() {
        for (j, to) in to[i..].iter_mut().step_by(width).enumerate() {
            *to = a.at(row, first + j);
        }
    }
}

/// The product of a packed strip and a packed panel.
fn tile(left: &[f64], right: &[f64]) -> [[f64; COLUMNS]; ROWS] {
    vectorized::<f64, _>(
        #[inline(always)]
        || {
            let mut sums = [[0.0; COLUMNS]; ROWS];
            let (left, right) = (left.as_chunks::<ROWS>().0, right.as_chunks::<COLUMNS>().0);
            for (a, b) in left.iter().zip(right) {
                for i in 0..ROWS {
                    for j in 0..COLUMNS {
                        sums[i][j] += a[i] * b[j];
                    }
                }
            }
            sums
        },
    )
}

/// `a b` for `a: [m, k]` and `b: [k, n]`.
pub(super) fn product(a: &[f64], b: &[f64], m: usize, k: usize, n: usize) -> Vec<f64> {
    let mut out = vec![0.0; m * n];
    add_product(
        &mut out,
        n,
        1.0,
        Part::new(a, m, k, k),
        Part::new(b, k, n, n),
    );
    out
}

/// `aᵀ` for `a: [m, n]`.
pub(super) fn transposed(a: &[f64], m: usize, n: usize) -> Vec<f64> {
    const BLOCK: usize = 16;
    let mut out = vec![0.0; m * n];
    for first in (0..m).step_by(BLOCK) {
        for j in 0..n {
            for i in first..m.min(first + BLOCK) {
                out[j * m + i] = a[i * n + j];
            }
        }
    }
    out
}
