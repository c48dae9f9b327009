//! A result while it is computed: memory that nobody else can reach yet, and so needs no lock.

use crate::tensor::bytes_of;
use crate::{Device, Tensor};
use rushlight_backend::{DType, Dims, Layout, Output, Result, Storage};

/// Memory for a tensor that is not one yet. There is no handle to it but this, which is borrowed mutably while a kernel writes.
pub(crate) struct Fresh {
    storage: Storage,
    layout: Layout,
    dtype: DType,
}

impl Fresh {
    /// Memory for a dense tensor, its elements unspecified.
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

    /// Memory for a dense tensor of the shape and dtype of `x`.
    #[inline]
    #[track_caller]
    pub fn like(x: &Tensor) -> Result<Fresh> {
        let layout = *x.layout();
        if !layout.is_contiguous() || layout.offset() != 0 {
            return Fresh::new(*layout.shape(), x.dtype(), x.device());
        }
        // No overflow: `x` has as many bytes.
        let bytes = layout.numel() * x.dtype().size();
        match x.device().backend().alloc(bytes) {
            Ok(storage) => Ok(Fresh {
                storage,
                layout,
                dtype: x.dtype(),
            }),
            Err(e) => Err(e.here()),
        }
    }

    /// The tensor to be, as a kernel writes it.
    #[inline]
    #[track_caller]
    pub fn output(&mut self) -> Result<Output<'_>> {
        Output::fresh(&mut self.storage, &self.layout, self.dtype)
    }

    /// The same under another layout.
    #[inline]
    #[track_caller]
    pub fn under<'a>(&'a mut self, layout: &'a Layout) -> Result<Output<'a>> {
        Output::fresh(&mut self.storage, layout, self.dtype)
    }

    #[inline]
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The tensor, now that its elements are written.
    #[inline]
    pub fn tensor(self, device: &Device) -> Tensor {
        Tensor::own(self.storage, self.layout, self.dtype, device.clone())
    }
}
