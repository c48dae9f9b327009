//! The loops of a pooling: over rows of windows, over all windows of a plane, and over the elements of one.

use crate::element::{Load, Number, Save, Wide, load, save};
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use rushlight_backend::plan::{Planes, PoolPlan, Space, Span, volume};
use std::any::TypeId;
use std::ops::Range;

/// The number of neighbouring windows that are computed together.
pub(super) const CHUNK: usize = 8;

/// A plan with a table of windows for each dimension.
pub(super) struct Windows<'a> {
    pub plan: &'a PoolPlan,
    pub spans: [Vec<Span>; 3],
    /// The windows along the width that have equally many elements (and as many of the padding) and follow each other at equal distances,
    /// such as all that padding does not cut off.
    pub regular: Range<usize>,
    /// The distance between them.
    pub stride: usize,
}

/// How the elements of a dtype are read and written.
#[derive(Clone, Copy)]
pub(super) struct Elements<W> {
    load: Load<W>,
    save: Save<W>,
    size: usize,
    /// Whether elements are of type `W`, so that they may be accessed in place.
    direct: bool,
}

impl<W: Wide> Elements<W> {
    pub fn of<T: Number<Wide = W>>() -> Elements<W> {
        Elements {
            load: load::<T>,
            save: save::<T>,
            size: size_of::<T>(),
            direct: TypeId::of::<T>() == TypeId::of::<W>(),
        }
    }
}

/// The windows of one depth and height, which differ in their position along the width.
pub(super) struct WindowRow<'a, W> {
    /// The elements of each row that the windows reach, and the position of its first element in the plane.
    pub rows: &'a [(*const W, usize)],
    /// The position of the first element at the depth and height where the windows start.
    pub start: usize,
    /// Depth and height of the windows.
    pub outer: [Span; 2],
    /// Offsets of the first window in the results.
    pub to: [usize; 2],
}

impl<'a> Windows<'a> {
    pub fn new(plan: &'a PoolPlan) -> Windows<'a> {
        let windows = &plan.windows;
        let table = |d: usize| (0..windows.pooled[d]).map(|o| windows.span(d, o)).collect();
        let spans: [Vec<Span>; 3] = std::array::from_fn(table);
        let (regular, stride) = match volume(windows.space) <= i32::MAX as usize {
            true => regular(&spans[2]),
            // Positions of regular windows are computed in 32 bits.
            false => (0..0, 1),
        };
        Windows {
            plan,
            spans,
            regular,
            stride,
        }
    }

    /// Runs `body` on ranges of planes of elements of type `T`, on several threads.
    pub fn for_planes<T>(&self, body: impl Fn(Range<usize>) + Sync) {
        let grain = parallel::grain(volume(self.plan.windows.space) * size_of::<T>());
        parallel::for_ranges(self.plan.planes.count(), grain, body);
    }

    /// Runs `body` on ranges of rows of windows, on several threads.
    pub fn for_ranges<W>(&self, elements: Elements<W>, body: impl Fn(Range<usize>) + Sync) {
        let [deep, high, _] = self.plan.windows.pooled;
        let bytes = volume(self.plan.windows.space) * elements.size / (deep * high).max(1);
        let rows = self.plan.planes.count() * deep * high;
        parallel::for_ranges(rows, parallel::grain(bytes), body);
    }

    /// Calls `body` with each row of windows in `range`, over the elements of `x`.
    #[inline(always)]
    pub fn for_each_row<W: Wide>(
        &self,
        elements: Elements<W>,
        x: Shared<*mut u8>,
        range: Range<usize>,
        mut body: impl FnMut(&WindowRow<'_, W>),
    ) {
        let Planes { loops, steps } = self.plan.planes;
        let [_, height, width] = self.plan.windows.space;
        let [_, pooled, _] = self.plan.windows.pooled;
        let per_plane = self.spans[0].len() * pooled;
        let in_place = elements.direct && (steps[0][2] == 1 || width == 1);
        let mut converted: Vec<W> = Vec::new();
        let mut rows = Vec::new();
        let (mut plane, mut row) = (range.start / per_plane, range.start % per_plane);
        let mut offsets = loops.offsets(plane);
        for _ in range {
            if row == per_plane {
                (plane, row) = (plane + 1, 0);
                offsets = loops.offsets(plane);
            }
            let (d, h) = match self.spans[0].len() {
                1 => (0, row),
                _ => (row / pooled, row % pooled),
            };
            row += 1;
            let [deep, high] = [self.spans[0][d], self.spans[1][h]];
            rows.clear();
            if !in_place {
                converted.clear();
                converted.reserve(deep.count * high.count * width);
            }
            for i in deep.coordinates() {
                for j in high.coordinates() {
                    let first = offsets[0] + offset(steps[0], [i, j, 0]);
                    // SAFETY: the row is inside the input; `converted` has room for all rows, so it does not move.
                    let elements = unsafe {
                        let first = x.at(first * elements.size);
                        if in_place {
                            first.cast::<W>().cast_const()
                        } else {
                            let len = converted.len();
                            let to = converted.as_mut_ptr().add(len);
                            (elements.load)(first, steps[0][2], width, to);
                            converted.set_len(len + width);
                            to.cast_const()
                        }
                    };
                    rows.push((elements, (i * height + j) * width));
                }
            }
            let to = |k: usize| offsets[k] + offset(steps[k], [d, h, 0]);
            body(&WindowRow {
                rows: &rows,
                start: (deep.first * height + high.first) * width,
                outer: [deep, high],
                to: [to(1), to(2)],
            });
        }
    }

    /// Calls `chunk` with the first of each [`CHUNK`] regular windows, which may have been in the chunk before, and `single` with each other
    /// window.
    #[inline(always)]
    pub fn for_chunks(&self, mut chunk: impl FnMut(usize), mut single: impl FnMut(usize)) {
        let Range { start, end } = self.regular;
        if end - start < CHUNK {
            return (0..self.spans[2].len()).for_each(single);
        }
        (0..start).for_each(&mut single);
        let mut w = start;
        while w < end {
            // The last chunk ends with the last window.
            chunk(w.min(end - CHUNK));
            w += CHUNK;
        }
        (end..self.spans[2].len()).for_each(single);
    }

    /// Calls `body` with the position and the elements of each window, in row-major order.
    #[inline(always)]
    pub fn for_each(&self, mut body: impl FnMut(Space, [Span; 3])) {
        for (d, &deep) in self.spans[0].iter().enumerate() {
            for (h, &high) in self.spans[1].iter().enumerate() {
                for (w, &wide) in self.spans[2].iter().enumerate() {
                    body([d, h, w], [deep, high, wide]);
                }
            }
        }
    }
}

impl<W: Wide> Elements<W> {
    /// Writes neighbouring results `step` elements apart.
    ///
    /// # Safety
    /// The results are inside the output at `to`, counted in elements.
    #[inline(always)]
    pub unsafe fn put<const N: usize>(
        &self,
        results: [W; N],
        out: Shared<*mut u8>,
        to: usize,
        step: usize,
    ) {
        // SAFETY: guaranteed by the caller.
        unsafe {
            let to = out.at(to * self.size);
            if self.direct && step == 1 {
                to.cast::<[W; N]>().write_unaligned(results);
            } else {
                (self.save)(results.as_ptr(), N, to, step);
            }
        }
    }
}

/// The longest run of windows that begins with the first of the largest ones, and the distance between its windows.
fn regular(spans: &[Span]) -> (Range<usize>, usize) {
    let largest = spans.iter().map(|s| s.count).max().unwrap_or(0);
    let Some(start) = spans.iter().position(|s| s.count == largest) else {
        return (0..0, 1);
    };
    let run = &spans[start..];
    let distance = |pair: &[Span]| pair[1].first.saturating_sub(pair[0].first);
    let stride = run.get(..2).map_or(1, distance);
    let more = run
        .windows(2)
        .take_while(|pair| {
            let alike = pair[1].count == largest && pair[1].padded == pair[0].padded;
            alike && distance(pair) == stride
        })
        .count();
    (start..start + 1 + more, stride)
}

/// The number of pairs of neighbouring elements of a window that [`apart`] reads, for windows at a distance of `STRIDE`.
#[inline(always)]
pub(super) fn pairs<const STRIDE: usize>(span: Span) -> usize {
    match STRIDE == 2 && span.step == 1 {
        true => span.count / 2,
        false => 0,
    }
}

/// The elements at even and at odd distances from `x`.
///
/// # Safety
/// Twice [`CHUNK`] elements are readable.
#[inline(always)]
pub(super) unsafe fn apart<W: Wide>(x: *const W) -> [[W; CHUNK]; 2] {
    #[cfg(target_arch = "x86_64")]
    if size_of::<W>() == size_of::<f32>() {
        use std::arch::x86_64::{_mm_loadu_ps, _mm_shuffle_ps, _mm_storeu_ps};
        let mut parts = [[W::LOWEST; CHUNK]; 2];
        for four in (0..CHUNK).step_by(4) {
            // SAFETY: guaranteed by the caller; every x86-64 CPU has SSE, which moves four bytes of any type.
            unsafe {
                let x = x.add(2 * four).cast::<f32>();
                let (a, b) = (_mm_loadu_ps(x), _mm_loadu_ps(x.add(4)));
                let [even, odd] = parts.each_mut().map(|part| part.as_mut_ptr().add(four));
                _mm_storeu_ps(even.cast(), _mm_shuffle_ps::<0b10_00_10_00>(a, b));
                _mm_storeu_ps(odd.cast(), _mm_shuffle_ps::<0b11_01_11_01>(a, b));
            }
        }
        return parts;
    }
    // SAFETY: guaranteed by the caller.
    let x = unsafe { x.cast::<[W; 2 * CHUNK]>().read() };
    [0, 1].map(|odd| std::array::from_fn(|i| x[2 * i + odd]))
}

/// An operand's first byte, for all threads.
pub(super) fn first(x: &Operand<'_>) -> Shared<*mut u8> {
    Shared(x.first())
}

/// The offset of a position in a plane, for neighbours at these distances.
#[inline(always)]
pub(super) fn offset([deep, high, wide]: Space, [d, h, w]: Space) -> usize {
    d * deep + h * high + w * wide
}

/// Calls `body` with each position of a space, in row-major order.
#[inline(always)]
pub(super) fn for_each_position([depth, height, width]: Space, mut body: impl FnMut(Space)) {
    for d in 0..depth {
        for h in 0..height {
            (0..width).for_each(|w| body([d, h, w]));
        }
    }
}

/// Calls `body` with the coordinates of each element of a window, in row-major order.
#[inline(always)]
pub(super) fn for_each_element([deep, high, wide]: [Span; 3], mut body: impl FnMut(Space)) {
    for i in deep.coordinates() {
        for j in high.coordinates() {
            wide.coordinates().for_each(|k| body([i, j, k]));
        }
    }
}
