//! A tensor as a kernel binds it: a range of a buffer, and its layout within.

use super::GpuBuffer;
use rushlight_backend::{DType, Dims, Error, Result, View};

/// A view with its binding.
#[derive(Clone, Copy)]
pub(crate) struct Bound<'a> {
    pub buffer: &'a GpuBuffer,
    /// Where the binding begins, in bytes, and how long it is.
    pub from: u64,
    pub bytes: u64,
    pub dtype: DType,
    pub shape: Dims,
    /// In elements.
    pub strides: Dims,
    /// Where in the binding the first element lies, in elements.
    pub offset: u32,
}

/// Every adapter accepts bindings that begin at a multiple of this.
const ALIGNMENT: u64 = 256;

impl<'a> Bound<'a> {
    /// Binds the whole buffer if `limit` bytes can be bound, else the part that the view reaches.
    #[track_caller]
    pub fn new(buffer: &'a GpuBuffer, view: &View<'_>, limit: u64) -> Result<Bound<'a>> {
        let size = view.dtype().size() as u64;
        let (base, total) = buffer.block().map_or((0, 0), |b| (b.base, b.reach()));
        let start = base + view.layout().offset() as u64 * size;
        // What begins its block begins its binding: kernels need no offset for scratch memory.
        let mut from = if view.layout().offset() == 0 { base } else { 0 };
        let mut bytes = total - from;
        if total > limit {
            from = start / ALIGNMENT * ALIGNMENT;
            let end = (base + view.layout().end() as u64 * size)
                .next_multiple_of(32)
                .min(total);
            bytes = end - from;
            if bytes > limit {
                return Err(Error::unsupported(format!(
                    "{}: a tensor of shape {:?} reaches over {bytes} bytes, and a kernel binds at most {limit}; work on parts of it",
                    buffer.device_name(),
                    view.layout().shape()
                )));
            }
        }
        Ok(Bound {
            buffer,
            from,
            bytes,
            dtype: view.dtype(),
            shape: *view.layout().shape(),
            strides: *view.layout().strides(),
            // A binding has at most 4 GiB, and its elements at least a byte.
            offset: ((start - from) / size) as u32,
        })
    }

    pub fn numel(&self) -> usize {
        self.shape.numel()
    }

    /// Whether both lie in one buffer.
    pub fn same_buffer(&self, other: &Bound<'_>) -> bool {
        std::ptr::eq(self.buffer, other.buffer)
    }
}
