//! Recycled device memory, by size class.

use super::failure::guarded;
use rushlight_backend::{Error, Result};
use std::collections::BTreeMap;
use wgpu::{BufferDescriptor, BufferUsages, Device};

/// Device memory as the pool hands it out.
pub(crate) struct Block {
    pub buffer: wgpu::Buffer,
    /// Never used twice, so that what was cached for a block cannot meet another.
    pub id: u64,
    /// Bytes, of a size class.
    pub size: u64,
}

/// How much memory the pool holds.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct MemoryUse {
    /// Bytes of blocks that tensors hold.
    pub allocated: u64,
    /// Bytes of blocks kept for reuse.
    pub cached: u64,
    /// Blocks ever made.
    pub blocks_made: u64,
}

pub(crate) struct Pool {
    device: Device,
    free: BTreeMap<u64, Vec<Block>>,
    usage: MemoryUse,
    limit: u64,
    /// Counts the times that blocks were let go, after which what is cached for them must be too.
    pub releases: u64,
}

/// The smallest block, also the alignment that every adapter accepts for a binding.
const SMALLEST: u64 = 256;

/// The size class of `bytes`: a power of two or one of three steps between two of them.
fn class(bytes: u64) -> u64 {
    let bytes = bytes.max(SMALLEST);
    let step = (bytes.next_power_of_two() / 8).max(SMALLEST);
    bytes.next_multiple_of(step)
}

impl Pool {
    pub fn new(device: Device, limit: u64) -> Pool {
        Pool {
            device,
            free: BTreeMap::new(),
            usage: MemoryUse::default(),
            limit,
            releases: 0,
        }
    }

    /// A block of at least `bytes`; its content is anything.
    pub fn take(&mut self, bytes: u64) -> Result<Block> {
        let size = class(bytes);
        if let Some(block) = self.free.get_mut(&size).and_then(Vec::pop) {
            self.usage.cached -= size;
            self.usage.allocated += size;
            return Ok(block);
        }
        let limit = self.device.limits().max_buffer_size;
        if size > limit {
            return Err(Error::out_of_memory(format!(
                "a block of {bytes} bytes is larger than this GPU's largest buffer, {limit} bytes"
            )));
        }
        let made = self.make(size).or_else(|_| {
            self.empty();
            self.make(size)
        });
        let buffer = made.map_err(|e| {
            Error::out_of_memory(format!(
                "the GPU has no block of {bytes} bytes left ({} in use): {e}",
                self.usage.allocated
            ))
        })?;
        self.usage.blocks_made += 1;
        self.usage.allocated += size;
        Ok(Block {
            buffer,
            id: self.usage.blocks_made,
            size,
        })
    }

    fn make(&self, size: u64) -> std::result::Result<wgpu::Buffer, String> {
        guarded(&self.device, || {
            self.device.create_buffer(&BufferDescriptor {
                label: None,
                size,
                usage: BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST,
                mapped_at_creation: false,
            })
        })
    }

    pub fn give_back(&mut self, block: Block) {
        self.usage.allocated -= block.size;
        self.usage.cached += block.size;
        self.free.entry(block.size).or_default().push(block);
        self.shrink(self.limit);
    }

    /// Lets the largest free blocks go until at most `limit` bytes are kept.
    fn shrink(&mut self, limit: u64) {
        while self.usage.cached > limit {
            let Some(mut entry) = self.free.last_entry() else {
                return;
            };
            if let Some(block) = entry.get_mut().pop() {
                self.usage.cached -= block.size;
                self.releases += 1;
            }
            if entry.get().is_empty() {
                entry.remove();
            }
        }
    }

    /// Lets all free blocks go.
    pub fn empty(&mut self) {
        self.shrink(0);
    }

    pub fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
        self.shrink(limit);
    }

    pub fn usage(&self) -> MemoryUse {
        self.usage
    }
}

#[cfg(test)]
mod tests {
    use super::class;

    #[test]
    fn classes_waste_less_than_a_quarter() {
        for bytes in [1, 255, 256, 257, 1000, 4096, 5000, 1 << 20, (1 << 20) + 1] {
            let size = class(bytes);
            assert!(size >= bytes && size.is_multiple_of(256));
            assert!(size == 256 || size - bytes < size / 4 || size - bytes < 256);
        }
    }
}
