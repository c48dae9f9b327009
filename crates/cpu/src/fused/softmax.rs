//! Softmax, log-softmax and their gradients, line by line.

use super::exp::Exp;
use crate::element::{Load, Number, Save, load, save, vectorised, with_float};
use crate::lanes;
use crate::lines::Lines;
use crate::operand::Operand;
use crate::parallel::{self, Shared};

/// The number of strided lines that are processed together.
const TILE: usize = 16;
/// The length up to which a line fits one vector.
const SHORT: usize = 16;

/// Which of the four.
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
    let softmax = Softmax {
        kind,
        dim,
        lines: Lines::new(out.shape(), dim),
        a: &inputs[0],
        b: &inputs[inputs.len() - 1],
        out,
    };
    // `infer` refuses integers.
    with_float!(out.dtype, T => softmax.run::<<T as Number>::Wide>(load::<T>, save::<T>), else ());
}

struct Softmax<'a> {
    kind: Kind,
    dim: usize,
    lines: Lines,
    a: &'a Operand<'a>,
    b: &'a Operand<'a>,
    out: &'a Operand<'a>,
}

impl Softmax<'_> {
    fn run<W: Exp>(&self, load: Load<W>, save: Save<W>) {
        let Softmax { a, b, out, .. } = *self;
        let (lines, n, size) = (&self.lines, self.lines.len, out.dtype.size());
        let step = |x: &Operand<'_>| lines.step(x.strides());
        // Lines that can be read and written in place. Kernels work on slices, so the output must be memory of its own.
        let direct = size == size_of::<W>()
            && [a, b, out].iter().all(|x| step(x) == 1)
            && out.base != a.base
            && out.base != b.base;
        let shared = [a, b, out].map(|x| Shared(x.first()));
        let grain = parallel::grain(3 * n * size);
        parallel::for_ranges(lines.count, grain, |range| {
            if direct {
                for line in range {
                    // SAFETY: the layouts stay inside their storages; lines of the output do not meet; `direct` as said above.
                    unsafe {
                        let [x, y, to] = std::array::from_fn(|i| {
                            shared[i].at(lines.offset([a, b, out][i].strides(), line) * size)
                        });
                        let x = std::slice::from_raw_parts(x.cast(), n);
                        let y = std::slice::from_raw_parts(y.cast(), n);
                        let to = std::slice::from_raw_parts_mut(to.cast(), n);
                        kernel::<W>(self.kind, x, y, to);
                    }
                }
                return;
            }
            // Padded, or lines whose length is a power of two would fall on each other in the cache.
            let pitch = n + 16;
            let mut scratch = vec![W::EMPTY_SUM; 3 * TILE * pitch];
            let (inputs, results) = scratch.split_at_mut(2 * TILE * pitch);
            let mut first = range.start;
            while first < range.end {
                // Lines with neighbouring starts are read together, because they share cache lines.
                let row = self.neighbours(first).min(range.end - first).min(TILE);
                for (operand, tile) in [a, b].into_iter().zip(inputs.chunks_mut(TILE * pitch)) {
                    let at = lines.offset(operand.strides(), first) * size;
                    let mut column = [W::EMPTY_SUM; TILE];
                    for k in 0..n {
                        // SAFETY: the layout stays inside the storage.
                        unsafe {
                            let from = operand.first().add(at + k * step(operand) * size);
                            load(from, self.line_distance(operand), row, column.as_mut_ptr());
                        }
                        for (j, &v) in column[..row].iter().enumerate() {
                            tile[j * pitch + k] = v;
                        }
                    }
                }
                for j in 0..row {
                    let (x, y) = inputs.split_at(TILE * pitch);
                    let line = j * pitch..j * pitch + n;
                    kernel::<W>(
                        self.kind,
                        &x[line.clone()],
                        &y[line.clone()],
                        &mut results[line],
                    );
                }
                let at = lines.offset(out.strides(), first) * size;
                let mut column = [W::EMPTY_SUM; TILE];
                for k in 0..n {
                    for (j, v) in column[..row].iter_mut().enumerate() {
                        *v = results[j * pitch + k];
                    }
                    // SAFETY: as above; lines of the output do not meet.
                    unsafe {
                        let to = shared[2].at(at + k * step(out) * size);
                        save(column.as_ptr(), row, to, self.line_distance(out));
                    }
                }
                first += row;
            }
        });
    }

    /// How many lines from `line` on differ in the innermost dimension alone.
    fn neighbours(&self, line: usize) -> usize {
        match self.inner() {
            Some(d) => self.out.shape()[d] - line % self.out.shape()[d],
            None => 1,
        }
    }

    /// Distance between such lines.
    fn line_distance(&self, x: &Operand<'_>) -> usize {
        self.inner().map_or(1, |d| x.strides()[d])
    }

    /// The innermost dimension that lines are numbered by.
    fn inner(&self) -> Option<usize> {
        (0..self.out.shape().len()).rev().find(|&d| d != self.dim)
    }
}

fn kernel<W: Exp>(kind: Kind, x: &[W], y: &[W], out: &mut [W]) {
    vectorised::<W, _>(
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

/// `out = e^(x - max)`; returns the maximum. A line of only `-∞` becomes NaN, as in PyTorch.
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

/// Softmax or its logarithm of a line that fits one vector; the lanes beyond it hold `-∞`, whose exponential is 0.
#[inline(always)]
fn short<W: Exp>(kind: Kind, x: &[W], out: &mut [W]) {
    let mut line = [W::LOWEST; SHORT];
    line[..x.len()].copy_from_slice(x);
    let largest = line
        .iter()
        .fold(W::LOWEST, |a, &b| if a > b { a } else { b });
    let mut powers = [W::EMPTY_SUM; SHORT];
    for (p, &x) in powers.iter_mut().zip(&line) {
        *p = (x - largest).e();
    }
    // A line of only `-∞` gives NaN in every lane, as in PyTorch.
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
