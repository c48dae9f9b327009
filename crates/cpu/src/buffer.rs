//! The memory of a storage: a block, or for small tensors an array inside the storage itself.

use crate::memory::{self, Block};
use parking_lot::RwLock;
use rushlight_backend::{Buffer, Result};
use std::cell::UnsafeCell;

/// The size up to which elements are stored next to the storage's counters, without a second allocation.
const INLINE: usize = 64;

/// A block of memory and the lock for its readers and writers.
///
/// Invariant: all `capacity` bytes are initialized. New blocks are zeroed, recycled ones hold old values.
pub(crate) struct CpuBuffer {
    pub(crate) lock: RwLock<()>,
    block: Option<Block>,
    inline: UnsafeCell<[u64; INLINE / 8]>,
}

// SAFETY: bytes are reached through `pointer()` only, by code that holds `lock` (module `lock`) or owns the buffer alone.
unsafe impl Send for CpuBuffer {}
// SAFETY: threads that share a buffer hold `lock` while one of them writes.
unsafe impl Sync for CpuBuffer {}

impl Buffer for CpuBuffer {}

impl CpuBuffer {
    /// A block of at least `bytes` initialized bytes.
    #[inline]
    pub(crate) fn new(bytes: usize) -> Result<CpuBuffer> {
        let block = if bytes > INLINE {
            Some(memory::take(bytes)?)
        } else {
            None
        };
        Ok(CpuBuffer {
            lock: RwLock::new(()),
            block,
            inline: UnsafeCell::new([0; INLINE / 8]),
        })
    }

    /// The first byte.
    #[inline]
    pub(crate) fn pointer(&self) -> *mut u8 {
        match self.block {
            Some(block) => block.pointer.as_ptr(),
            None => self.inline.get().cast(),
        }
    }

    /// Size in bytes.
    fn capacity(&self) -> usize {
        self.block.map_or(INLINE, Block::size)
    }

    /// Copies `bytes` to `offset`.
    pub(crate) fn write(&self, offset: usize, bytes: &[u8]) {
        let end = offset.checked_add(bytes.len());
        assert!(end.is_some_and(|end| end <= self.capacity()));
        let _guard = self.lock.write();
        // SAFETY: in bounds by the assertion, exclusive by the lock, and `bytes` is a Rust slice, which no buffer hands out.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.pointer().add(offset), bytes.len())
        }
    }

    /// Copies the bytes starting at `offset` to `out`.
    pub(crate) fn read(&self, offset: usize, out: &mut [u8]) {
        let end = offset.checked_add(out.len());
        assert!(end.is_some_and(|end| end <= self.capacity()));
        let _guard = self.lock.read_recursive();
        // SAFETY: in bounds by the assertion, initialized by the invariant, unwritten while the lock is held.
        unsafe {
            std::ptr::copy_nonoverlapping(self.pointer().add(offset), out.as_mut_ptr(), out.len())
        }
    }
}

impl Drop for CpuBuffer {
    #[inline]
    fn drop(&mut self) {
        if let Some(block) = self.block {
            memory::give(block);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_recycled() {
        let first = CpuBuffer::new(3 << 20).unwrap();
        let at = first.pointer();
        drop(first);
        assert_eq!(CpuBuffer::new(3 << 20).unwrap().pointer(), at);
    }

    #[test]
    fn absurd_sizes_are_refused() {
        assert!(CpuBuffer::new(usize::MAX - 3).is_err());
        assert!(CpuBuffer::new(1 << 60).is_err());
    }
}
