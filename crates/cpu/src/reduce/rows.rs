//! Reductions whose innermost folded dimension is the tightest loop: sums of rows, of planes, of everything.

use super::ends::Ends;
use super::plan::{Axis, Plan, offsets};
use super::rule::{Cascade, Rule};
use crate::element::vectorised;
use crate::parallel::{self, Shared};
use std::mem::MaybeUninit;

/// Elements summed in lanes before their sum enters the tree.
const BLOCK: usize = 1024;
/// Lanes of one accumulator; four of them run side by side.
const LANES: usize = 16;
/// Elements that one job folds into a partial result.
const PART: usize = 1 << 15;

pub(super) fn run<R: Rule>(plan: &Plan, x: *mut u8, out: *mut u8, ends: &Ends<R::W>) {
    let (inner, outer) = match plan.folded.split_last() {
        Some((inner, outer)) => (*inner, outer),
        None => (Axis { n: 1, x: 1, out: 0 }, &[][..]),
    };
    let fold = Fold {
        inner,
        outer,
        rows: outer.iter().map(|a| a.n).product(),
        ends,
    };
    let parts = fold.parts();
    let bytes = plan.count.min(PART).max(1) * ends.size;
    let (x, out) = (Shared(x), Shared(out));
    let store = |i: usize, result: R::W| {
        let to = offsets(&plan.kept, i).1;
        // SAFETY: `plan` was made from the output's layout, so the offset lies in its storage.
        unsafe { (ends.store)(out.at(to * ends.out_size), result, plan.count) }
    };
    let part = |i: usize, part: usize| {
        let from = offsets(&plan.kept, i).0;
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

/// The elements that fold into one output: rows of `inner`, cut into parts of about [`PART`] elements.
struct Fold<'a, W> {
    inner: Axis,
    outer: &'a [Axis],
    rows: usize,
    ends: &'a Ends<W>,
}

impl<W: Copy> Fold<'_, W> {
    /// Parts of one row, or 1 if a part holds whole rows.
    fn cuts(&self) -> usize {
        self.inner.n.div_ceil(PART).max(1)
    }

    fn rows_per_part(&self) -> usize {
        (PART / self.inner.n.max(1)).max(1)
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
        let Axis { n, x: step, .. } = self.inner;
        let (cuts, size) = (self.cuts(), self.ends.size);
        // SAFETY: offsets of the fold's own loops; the caller's promise.
        unsafe {
            if cuts > 1 {
                let (row, cut) = (part / cuts, part % cuts);
                let from = offsets(self.outer, row).0 + cut * PART * step;
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
                let at = x.add(offsets(self.outer, row).0 * size);
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
            return match n {
                0..LANES => few::<R>(x.cast(), n),
                _ => blocks::<R>(x.cast(), n),
            };
        }
        let mut buffer = [MaybeUninit::<R::W>::uninit(); BLOCK];
        let buffer = buffer.as_mut_ptr().cast::<R::W>();
        let mut tree = Cascade::new(R::IDENTITY);
        let mut at = 0;
        while at < n {
            let len = (n - at).min(BLOCK);
            (ends.load)(x.add(at * step * ends.size), step, len, buffer);
            let block = match len {
                0..LANES => few::<R>(buffer, len),
                _ => blocks::<R>(buffer, len),
            };
            if n <= BLOCK {
                return block;
            }
            tree.push(block, R::join);
            at += len;
        }
        tree.finish(R::IDENTITY, R::join)
    }
}

#[inline]
unsafe fn few<R: Rule>(x: *const R::W, n: usize) -> R::W {
    // SAFETY: the caller's promise: `n` elements are readable.
    (0..n).fold(R::IDENTITY, |acc, i| R::join(acc, unsafe { *x.add(i) }))
}

/// Folds neighbours, block by block.
unsafe fn blocks<R: Rule>(x: *const R::W, n: usize) -> R::W {
    vectorised::<R::W, _>(
        #[inline(always)]
        || {
            if n <= BLOCK {
                // SAFETY: the caller's promise: `n` elements are readable.
                return unsafe { block::<R>(x, n) };
            }
            let mut tree = Cascade::new(R::IDENTITY);
            let mut at = 0;
            while at < n {
                let len = (n - at).min(BLOCK);
                // SAFETY: as above.
                tree.push(unsafe { block::<R>(x.add(at), len) }, R::join);
                at += len;
            }
            tree.finish(R::IDENTITY, R::join)
        },
    )
}

/// Folds at most [`BLOCK`] neighbours, in lanes.
#[inline(always)]
unsafe fn block<R: Rule>(x: *const R::W, n: usize) -> R::W {
    let mut acc = [[R::IDENTITY; LANES]; 4];
    let mut at = 0;
    // SAFETY: the caller's promise: `n` elements are readable, and no index reaches `n`.
    unsafe {
        while at + 4 * LANES <= n {
            for (k, lanes) in acc.iter_mut().enumerate() {
                absorb::<R>(lanes, x.add(at + k * LANES));
            }
            at += 4 * LANES;
        }
        while at + LANES <= n {
            absorb::<R>(&mut acc[0], x.add(at));
            at += LANES;
        }
        for (i, lane) in acc[1].iter_mut().take(n - at).enumerate() {
            *lane = R::join(*lane, *x.add(at + i));
        }
    }
    let [mut a, b, mut c, d] = acc;
    for i in 0..LANES {
        a[i] = R::join(a[i], b[i]);
        c[i] = R::join(c[i], d[i]);
        a[i] = R::join(a[i], c[i]);
    }
    let mut width = LANES / 2;
    while width > 0 {
        for i in 0..width {
            a[i] = R::join(a[i], a[i + width]);
        }
        width /= 2;
    }
    a[0]
}

#[inline(always)]
unsafe fn absorb<R: Rule>(lanes: &mut [R::W; LANES], x: *const R::W) {
    for (i, lane) in lanes.iter_mut().enumerate() {
        // SAFETY: the caller's promise: LANES elements are readable.
        *lane = R::join(*lane, unsafe { *x.add(i) });
    }
}
