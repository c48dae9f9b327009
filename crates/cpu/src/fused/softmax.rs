//! Softmax, its logarithm, and their gradients, line by line.

use super::exp::Exp;
use crate::element::{Load, Number, Save, load, save, vectorised, with_float};
use crate::lanes;
use crate::lines::Lines;
use crate::operand::Operand;
use crate::parallel::{self, Shared};

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
    let job = Job {
        kind,
        lines: Lines::new(out.shape(), dim),
        a: &inputs[0],
        b: &inputs[inputs.len() - 1],
        out,
    };
    // Integers were refused by `infer`.
    with_float!(out.dtype, T => job.run::<<T as Number>::Wide>(load::<T>, save::<T>), else ());
}

struct Job<'a> {
    kind: Kind,
    lines: Lines,
    a: &'a Operand<'a>,
    b: &'a Operand<'a>,
    out: &'a Operand<'a>,
}

impl Job<'_> {
    fn run<W: Exp>(&self, load: Load<W>, save: Save<W>) {
        let Job { a, b, out, .. } = *self;
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
            let mut scratch = match direct {
                true => Vec::new(),
                false => vec![W::EMPTY_SUM; 3 * n],
            };
            for line in range {
                // SAFETY: the layouts stay inside their storages; lines of the output do not meet; `direct` as said above.
                unsafe {
                    let [x, y, to] = std::array::from_fn(|i| {
                        let operand = [a, b, out][i];
                        shared[i].at(lines.offset(operand.strides(), line) * size)
                    });
                    if direct {
                        let x = std::slice::from_raw_parts(x.cast(), n);
                        let y = std::slice::from_raw_parts(y.cast(), n);
                        let to = std::slice::from_raw_parts_mut(to.cast(), n);
                        kernel::<W>(self.kind, x, y, to);
                    } else {
                        load(x, step(a), n, scratch.as_mut_ptr());
                        load(y, step(b), n, scratch[n..].as_mut_ptr());
                        let (ins, result) = scratch.split_at_mut(2 * n);
                        kernel::<W>(self.kind, &ins[..n], &ins[n..], result);
                        save(result.as_ptr(), n, to, step(out));
                    }
                }
            }
        });
    }
}

fn kernel<W: Exp>(kind: Kind, x: &[W], y: &[W], out: &mut [W]) {
    vectorised::<W, _>(
        #[inline(always)]
        || match kind {
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

/// `out = e^(x - max)`; gives the maximum. A line of `-∞` alone becomes NaN, as in PyTorch.
#[inline(always)]
fn exponentials<W: Exp>(x: &[W], out: &mut [W]) -> W {
    let largest = lanes::fold(x, W::LOWEST, |a, b| if a > b { a } else { b });
    for (o, &x) in out.iter_mut().zip(x) {
        *o = (x - largest).e();
    }
    largest
}

#[inline(always)]
fn sum<W: Exp>(x: &[W]) -> W {
    lanes::fold(x, W::EMPTY_SUM, |a, b| a + b)
}
