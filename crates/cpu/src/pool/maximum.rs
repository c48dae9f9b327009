//! The largest element of each window and its position in the plane: the first of equals, a NaN before all.

use super::plane::Planes;
use super::windows::Windows;
use crate::element::{Number, Wide};
use crate::operand::Operand;
use crate::parallel;
use rushlight_backend::DType;

pub(super) fn run<T: Number>(
    windows: &Windows,
    x: &Planes<'_>,
    out: &Planes<'_>,
    positions: Option<&Planes<'_>>,
) {
    let [_, height, width] = x.size;
    parallel::for_ranges(
        x.count,
        parallel::grain(x.len() * size_of::<T>()),
        |range| {
            for plane in range {
                let (from, to) = (x.plane::<T>(plane), out.plane::<T>(plane));
                let position = positions.map(|p| (p, p.plane::<i64>(plane)));
                for (d, &deep) in windows.spans[0].iter().enumerate() {
                    for (h, &high) in windows.spans[1].iter().enumerate() {
                        for (w, &wide) in windows.spans[2].iter().enumerate() {
                            let mut best = T::Wide::LOWEST;
                            let mut at = (deep.first * height + high.first) * width + wide.first;
                            for i in deep.positions() {
                                for j in high.positions() {
                                    for k in wide.positions() {
                                        // SAFETY: taps lie inside the plane.
                                        let v = unsafe { *from.add(x.at(i, j, k)) }.widen();
                                        if v > best || v.is_nan() {
                                            (best, at) = (v, (i * height + j) * width + k);
                                        }
                                    }
                                }
                            }
                            // SAFETY: one window for each element of the plane.
                            unsafe {
                                *to.add(out.at(d, h, w)) = T::narrow(best);
                                if let Some((p, position)) = position {
                                    *position.add(p.at(d, h, w)) = at as i64;
                                }
                            }
                        }
                    }
                }
            }
        },
    );
}

/// Whether this is the common case of contiguous `f32` images and 2 by 2 windows with a stride of 2.
pub(super) fn halves(windows: &Windows, x: &Operand<'_>, outs: &[Operand<'_>]) -> bool {
    windows.tiles == Some([2, 2])
        && x.dtype == DType::F32
        && x.is_contiguous()
        && outs.iter().all(Operand::is_contiguous)
}

/// [`run`] for windows of 2 by 2.
pub(super) fn by_pairs(x: &Planes<'_>, out: &Planes<'_>, positions: Option<&Planes<'_>>) {
    let width = x.size[2];
    let [_, rows, columns] = out.size;
    let grain = parallel::grain(x.len() * size_of::<f32>());
    parallel::for_ranges(x.count, grain, |range| {
        for plane in range {
            let (from, to) = (x.plane::<f32>(plane), out.plane::<f32>(plane));
            let at = positions.map(|p| p.plane::<i64>(plane));
            for h in 0..rows {
                for w in 0..columns {
                    let first = 2 * h * width + 2 * w;
                    let (mut best, mut position) = (f32::NEG_INFINITY, first);
                    for next in [first, first + 1, first + width, first + width + 1] {
                        // SAFETY: windows lie inside the plane.
                        let v = unsafe { *from.add(next) };
                        let better = v > best || v.is_nan();
                        best = if better { v } else { best };
                        position = if better { next } else { position };
                    }
                    // SAFETY: one window for each element of the plane.
                    unsafe {
                        *to.add(h * columns + w) = best;
                        if let Some(at) = at {
                            *at.add(h * columns + w) = position as i64;
                        }
                    }
                }
            }
        }
    });
}
