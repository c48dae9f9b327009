//! The largest element of each window and its position in the plane: the first of equal elements, or the first NaN.

use super::windows::{Windows, for_each_element, offset};
use crate::element::{Number, Wide};
use crate::operand::Operand;
use crate::parallel::Shared;
use rushlight_backend::DType;
use rushlight_backend::plan::{Planes, Space};

/// Writes the largest elements to the first of `outs`, and their positions to the second.
pub(super) fn run<T: Number>(windows: &Windows<'_>, x: &Operand<'_>, outs: &[Operand<'_>]) {
    let x = Shared(x.pointer::<T>());
    let (out, positions) = (
        Shared(outs[0].pointer::<T>()),
        Shared(outs[1].pointer::<i64>()),
    );
    windows.for_planes::<T>(|range| {
        let Planes { loops, steps } = windows.plan.planes;
        let [_, height, width] = windows.plan.windows.space;
        let position = |[i, j, k]: Space| (i * height + j) * width + k;
        for plane in range {
            let [from, to, at] = loops.offsets(plane);
            // SAFETY: the plane is in all three tensors.
            let (from, to, at) = unsafe { (x.at(from), out.at(to), positions.at(at)) };
            windows.for_each(|window, spans| {
                let (mut best, mut found) = (T::Wide::LOWEST, position(spans.map(|s| s.first)));
                for_each_element(spans, |element| {
                    // SAFETY: the elements of a window are inside the plane.
                    let v = unsafe { *from.add(offset(steps[0], element)) }.widen();
                    if v > best || v.is_nan() {
                        (best, found) = (v, position(element));
                    }
                });
                // SAFETY: one window for each element of the plane.
                unsafe {
                    *to.add(offset(steps[1], window)) = T::narrow(best);
                    *at.add(offset(steps[2], window)) = found as i64;
                }
            });
        }
    });
}

/// Whether this is the common case of contiguous `f32` images and 2 by 2 windows with a stride of 2.
pub(super) fn halves(windows: &Windows<'_>, x: &Operand<'_>, outs: &[Operand<'_>]) -> bool {
    let plan = &windows.plan.windows;
    plan.kernel == [1, 2, 2]
        && plan.stride == plan.kernel
        && plan.is_plain()
        && plan.space[0] == 1
        && plan.pooled[0] == 1
        && (1..3).all(|d| 2 * plan.pooled[d] <= plan.space[d])
        && x.dtype == DType::F32
        && x.is_contiguous()
        && outs.iter().all(Operand::is_contiguous)
}

/// [`run`] for windows of 2 by 2.
pub(super) fn by_pairs(windows: &Windows<'_>, x: &Operand<'_>, outs: &[Operand<'_>]) {
    let [_, height, width] = windows.plan.windows.space;
    let [_, rows, columns] = windows.plan.windows.pooled;
    let x = Shared(x.pointer::<f32>());
    let (out, positions) = (
        Shared(outs[0].pointer::<f32>()),
        Shared(outs[1].pointer::<i64>()),
    );
    windows.for_planes::<f32>(|range| {
        for plane in range {
            let (from, to) = (plane * height * width, plane * rows * columns);
            // SAFETY: the plane is in all three tensors.
            let (from, to, at) = unsafe { (x.at(from), out.at(to), positions.at(to)) };
            for h in 0..rows {
                for w in 0..columns {
                    let first = 2 * h * width + 2 * w;
                    let (mut best, mut position) = (f32::NEG_INFINITY, first);
                    for next in [first, first + 1, first + width, first + width + 1] {
                        // SAFETY: windows are inside the plane.
                        let v = unsafe { *from.add(next) };
                        let better = v > best || v.is_nan();
                        best = if better { v } else { best };
                        position = if better { next } else { position };
                    }
                    // SAFETY: one window for each element of the plane.
                    unsafe {
                        *to.add(h * columns + w) = best;
                        *at.add(h * columns + w) = position as i64;
                    }
                }
            }
        }
    });
}
