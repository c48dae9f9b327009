//! The gradient of maximum pooling: each element of `g` is added at the position of its window's largest element.

use crate::element::{Wide, vectorized, with_number};
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use crate::sum::Term;
use rushlight_backend::plan::{Planes, PoolWindows, volume};
use rushlight_backend::{Done, Pool};
use std::sync::atomic::{AtomicBool, Ordering};

/// The gradient by plane, in the cache. Composes it, and thereby reports the error, if a position is outside of its plane.
pub(crate) fn max_gradient(pool: &Pool, inputs: &[Operand<'_>], out: &Operand<'_>) -> Done {
    if !out.is_contiguous() {
        return Done::Compose;
    }
    let (g, positions) = (&inputs[0], &inputs[1]);
    let windows = PoolWindows::new(pool);
    let layouts = [g.layout, positions.layout, out.layout];
    let gradient = Gradient {
        planes: Planes::new(windows.spatial, layouts),
        windows,
    };
    match with_number!(g.dtype, T => gradient.run::<T>(g, positions, out)) {
        true => Done::Yes,
        false => Done::Compose,
    }
}

struct Gradient {
    windows: PoolWindows,
    planes: Planes,
}

impl Gradient {
    /// Whether all positions were in their planes.
    fn run<T: Term>(&self, g: &Operand<'_>, positions: &Operand<'_>, out: &Operand<'_>) -> bool {
        let size = volume(self.windows.space);
        let (g, positions) = (Shared(g.pointer::<T>()), Shared(positions.pointer::<i64>()));
        let out = Shared(out.pointer::<T>());
        // No element has the gradients of two windows, so there are no sums that would need a wider type.
        let apart = self.windows.max_windows() == [1; 3];
        let outside = AtomicBool::new(false);
        let grain = parallel::grain(size * size_of::<T>());
        parallel::for_ranges(self.planes.count(), grain, |range| {
            let mut sums = vec![T::Sum::EMPTY_SUM; if apart { 0 } else { size }];
            let mut inside = true;
            for plane in range {
                let [from, at, _] = self.planes.loops.offsets(plane);
                // SAFETY: the plane is in all three tensors, and in the output it is dense.
                unsafe {
                    let (from, at) = (g.at(from), positions.at(at));
                    let to = std::slice::from_raw_parts_mut(out.at(plane * size), size);
                    if apart {
                        to.fill(T::default());
                        inside &= self.visit(from, at, to, |slot, g| {
                            *slot = T::narrow(slot.widen().plus(g.widen()));
                        });
                        continue;
                    }
                    sums.fill(T::Sum::EMPTY_SUM);
                    inside &= self.visit(from, at, &mut sums, |slot, g| {
                        *slot = slot.plus(g.term());
                    });
                    round(&sums, to);
                }
            }
            if !inside {
                outside.store(true, Ordering::Relaxed);
            }
        });
        !outside.into_inner()
    }

    /// Calls `add` with the slot and the gradient of each window, in order. Returns whether all positions have a slot.
    ///
    /// # Safety
    /// A plane of the gradient is at `g`, a plane of positions at `positions`.
    #[inline(always)]
    unsafe fn visit<T: Copy, S>(
        &self,
        g: *const T,
        positions: *const i64,
        slots: &mut [S],
        add: impl Fn(&mut S, T),
    ) -> bool {
        let [from, at, _] = self.planes.steps;
        let [depth, height, width] = self.windows.pooled;
        let mut inside = true;
        for d in 0..depth {
            for h in 0..height {
                // SAFETY: guaranteed by the caller.
                let (g, positions) = unsafe {
                    let row = |steps: [usize; 3]| d * steps[0] + h * steps[1];
                    (g.add(row(from)), positions.add(row(at)))
                };
                for w in 0..width {
                    // SAFETY: guaranteed by the caller.
                    let (g, position) = unsafe { (*g.add(w * from[2]), *positions.add(w * at[2])) };
                    // A negative position is larger than every index.
                    match slots.get_mut(position as usize) {
                        Some(slot) => add(slot, g),
                        None => inside = false,
                    }
                }
            }
        }
        inside
    }
}

/// Rounds the sums of a plane.
fn round<T: Term>(sums: &[T::Sum], to: &mut [T]) {
    vectorized::<T, _>(
        #[inline(always)]
        || {
            for (to, &sum) in to.iter_mut().zip(sums) {
                *to = T::rounded(sum);
            }
        },
    );
}
