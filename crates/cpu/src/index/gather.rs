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
            elements::<T>(plan, x, |line, i| at[line * len + i], out);
        }
    }
}

/// Copies slice `at[j]` of `x` to slice `j` of `out`, line by line.
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
        let rows = outer.count * outer.len;
        parallel::for_ranges(rows, parallel::grain(2 * run * size_of::<T>()), |range| {
            for_each_row(range, at.len(), |line, j| {
                let [x, o] = outer.starts(line);
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
    let lines = Rows::last(&plan.shape, [xs, os]);
    let within = Rows::last(inner, [&xs[below.clone()], &os[below]]);
    let [xstep, ostep] = lines.steps;
    let grain = parallel::grain(2 * lines.len * size_of::<T>());
    parallel::for_ranges(lines.count, grain, |range| {
        for line in range {
            let (row, rest) = (line / within.count, line % within.count);
            let (line, j) = (row / at.len(), row % at.len());
            let (outer, within) = (outer.starts(line), within.starts(rest));
            let x = outer[0] + at[j] * plan.along + within[0];
            let o = outer[1] + j * os[dim] + within[1];
            for i in 0..lines.len {
                // SAFETY: positions are checked; the layouts stay inside their storages.
                unsafe { *to.at(o + i * ostep) = *from.at(x + i * xstep) };
            }
        }
    });
}

/// How many slices ahead a slice is prefetched, because the hardware cannot predict indices.
const AHEAD: usize = 4;

/// Prefetches the beginning of a slice of `len` elements, on targets that support it.
#[inline(always)]
fn fetch<T>(from: *const T, len: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        const LINE: usize = 64;
        // The rest of a long slice is read sequentially, which the hardware predicts.
        for line in (0..len * size_of::<T>()).step_by(LINE).take(16) {
            // SAFETY: a prefetch reads nothing, wherever it points.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(from.cast::<i8>().wrapping_add(line)) };
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (from, len);
}

/// Calls `body` with the quotient and remainder by `len` of every number of `range`, without dividing each time.
#[inline(always)]
fn for_each_row(range: Range<usize>, len: usize, body: impl Fn(usize, usize)) {
    let (mut line, mut j) = (range.start / len, range.start % len);
    for _ in range {
        body(line, j);
        j += 1;
        if j == len {
            (line, j) = (line + 1, 0);
        }
    }
}

/// Sets element `i` of each line of `out` to the element of `x` at the same place but at `position(line, i)` along `dim`.
fn elements<T: Copy>(
    plan: &IndexPlan,
    x: &Operand<'_>,
    position: impl Fn(usize, usize) -> usize + Sync,
    out: &Operand<'_>,
) {
    let along = plan.along;
    let lines = Rows::last(&plan.shape, [&plan.table, out.strides()]);
    let [xstep, ostep] = lines.steps;
    let (from, to) = (Shared(x.pointer::<T>()), Shared(out.pointer::<T>()));
    let grain = parallel::grain(lines.len * (2 * size_of::<T>() + 8));
    parallel::for_ranges(lines.count, grain, |range| {
        for line in range {
            let [x, o] = lines.starts(line);
            for i in 0..lines.len {
                // SAFETY: positions are checked, and the index is no larger than `x` elsewhere.
                unsafe {
                    *to.at(o + i * ostep) = *from.at(x + i * xstep + position(line, i) * along);
                }
            }
        }
    });
}
