//! The loop over all elements of a parameter, its gradient and its states.

use crate::element::{Number, vectorized};
use crate::operand::Operand;
use crate::parallel::{self, Shared};

/// The number of elements in a loop of constant length, large enough that the compiler does not unroll it, and vectorizes it.
const CHUNK: usize = 64;

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

    /// Replaces parameter and states by the result of `formula` on parameter, gradient and states.
    #[inline(always)]
    pub fn each(&self, formula: impl Fn(T, T, [T; N]) -> (T, [T; N]) + Sync) {
        let grain = parallel::grain((3 + 2 * N) * size_of::<T>());
        parallel::for_ranges(self.len, grain, |range| {
            vectorized::<T, _>(
                #[inline(always)]
                || {
                    let mut at = range.start;
                    // SAFETY: all tensors have `len` elements, and ranges do not overlap.
                    unsafe {
                        while at + CHUNK <= range.end {
                            self.chunk(at, &formula);
                            at += CHUNK;
                        }
                        for i in at..range.end {
                            self.one(i, &formula);
                        }
                    }
                },
            );
        });
    }

    /// Updates a chunk starting at `at`. All elements are read before any is written, so that the compiler need not assume overlap.
    ///
    /// # Safety
    /// All tensors have [`CHUNK`] elements from `at` on, which nothing else accesses meanwhile.
    #[inline(always)]
    unsafe fn chunk(&self, at: usize, formula: &impl Fn(T, T, [T; N]) -> (T, [T; N])) {
        // SAFETY: the caller guarantees: CHUNK elements from `at` on.
        unsafe {
            let load = |p: &Shared<*mut T>| p.at(at).cast::<[T; CHUNK]>().read_unaligned();
            let (mut param, grad) = (load(&self.param), load(&self.grad));
            let mut states: [[T; CHUNK]; N] = std::array::from_fn(|k| load(&self.states[k]));
            for i in 0..CHUNK {
                let (p, s) = formula(param[i], grad[i], std::array::from_fn(|k| states[k][i]));
                param[i] = p;
                for k in 0..N {
                    states[k][i] = s[k];
                }
            }
            self.param
                .at(at)
                .cast::<[T; CHUNK]>()
                .write_unaligned(param);
            for (to, s) in self.states.iter().zip(states) {
                to.at(at).cast::<[T; CHUNK]>().write_unaligned(s);
            }
        }
    }

    /// Updates element `at`.
    ///
    /// # Safety
    /// All tensors have that element, and nothing else accesses it meanwhile.
    #[inline(always)]
    unsafe fn one(&self, at: usize, formula: &impl Fn(T, T, [T; N]) -> (T, [T; N])) {
        // SAFETY: the caller guarantees: `at` is an element.
        unsafe {
            let states = std::array::from_fn(|k| *self.states[k].at(at));
            let (p, states) = formula(*self.param.at(at), *self.grad.at(at), states);
            *self.param.at(at) = p;
            for (to, s) in self.states.iter().zip(states) {
                *to.at(at) = s;
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
