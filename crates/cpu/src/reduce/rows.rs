//! Reductions whose innermost folded dimension is the tightest loop: sums of rows, of planes, of everything.

use super::ends::Ends;
use super::rule::Rule;
use crate::element::vectorised;
use crate::lanes::{self, BLOCK, Cascade};
use crate::parallel::{self, Shared};
use rushlight_backend::plan::{Loops, ReduceLoops};
use std::mem::MaybeUninit;

/// Elements that one job folds into a partial result.
const PART: usize = 1 << 15;

pub(super) fn run<R: Rule>(plan: &ReduceLoops, x: *mut u8, out: *mut u8, ends: &Ends<R::W>) {
    let (len, [step], outer) = plan.reduced.split_innermost();
    let fold = Fold {
        len,
        step,
        rows: outer.shape.numel(),
        outer,
        ends,
    };
    let parts = fold.parts();
    let bytes = plan.count.clamp(1, PART) * ends.size;
    let (x, out) = (Shared(x), Shared(out));
    let store = |i: usize, result: R::W| {
        let [_, to] = plan.kept.offsets(i);
        // SAFETY: `plan` was made from the output's layout, so the offset lies in its storage.
        unsafe { (ends.store)(out.at(to * ends.out_size), result, plan.count) }
    };
    let part = |i: usize, part: usize| {
        let [from, _] = plan.kept.offsets(i);
        // SAFETY: likewise for the input, and all that folds into output `i`.
        unsafe { fold.part::<R>(x.at(from * ends.size), part) }
    };
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
        partial.iter().for_each(|&p| tree.push(p, R::join));
        store(i, tree.finish(R::IDENTITY, R::join));
    }
}

/// The elements that fold into one output: rows of `len`, cut into parts of about [`PART`] elements.
struct Fold<'a, W> {
    len: usize,
    /// Between the elements of a row.
    step: usize,
    outer: Loops<1>,
    rows: usize,
    ends: &'a Ends<W>,
}

impl<W: Copy> Fold<'_, W> {
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

    /// Folds part `part` of the elements at `x`.
    ///
    /// # Safety
    /// All elements of the fold from `x` on are readable.
    unsafe fn part<R: Rule<W = W>>(&self, x: *const u8, part: usize) -> W {
        let (n, step) = (self.len, self.step);
        let (cuts, size) = (self.cuts(), self.ends.size);
        // SAFETY: offsets of the fold's own loops; the caller's promise.
        unsafe {
            if cuts > 1 {
                let (row, cut) = (part / cuts, part % cuts);
                let from = self.outer.offsets(row)[0] + cut * PART * step;
                return run_of::<R>(
                    self.ends,
                    x.add(from * size),
                    (n - cut * PART).min(PART),
                    step,
                );
            }
            if self.rows == 1 {
                return run_of::<R>(self.ends, x, n, step);
            }
            let first = part * self.rows_per_part();
            let last = (first + self.rows_per_part()).min(self.rows);
            let mut tree = Cascade::new(R::IDENTITY);
            for row in first..last {
                let at = x.add(self.outer.offsets(row)[0] * size);
                tree.push(run_of::<R>(self.ends, at, n, step), R::join);
            }
            tree.finish(R::IDENTITY, R::join)
        }
    }
}

/// Folds `n` elements `step` apart. Those that cannot be read in place are gathered into blocks first; the result is the same.
#[inline]
unsafe fn run_of<R: Rule>(ends: &Ends<R::W>, x: *const u8, n: usize, step: usize) -> R::W {
    // SAFETY: the caller's promise: `n` elements `step` apart are readable; `load` fills what `blocks` reads.
    unsafe {
        if ends.direct && step == 1 {
            return neighbours::<R>(std::slice::from_raw_parts(x.cast(), n));
        }
        let mut buffer = [MaybeUninit::<R::W>::uninit(); BLOCK];
        let buffer = buffer.as_mut_ptr().cast::<R::W>();
        let mut tree = Cascade::new(R::IDENTITY);
        let mut at = 0;
        while at < n {
            let len = (n - at).min(BLOCK);
            (ends.load)(x.add(at * step * ends.size), step, len, buffer);
            let block = neighbours::<R>(std::slice::from_raw_parts(buffer, len));
            if n <= BLOCK {
                return block;
            }
            tree.push(block, R::join);
            at += len;
        }
        tree.finish(R::IDENTITY, R::join)
    }
}

/// Folds a slice with the processor's best instructions.
#[inline]
fn neighbours<R: Rule>(x: &[R::W]) -> R::W {
    if x.len() < 16 {
        return x.iter().fold(R::IDENTITY, |acc, &v| R::join(acc, v));
    }
    vectorised::<R::W, _>(
        #[inline(always)]
        || lanes::fold(x, R::IDENTITY, R::join),
    )
}
