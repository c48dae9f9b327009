//! A result while it is computed. No other handle can reach its memory yet, so kernels write it without a lock.

use crate::tensor::bytes_of;
use crate::{Device, Tensor};
use rushlight_backend::{DType, Dims, Layout, Output, Result, Storage};

/// The memory of a future tensor. This is the only handle to it, and it is borrowed mutably while a kernel writes.
pub(crate) struct Fresh {
    storage: Storage,
    layout: Layout,
    dtype: DType,
}

impl Fresh {
    /// Allocates memory for a contiguous tensor with unspecified elements.
    #[inline]
    #[track_caller]
    pub fn new(shape: Dims, dtype: DType, device: &Device) -> Result<Fresh> {
        let bytes = bytes_of(&shape, dtype)?;
        match device.backend().alloc(bytes) {
            Ok(storage) => Ok(Fresh {
                storage,
                layout: Layout::contiguous(shape),
                dtype,
            }),
            Err(e) => Err(e.here()),
        }
    }

    /// Allocates memory for a contiguous tensor with the shape and dtype of `x`.
    #[inline(always)]
    #[track_caller]
    pub fn like(x: &Tensor) -> Result<Fresh> {
        let layout = x.layout();
        if !layout.is_contiguous() || layout.offset() != 0 {
            return Fresh::new(*layout.shape(), x.dtype(), x.device());
        }
        // This cannot overflow, since `x` has as many bytes.
        let bytes = layout.numel() * x.dtype().size();
        match x.device().backend().alloc(bytes) {
            Ok(storage) => Ok(Fresh {
                storage,
                layout: *layout,
                dtype: x.dtype(),
            }),
            Err(e) => Err(e.here()),
        }
    }

    /// The output that a kernel writes.
    #[inline]
    #[track_caller]
    pub fn output(&mut self) -> Result<Output<'_>> {
        Output::fresh(&mut self.storage, &self.layout, self.dtype)
    }

    /// The output under another layout.
    #[inline]
    #[track_caller]
    pub fn under<'a>(&'a mut self, layout: &'a Layout) -> Result<Output<'a>> {
        Output::fresh(&mut self.storage, layout, self.dtype)
    }

    #[inline]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The tensor, after its elements were written.
    #[inline]
    pub fn tensor(self, device: &Device) -> Tensor {
        Tensor::own(self.storage, self.layout, self.dtype, device.clone())
    }
}
