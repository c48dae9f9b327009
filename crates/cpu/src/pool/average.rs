//! The mean of each window, and its gradient.

use super::plane::Planes;
use super::windows::{Span, Windows};
use crate::element::{Number, Wide};
use crate::parallel;

pub(super) fn run<T: Number>(windows: &Windows, x: &Planes<'_>, out: &Planes<'_>) {
    parallel::for_ranges(
        x.count,
        parallel::grain(x.len() * size_of::<T>()),
        |range| {
            for plane in range {
                let (from, to) = (x.plane::<T>(plane), out.plane::<T>(plane));
                for (d, &deep) in windows.spans[0].iter().enumerate() {
                    for (h, &high) in windows.spans[1].iter().enumerate() {
                        for (w, &wide) in windows.spans[2].iter().enumerate() {
                            let divisor = windows.divisor(deep, high, wide);
                            // SAFETY: taps lie inside the plane.
                            let tap = |i, j, k| unsafe { *from.add(x.at(i, j, k)) }.widen();
                            let sum = total([deep, high, wide], tap);
                            let mean = match sum.is_lost() {
                                false => sum.over(divisor),
                                true => total([deep, high, wide], |i, j, k| tap(i, j, k).shrunk())
                                    .over(divisor)
                                    .grown(),
                            };
                            // SAFETY: one window for each element of the plane.
                            unsafe { *to.add(out.at(d, h, w)) = T::narrow(mean) };
                        }
                    }
                }
            }
        },
    );
}

/// The sum of the elements of a window.
#[inline(always)]
fn total<W: Wide>([deep, high, wide]: [Span; 3], tap: impl Fn(usize, usize, usize) -> W) -> W {
    let mut sum = W::EMPTY_SUM;
    for i in deep.positions() {
        for j in high.positions() {
            // Row by row: a sum of sums rounds less than one long sum.
            let mut row = W::EMPTY_SUM;
            for k in wide.positions() {
                row = row.plus(tap(i, j, k));
            }
            sum = sum.plus(row);
        }
    }
    sum
}

/// Distributes each element of `g` over its window of `out`; overlapping windows are added in order.
pub(super) fn gradient<T: Number>(windows: &Windows, g: &Planes<'_>, out: &Planes<'_>) {
    let [_, height, width] = out.size;
    parallel::for_ranges(
        g.count,
        parallel::grain(out.len() * size_of::<T>()),
        |range| {
            let mut sums = vec![T::Wide::EMPTY_SUM; out.len()];
            for plane in range {
                let from = g.plane::<T>(plane);
                sums.fill(T::Wide::EMPTY_SUM);
                for (d, &deep) in windows.spans[0].iter().enumerate() {
                    for (h, &high) in windows.spans[1].iter().enumerate() {
                        for (w, &wide) in windows.spans[2].iter().enumerate() {
                            // SAFETY: one window for each element of the plane.
                            let share = unsafe { *from.add(g.at(d, h, w)) }
                                .widen()
                                .over(windows.divisor(deep, high, wide));
                            for i in deep.positions() {
                                for j in high.positions() {
                                    for k in wide.positions() {
                                        let sum = &mut sums[(i * height + j) * width + k];
                                        *sum = sum.plus(share);
                                    }
                                }
                            }
                        }
                    }
                }
                let to = out.plane::<T>(plane);
                for (i, &sum) in sums.iter().enumerate() {
                    let (row, w) = (i / width, i % width);
                    // SAFETY: the position lies inside the plane.
                    unsafe { *to.add(out.at(row / height, row % height, w)) = T::narrow(sum) };
                }
            }
        },
    );
}
