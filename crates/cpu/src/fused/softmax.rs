//! Softmax, log-softmax and their gradients, row by row.

use super::exp::Exp;
use crate::element::{Load, Number, Save, load, save, vectorized, with_float};
use crate::lanes;
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use rushlight_backend::plan::Rows;

/// The number of strided rows that are processed together.
const TILE: usize = 16;
/// The length up to which a row fits one vector.
const SHORT: usize = 16;

/// The function that is computed, with its inputs.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    /// Of x.
    Softmax,
    /// Of g and y.
    SoftmaxGrad,
    /// Of x.
    LogSoftmax,
    /// Of g and y.
    LogSoftmaxGrad,
}

pub(super) fn run(kind: Kind, dim: usize, inputs: &[Operand<'_>], out: &Operand<'_>) {
    let [a, b] = [&inputs[0], &inputs[inputs.len() - 1]];
    let softmax = Softmax {
        kind,
        rows: Rows::along(dim, [a, b, out].map(|x| x.layout)),
        a,
        b,
        out,
    };
    // `infer` refuses integers.
    with_float!(out.dtype, T => softmax.run::<<T as Number>::Wide>(load::<T>, save::<T>), else ());
}

struct Softmax<'a> {
    kind: Kind,
    /// Of `a`, `b` and the output.
    rows: Rows<3>,
    a: &'a Operand<'a>,
    b: &'a Operand<'a>,
    out: &'a Operand<'a>,
}

impl Softmax<'_> {
    fn run<W: Exp>(&self, load: Load<W>, save: Save<W>) {
        let Softmax { a, b, out, .. } = *self;
        let (rows, n, size) = (&self.rows, self.rows.len, out.dtype.size());
        // Rows that can be read and written in place. Kernels work on slices, so the output must not share memory with the inputs.
        let direct = size == size_of::<W>()
            && rows.steps == [1; 3]
            && out.base != a.base
            && out.base != b.base;
        let shared = [a, b, out].map(|x| Shared(x.first()));
        let grain = parallel::grain(3 * n * size);
        parallel::for_ranges(rows.count, grain, |range| {
            if direct {
                for row in range {
                    // SAFETY: the layouts stay inside their storages; rows of the output do not overlap; `direct` was checked.
                    unsafe {
                        let starts = rows.starts(row);
                        let [x, y, to] = std::array::from_fn(|i| shared[i].at(starts[i] * size));
                        let x = std::slice::from_raw_parts(x.cast(), n);
                        let y = std::slice::from_raw_parts(y.cast(), n);
                        let to = std::slice::from_raw_parts_mut(to.cast(), n);
                        kernel::<W>(self.kind, x, y, to);
                    }
                }
                return;
            }
            // Padding, because rows whose length is a power of two would map to the same cache sets.
            let pitch = n + 16;
            let mut scratch = vec![W::EMPTY_SUM; 3 * TILE * pitch];
            let (inputs, results) = scratch.split_at_mut(2 * TILE * pitch);
            let mut first = range.start;
            while first < range.end {
                // Rows with neighbouring starts are read together, because they share cache lines.
                let count = self.neighbours(first).min(range.end - first).min(TILE);
                let (starts, between) = (rows.starts(first), self.between());
                for (i, tile) in inputs.chunks_mut(TILE * pitch).enumerate() {
                    let (from, step) = (starts[i] * size, rows.steps[i] * size);
                    let mut column = [W::EMPTY_SUM; TILE];
                    for k in 0..n {
                        // SAFETY: the layout stays inside the storage.
                        unsafe {
                            let from = shared[i].at(from + k * step);
                            load(from, between[i], count, column.as_mut_ptr());
                        }
                        for (j, &v) in column[..count].iter().enumerate() {
                            tile[j * pitch + k] = v;
                        }
                    }
                }
                for j in 0..count {
                    let (x, y) = inputs.split_at(TILE * pitch);
                    let row = j * pitch..j * pitch + n;
                    kernel::<W>(
                        self.kind,
                        &x[row.clone()],
                        &y[row.clone()],
                        &mut results[row],
                    );
                }
                let (at, step) = (starts[2] * size, rows.steps[2] * size);
                let mut column = [W::EMPTY_SUM; TILE];
                for k in 0..n {
                    for (j, v) in column[..count].iter_mut().enumerate() {
                        *v = results[j * pitch + k];
                    }
                    // SAFETY: the layout stays inside the storage, and no two rows of the output share an element.
                    unsafe {
                        save(
                            column.as_ptr(),
                            count,
                            shared[2].at(at + k * step),
                            between[2],
                        );
                    }
                }
                first += count;
            }
        });
    }

    /// The number of rows from `row` on that differ only in the innermost loop.
    fn neighbours(&self, row: usize) -> usize {
        self.rows.kept.shape.last().map_or(1, |n| n - row % n)
    }

    /// Distances between such rows.
    fn between(&self) -> [usize; 3] {
        let strides = &self.rows.kept.strides;
        std::array::from_fn(|i| strides[i].last().copied().unwrap_or(1))
    }
}

fn kernel<W: Exp>(kind: Kind, x: &[W], y: &[W], out: &mut [W]) {
    vectorized::<W, _>(
        #[inline(always)]
        || match kind {
            Kind::Softmax | Kind::LogSoftmax if x.len() <= SHORT => short(kind, x, out),
            Kind::Softmax => {
                exponentials(x, out);
                let scale = W::EMPTY_PRODUCT / sum(out);
                out.iter_mut().for_each(|o| *o = *o * scale);
            }
            Kind::LogSoftmax => {
                let largest = exponentials(x, out);
                let rest = sum(out).ln();
                for (o, &x) in out.iter_mut().zip(x) {
                    *o = x - largest - rest;
                }
            }
            Kind::SoftmaxGrad => {
                for ((o, &g), &y) in out.iter_mut().zip(x).zip(y) {
                    *o = g * y;
                }
                let mean = sum(out);
                for ((o, &g), &y) in out.iter_mut().zip(x).zip(y) {
                    *o = (g - mean) * y;
                }
            }
            Kind::LogSoftmaxGrad => {
                let total = sum(x);
                for ((o, &g), &y) in out.iter_mut().zip(x).zip(y) {
                    *o = g - y.e() * total;
                }
            }
        },
    );
}

/// `out = e^(x - max)`; returns the maximum. A row of only `-∞` becomes NaN, as in PyTorch.
#[inline(always)]
fn exponentials<W: Exp>(x: &[W], out: &mut [W]) -> W {
    let largest = lanes::reduce(x, W::LOWEST, |a, b| if a > b { a } else { b });
    for (o, &x) in out.iter_mut().zip(x) {
        *o = (x - largest).e();
    }
    largest
}

#[inline(always)]
fn sum<W: Exp>(x: &[W]) -> W {
    lanes::reduce(x, W::EMPTY_SUM, |a, b| a + b)
}

/// Softmax or its logarithm of a row that fits one vector; the remaining SIMD lanes hold `-∞`, whose exponential is 0.
#[inline(always)]
fn short<W: Exp>(kind: Kind, x: &[W], out: &mut [W]) {
    let mut row = [W::LOWEST; SHORT];
    row[..x.len()].copy_from_slice(x);
    let largest = row
        .iter()
        .fold(W::LOWEST, |a, &b| if a > b { a } else { b });
    let mut powers = [W::EMPTY_SUM; SHORT];
    for (p, &x) in powers.iter_mut().zip(&row) {
        *p = (x - largest).e();
    }
    // A row of only `-∞` gives NaN in every lane, as in PyTorch.
    let total = sum(&powers);
    let rest = match kind {
        Kind::Softmax => W::EMPTY_PRODUCT / total,
        _ => total.ln(),
    };
    for ((o, &x), &p) in out.iter_mut().zip(x).zip(&powers) {
        *o = match kind {
            Kind::Softmax => p * rest,
            _ => x - largest - rest,
        };
    }
}
