//! The allocator of device memory: freed blocks are kept and reused, by size class.
//!
//! Creating a buffer costs far more than a kernel launch, so a training step should create none. Size classes waste less than a quarter of a
//! block and make most frees reusable.

use super::failure::guarded;
use super::guard::{BAND, Guards, Watched};
use super::poison::{Held, Poison};
use crate::options::Options;
use rushlight_backend::{Error, Result};
use std::collections::BTreeMap;
use wgpu::{BufferDescriptor, BufferUsages, Device};

/// A block of device memory.
pub(crate) struct Block {
    pub buffer: wgpu::Buffer,
    /// Unique, so that what is cached for a block is never used for another.
    pub id: u64,
    /// Offset of the block in the buffer: the size of a guard band, or 0.
    pub base: u64,
    /// Size in bytes.
    pub size: u64,
    /// The number of allocations made when this one was made. It distinguishes the present owner from earlier ones.
    pub serial: u64,
}

impl Block {
    /// Bytes of the whole buffer, guard bands included.
    pub fn reach(&self) -> u64 {
        self.base + self.size + self.base
    }

    /// The block together with its present allocation.
    pub fn held(&self) -> Held {
        Held {
            block: self.id,
            serial: self.serial,
        }
    }
}

/// Memory statistics of the pool.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct MemoryUse {
    /// Bytes of blocks in use by tensors.
    pub allocated: u64,
    /// Bytes of blocks kept for reuse.
    pub cached: u64,
    /// The maximum of `allocated`. PyTorch: `cuda.max_memory_allocated`.
    pub peak: u64,
    /// The number of blocks created so far.
    pub blocks_made: u64,
}

pub(crate) struct Pool {
    /// The device's name, for messages.
    name: String,
    device: Device,
    free: BTreeMap<u64, Vec<Block>>,
    usage: MemoryUse,
    /// The largest number of bytes kept for reuse.
    limit: u64,
    /// The largest number of bytes allocated and cached together.
    memory_limit: u64,
    /// The largest buffer that the GPU supports.
    largest: u64,
    /// The guard bands, in the debug mode that has them.
    guards: Option<Guards>,
    /// The number of blocks released to the driver. When it changes, bind groups cached for blocks must be dropped.
    pub releases: u64,
    /// The number of allocations.
    taken: u64,
    /// Which blocks hold results of faulty launches.
    pub poison: Poison,
}

/// The smallest block, in bytes. It is also an alignment that every adapter accepts for bindings.
const SMALLEST: u64 = 256;

/// The size class of `bytes`: a power of two, or one of three sizes between two powers of two.
fn class(bytes: u64) -> Option<u64> {
    let bytes = bytes.max(SMALLEST);
    let step = (bytes.checked_next_power_of_two()? / 8).max(SMALLEST);
    bytes.checked_next_multiple_of(step)
}

impl Pool {
    pub fn new(name: &str, device: Device, options: &Options) -> Pool {
        Pool {
            name: name.to_owned(),
            largest: device.limits().max_buffer_size,
            device,
            free: BTreeMap::new(),
            usage: MemoryUse::default(),
            limit: options.cache_limit,
            memory_limit: options.memory_limit.unwrap_or(u64::MAX),
            guards: options.guards.then(Guards::default),
            releases: 0,
            taken: 0,
            poison: Poison::default(),
        }
    }

    /// The device's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Allocates a block of at least `bytes` bytes with unspecified content.
    #[track_caller]
    pub fn take(&mut self, bytes: u64) -> Result<Block> {
        let largest = self.largest;
        // A band starts right after the last byte that the widest dense store may write.
        let size = if self.guards.is_some() {
            bytes.checked_next_multiple_of(32).map(|n| n.max(32))
        } else {
            class(bytes)
        };
        // Near the buffer limit a size class may be too large.
        let exact = bytes.checked_next_multiple_of(SMALLEST);
        let fits = |size: &u64| *size <= largest;
        let size = size.filter(fits).or(exact.filter(fits)).ok_or_else(|| {
            Error::out_of_memory(format!(
                "{}: a block of {bytes} bytes is larger than this GPU's largest buffer, {largest} bytes",
                self.name
            ))
        })?;
        if let Some(mut block) = self.free.get_mut(&size).and_then(Vec::pop) {
            self.usage.cached -= size;
            self.hold(size);
            block.serial = self.taken;
            return Ok(block);
        }
        let in_use = self.usage.allocated;
        if in_use.saturating_add(size) > self.memory_limit {
            return Err(Error::out_of_memory(format!(
                "{}: a block of {bytes} bytes and {in_use} bytes in use are beyond the limit of {} bytes",
                self.name, self.memory_limit
            )));
        }
        self.shrink(self.memory_limit - in_use - size);
        let id = self.usage.blocks_made + 1;
        let made = match &mut self.guards {
            None => make(&self.device, size).map(|buffer| (buffer, 0)),
            Some(guards) => guards
                .make(&self.device, id, size)
                .map(|buffer| (buffer, BAND)),
        };
        let (buffer, base) = made.map_err(|e| {
            Error::out_of_memory(format!(
                "{}: the GPU has no block of {bytes} bytes left ({in_use} in use, {} kept): {e}",
                self.name, self.usage.cached
            ))
        })?;
        self.usage.blocks_made = id;
        self.hold(size);
        Ok(Block {
            buffer,
            id,
            base,
            size,
            serial: self.taken,
        })
    }

    fn hold(&mut self, size: u64) {
        self.taken += 1;
        self.usage.allocated += size;
        self.usage.peak = self.usage.peak.max(self.usage.allocated);
    }

    pub fn give_back(&mut self, block: Block) {
        self.usage.allocated -= block.size;
        self.poison.forget(block.id);
        if let Some(guards) = &mut self.guards {
            guards.give_back(block.id);
            return;
        }
        self.usage.cached += block.size;
        self.free.entry(block.size).or_default().push(block);
        self.shrink(self.limit);
    }

    /// Releases the largest free blocks until at most `limit` bytes are kept.
    fn shrink(&mut self, limit: u64) {
        while self.usage.cached > limit {
            let Some(mut entry) = self.free.last_entry() else {
                return;
            };
            if let Some(block) = entry.get_mut().pop() {
                self.usage.cached -= block.size;
                self.poison.forget(block.id);
                self.releases += 1;
            }
            if entry.get().is_empty() {
                entry.remove();
            }
        }
    }

    /// Releases all free blocks.
    pub fn empty(&mut self) {
        self.shrink(0);
    }

    pub fn set_limit(&mut self, limit: u64) {
        self.limit = limit;
        self.shrink(limit);
    }

    /// Restarts the peak from the present use.
    pub fn reset_peak(&mut self) {
        self.usage.peak = self.usage.allocated;
    }

    pub fn usage(&self) -> MemoryUse {
        self.usage
    }

    /// The blocks whose guard bands must be checked, or `None` without guards.
    pub fn watched(&mut self) -> Option<Vec<Watched>> {
        self.guards.as_mut().map(Guards::take)
    }

    /// Stops checking the guard bands of a block.
    pub fn unwatch(&mut self, id: u64) {
        if let Some(guards) = &mut self.guards {
            guards.forget(id);
        }
    }
}

fn make(device: &Device, size: u64) -> Result<wgpu::Buffer, String> {
    guarded(device, || {
        device.create_buffer(&BufferDescriptor {
            label: None,
            size,
            usage: BufferUsages::STORAGE | BufferUsages::COPY_SRC | BufferUsages::COPY_DST,
            mapped_at_creation: false,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::class;

    #[test]
    fn classes_waste_less_than_a_quarter() {
        for bytes in [1, 255, 256, 257, 1000, 4096, 5000, 1 << 20, (1 << 20) + 1] {
            let size = class(bytes).unwrap();
            assert!(size >= bytes && size.is_multiple_of(256));
            assert!(size == 256 || size - bytes < size / 4 || size - bytes < 256);
        }
        assert_eq!(class(u64::MAX), None);
    }
}
