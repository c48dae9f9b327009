//! A view whose storage is locked: a raw pointer with layout and dtype.

use rushlight_backend::{DType, Layout};

/// One input or output of a kernel. Valid while the locks of [`crate::lock::locked`] are held.
#[derive(Clone, Copy)]
pub(crate) struct Operand<'a> {
    /// The storage's first byte.
    pub base: *mut u8,
    pub layout: &'a Layout,
    pub dtype: DType,
}

// SAFETY: kernels split an operand between threads by disjoint ranges of the output; inputs are only read.
unsafe impl Send for Operand<'_> {}
// SAFETY: a shared operand gives out raw pointers only; who follows them keeps to disjoint parts of an output.
unsafe impl Sync for Operand<'_> {}

impl Operand<'_> {
    /// The first element, typed. The caller knows that `T` is the dtype's type.
    #[inline]
    pub fn pointer<T>(&self) -> *mut T {
        debug_assert_eq!(size_of::<T>(), self.dtype.size());
        // SAFETY: a view's layout, its offset with it, is within the storage (`View::new`).
        unsafe { self.base.cast::<T>().add(self.layout.offset()) }
    }

    /// The first element's address.
    #[inline]
    pub fn first(&self) -> *mut u8 {
        // SAFETY: a view's layout, its offset with it, is within the storage (`View::new`).
        unsafe { self.base.add(self.layout.offset() * self.dtype.size()) }
    }

    #[inline]
    pub fn numel(&self) -> usize {
        self.layout.numel()
    }

    #[inline]
    pub fn shape(&self) -> &[usize] {
        self.layout.shape()
    }

    #[inline]
    pub fn strides(&self) -> &[usize] {
        self.layout.strides()
    }

    #[inline]
    pub fn is_contiguous(&self) -> bool {
        self.layout.is_contiguous()
    }
}
