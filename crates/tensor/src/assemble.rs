//! Batches assembled directly in the memory that a device uploads from. The result is that of [`Tensor::stack`] or
//! [`Tensor::index_select`] followed by [`Tensor::to`], with one copy on the host instead of two and no intermediate tensor.

use crate::history::is_grad_enabled;
use crate::parameters::references;
use crate::tensor::bytes_of;
use crate::{Device, Tensor};
use rushlight_backend::{Chunks, DType, Dims, Error, Layout, Result};

/// Bytes read from a tensor at a time, few enough to stay in the CPU's cache.
const CHUNK: usize = 16 << 10;

impl Tensor {
    /// The tensor on `device`, without history.
    ///
    /// Contiguous elements that can be read without waiting are written directly into the device's upload memory.
    #[track_caller]
    pub(crate) fn sent(&self, device: &Device) -> Result<Tensor> {
        if !self.is_dense_at_hand() {
            return Tensor::from_bytes(&self.bytes()?, self.shape(), self.dtype(), device);
        }
        assemble(*self.layout().shape(), self.dtype(), device, &mut |push| {
            self.push_bytes(0, self.numel(), &mut [0; CHUNK], push)
        })
    }

    /// Tensors of one shape and dtype along a new first dimension on `device`: `stack(tensors, 0)`, then `to(device)`.
    ///
    /// Samples that can be read at once are written directly into the device's upload memory.
    #[track_caller]
    pub fn stack_to<T: AsRef<Tensor>>(tensors: &[T], device: &Device) -> Result<Tensor> {
        stack_to(&references(tensors), device)
    }

    /// The rows at `indices` on `device`: `index_select(0, indices)`, then `to(device)`.
    ///
    /// Rows that can be read at once are written directly into the device's upload memory; on a GPU they are selected there.
    #[track_caller]
    pub fn rows_to(&self, indices: &[usize], device: &Device) -> Result<Tensor> {
        let rows = self.shape().first().copied().unwrap_or(0);
        let direct = self.is_plain_data() && self.ndim() > 0 && !device.reads_at_once();
        let shape = direct
            .then(|| batched(indices.len(), &self.shape()[1..]))
            .flatten();
        let Some(shape) = shape else {
            let numbers: Vec<i64> = indices.iter().map(|&i| i as i64).collect();
            let index = Tensor::from_slice_on(&numbers, numbers.len(), self.device())?;
            return self.index_select(0, &index)?.to(device);
        };
        if let Some(i) = indices.iter().find(|&&i| i >= rows) {
            return Err(Error::index(format!(
                "rows_to: index {i} is out of range for {rows} rows"
            )));
        }
        let width: usize = self.shape()[1..].iter().product();
        assemble(shape, self.dtype(), device, &mut |push| {
            let mut chunk = [0; CHUNK];
            indices
                .iter()
                .try_for_each(|&i| self.push_bytes(i * width, width, &mut chunk, push))
        })
    }

    /// Whether the elements' bytes can be copied unchanged.
    fn is_dense_at_hand(&self) -> bool {
        self.device().reads_at_once() && self.is_contiguous()
    }

    /// Whether, in addition, the operation would not be recorded.
    fn is_plain_data(&self) -> bool {
        self.is_dense_at_hand() && !(is_grad_enabled() && self.may_have_meta())
    }

    /// Passes the bytes of `count` contiguous elements, starting at element `first`, to `push` through the buffer `chunk`.
    fn push_bytes(
        &self,
        first: usize,
        count: usize,
        chunk: &mut [u8; CHUNK],
        push: &mut dyn FnMut(&[u8]),
    ) -> Result<()> {
        let size = self.dtype().size();
        let backend = self.device().backend();
        let mut at = (self.layout().offset() + first) * size;
        let mut left = count * size;
        while left > 0 {
            let chunk = &mut chunk[..left.min(CHUNK)];
            backend.download(&self.0.storage, at, chunk)?;
            push(chunk);
            at += chunk.len();
            left -= chunk.len();
        }
        Ok(())
    }
}

/// [`Tensor::stack_to`], compiled once.
#[track_caller]
fn stack_to(tensors: &[&Tensor], device: &Device) -> Result<Tensor> {
    let alike = |t: &&Tensor| {
        t.is_plain_data() && t.shape() == tensors[0].shape() && t.dtype() == tensors[0].dtype()
    };
    let direct = !tensors.is_empty() && tensors.iter().all(alike) && !device.reads_at_once();
    let Some(shape) = direct
        .then(|| batched(tensors.len(), tensors[0].shape()))
        .flatten()
    else {
        return Tensor::stack(tensors, 0)?.to(device);
    };
    assemble(shape, tensors[0].dtype(), device, &mut |push| {
        let mut chunk = [0; CHUNK];
        tensors
            .iter()
            .try_for_each(|t| t.push_bytes(0, t.numel(), &mut chunk, push))
    })
}

/// The shape `[n, ..inner]`, or an error if it has too many dimensions.
fn batched(n: usize, inner: &[usize]) -> Option<Dims> {
    let mut sizes = vec![n];
    sizes.extend_from_slice(inner);
    Dims::from_slice(&sizes)
}

/// A tensor on `device` with the bytes that `write` produces.
#[track_caller]
fn assemble(shape: Dims, dtype: DType, device: &Device, write: &mut Chunks<'_>) -> Result<Tensor> {
    let bytes = bytes_of(&shape, dtype)?;
    match device.backend().upload_chunks(bytes, write) {
        Ok(storage) => Ok(Tensor::own(
            storage,
            Layout::contiguous(shape),
            dtype,
            device.clone(),
        )),
        Err(e) => Err(e.here()),
    }
}
