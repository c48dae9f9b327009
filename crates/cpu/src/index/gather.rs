//! Reads by index: whole slices, or one element for each index. Only the size of an element matters, not its type.

use super::positions::{Positions, positions};
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use rushlight_backend::plan::{IndexPlan, Rows};
use rushlight_backend::{IndexOp, Op, Result};
use std::ops::Range;

pub(crate) fn gather(
    plan: &IndexPlan,
    x: &Operand<'_>,
    index: &Operand<'_>,
    out: &Operand<'_>,
) -> Result<()> {
    let at = positions(Op::Gather(plan.f).name(), plan, index)?;
    if out.numel() == 0 {
        return Ok(());
    }
    match out.dtype.size() {
        1 => read::<u8>(plan, x, &at, out),
        2 => read::<u16>(plan, x, &at, out),
        4 => read::<u32>(plan, x, &at, out),
        _ => read::<u64>(plan, x, &at, out),
    }
    Ok(())
}

fn read<T: Copy>(plan: &IndexPlan, x: &Operand<'_>, at: &Positions, out: &Operand<'_>) {
    match plan.f {
        IndexOp::Select { .. } if plan.dim + 1 < plan.shape.len() => slices::<T>(plan, x, at, out),
        IndexOp::Select { .. } => elements::<T>(plan, x, |_, i| at[i], out),
        IndexOp::Gather { .. } => {
            let len = plan.shape.last().copied().unwrap_or(1);
            elements::<T>(plan, x, |row, i| at[row * len + i], out);
        }
    }
}

/// Copies slice `at[j]` of `x` to slice `j` of `out`, row by row.
fn slices<T: Copy>(plan: &IndexPlan, x: &Operand<'_>, at: &Positions, out: &Operand<'_>) {
    let dim = plan.dim;
    let (xs, os) = (&*plan.table, out.strides());
    let inner = &plan.shape[dim + 1..];
    let dense = |strides: &[usize]| {
        let mut expected = 1;
        inner.iter().zip(&strides[dim + 1..]).rev().all(|(&n, &s)| {
            let fits = n == 1 || s == expected;
            expected *= n;
            fits
        })
    };
    let (from, to) = (Shared(x.pointer::<T>()), Shared(out.pointer::<T>()));
    let (above, below) = (..dim + 1, dim + 1..);
    let outer = Rows::last(&plan.shape[above], [&xs[above], &os[above]]);
    if dense(xs) && dense(os) {
        let run: usize = inner.iter().product();
        let slices = outer.count * outer.len;
        parallel::for_ranges(slices, parallel::grain(2 * run * size_of::<T>()), |range| {
            for_each_slice(range, at.len(), |row, j| {
                let [x, o] = outer.starts(row);
                if let Some(&soon) = at.get(j + AHEAD) {
                    // SAFETY: positions are checked.
                    fetch(unsafe { from.at(x + soon * plan.along) }, run);
                }
                // SAFETY: positions are checked, both slices are dense, and out is not x.
                unsafe {
                    let from = from.at(x + at[j] * plan.along);
                    std::ptr::copy_nonoverlapping(from, to.at(o + j * os[dim]), run);
                }
            });
        });
        return;
    }
    let rows = Rows::last(&plan.shape, [xs, os]);
    let within = Rows::last(inner, [&xs[below.clone()], &os[below]]);
    let [xstep, ostep] = rows.steps;
    let grain = parallel::grain(2 * rows.len * size_of::<T>());
    parallel::for_ranges(rows.count, grain, |range| {
        for row in range {
            let (slice, rest) = (row / within.count, row % within.count);
            let (outer_row, j) = (slice / at.len(), slice % at.len());
            let (outer, within) = (outer.starts(outer_row), within.starts(rest));
            let x = outer[0] + at[j] * plan.along + within[0];
            let o = outer[1] + j * os[dim] + within[1];
            for i in 0..rows.len {
                // SAFETY: positions are checked; the layouts stay inside their storages.
                unsafe { *to.at(o + i * ostep) = *from.at(x + i * xstep) };
            }
        }
    });
}

/// The number of slices that are prefetched ahead, because the hardware cannot predict indices.
const AHEAD: usize = 4;

/// Prefetches the beginning of a slice of `len` elements, on targets that support it.
#[inline(always)]
fn fetch<T>(from: *const T, len: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        const LINE: usize = 64;
        // The rest of a long slice is read sequentially, which the hardware predicts.
        for offset in (0..len * size_of::<T>()).step_by(LINE).take(16) {
            // SAFETY: a prefetch of an invalid address has no effect.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast::<i8>().wrapping_add(offset)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (from, len);
}

/// Calls `body` with the quotient and remainder by `len` of every number of `range`, without dividing each time.
#[inline(always)]
fn for_each_slice(range: Range<usize>, len: usize, body: impl Fn(usize, usize)) {
    let (mut row, mut j) = (range.start / len, range.start % len);
    for _ in range {
        body(row, j);
        j += 1;
        if j == len {
            (row, j) = (row + 1, 0);
        }
    }
}

/// Sets element `i` of each row of `out` to the element of `x` at the same coordinates, except for `position(row, i)` along `dim`.
fn elements<T: Copy>(
    plan: &IndexPlan,
    x: &Operand<'_>,
    position: impl Fn(usize, usize) -> usize + Sync,
    out: &Operand<'_>,
) {
    let along = plan.along;
    let rows = Rows::last(&plan.shape, [&plan.table, out.strides()]);
    let [xstep, ostep] = rows.steps;
    let (from, to) = (Shared(x.pointer::<T>()), Shared(out.pointer::<T>()));
    let grain = parallel::grain(rows.len * (2 * size_of::<T>() + 8));
    parallel::for_ranges(rows.count, grain, |range| {
        for row in range {
            let [x, o] = rows.starts(row);
            for i in 0..rows.len {
                // SAFETY: positions are checked, and the index is no larger than `x` elsewhere.
                unsafe {
                    *to.at(o + i * ostep) = *from.at(x + i * xstep + position(row, i) * along);
                }
            }
        }
    });
}
