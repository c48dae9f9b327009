//! Reductions whose innermost loop runs over a reduced dimension: sums of rows, of planes, of all elements.

use super::conversions::Conversions;
use super::rule::Rule;
use crate::element::vectorized;
use crate::lanes::{self, BLOCK, Cascade};
use crate::parallel::{self, Shared};
use rushlight_backend::plan::{Loops, ReduceLoops};
use std::mem::MaybeUninit;

/// The number of elements that one task reduces to a partial result.
const PART: usize = 1 << 15;

pub(super) fn run<R: Rule>(
    plan: &ReduceLoops,
    x: *mut u8,
    out: *mut u8,
    conversions: &Conversions<R::W>,
) {
    let (len, [step], outer) = plan.reduced.split_innermost();
    let reduction = RowReduction {
        len,
        step,
        rows: outer.shape.numel(),
        outer,
        conversions,
    };
    let parts = reduction.parts();
    let bytes = plan.count.clamp(1, PART) * conversions.size;
    let (x, out) = (Shared(x), Shared(out));
    let store = |i: usize, result: R::W| {
        let [_, to] = plan.kept.offsets(i);
        // SAFETY: `plan` was made from the output's layout, so the offset is in its storage.
        unsafe { (conversions.store)(out.at(to * conversions.out_size), result, plan.count) }
    };
    let part = |i: usize, part: usize| {
        let [from, _] = plan.kept.offsets(i);
        // SAFETY: likewise for the input, and for all elements of output `i`.
        unsafe { reduction.part::<R>(x.at(from * conversions.size), part) }
    };
    if parts == 1 && conversions.direct && step == 1 && reduction.rows == 1 {
        parallel::for_ranges(plan.outputs, parallel::grain(bytes), |range| {
            // The instruction set is chosen once for all rows of the range.
            vectorized::<R::W, _>(
                #[inline(always)]
                || {
                    for i in range {
                        let [from, _] = plan.kept.offsets(i);
                        // SAFETY: likewise for the input, in which the elements of output `i` are adjacent.
                        let row = unsafe {
                            std::slice::from_raw_parts(x.at(from * conversions.size).cast(), len)
                        };
                        store(i, lanes::reduce(row, R::IDENTITY, R::combine));
                    }
                },
            );
        });
        return;
    }
    if parts == 1 {
        parallel::for_ranges(plan.outputs, parallel::grain(bytes), |range| {
            range.for_each(|i| store(i, part(i, 0)));
        });
        return;
    }
    let mut partial = vec![R::IDENTITY; plan.outputs * parts];
    let slots = Shared(partial.as_mut_ptr());
    parallel::for_ranges(partial.len(), parallel::grain(bytes), |range| {
        for i in range {
            // SAFETY: each slot belongs to one `i`.
            unsafe { *slots.at(i) = part(i / parts, i % parts) };
        }
    });
    for (i, partial) in partial.chunks_exact(parts).enumerate() {
        let mut tree = Cascade::new(R::IDENTITY);
        partial.iter().for_each(|&p| tree.push(p, R::combine));
        store(i, tree.finish(R::IDENTITY, R::combine));
    }
}

/// The elements of one result: rows of `len`, split into parts of about [`PART`] elements.
struct RowReduction<'a, W> {
    len: usize,
    /// Distance between the elements of a row.
    step: usize,
    outer: Loops<1>,
    rows: usize,
    conversions: &'a Conversions<W>,
}

impl<W: Copy> RowReduction<'_, W> {
    /// Parts of one row, or 1 if a part holds whole rows.
    fn cuts(&self) -> usize {
        self.len.div_ceil(PART).max(1)
    }

    fn rows_per_part(&self) -> usize {
        (PART / self.len.max(1)).max(1)
    }

    fn parts(&self) -> usize {
        let parts = match self.cuts() {
            1 => self.rows.div_ceil(self.rows_per_part()),
            cuts => self.rows * cuts,
        };
        parts.max(1)
    }

    /// Reduces part `part` of the elements at `x`.
    ///
    /// # Safety
    /// All elements of the reduction from `x` on are readable.
    unsafe fn part<R: Rule<W = W>>(&self, x: *const u8, part: usize) -> W {
        let (n, step) = (self.len, self.step);
        let (cuts, size) = (self.cuts(), self.conversions.size);
        // SAFETY: offsets of the reduction's own loops; guaranteed by the caller.
        unsafe {
            if cuts > 1 {
                let (row, cut) = (part / cuts, part % cuts);
                let from = self.outer.offsets(row)[0] + cut * PART * step;
                return run_of::<R>(
                    self.conversions,
                    x.add(from * size),
                    (n - cut * PART).min(PART),
                    step,
                );
            }
            if self.rows == 1 {
                return run_of::<R>(self.conversions, x, n, step);
            }
            let first = part * self.rows_per_part();
            let last = (first + self.rows_per_part()).min(self.rows);
            let mut tree = Cascade::new(R::IDENTITY);
            for row in first..last {
                let at = x.add(self.outer.offsets(row)[0] * size);
                tree.push(run_of::<R>(self.conversions, at, n, step), R::combine);
            }
            tree.finish(R::IDENTITY, R::combine)
        }
    }
}

/// Reduces `n` elements `step` apart. Elements that cannot be read in place are first converted block by block; the result is the same.
///
/// # Safety
/// `x` is aligned, and `n` elements of the type that `conversions` loads, `step` elements apart, are readable from it on.
#[inline]
unsafe fn run_of<R: Rule>(
    conversions: &Conversions<R::W>,
    x: *const u8,
    n: usize,
    step: usize,
) -> R::W {
    // SAFETY: the caller guarantees: `n` elements `step` apart are readable; `load` fills what `blocks` reads.
    unsafe {
        if conversions.direct && step == 1 {
            return contiguous::<R>(std::slice::from_raw_parts(x.cast(), n));
        }
        let mut buffer = [MaybeUninit::<R::W>::uninit(); BLOCK];
        let buffer = buffer.as_mut_ptr().cast::<R::W>();
        let mut tree = Cascade::new(R::IDENTITY);
        let mut at = 0;
        while at < n {
            let len = (n - at).min(BLOCK);
            (conversions.load)(x.add(at * step * conversions.size), step, len, buffer);
            let block = contiguous::<R>(std::slice::from_raw_parts(buffer, len));
            if n <= BLOCK {
                return block;
            }
            tree.push(block, R::combine);
            at += len;
        }
        tree.finish(R::IDENTITY, R::combine)
    }
}

/// Reduces a slice with the best SIMD instructions.
#[inline]
fn contiguous<R: Rule>(x: &[R::W]) -> R::W {
    if x.len() < 16 {
        return x.iter().fold(R::IDENTITY, |acc, &v| R::combine(acc, v));
    }
    vectorized::<R::W, _>(
        #[inline(always)]
        || lanes::reduce(x, R::IDENTITY, R::combine),
    )
}
