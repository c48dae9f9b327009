//! The loop over all elements of a parameter, its gradient and its states.

use crate::element::{Number, vectorised};
use crate::operand::Operand;
use crate::parallel::{self, Shared};

/// Elements worked on in the first cache.
const CHUNK: usize = 128;

/// A parameter, its gradient and its `N` states, all dense.
pub(super) struct Tensors<T, const N: usize> {
    param: Shared<*mut T>,
    grad: Shared<*mut T>,
    states: [Shared<*mut T>; N],
    len: usize,
}

impl<T: Number, const N: usize> Tensors<T, N> {
    /// `written` holds the parameter and then its states.
    pub fn new(grad: *mut T, written: &[Operand<'_>]) -> Tensors<T, N> {
        Tensors {
            param: Shared(written[0].pointer()),
            grad: Shared(grad),
            states: std::array::from_fn(|k| Shared(written[1 + k].pointer())),
            len: written[0].numel(),
        }
    }

    /// Replaces parameter and states by what `formula` makes of parameter, gradient and states.
    #[inline(always)]
    pub fn each(&self, formula: impl Fn(T, T, [T; N]) -> (T, [T; N]) + Sync) {
        let grain = parallel::grain((3 + 2 * N) * size_of::<T>());
        parallel::for_ranges(self.len, grain, |range| {
            vectorised::<T, _>(
                #[inline(always)]
                || {
                    for first in range.clone().step_by(CHUNK) {
                        let len = (range.end - first).min(CHUNK);
                        // SAFETY: all tensors have `len` elements, and ranges do not meet.
                        unsafe { self.chunk(first, len, &formula) };
                    }
                },
            );
        });
    }

    /// The `len` elements from `at` on, all read before any is written: the compiler need not fear that tensors overlap.
    #[inline(always)]
    unsafe fn chunk(&self, at: usize, len: usize, formula: &impl Fn(T, T, [T; N]) -> (T, [T; N])) {
        let mut param = [T::default(); CHUNK];
        let mut grad = [T::default(); CHUNK];
        let mut states = [[T::default(); CHUNK]; N];
        let copy = std::ptr::copy_nonoverlapping::<T>;
        // SAFETY: the caller's promise: `len` elements from `at` on, at most CHUNK.
        unsafe {
            copy(self.param.at(at), param.as_mut_ptr(), len);
            copy(self.grad.at(at), grad.as_mut_ptr(), len);
            for (state, from) in states.iter_mut().zip(&self.states) {
                copy(from.at(at), state.as_mut_ptr(), len);
            }
            for i in 0..len {
                let (p, s) = formula(param[i], grad[i], std::array::from_fn(|k| states[k][i]));
                param[i] = p;
                for k in 0..N {
                    states[k][i] = s[k];
                }
            }
            copy(param.as_ptr(), self.param.at(at), len);
            for (state, to) in states.iter().zip(&self.states) {
                copy(state.as_ptr(), to.at(at), len);
            }
        }
    }
}

/// The elements of a strided tensor in row-major order.
pub(super) fn packed<T: Number>(x: &Operand<'_>) -> Vec<T> {
    let from = x.pointer::<T>();
    let mut list = Vec::with_capacity(x.numel());
    for i in 0..x.numel() {
        let (mut rest, mut offset) = (i, 0);
        for (n, stride) in x.shape().iter().zip(x.strides()).rev() {
            offset += rest % n * stride;
            rest /= n;
        }
        // SAFETY: the layout stays inside the storage.
        list.push(unsafe { *from.add(offset) });
    }
    list
}
