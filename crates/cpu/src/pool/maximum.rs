//! The largest element of each window and its position in the plane: the first of equal elements, or the last NaN.

use super::windows::{CHUNK, Elements, WindowRow, Windows, apart, first, pairs};
use crate::element::{Wide, vectorized};
use crate::operand::Operand;
use crate::parallel::Shared;
use rushlight_backend::plan::Span;

/// Writes the largest elements to the first of `outs`, and their positions to the second.
pub(super) fn run<W: Wide>(
    windows: &Windows<'_>,
    elements: Elements<W>,
    x: &Operand<'_>,
    outs: &[Operand<'_>],
) {
    let (x, out) = (first(x), first(&outs[0]));
    let positions = Shared(outs[1].pointer::<i64>());
    let [_, values, places] = windows.plan.planes.steps.map(|s| s[2]);
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
                        let spans = &windows.spans[2];
                        let [to, at] = row.to;
                        windows.for_chunks(
                            #[inline(always)]
                            |w| {
                                // SAFETY: regular windows are inside their rows, and their results inside the outputs.
                                unsafe {
                                    let (best, found) = match windows.stride {
                                        1 => chunk::<W, 1>(row, spans[w], 1),
                                        2 => chunk::<W, 2>(row, spans[w], 2),
                                        stride => chunk::<W, 0>(row, spans[w], stride),
                                    };
                                    elements.put(best, out, to + w * values, values);
                                    let at = positions.at(at + w * places);
                                    let found = found.map(i64::from);
                                    if places == 1 {
                                        at.cast::<[i64; CHUNK]>().write_unaligned(found);
                                    } else {
                                        (0..CHUNK).for_each(|i| *at.add(i * places) = found[i]);
                                    }
                                }
                            },
                            #[inline(always)]
                            |w| {
                                let (best, found) = single(row, spans[w]);
                                // SAFETY: one window for each element of the outputs.
                                unsafe {
                                    elements.put([best], out, to + w * values, 1);
                                    *positions.at(at + w * places) = found as i64;
                                }
                            },
                        );
                    },
                );
            },
        );
    });
}

/// The largest elements of neighbouring windows, of which `span` is the first, and their positions. `STRIDE` is the distance between the
/// windows if it is not 0.
///
/// # Safety
/// The windows are inside their rows.
#[inline(always)]
unsafe fn chunk<W: Wide, const STRIDE: usize>(
    row: &WindowRow<'_, W>,
    span: Span,
    stride: usize,
) -> ([W; CHUNK], [i32; CHUNK]) {
    let stride = if STRIDE == 0 { stride } else { STRIDE };
    let mut best = [W::LOWEST; CHUNK];
    // The position in the first window, to which that of the window is added at the end.
    let mut found = [(row.start + span.first) as i32; CHUNK];
    let mut offer = |next: [W; CHUNK], position: usize| {
        for ((best, found), v) in best.iter_mut().zip(&mut found).zip(next) {
            // A single condition without a branch, so that the loop is vectorized.
            let better = (v > *best) | v.is_nan();
            *best = if better { v } else { *best };
            *found = if better { position as i32 } else { *found };
        }
    };
    for &(elements, position) in row.rows {
        let (elements, position) = (elements.wrapping_add(span.first), position + span.first);
        // SAFETY: guaranteed by the caller, for all elements of the windows.
        unsafe {
            let pairs = pairs::<STRIDE>(span);
            for k in (0..pairs).map(|pair| 2 * pair) {
                let [first, second] = apart(elements.add(k));
                offer(first, position + k);
                offer(second, position + k + 1);
            }
            for k in (2 * pairs..span.count).map(|k| k * span.step) {
                let next = std::array::from_fn(|i| *elements.add(k + i * stride));
                offer(next, position + k);
            }
        }
    }
    let distances = std::array::from_fn(|i| found[i] + (i * stride) as i32);
    (best, distances)
}

/// The largest element of a window, and its position.
#[inline(always)]
fn single<W: Wide>(row: &WindowRow<'_, W>, span: Span) -> (W, usize) {
    let (mut best, mut found) = (W::LOWEST, row.start + span.first);
    for &(elements, position) in row.rows {
        for k in span.coordinates() {
            // SAFETY: the elements of a window are inside its rows.
            let v = unsafe { *elements.add(k) };
            if v > best || v.is_nan() {
                (best, found) = (v, position + k);
            }
        }
    }
    (best, found)
}
