//! CPU memory: blocks recycled by size class, small ones inside the storage itself.
//!
//! A fresh large block costs more in page faults than the arithmetic on it, so freed blocks are kept: a few of each class with the
//! thread that freed them, the large ones in one place for all threads, up to a cap.

use parking_lot::{Mutex, RwLock};
use rushlight_backend::{Buffer, Error, Result};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::{RefCell, UnsafeCell};
use std::ptr::NonNull;

/// Elements of scalars and small vectors live beside the storage's counters; no second allocation.
const INLINE: usize = 64;
/// Cache lines, and the widest vector register.
const ALIGN: usize = 64;
/// Blocks up to this size stay with the thread that frees them.
const LOCAL_MAX: usize = 1 << 18;
/// How many bytes of one class a thread keeps.
const LOCAL_BYTES: usize = 1 << 19;
/// How many bytes all threads keep together.
const SHARED_BYTES: usize = 1 << 30;
/// Size classes: four to an octave, from 64 bytes up.
const CLASSES: usize = 4 * 58;

/// One block of memory and the lock that orders its readers and writers.
///
/// Invariant: all `capacity` bytes are initialised. New blocks are zeroed, recycled ones hold old values.
pub(crate) struct CpuBuffer {
    pub(crate) lock: RwLock<()>,
    block: Option<Block>,
    inline: UnsafeCell<[u64; INLINE / 8]>,
}

#[derive(Clone, Copy)]
struct Block {
    pointer: NonNull<u8>,
    class: u8,
}

// SAFETY: a block is owned by exactly one buffer or pool list, and is plain memory.
unsafe impl Send for Block {}
// SAFETY: bytes are reached through `pointer()` only, by code that holds `lock` (module `lock`) or owns the buffer alone.
unsafe impl Send for CpuBuffer {}
// SAFETY: as above.
unsafe impl Sync for CpuBuffer {}

impl Buffer for CpuBuffer {}

impl CpuBuffer {
    /// A block of at least `bytes` initialised bytes.
    #[inline]
    pub(crate) fn new(bytes: usize) -> Result<CpuBuffer> {
        let block = if bytes > INLINE {
            Some(take(bytes)?)
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
        self.block.map_or(INLINE, |b| class_size(b.class))
    }

    /// Copies `bytes` to byte `offset` on.
    pub(crate) fn write(&self, offset: usize, bytes: &[u8]) {
        assert!(offset + bytes.len() <= self.capacity());
        let _guard = self.lock.write();
        // SAFETY: in bounds by the assertion, exclusive by the lock, and `bytes` is a Rust slice, which no buffer hands out.
        unsafe {
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.pointer().add(offset), bytes.len())
        }
    }

    /// Copies the bytes from `offset` on into `out`.
    pub(crate) fn read(&self, offset: usize, out: &mut [u8]) {
        assert!(offset + out.len() <= self.capacity());
        let _guard = self.lock.read_recursive();
        // SAFETY: in bounds by the assertion, initialised by the invariant, unwritten while the lock is held.
        unsafe {
            std::ptr::copy_nonoverlapping(self.pointer().add(offset), out.as_mut_ptr(), out.len())
        }
    }
}

impl Drop for CpuBuffer {
    #[inline]
    fn drop(&mut self) {
        if let Some(block) = self.block {
            give(block);
        }
    }
}

/// The smallest class that holds `bytes`: sizes are (4 + q) 2^e for q in 0..4.
fn class_of(bytes: usize) -> u8 {
    let units = bytes.div_ceil(ALIGN).max(4);
    let exponent = units.ilog2() - 2;
    let quarter = units.div_ceil(1 << exponent) - 4;
    (4 * exponent as usize + quarter) as u8
}

fn class_size(class: u8) -> usize {
    (4 + class as usize % 4) << (class / 4) << ALIGN.trailing_zeros()
}

fn layout(class: u8) -> Layout {
    // SAFETY: ALIGN is a power of two, and `take` admits only classes whose size fits an isize.
    unsafe { Layout::from_size_align_unchecked(class_size(class), ALIGN) }
}

/// Frees its blocks when the thread ends.
struct Local([Vec<Block>; CLASSES]);

impl Drop for Local {
    fn drop(&mut self) {
        for block in self.0.iter_mut().flat_map(|list| list.drain(..)) {
            free(block);
        }
    }
}

struct Shared {
    lists: [Vec<Block>; CLASSES],
    bytes: usize,
}

thread_local! {
    static LOCAL: RefCell<Local> = const { RefCell::new(Local([const { Vec::new() }; CLASSES])) };
}
static SHARED: Mutex<Shared> = Mutex::new(Shared {
    lists: [const { Vec::new() }; CLASSES],
    bytes: 0,
});

fn take(bytes: usize) -> Result<Block> {
    if bytes > isize::MAX as usize / 2 {
        return Err(exhausted(bytes));
    }
    let class = class_of(bytes);
    let recycled = if class_size(class) <= LOCAL_MAX {
        LOCAL
            .try_with(|local| local.borrow_mut().0[class as usize].pop())
            .ok()
            .flatten()
    } else {
        let mut shared = SHARED.lock();
        let block = shared.lists[class as usize].pop();
        shared.bytes -= block.map_or(0, |b| class_size(b.class));
        block
    };
    match recycled {
        Some(block) => Ok(block),
        None => allocate(class).ok_or_else(|| exhausted(bytes)),
    }
}

#[cold]
fn allocate(class: u8) -> Option<Block> {
    // SAFETY: the layout is not empty.
    let fresh = || NonNull::new(unsafe { alloc_zeroed(layout(class)) });
    let pointer = fresh().or_else(|| {
        empty_cache();
        fresh()
    })?;
    Some(Block { pointer, class })
}

#[cold]
fn exhausted(bytes: usize) -> Error {
    Error::out_of_memory(format!(
        "cpu: out of memory: {bytes} bytes could not be allocated"
    ))
}

fn give(block: Block) {
    let size = class_size(block.class);
    let kept = if size <= LOCAL_MAX {
        LOCAL
            .try_with(|local| {
                let list = &mut local.borrow_mut().0[block.class as usize];
                let room = list.len() * size < LOCAL_BYTES;
                if room {
                    list.push(block);
                }
                room
            })
            .unwrap_or(false)
    } else {
        let mut shared = SHARED.lock();
        let room = shared.bytes + size <= SHARED_BYTES;
        if room {
            shared.bytes += size;
            shared.lists[block.class as usize].push(block);
        }
        room
    };
    if !kept {
        free(block);
    }
}

fn free(block: Block) {
    // SAFETY: allocated by `allocate` with the same layout, and owned by the caller.
    unsafe { dealloc(block.pointer.as_ptr(), layout(block.class)) }
}

/// Returns the large blocks that are kept for reuse to the system.
pub(crate) fn empty_cache() {
    let mut shared = SHARED.lock();
    shared.bytes = 0;
    for block in shared.lists.iter_mut().flat_map(|list| list.drain(..)) {
        free(block);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_the_smallest_that_holds_the_size() {
        for bytes in (65..5000).chain([1 << 20, (1 << 20) + 1, 1 << 40]) {
            let class = class_of(bytes);
            assert!(class_size(class) >= bytes, "{bytes}");
            assert!(class == 0 || class_size(class - 1) < bytes, "{bytes}");
        }
    }

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
