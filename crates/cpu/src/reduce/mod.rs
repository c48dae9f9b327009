//! Reductions along some dimensions.
//!
//! There are two loops: [`rows`] if the innermost dimension is reduced, [`columns`] if neighbouring elements belong to different results. Both
//! split the work and combine partial results in a tree that depends on the size alone, so a sum has the same bits on any number of threads;
//! the tree also keeps the error of long `f32` sums near that of pairwise summation. The loops work on `i64`, `f32` and `f64`; elements of
//! other types are converted block by block ([`conversions`]).

mod columns;
mod conversions;
mod product;
mod rows;
mod rule;

use crate::element::{Number, Wide, WideFloat, with_element, with_float, with_number};
use crate::operand::Operand;
use conversions::Conversions;
use rule::{Prod, Sum};
use rushlight_backend::plan::{ReduceLoops, ReducePlan};
use rushlight_backend::{Axes, Done, Reduce};

pub(crate) use rule::{Max, Min, Rule};

pub(crate) fn reduce(
    &ReducePlan { f, loops, .. }: &ReducePlan,
    x: &Operand<'_>,
    out: &Operand<'_>,
) {
    let plan = &loops;
    match f {
        Reduce::Prod if x.dtype.is_float() => {
            with_float!(x.dtype, T => product::run::<T>(plan, x, out), else ());
        }
        Reduce::Sum if x.dtype.is_float() => {
            with_float!(x.dtype, T => {
                wide(f, plan, x, out, Conversions::totals::<T>());
                again::<T>(plan, x, out, false);
            }, else ());
        }
        Reduce::Sum | Reduce::Prod => {
            with_number!(x.dtype, T => wide(f, plan, x, out, Conversions::totals::<T>()));
        }
        Reduce::Max | Reduce::Min => {
            with_number!(x.dtype, T => wide(f, plan, x, out, Conversions::same::<T>()));
        }
        Reduce::Any | Reduce::All => {
            with_number!(x.dtype, T => wide(f, plan, x, out, Conversions::truths::<T>()));
        }
        // The plan refuses integers.
        Reduce::Mean => {
            with_float!(x.dtype, T => {
                wide(f, plan, x, out, Conversions::means::<T>());
                again::<T>(plan, x, out, true);
            }, else ());
        }
    }
}

/// Recomputes the sums or means whose partial sums overflowed, from scaled elements. The results show whether there are any.
fn again<T: Number<Wide: WideFloat + Into<f64>>>(
    plan: &ReduceLoops,
    x: &Operand<'_>,
    out: &Operand<'_>,
    mean: bool,
) {
    let lost = |at: usize| {
        // SAFETY: `plan` was made from the output's layout, so its offsets are in the storage, and every output was written.
        unsafe { *out.pointer::<T>().add(at) }.widen().is_lost()
    };
    let any = match out.is_contiguous() {
        true => (0..plan.outputs).fold(false, |any, i| any | lost(i)),
        false => (0..plan.outputs).any(|i| lost(plan.kept.offsets(i)[1])),
    };
    if any {
        run::<Sum<T::Wide>>(plan, x, out, &Conversions::lost::<T>(mean));
    }
}

/// `√Σ x²` along `axes`, or `√(Σ x² / n)`, squares and sums in `f64`, which holds the square of every `f32`; for `f64` itself the
/// norm is composed of other operations.
pub(crate) fn length(axes: Axes, mean: bool, x: &Operand<'_>, out: &Operand<'_>) -> Done {
    let conversions = with_element!(x.dtype, [F16 BF16 F32],
        T => Conversions::lengths::<T>(mean),
        else return Done::Compose);
    let plan = ReduceLoops::new(axes, x.layout, out.layout);
    if plan.outputs > 0 {
        run::<Sum<f64>>(&plan, x, out, &conversions);
    }
    Done::Yes
}

fn wide<W: Wide>(
    f: Reduce,
    plan: &ReduceLoops,
    x: &Operand<'_>,
    out: &Operand<'_>,
    conversions: Conversions<W>,
) {
    match f {
        Reduce::Sum | Reduce::Mean => run::<Sum<W>>(plan, x, out, &conversions),
        Reduce::Prod => run::<Prod<W>>(plan, x, out, &conversions),
        Reduce::Max | Reduce::Any => run::<Max<W>>(plan, x, out, &conversions),
        Reduce::Min | Reduce::All => run::<Min<W>>(plan, x, out, &conversions),
    }
}

fn run<R: Rule>(
    plan: &ReduceLoops,
    x: &Operand<'_>,
    out: &Operand<'_>,
    conversions: &Conversions<R::W>,
) {
    // SAFETY: the offsets are within the storages, as `Layout` promises.
    let (x, out) = unsafe {
        (
            x.base.add(x.layout.offset() * conversions.size),
            out.base.add(out.layout.offset() * conversions.out_size),
        )
    };
    if by_columns(plan) {
        columns::run::<R>(plan, x, out, conversions);
    } else {
        rows::run::<R>(plan, x, out, conversions);
    }
}

/// Whether results are adjacent in the input, and the elements of one result are not.
fn by_columns(plan: &ReduceLoops) -> bool {
    let step = |strides: &[usize]| strides.last().copied();
    let [kept, reduced] = [&plan.kept.strides[0], &plan.reduced.strides[0]];
    plan.count > 1 && step(kept) == Some(1) && step(reduced) != Some(1)
}
