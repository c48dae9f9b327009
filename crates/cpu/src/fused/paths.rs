//! Sums over the paths through chains of states, for the CTC loss.

use crate::element::{Number, vectorized, with_element};
use crate::math::Real;
use crate::operand::Operand;
use crate::parallel::{self, Shared};
use rushlight_backend::Done;

/// [`rushlight_backend::Fused::PathSums`].
pub(super) fn sums(inputs: &[Operand<'_>], out: &Operand<'_>) -> Done {
    if !inputs.iter().all(Operand::is_contiguous) || !out.is_contiguous() {
        return Done::Compose;
    }
    with_element!(out.dtype, [F32 F64], T => run::<T>(inputs, out), else return Done::Compose);
    Done::Yes
}

fn run<T: Number + Real>(inputs: &[Operand<'_>], out: &Operand<'_>) {
    let &[time, batch, states] = out.shape() else {
        return;
    };
    let [x, leap, start] = [0, 1, 2].map(|i| Shared(inputs[i].pointer::<T>()));
    let (at, out) = (
        Shared(inputs[3].pointer::<i64>()),
        Shared(out.pointer::<T>()),
    );
    // A step costs about as much as moving 16 elements.
    let grain = parallel::grain(16 * time * states * size_of::<T>());
    parallel::for_ranges(batch, grain, |range| {
        for sample in range {
            // Two states before the first that no path reaches.
            let mut before = vec![-T::INFINITY; states + 2];
            // SAFETY: all are contiguous, and the results of a sample belong to one range.
            unsafe {
                let row = |all: Shared<*mut T>, i: usize| {
                    std::slice::from_raw_parts(all.at(i * states).cast_const(), states)
                };
                let (leap, start) = (row(leap, sample), row(start, sample));
                let begins = *at.at(sample);
                for t in 0..time {
                    let i = t * batch + sample;
                    let now = std::slice::from_raw_parts_mut(out.at(i * states), states);
                    if (t as i64) < begins || begins < 0 {
                        now.fill(-T::INFINITY);
                    } else if t as i64 == begins {
                        let begin = start.iter().zip(row(x, i));
                        now.iter_mut()
                            .zip(begin)
                            .for_each(|(y, (a, b))| *y = *a + *b);
                    } else {
                        step(now, &before, leap, row(x, i));
                    }
                    before[2..].copy_from_slice(now);
                }
            }
        }
    });
}

fn step<T: Number + Real>(now: &mut [T], before: &[T], leap: &[T], x: &[T]) {
    vectorized::<T, _>(
        #[inline(always)]
        || {
            let n = now.len();
            let (before, leap, x) = (&before[..n + 2], &leap[..n], &x[..n]);
            for i in 0..n {
                let (a, b, c) = (before[i + 2], before[i + 1], before[i] + leap[i]);
                let top = if a > b { a } else { b };
                let top = if top > c { top } else { c };
                let top = if top == -T::INFINITY { T::ZERO } else { top };
                let sum = (a - top).exp() + (b - top).exp() + (c - top).exp();
                now[i] = sum.ln() + top + x[i];
            }
        },
    );
}
