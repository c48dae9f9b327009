//! A tensor as a kernel binds it: a range of a buffer, and the layout within that range.

use super::GpuBuffer;
use rushlight_backend::{DType, Dims, Error, Result, View};

/// A view with its binding.
#[derive(Clone, Copy)]
pub(crate) struct Bound<'a> {
    pub buffer: &'a GpuBuffer,
    /// Start and length of the binding, in bytes.
    pub from: u64,
    pub bytes: u64,
    pub dtype: DType,
    pub shape: Dims,
    /// In elements.
    pub strides: Dims,
    /// Offset of the first element from the start of the binding, in elements.
    pub offset: u32,
}

/// Bindings start at multiples of this many bytes, which every adapter accepts.
const ALIGNMENT: u64 = 256;

impl<'a> Bound<'a> {
    /// Binds the whole buffer if it has at most `limit` bytes, else the part that the view reaches.
    #[track_caller]
    pub fn new(buffer: &'a GpuBuffer, view: &View<'_>, limit: u64) -> Result<Bound<'a>> {
        let size = view.dtype().size() as u64;
        let (base, total) = buffer.block().map_or((0, 0), |b| (b.base, b.reach()));
        let start = base + view.layout().offset() as u64 * size;
        // A view that starts at its block starts at its binding, so kernels need no offset for scratch memory.
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
                    "{}: a tensor of shape {:?} extends over {bytes} bytes, and a kernel binds at most {limit}; work on parts of it",
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
            // A binding has at most 4 GiB, and an element at least one byte.
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
