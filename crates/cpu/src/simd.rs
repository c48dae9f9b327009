//! The processor's vector instructions, chosen at run time, so that a plain `cargo build` is fast everywhere.
//!
//! Kernels are plain loops over raw pointers, compiled once for each instruction set; LLVM vectorises them. Such code computes the same
//! bits under every instruction set and in a vector's lanes as in the scalar tail, because Rust never reorders floating-point arithmetic.

use pulp::{Arch, NullaryFnOnce};
use std::marker::PhantomData;
use std::sync::OnceLock;

/// The best instruction set of this processor.
#[inline]
pub(crate) fn arch() -> Arch {
    static ARCH: OnceLock<Arch> = OnceLock::new();
    *ARCH.get_or_init(Arch::new)
}

/// A function of one element, inlined into its loop.
pub(crate) trait Fn1<T> {
    type Out;
    fn call(x: T) -> Self::Out;
}

/// A function of two elements, inlined into its loop.
pub(crate) trait Fn2<T> {
    type Out;
    fn call(x: T, y: T) -> Self::Out;
}

struct Loop1<F: Fn1<T>, T> {
    dst: *mut F::Out,
    x: *const T,
    n: usize,
    f: PhantomData<F>,
}

impl<F: Fn1<T>, T: Copy> NullaryFnOnce for Loop1<F, T> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for i in 0..self.n {
            // SAFETY: `run1`'s caller vouches for `n` elements behind both pointers.
            unsafe { self.dst.add(i).write(F::call(self.x.add(i).read())) }
        }
    }
}

struct Loop2<F: Fn2<T>, T> {
    dst: *mut F::Out,
    x: *const T,
    y: *const T,
    n: usize,
    f: PhantomData<F>,
}

impl<F: Fn2<T>, T: Copy> NullaryFnOnce for Loop2<F, T> {
    type Output = ();
    #[inline(always)]
    fn call(self) {
        for i in 0..self.n {
            // SAFETY: `run2`'s caller vouches for `n` elements behind the three pointers.
            unsafe {
                let y = F::call(self.x.add(i).read(), self.y.add(i).read());
                self.dst.add(i).write(y);
            }
        }
    }
}

/// `dst[i] = f(x[i])` for `i < n`.
///
/// # Safety
/// Both pointers reach `n` elements; they are disjoint or the same.
#[inline]
pub(crate) unsafe fn run1<F: Fn1<T>, T: Copy>(dst: *mut F::Out, x: *const T, n: usize) {
    let f = PhantomData::<F>;
    arch().dispatch(Loop1 { dst, x, n, f });
}

/// `dst[i] = f(x[i], y[i])` for `i < n`.
///
/// # Safety
/// All pointers reach `n` elements; `dst` and each input are disjoint or the same.
#[inline]
pub(crate) unsafe fn run2<F: Fn2<T>, T: Copy>(
    dst: *mut F::Out,
    x: *const T,
    y: *const T,
    n: usize,
) {
    let f = PhantomData::<F>;
    arch().dispatch(Loop2 { dst, x, y, n, f });
}
