//! The loops of a pooling: over its windows, and over the elements of one.

use crate::parallel;
use rushlight_backend::plan::{PoolPlan, Space, Span, volume};
use std::ops::Range;

/// A plan with a table of windows for each dimension.
pub(super) struct Windows<'a> {
    pub plan: &'a PoolPlan,
    spans: [Vec<Span>; 3],
}

impl<'a> Windows<'a> {
    pub fn new(plan: &'a PoolPlan) -> Windows<'a> {
        let windows = &plan.windows;
        let table = |d: usize| (0..windows.pooled[d]).map(|o| windows.span(d, o)).collect();
        Windows {
            plan,
            spans: std::array::from_fn(table),
        }
    }

    /// Runs `body` on ranges of planes of elements of type `T`, on several threads.
    pub fn for_planes<T>(&self, body: impl Fn(Range<usize>) + Sync) {
        let grain = parallel::grain(volume(self.plan.windows.space) * size_of::<T>());
        parallel::for_ranges(self.plan.planes.count(), grain, body);
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
