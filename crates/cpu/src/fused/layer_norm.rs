//! Layer normalization and its gradients, row by row. A row consists of all trailing dimensions that are normalized together.

use crate::element::{Load, Number, Save, WideFloat, load, save, vectorized, with_float};
use crate::lanes;
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use rushlight_backend::{Done, plan};

/// The maximum number of partial sums of the gradients of weight and bias.
const PARTS: usize = 64;

pub(super) fn forward(
    axes: usize,
    eps: f64,
    weight: bool,
    inputs: &[Operand<'_>],
    outs: &[Operand<'_>],
) -> Done {
    let plain = inputs.iter().all(|x| x.dtype == outs[0].dtype)
        && outs.iter().all(Operand::is_contiguous)
        && outs.len() == 3;
    if !plain {
        return Done::Compose;
    }
    let (weight, bias) = match weight {
        true => (inputs.get(1), inputs.get(2)),
        false => (None, inputs.get(1)),
    };
    with_float!(outs[0].dtype, T => {
        let norm = LayerNorm::<<T as Number>::Wide> { load: load::<T>, save: save::<T> };
        norm.forward(axes, eps, &inputs[0], weight, bias, outs);
        Done::Yes
    }, else Done::Compose)
}

pub(super) fn backward(axes: usize, inputs: &[Operand<'_>], outs: &[Operand<'_>]) -> Done {
    let [g, x, mean, scale, weight @ ..] = inputs else {
        return Done::Compose;
    };
    let plain = g.dtype == x.dtype
        && weight.iter().chain(outs).all(|o| o.dtype == x.dtype)
        && outs.iter().chain([mean, scale]).all(Operand::is_contiguous)
        && mean.dtype == x.dtype.compute()
        && scale.dtype == mean.dtype;
    if !plain {
        return Done::Compose;
    }
    with_float!(x.dtype, T => {
        let norm = LayerNorm::<<T as Number>::Wide> { load: load::<T>, save: save::<T> };
        norm.backward(axes, [g, x, mean, scale], weight.first(), outs);
        Done::Yes
    }, else Done::Compose)
}

/// Rows of a tensor. A row consists of one or more segments along the last dimension.
struct Rows<'a> {
    operand: &'a Operand<'a>,
    segments: plan::Rows<1>,
    /// The number of segments in a row.
    each: usize,
    /// The number of elements in a row.
    len: usize,
    count: usize,
}

impl<'a> Rows<'a> {
    fn new(operand: &'a Operand<'a>, axes: usize) -> Rows<'a> {
        let shape = operand.shape();
        let len = shape[shape.len() - axes..].iter().product::<usize>();
        let segments = plan::Rows::last(shape, [operand.strides()]);
        Rows {
            operand,
            each: len / segments.len.max(1),
            count: shape[..shape.len() - axes].iter().product(),
            segments,
            len,
        }
    }

    fn read<W: WideFloat>(&self, load: Load<W>, row: usize, to: &mut [W]) {
        let (base, size) = (self.operand.first(), self.operand.dtype.size());
        let [step] = self.segments.steps;
        for (i, segment) in to.chunks_exact_mut(self.segments.len).enumerate() {
            let [at] = self.segments.starts(row * self.each + i);
            // SAFETY: the layout stays inside the storage; `segment` has room for its elements.
            unsafe {
                load(
                    base.add(at * size),
                    step,
                    segment.len(),
                    segment.as_mut_ptr(),
                )
            };
        }
    }

    /// A weight or bias, which is a single row.
    fn only<W: WideFloat>(
        operand: Option<&Operand<'_>>,
        load: Load<W>,
        n: usize,
        otherwise: W,
    ) -> Vec<W> {
        let mut row = vec![otherwise; n];
        if let Some(operand) = operand {
            Rows::new(operand, operand.shape().len()).read(load, 0, &mut row);
        }
        row
    }
}

struct LayerNorm<W> {
    load: Load<W>,
    save: Save<W>,
}

impl<W: WideFloat> LayerNorm<W> {
    /// Writes row `i` of a dense output.
    ///
    /// # Safety
    /// The row is in the output, and no other thread writes it.
    unsafe fn write(&self, row: &[W], out: &Shared<*mut u8>, size: usize, i: usize) {
        // SAFETY: guaranteed by the caller.
        unsafe { (self.save)(row.as_ptr(), row.len(), out.at(i * row.len() * size), 1) }
    }

    fn forward(
        &self,
        axes: usize,
        eps: f64,
        x: &Operand<'_>,
        weight: Option<&Operand<'_>>,
        bias: Option<&Operand<'_>>,
        outs: &[Operand<'_>],
    ) {
        let rows = Rows::new(x, axes);
        let (n, size) = (rows.len, x.dtype.size());
        if n == 0 {
            return;
        }
        let w = Rows::only(weight, self.load, n, W::EMPTY_PRODUCT);
        let b = Rows::only(bias, self.load, n, W::EMPTY_SUM);
        let eps = W::of(eps);
        let out = Shared(outs[0].first());
        let direct = size == size_of::<W>()
            && rows.each == 1
            && rows.segments.steps == [1]
            && x.base != outs[0].base;
        let stats = [1, 2].map(|i| Shared(outs[i].pointer::<W>()));
        parallel::for_ranges(rows.count, parallel::grain(2 * n * size), |range| {
            let mut row = vec![W::EMPTY_SUM; 2 * n];
            let (row, result) = row.split_at_mut(n);
            for i in range {
                // SAFETY: one row and one element of the statistics for each `i`; rows read in place are not in the output's storage.
                unsafe {
                    let Stats { mean, rest, scale } = if direct {
                        let [at] = rows.segments.starts(i);
                        let x = std::slice::from_raw_parts(x.pointer::<W>().add(at), n);
                        let out = std::slice::from_raw_parts_mut(out.at(i * n * size).cast(), n);
                        normalize(x, &w, &b, eps, out)
                    } else {
                        rows.read(self.load, i, row);
                        let stats = normalize(row, &w, &b, eps, result);
                        self.write(result, &out, size, i);
                        stats
                    };
                    *stats[0].at(2 * i) = mean;
                    *stats[0].at(2 * i + 1) = rest;
                    *stats[1].at(i) = scale;
                }
            }
        });
    }

    fn backward(
        &self,
        axes: usize,
        [g, x, mean, scale]: [&Operand<'_>; 4],
        weight: Option<&Operand<'_>>,
        outs: &[Operand<'_>],
    ) {
        let (gs, xs) = (Rows::new(g, axes), Rows::new(x, axes));
        let (n, size, count) = (xs.len, x.dtype.size(), xs.count);
        let w = Rows::only(weight, self.load, n, W::EMPTY_PRODUCT);
        // Rows are summed in parts whose number depends only on the size.
        let part = count.div_ceil(PARTS).max(parallel::grain(3 * n * size));
        let parts = count.div_ceil(part);
        let mut sums = vec![W::EMPTY_SUM; parts.max(1) * 2 * n];
        let slots = Shared(sums.as_mut_ptr());
        let (mean, scale) = (Shared(mean.pointer::<W>()), Shared(scale.pointer::<W>()));
        let dx = Shared(outs[0].first());
        parallel::for_ranges(count, part, |range| {
            let mut row = vec![W::EMPTY_SUM; 3 * n];
            let (g, rest) = row.split_at_mut(n);
            let (x, result) = rest.split_at_mut(n);
            // SAFETY: each part has separate sums.
            let sums = unsafe {
                std::slice::from_raw_parts_mut(slots.at(range.start / part * 2 * n), 2 * n)
            };
            let (dw, db) = sums.split_at_mut(n);
            for i in range {
                gs.read(self.load, i, g);
                xs.read(self.load, i, x);
                // SAFETY: one row and one element of the statistics for each `i`.
                unsafe {
                    gradients(
                        g,
                        x,
                        &w,
                        Stats {
                            mean: *mean.at(2 * i),
                            rest: *mean.at(2 * i + 1),
                            scale: *scale.at(i),
                        },
                        [&mut *result, &mut *dw, &mut *db],
                    );
                    self.write(result, &dx, size, i);
                }
            }
        });
        for (i, out) in outs[1..].iter().take(2).enumerate() {
            let mut total = vec![W::EMPTY_SUM; n];
            for part in sums.chunks_exact(2 * n.max(1)) {
                for (t, &p) in total.iter_mut().zip(&part[i * n..][..n]) {
                    *t = t.plus(p);
                }
            }
            // SAFETY: the output is dense and has `n` elements.
            unsafe { self.write(&total, &Shared(out.first()), size, 0) };
        }
    }
}

/// The statistics that a row is normalized with.
#[derive(Clone, Copy)]
struct Stats<W> {
    mean: W,
    /// The rounding error of the mean.
    rest: W,
    /// `1/√(var + eps)`.
    scale: W,
}

impl<W: WideFloat> Stats<W> {
    #[inline(always)]
    fn centred(self, x: W) -> W {
        (x - self.mean) - self.rest
    }
}

/// `out = (x - mean) scale w + b`.
///
/// The first mean has a rounding error. For a row far from 0 it is computed as the mean of the differences; if the mean is below the
/// deviation, the error is negligible.
fn normalize<W: WideFloat>(x: &[W], w: &[W], b: &[W], eps: W, out: &mut [W]) -> Stats<W> {
    vectorized::<W, _>(
        #[inline(always)]
        || {
            let n = W::of(x.len() as f64);
            let add = |a: W, b: W| a + b;
            let near = lanes::reduce(x, W::EMPTY_SUM, add) / n;
            let square = |x: W| (x - near) * (x - near);
            let mut var = lanes::reduce_mapped(x, W::EMPTY_SUM, square, add) / n;
            let (mut mean, mut rest) = (near, W::EMPTY_SUM);
            if near * near > var + eps {
                let off = lanes::reduce_mapped(x, W::EMPTY_SUM, |x| x - near, add) / n;
                mean = near + off;
                rest = (near - mean) + off;
                // The variance was computed around the uncorrected mean. If the difference matters, it is computed again.
                let square = |x: W| ((x - mean) - rest) * ((x - mean) - rest);
                var = match off * off * W::of(1024.0) < var {
                    true => var - off * off,
                    false => lanes::reduce_mapped(x, W::EMPTY_SUM, square, add) / n,
                };
            }
            if var.is_lost() {
                return normalize_large(x, w, b, eps, out);
            }
            let scale = W::EMPTY_PRODUCT / (var + eps).sqrt();
            let stats = Stats { mean, rest, scale };
            for (((o, &x), &w), &b) in out.iter_mut().zip(x).zip(w).zip(b) {
                *o = stats.centred(x) * stats.scale * w + b;
            }
            stats
        },
    )
}

/// [`normalize`] of a row whose squares overflow: everything is first divided by a power of two.
#[cold]
fn normalize_large<W: WideFloat>(x: &[W], w: &[W], b: &[W], eps: W, out: &mut [W]) -> Stats<W> {
    // The squares of the largest scaled numbers, and of the smallest that matter next to them, neither overflow nor underflow.
    let unit = if size_of::<W>() == 4 {
        2f64.powi(-100)
    } else {
        2f64.powi(-900)
    };
    let (unit, whole) = (W::of(unit), W::of(1.0 / unit));
    let n = W::of(x.len() as f64);
    let add = |a: W, b: W| a + b;
    let mean = lanes::reduce_mapped(x, W::EMPTY_SUM, |x| x * unit, add) / n;
    let rest = lanes::reduce_mapped(x, W::EMPTY_SUM, |x| x * unit - mean, add) / n;
    let centred = |x: W| (x * unit - mean) - rest;
    let square = |x: W| centred(x) * centred(x);
    let var = lanes::reduce_mapped(x, W::EMPTY_SUM, square, add) / n;
    // The hypotenuse of the deviation and √eps, because for equal elements the scaled eps would underflow.
    let (deviation, least) = (var.sqrt(), eps.larger(W::EMPTY_SUM).sqrt() * unit);
    let (long, short) = match deviation > least {
        true => (deviation, least),
        false => (least, deviation),
    };
    let ratio = if long > W::EMPTY_SUM {
        short / long
    } else {
        long
    };
    let scale = W::EMPTY_PRODUCT / (long * (W::EMPTY_PRODUCT + ratio * ratio).sqrt());
    for (((o, &x), &w), &b) in out.iter_mut().zip(x).zip(w).zip(b) {
        *o = centred(x) * scale * w + b;
    }
    Stats {
        mean: mean * whole,
        rest: rest * whole,
        scale: scale * unit,
    }
}

/// The gradient for one row x, and its contributions to those of weight and bias. Overwrites `g` and `x`.
///
/// There are several short loops, because a loop that writes four arrays at once would not be vectorized.
fn gradients<W: WideFloat>(
    g: &mut [W],
    x: &mut [W],
    w: &[W],
    stats: Stats<W>,
    [dx, dw, db]: [&mut [W]; 3],
) {
    vectorized::<W, _>(
        #[inline(always)]
        || {
            let n = W::of(x.len() as f64);
            let add = |a: W, b: W| a + b;
            let scale = stats.scale;
            x.iter_mut().for_each(|x| *x = stats.centred(*x) * scale);
            for ((d, &g), &x) in dw.iter_mut().zip(g.iter()).zip(x.iter()) {
                *d = *d + g * x;
            }
            for (d, &g) in db.iter_mut().zip(g.iter()) {
                *d = *d + g;
            }
            for (g, &w) in g.iter_mut().zip(w) {
                *g = *g * w;
            }
            for ((d, &g), &x) in dx.iter_mut().zip(g.iter()).zip(x.iter()) {
                *d = g * x;
            }
            let level = lanes::reduce(g, W::EMPTY_SUM, add) / n;
            let slope = lanes::reduce(dx, W::EMPTY_SUM, add) / n;
            for ((d, &g), &x) in dx.iter_mut().zip(g.iter()).zip(x.iter()) {
                *d = (g - level - x * slope) * scale;
            }
        },
    );
}
