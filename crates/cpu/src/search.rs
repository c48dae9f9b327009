//! Binary search in sorted rows.

use crate::argsort::Key;
use crate::element::{Wide, with_number};
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use rushlight_backend::plan::Rows;

/// [`rushlight_backend::Fused::Search`].
pub(crate) fn search(right: bool, sequence: &Operand<'_>, values: &Operand<'_>, out: &Operand<'_>) {
    with_number!(values.dtype, T => run::<T>(right, sequence, values, out));
}

/// The values that a thread searches for at least.
const GRAIN: usize = 1 << 10;

fn run<T: Key>(right: bool, sequence: &Operand<'_>, values: &Operand<'_>, out: &Operand<'_>) {
    let n = sequence.shape()[1];
    let [rows, step] = [sequence.strides()[0], sequence.strides()[1]];
    let all = Rows::last(values.shape(), [values.strides(), out.strides()]);
    let [vstep, ostep] = all.steps;
    let from = Shared(sequence.pointer::<T>());
    let (values, out) = (Shared(values.pointer::<T>()), Shared(out.pointer::<i64>()));
    let parts = all.len.div_ceil(GRAIN);
    let grain = parallel::grain(GRAIN.min(all.len) * (n.max(2).ilog2() as usize + 2) * 8);
    parallel::for_ranges(all.count * parts, grain, |range| {
        for part in range {
            let (row, first) = (part / parts, part % parts * GRAIN);
            let [v, o] = all.starts(row);
            for i in first..all.len.min(first + GRAIN) {
                // SAFETY: the rows are inside their storages, and a place of the result belongs to one part.
                unsafe {
                    let value = *values.at(v + i * vstep);
                    // Every element comes before a NaN, another NaN too.
                    let (key, right) = (value.key(), right || value.widen().is_nan());
                    let before = |at: usize| {
                        let other = (*from.at(row * rows + at * step)).key();
                        other < key || right && other == key
                    };
                    *out.at(o + i * ostep) = first_after(n, before) as i64;
                }
            }
        }
    });
}

/// The number of positions below `n` that are `before`, which are the first ones.
#[inline(always)]
fn first_after(n: usize, before: impl Fn(usize) -> bool) -> usize {
    let (mut base, mut size) = (0, n);
    while size > 1 {
        let half = size / 2;
        base += if before(base + half - 1) { half } else { 0 };
        size -= half;
    }
    base + (size == 1 && before(base)) as usize
}
