//! `argmax` and `argmin`: the first of equal elements, and the first NaN if there is one.

use crate::element::{Load, Number, Wide, load, vectorized, with_number};
use crate::lanes::{self, BLOCK};
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use crate::reduce::{Max, Min, Rule};
use rushlight_backend::Arg;
use rushlight_backend::plan::{Rows, RowsPlan};

/// See [`rushlight_backend::Backend::arg_reduce`].
pub(crate) fn arg_reduce(plan: &RowsPlan<Arg>, x: &Operand<'_>, out: &Operand<'_>) {
    let rows = &plan.rows;
    with_number!(x.dtype, T => match plan.f {
        Arg::Max => each_row::<Max<<T as Number>::Wide>>(rows, x, out, load::<T>),
        Arg::Min => each_row::<Min<<T as Number>::Wide>>(rows, x, out, load::<T>),
    });
}

fn each_row<R: Rule>(rows: &Rows<2>, x: &Operand<'_>, out: &Operand<'_>, load: Load<R::W>) {
    let size = x.dtype.size();
    let (from, to) = (Shared(x.first()), Shared(out.pointer::<i64>()));
    let step = rows.steps[0];
    parallel::for_ranges(rows.count, parallel::grain(rows.len * size), |range| {
        let mut buffer = [R::IDENTITY; BLOCK];
        for row in range {
            let [x, o] = rows.starts(row);
            let mut best: Option<(R::W, usize)> = None;
            for at in (0..rows.len).step_by(BLOCK) {
                let len = (rows.len - at).min(BLOCK);
                // SAFETY: the layout stays inside the storage, and the buffer has room for a block.
                unsafe {
                    load(
                        from.at((x + at * step) * size),
                        step,
                        len,
                        buffer.as_mut_ptr(),
                    )
                };
                best = combine::<R>(best, &buffer[..len], at);
            }
            let position = best.map_or(0, |(_, at)| at);
            // SAFETY: the plan's rows stay inside the storage of the output, where each row has a separate element.
            unsafe { *to.at(o) = position as i64 };
        }
    });
}

/// The better of `best` and the best of `block`, which starts at position `at` of its row.
fn combine<R: Rule>(
    best: Option<(R::W, usize)>,
    block: &[R::W],
    at: usize,
) -> Option<(R::W, usize)> {
    let value = vectorized::<R::W, _>(
        #[inline(always)]
        || lanes::reduce(block, R::IDENTITY, R::combine),
    );
    if let Some((old, _)) = best
        && (old.is_nan() || (!value.is_nan() && R::combine(old, value) == old))
    {
        return best;
    }
    let first = block
        .iter()
        .position(|&v| v == value || (value.is_nan() && v.is_nan()));
    Some((value, at + first.unwrap_or(0)))
}
