//! `argmax` and `argmin`: the first of equal elements, and the first NaN if there is one.

use crate::element::{Load, Number, Wide, load, vectorised, with_number};
use crate::lanes::{self, BLOCK};
use crate::lines::Lines;
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use crate::reduce::{Max, Min, Rule};
use rushlight_backend::Arg;

/// See [`rushlight_backend::Backend::arg_reduce`].
pub(crate) fn arg_reduce(f: Arg, dim: usize, x: &Operand<'_>, out: &Operand<'_>) {
    with_number!(x.dtype, T => match f {
        Arg::Max => each_line::<Max<<T as Number>::Wide>>(dim, x, out, load::<T>),
        Arg::Min => each_line::<Min<<T as Number>::Wide>>(dim, x, out, load::<T>),
    });
}

fn each_line<R: Rule>(dim: usize, x: &Operand<'_>, out: &Operand<'_>, load: Load<R::W>) {
    let lines = Lines::new(x.shape(), dim);
    let size = x.dtype.size();
    let (from, to) = (Shared(x.first()), Shared(out.pointer::<i64>()));
    let step = lines.step(x.strides());
    parallel::for_ranges(lines.count, parallel::grain(lines.len * size), |range| {
        let mut buffer = [R::IDENTITY; BLOCK];
        for line in range {
            let x = lines.offset(x.strides(), line);
            let mut best: Option<(R::W, usize)> = None;
            for at in (0..lines.len).step_by(BLOCK) {
                let len = (lines.len - at).min(BLOCK);
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
            // SAFETY: as above; each line has an element of its own.
            unsafe { *to.at(lines.offset(out.strides(), line)) = position as i64 };
        }
    });
}

/// The better of `best` and the best of `block`, which starts at position `at` of its line.
fn combine<R: Rule>(
    best: Option<(R::W, usize)>,
    block: &[R::W],
    at: usize,
) -> Option<(R::W, usize)> {
    let value = vectorised::<R::W, _>(
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
