//! The mean of each window, and its gradient.

use super::windows::{
    CHUNK, Elements, WindowRow, Windows, apart, first, for_each_element, for_each_position, offset,
    pairs,
};
use crate::element::{Number, Wide, vectorized};
use crate::operand::Operand;
use crate::parallel::Shared;
use rushlight_backend::plan::{Planes, volume};

pub(super) fn run<W: Wide>(
    windows: &Windows<'_>,
    elements: Elements<W>,
    x: &Operand<'_>,
    out: &Operand<'_>,
) {
    let (x, out) = (first(x), first(out));
    let step = windows.plan.planes.steps[1][2];
    windows.for_ranges(elements, |range| {
        vectorized::<W, _>(
            #[inline(always)]
            || {
                windows.for_each_row(
                    elements,
                    x,
                    range,
                    #[inline(always)]
                    |row| {
                        let [to, _] = row.to;
                        windows.for_chunks(
                            #[inline(always)]
                            |w| {
                                // SAFETY: regular windows are inside their rows, and their results inside the output.
                                unsafe {
                                    let means = match windows.stride {
                                        1 => chunk::<W, 1>(windows, row, w),
                                        2 => chunk::<W, 2>(windows, row, w),
                                        _ => chunk::<W, 0>(windows, row, w),
                                    };
                                    elements.put(means, out, to + w * step, step);
                                }
                            },
                            #[inline(always)]
                            |w| {
                                // SAFETY: one window for each element of the output.
                                unsafe {
                                    elements.put([single(windows, row, w)], out, to + w * step, 1);
                                }
                            },
                        );
                    },
                );
            },
        );
    });
}

/// The means of the windows from `w` on. `STRIDE` is the distance between them if it is not 0.
///
/// # Safety
/// The windows are inside their rows.
#[inline(always)]
unsafe fn chunk<W: Wide, const STRIDE: usize>(
    windows: &Windows<'_>,
    row: &WindowRow<'_, W>,
    w: usize,
) -> [W; CHUNK] {
    let stride = if STRIDE == 0 { windows.stride } else { STRIDE };
    let span = windows.spans[2][w];
    let mut sums = [W::EMPTY_SUM; CHUNK];
    for &(elements, _) in row.rows {
        // Row by row: a sum of sums rounds less than one long sum.
        let mut part = [W::EMPTY_SUM; CHUNK];
        let plus = |sums: &mut [W; CHUNK], next: [W; CHUNK]| {
            for (sum, v) in sums.iter_mut().zip(next) {
                *sum = sum.plus(v);
            }
        };
        let elements = elements.wrapping_add(span.first);
        // SAFETY: guaranteed by the caller, for all elements of the windows.
        unsafe {
            let pairs = pairs::<STRIDE>(span);
            for pair in 0..pairs {
                let [first, second] = apart(elements.add(2 * pair));
                plus(&mut part, first);
                plus(&mut part, second);
            }
            for k in (2 * pairs..span.count).map(|k| k * span.step) {
                let next = std::array::from_fn(|i| *elements.add(k + i * stride));
                plus(&mut part, next);
            }
        }
        plus(&mut sums, part);
    }
    if sums.iter().fold(false, |any, sum| any | sum.is_lost()) {
        return std::array::from_fn(|i| single(windows, row, w + i));
    }
    let divisor = divisor(windows, row, w);
    sums.map(|sum| sum.over(divisor))
}

/// The mean of window `w`.
#[inline(never)]
fn single<W: Wide>(windows: &Windows<'_>, row: &WindowRow<'_, W>, w: usize) -> W {
    let divisor = divisor(windows, row, w);
    let span = windows.spans[2][w];
    let total = |term: fn(W) -> W| {
        let sum = |elements: *const W| {
            // SAFETY: the elements of a window are inside its rows.
            let terms = span
                .coordinates()
                .map(|k| term(unsafe { *elements.add(k) }));
            terms.fold(W::EMPTY_SUM, W::plus)
        };
        let sums = row.rows.iter().map(|&(elements, _)| sum(elements));
        sums.fold(W::EMPTY_SUM, W::plus)
    };
    let sum = total(|x| x);
    match sum.is_lost() {
        false => sum.over(divisor),
        true => total(W::shrunk).over(divisor).grown(),
    }
}

/// The divisor of the mean of window `w`.
#[inline(always)]
fn divisor<W>(windows: &Windows<'_>, row: &WindowRow<'_, W>, w: usize) -> i64 {
    let [deep, high] = row.outer;
    windows
        .plan
        .windows
        .divisor([deep, high, windows.spans[2][w]])
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
