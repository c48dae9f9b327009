//! Guard bands: memory before and after every block, filled with a pattern, so that tests detect kernels that write outside of a block.

use super::failure::guarded;
use std::collections::BTreeMap;
use wgpu::{Buffer, BufferDescriptor, BufferUsages, Device};

/// Bytes of one band. Each block has a band before and a band after it.
pub(crate) const BAND: u64 = 4096;

/// The content of bands and new blocks: NaN in every float dtype and far from zero in every integer dtype, so that results show a wrong read.
const PATTERN: [u8; 4] = 0x7ff8_7ff8u32.to_le_bytes();

/// The blocks to check: those in use, and those freed since the last check.
#[derive(Default)]
pub(crate) struct Guards {
    watched: BTreeMap<u64, Watched>,
}

/// A block between its bands.
#[derive(Clone)]
pub(crate) struct Watched {
    pub id: u64,
    pub buffer: Buffer,
    size: u64,
    held: bool,
}

impl Guards {
    /// A buffer for `size` bytes between bands, all of it filled with the pattern.
    pub fn make(&mut self, device: &Device, id: u64, size: u64) -> Result<Buffer, String> {
        let buffer = guarded(device, || {
            let buffer = device.create_buffer(&BufferDescriptor {
                label: Some("guarded"),
                size: size + 2 * BAND,
                usage: BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST,
                mapped_at_creation: true,
            });
            if let Ok(mut view) = buffer.get_mapped_range_mut(..) {
                view.copy_from_slice(&PATTERN.repeat(view.len() / 4));
            }
            buffer.unmap();
            buffer
        })?;
        let watched = Watched {
            id,
            buffer: buffer.clone(),
            size,
            held: true,
        };
        self.watched.insert(id, watched);
        Ok(buffer)
    }

    /// Records that the block was freed.
    pub fn give_back(&mut self, id: u64) {
        if let Some(watched) = self.watched.get_mut(&id) {
            watched.held = false;
        }
    }

    /// Stops checking a block, so that its damage is reported only once.
    pub fn forget(&mut self, id: u64) {
        self.watched.remove(&id);
    }

    /// All blocks to check, in order of creation. Freed blocks are not checked again.
    pub fn take(&mut self) -> Vec<Watched> {
        let all = self.watched.values().cloned().collect();
        self.watched.retain(|_, watched| watched.held);
        all
    }
}

impl Watched {
    /// Describes the first write outside of the block, if any, given `bytes`, the content of the whole buffer.
    pub fn damage(&self, bytes: &[u8]) -> Option<String> {
        let (start, end) = (BAND as usize, (BAND + self.size) as usize);
        let intact = |i: usize| bytes[i] == PATTERN[i % 4];
        let before = (0..start).rev().find(|&i| !intact(i));
        let after = (end..bytes.len()).find(|&i| !intact(i));
        let size = self.size;
        match (before, after) {
            (None, None) => None,
            (Some(i), _) => Some(format!(
                "byte {} before a block of {size} bytes was written",
                start - i
            )),
            (_, Some(i)) => Some(format!(
                "byte {} after the end of a block of {size} bytes was written",
                i - end
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::{Gpu, Options};
    use rushlight_backend::{Backend, DType, Dims, Layout, Scalar, View, plan};

    fn guarded() -> Option<Gpu> {
        let options = Options {
            guards: true,
            ..Options::default()
        };
        Gpu::open_with(0, &options).ok()
    }

    // No view reaches outside of its tensor, so these tests call the unchecked function to write where a wrong kernel would.
    #[test]
    fn a_write_beyond_a_tensor_is_reported() {
        let Some(gpu) = guarded() else { return };
        // The block's own padding ends after 32 bytes.
        for (offset, message) in [(32, "byte 0 after the end"), (4000, "byte 3968 after")] {
            let storage = gpu.alloc(20).unwrap();
            let inside = Layout::contiguous(Dims::from([5]));
            let view = View::new(&storage, &inside, DType::F32).unwrap();
            gpu.fill(plan::fill(Scalar::Int(1), view.into()).unwrap())
                .unwrap();
            gpu.check_guards().unwrap();
            gpu.write_bytes(&storage, offset, &[1; 4]).unwrap();
            let e = gpu.check_guards().unwrap_err();
            assert!(e.message().contains(message), "{e}");
        }
    }

    #[test]
    fn blocks_given_back_are_checked_too_and_then_forgotten() {
        let Some(gpu) = guarded() else { return };
        let storage = gpu.alloc(4).unwrap();
        gpu.write_bytes(&storage, 36, &[1; 4]).unwrap();
        drop(storage);
        assert_eq!(gpu.memory().allocated, 0);
        assert!(gpu.check_guards().is_err());
        gpu.check_guards().unwrap();
    }
}
