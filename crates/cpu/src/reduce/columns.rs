//! Reductions where neighbouring elements belong to different results, such as sums over the batch.
//!
//! Eight rows at a time are combined in a tree and added to a strip of accumulators that stays in the L1 cache.

use super::conversions::Conversions;
use super::rule::Rule;
use crate::element::vectorized;
use crate::parallel::{self, Shared};
use rushlight_backend::plan::ReduceLoops;
use std::mem::MaybeUninit;
use std::ops::Range;

/// The number of columns in a strip.
const STRIP: usize = 512;
/// The number of rows that one task reduces to a partial result.
const PART: usize = 256;
/// The number of rows combined before they are added to the accumulators.
const ROWS: usize = 8;
/// The number of columns combined in one loop of constant length.
const CHUNK: usize = 32;

pub(super) fn run<R: Rule>(
    plan: &ReduceLoops,
    x: *mut u8,
    out: *mut u8,
    conversions: &Conversions<R::W>,
) {
    let (columns, [_, column], blocks) = plan.kept.split_innermost();
    let strips = columns.div_ceil(STRIP);
    let parts = plan.count.div_ceil(PART);
    let jobs = plan.outputs / columns * strips * parts;
    let width = columns.min(STRIP);
    let grain = parallel::grain(width * plan.count.min(PART) * conversions.size);
    // One strip of accumulators per task, unless a task reduces its strip alone.
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
            let to = (to + i * column) * conversions.out_size;
            // SAFETY: `plan` was made from the output's layout, so its offsets are in the storage; strips are disjoint.
            unsafe { (conversions.store)(out.at(to), a, plan.count) };
        }
    };
    parallel::for_ranges(jobs, grain, |range| {
        for job in range {
            let part = job % parts;
            let (from, to, len) = strip(job / parts);
            let rows = part * PART..((part + 1) * PART).min(plan.count);
            let mut acc = [MaybeUninit::uninit(); STRIP];
            let acc = identities::<R>(&mut acc[..len]);
            // SAFETY: likewise for the input; every job has a separate slot.
            unsafe {
                let x = x.at(from * conversions.size);
                accumulate::<R>(acc, x, rows, plan, conversions);
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
                combine_rows::<R, 1>(&mut a[part * width..][..width], [b.as_ptr()]);
            }
            reach *= 2;
        }
        let (_, to, len) = strip(i);
        store(&group[..len], to);
    }
}

/// Fills a strip with the identity.
fn identities<R: Rule>(acc: &mut [MaybeUninit<R::W>]) -> &mut [R::W] {
    acc.iter_mut().for_each(|a| {
        a.write(R::IDENTITY);
    });
    // SAFETY: every element was written.
    unsafe { acc.assume_init_mut() }
}

/// Accumulates `rows` of the columns at `x` in `acc`.
///
/// # Safety
/// The rows are in the input.
unsafe fn accumulate<R: Rule>(
    acc: &mut [R::W],
    x: *const u8,
    rows: Range<usize>,
    plan: &ReduceLoops,
    conversions: &Conversions<R::W>,
) {
    let mut buffer = [const { MaybeUninit::<[R::W; STRIP]>::uninit() }; ROWS];
    let len = acc.len();
    let mut row = |row: usize, slot: usize| {
        // SAFETY: guaranteed by the caller; `load` fills what is read.
        unsafe {
            let at = x.add(plan.reduced.offsets(row)[0] * conversions.size);
            if conversions.direct {
                return at.cast::<R::W>();
            }
            let slot = buffer[slot].as_mut_ptr().cast::<R::W>();
            (conversions.load)(at, 1, len, slot);
            slot.cast_const()
        }
    };
    let whole = rows.len() / ROWS * ROWS;
    for first in rows.clone().take(whole).step_by(ROWS) {
        combine_rows::<R, ROWS>(acc, std::array::from_fn(|k| row(first + k, k)));
    }
    for last in rows.skip(whole) {
        combine_rows::<R, 1>(acc, [row(last, 0)]);
    }
}

/// Combines eight rows, or one, in a tree, and the result with `acc`.
fn combine_rows<R: Rule, const N: usize>(acc: &mut [R::W], rows: [*const R::W; N]) {
    vectorized::<R::W, _>(
        #[inline(always)]
        || {
            let (chunks, rest) = acc.as_chunks_mut::<CHUNK>();
            let whole = chunks.len() * CHUNK;
            for (i, chunk) in chunks.iter_mut().enumerate() {
                // A local copy, so that the compiler can assume that the rows do not overlap it.
                let mut local = *chunk;
                for (c, slot) in local.iter_mut().enumerate() {
                    *slot = R::combine(*slot, tree::<R, N>(&rows, i * CHUNK + c));
                }
                *chunk = local;
            }
            for (c, slot) in rest.iter_mut().enumerate() {
                *slot = R::combine(*slot, tree::<R, N>(&rows, whole + c));
            }
        },
    );
}

/// Element `c` of all rows.
#[inline(always)]
fn tree<R: Rule, const N: usize>(rows: &[*const R::W; N], c: usize) -> R::W {
    // SAFETY: `combine_rows` asks for elements that the rows have.
    let at = |k: usize| unsafe { *rows[k].add(c) };
    let pair = |k: usize| R::combine(at(k), at(k + 1));
    match N {
        ROWS => R::combine(R::combine(pair(0), pair(2)), R::combine(pair(4), pair(6))),
        _ => at(0),
    }
}
