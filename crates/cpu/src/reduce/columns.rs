//! Reductions whose outputs lie side by side in the input: sums over the batch.
//!
//! Eight rows at a time are joined as a tree and added to a strip of accumulators that stays in the first cache.

use super::ends::Ends;
use super::rule::Rule;
use crate::element::vectorised;
use crate::parallel::{self, Shared};
use rushlight_backend::plan::ReduceLoops;
use std::mem::MaybeUninit;
use std::ops::Range;

/// Columns of one strip.
const STRIP: usize = 512;
/// Rows that one job folds into a partial result.
const PART: usize = 256;
/// Rows joined before they are added to the accumulators.
const ROWS: usize = 8;
/// Columns joined in one loop of known length.
const CHUNK: usize = 32;

pub(super) fn run<R: Rule>(plan: &ReduceLoops, x: *mut u8, out: *mut u8, ends: &Ends<R::W>) {
    let (columns, [_, column], blocks) = plan.kept.split_innermost();
    let strips = columns.div_ceil(STRIP);
    let parts = plan.count.div_ceil(PART);
    let jobs = plan.outputs / columns * strips * parts;
    let width = columns.min(STRIP);
    let grain = parallel::grain(width * plan.count.min(PART) * ends.size);
    // One strip of accumulators a job, unless a job finishes its strip alone.
    let mut partial = match parts {
        1 => Vec::new(),
        _ => vec![R::IDENTITY; jobs * width],
    };
    let (x, out, slots) = (Shared(x), Shared(out), Shared(partial.as_mut_ptr()));
    let strip = |strip: usize| {
        let (block, first) = (strip / strips, strip % strips * STRIP);
        let [from, to] = blocks.offsets(block);
        let len = (columns - first).min(STRIP);
        (from + first, to + first * column, len)
    };
    let store = |acc: &[R::W], to: usize| {
        for (i, &a) in acc.iter().enumerate() {
            let to = (to + i * column) * ends.out_size;
            // SAFETY: `plan` was made from the output's layout, so its offsets lie in the storage; strips are disjoint.
            unsafe { (ends.store)(out.at(to), a, plan.count) };
        }
    };
    parallel::for_ranges(jobs, grain, |range| {
        for job in range {
            let part = job % parts;
            let (from, to, len) = strip(job / parts);
            let rows = part * PART..((part + 1) * PART).min(plan.count);
            let mut acc = [MaybeUninit::uninit(); STRIP];
            let acc = identities::<R>(&mut acc[..len]);
            // SAFETY: likewise for the input; every job has a slot of its own.
            unsafe {
                let x = x.at(from * ends.size);
                fold::<R>(acc, x, rows, plan, ends);
                if parts == 1 {
                    store(acc, to);
                } else {
                    std::ptr::copy_nonoverlapping(acc.as_ptr(), slots.at(job * width), len);
                }
            }
        }
    });
    for (i, group) in partial.chunks_exact_mut(width * parts).enumerate() {
        let mut reach = 1;
        while reach < parts {
            for part in (0..parts - reach).step_by(2 * reach) {
                let (a, b) = group.split_at_mut((part + reach) * width);
                join_rows::<R, 1>(&mut a[part * width..][..width], [b.as_ptr()]);
            }
            reach *= 2;
        }
        let (_, to, len) = strip(i);
        store(&group[..len], to);
    }
}

/// Fills a strip with the result of no row.
fn identities<R: Rule>(acc: &mut [MaybeUninit<R::W>]) -> &mut [R::W] {
    acc.iter_mut().for_each(|a| {
        a.write(R::IDENTITY);
    });
    // SAFETY: every element was written.
    unsafe { acc.assume_init_mut() }
}

/// Folds `rows` of the columns at `x` into `acc`.
///
/// # Safety
/// The rows lie in the input.
unsafe fn fold<R: Rule>(
    acc: &mut [R::W],
    x: *const u8,
    rows: Range<usize>,
    plan: &ReduceLoops,
    ends: &Ends<R::W>,
) {
    let mut buffer = [const { MaybeUninit::<[R::W; STRIP]>::uninit() }; ROWS];
    let len = acc.len();
    let mut row = |row: usize, slot: usize| {
        // SAFETY: the caller's promise; `load` fills what is read.
        unsafe {
            let at = x.add(plan.reduced.offsets(row)[0] * ends.size);
            if ends.direct {
                return at.cast::<R::W>();
            }
            let slot = buffer[slot].as_mut_ptr().cast::<R::W>();
            (ends.load)(at, 1, len, slot);
            slot.cast_const()
        }
    };
    let whole = rows.len() / ROWS * ROWS;
    for first in rows.clone().take(whole).step_by(ROWS) {
        join_rows::<R, ROWS>(acc, std::array::from_fn(|k| row(first + k, k)));
    }
    for last in rows.skip(whole) {
        join_rows::<R, 1>(acc, [row(last, 0)]);
    }
}

/// Joins eight rows, or one, each as long as `acc`, as a tree and with `acc`.
fn join_rows<R: Rule, const N: usize>(acc: &mut [R::W], rows: [*const R::W; N]) {
    vectorised::<R::W, _>(
        #[inline(always)]
        || {
            let (chunks, rest) = acc.as_chunks_mut::<CHUNK>();
            let whole = chunks.len() * CHUNK;
            for (i, chunk) in chunks.iter_mut().enumerate() {
                // A copy that nothing else can reach: the compiler need not fear that rows overlap it.
                let mut local = *chunk;
                for (c, slot) in local.iter_mut().enumerate() {
                    *slot = R::join(*slot, tree::<R, N>(&rows, i * CHUNK + c));
                }
                *chunk = local;
            }
            for (c, slot) in rest.iter_mut().enumerate() {
                *slot = R::join(*slot, tree::<R, N>(&rows, whole + c));
            }
        },
    );
}

/// Element `c` of all rows.
#[inline(always)]
fn tree<R: Rule, const N: usize>(rows: &[*const R::W; N], c: usize) -> R::W {
    // SAFETY: `join_rows` asks for elements that the rows have.
    let at = |k: usize| unsafe { *rows[k].add(c) };
    let pair = |k: usize| R::join(at(k), at(k + 1));
    match N {
        ROWS => R::join(R::join(pair(0), pair(2)), R::join(pair(4), pair(6))),
        _ => at(0),
    }
}
