//! The mean of each window, and its gradient.

use super::windows::{Windows, for_each_element, for_each_position, offset};
use crate::element::{Number, Wide};
use crate::operand::Operand;
use crate::parallel::Shared;
use rushlight_backend::plan::{Planes, Space, Span, volume};

pub(super) fn run<T: Number>(windows: &Windows<'_>, x: &Operand<'_>, out: &Operand<'_>) {
    let (x, out) = (Shared(x.pointer::<T>()), Shared(out.pointer::<T>()));
    windows.for_planes::<T>(|range| {
        let Planes { loops, steps } = windows.plan.planes;
        for plane in range {
            let [from, to, _] = loops.offsets(plane);
            // SAFETY: the plane is in both tensors.
            let (from, to) = unsafe { (x.at(from), out.at(to)) };
            windows.for_each(|position, spans| {
                let divisor = windows.plan.windows.divisor(spans);
                // SAFETY: the elements of a window are inside the plane.
                let element = |at| unsafe { *from.add(offset(steps[0], at)) }.widen();
                let sum = total(spans, element);
                let mean = match sum.is_lost() {
                    false => sum.over(divisor),
                    true => total(spans, |at| element(at).shrunk())
                        .over(divisor)
                        .grown(),
                };
                // SAFETY: one window for each element of the plane.
                unsafe { *to.add(offset(steps[1], position)) = T::narrow(mean) };
            });
        }
    });
}

/// The sum of the elements of a window.
#[inline(always)]
fn total<W: Wide>([deep, high, wide]: [Span; 3], element: impl Fn(Space) -> W) -> W {
    let mut sum = W::EMPTY_SUM;
    for i in deep.coordinates() {
        for j in high.coordinates() {
            // Row by row: a sum of sums rounds less than one long sum.
            let row = wide.coordinates().map(|k| element([i, j, k]));
            sum = sum.plus(row.fold(W::EMPTY_SUM, W::plus));
        }
    }
    sum
}

/// Distributes each element of `g` over its window of `out`; overlapping windows are added in order.
pub(super) fn gradient<T: Number>(windows: &Windows<'_>, g: &Operand<'_>, out: &Operand<'_>) {
    let space = windows.plan.windows.space;
    let [_, height, width] = space;
    let (g, out) = (Shared(g.pointer::<T>()), Shared(out.pointer::<T>()));
    windows.for_planes::<T>(|range| {
        let Planes { loops, steps } = windows.plan.planes;
        let mut sums = vec![T::Wide::EMPTY_SUM; volume(space)];
        for plane in range {
            let [from, to, _] = loops.offsets(plane);
            // SAFETY: the plane is in both tensors.
            let (from, to) = unsafe { (g.at(from), out.at(to)) };
            sums.fill(T::Wide::EMPTY_SUM);
            windows.for_each(|position, spans| {
                // SAFETY: one window for each element of the plane.
                let g = unsafe { *from.add(offset(steps[0], position)) }.widen();
                let share = g.over(windows.plan.windows.divisor(spans));
                for_each_element(spans, |[i, j, k]| {
                    let sum = &mut sums[(i * height + j) * width + k];
                    *sum = sum.plus(share);
                });
            });
            let mut sums = sums.iter();
            for_each_position(space, |position| {
                let sum = sums.next().copied().unwrap_or(T::Wide::EMPTY_SUM);
                // SAFETY: the position is inside the plane.
                unsafe { *to.add(offset(steps[1], position)) = T::narrow(sum) };
            });
        }
    });
}
