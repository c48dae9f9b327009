//! The allocator of CPU tensors: it reuses freed blocks by size class, counts the bytes in use, and returns unused blocks to the system.
//!
//! A new large block costs more in page faults than the arithmetic on it, so freed blocks are kept: small ones by the thread that freed
//! them, large ones in a list shared by all threads, up to a limit. A background thread returns blocks that were not reused for [`IDLE`]; it
//! ends when nothing is kept.
//!
//! Each thread counts its own bytes and adds them to the totals every [`FLUSH`] bytes, so that small tensors do not contend for a cache line.

use parking_lot::Mutex;
use rushlight_backend::{Error, Result};
use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::cell::RefCell;
use std::ptr::NonNull;
use std::sync::atomic::{AtomicIsize, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// The alignment of blocks: a cache line, and the widest vector register.
const ALIGN: usize = 64;
/// The alignment that the system's allocator gives without asking.
const SYSTEM_ALIGN: usize = 16;
/// The size up to which blocks are kept by the thread that frees them.
const LOCAL_MAX: usize = 1 << 18;
/// The number of bytes of one class that a thread keeps.
const LOCAL_BYTES: usize = 1 << 19;
/// The number of size classes: four per power of two, from 64 bytes up.
const CLASSES: usize = 4 * 58;
/// The number of size classes that threads keep.
const LOCAL_CLASSES: usize = class_of(LOCAL_MAX) as usize + 1;
/// The time after which unused large blocks are returned to the system.
const IDLE: Duration = Duration::from_secs(10);
/// The number of bytes by which the totals may be off for each thread.
const FLUSH: isize = 1 << 20;

/// Memory statistics of the CPU. Blocks count with their actual size, which is up to a quarter more than requested; tensors of up to 64 bytes
/// have no block. Up to 1 MiB of recent changes by each other thread may not be counted yet.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct MemoryUse {
    /// Bytes of blocks in use by tensors.
    pub allocated: u64,
    /// Bytes of blocks kept for reuse.
    pub cached: u64,
    /// The maximum of `allocated`.
    pub peak: u64,
}

/// A block of memory, all of it initialized.
#[derive(Clone, Copy)]
pub(crate) struct Block {
    pub pointer: NonNull<u8>,
    class: u8,
    /// The number of bytes before the block that were allocated with it.
    shift: u8,
}

// SAFETY: a block is owned by exactly one buffer or list, and is plain memory.
unsafe impl Send for Block {}

impl Block {
    /// Size in bytes.
    pub fn size(self) -> usize {
        class_size(self.class)
    }
}

/// The smallest class that holds `bytes`: sizes are (4 + q) 2^e for q in 0..4.
const fn class_of(bytes: usize) -> u8 {
    let units = bytes.div_ceil(ALIGN);
    let units = if units < 4 { 4 } else { units };
    let exponent = units.ilog2() - 2;
    let quarter = units.div_ceil(1 << exponent) - 4;
    (4 * exponent as usize + quarter) as u8
}

const fn class_size(class: u8) -> usize {
    (4 + class as usize % 4) << (class / 4) << ALIGN.trailing_zeros()
}

/// What is allocated for a block. A large one is aligned within a larger allocation: the system has zeroed new memory already, but an
/// allocation of more than its usual alignment would be written, and thereby moved into memory, by the thread that makes it.
fn layout(class: u8) -> Layout {
    let (size, align) = match (class as usize) < LOCAL_CLASSES {
        true => (class_size(class), ALIGN),
        false => (class_size(class) + ALIGN, SYSTEM_ALIGN),
    };
    // SAFETY: the alignments are powers of two, and `take` admits only classes whose size fits an isize.
    unsafe { Layout::from_size_align_unchecked(size, align) }
}

/// The totals over all threads.
static ALLOCATED: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);
/// Bytes kept by threads. Those of [`SHARED`] are counted there.
static CACHED: AtomicIsize = AtomicIsize::new(0);
/// The limit of bytes kept in [`SHARED`].
static LIMIT: AtomicUsize = AtomicUsize::new(1 << 30);
/// Counts the calls of [`empty_cache`]: threads empty their lists when they find it changed.
static EMPTIED: AtomicUsize = AtomicUsize::new(0);

/// The blocks that one thread keeps, and its counts since they were last added to the totals.
struct Local {
    lists: [Vec<Block>; LOCAL_CLASSES],
    emptied: usize,
    allocated: isize,
    /// The largest that `allocated` was.
    highest: isize,
    cached: isize,
}

impl Local {
    #[inline]
    fn take(&mut self, class: u8) -> Option<Block> {
        let block = self.lists.get_mut(class as usize)?.pop()?;
        let size = block.size() as isize;
        self.cached -= size;
        self.count(size);
        Some(block)
    }

    /// Counts a block that is now in use by a tensor.
    #[inline]
    fn count(&mut self, size: isize) {
        self.allocated += size;
        self.highest = self.highest.max(self.allocated);
        if self.allocated >= FLUSH {
            self.flush();
        }
    }

    /// Keeps the block, or returns it if the thread keeps enough.
    #[inline]
    fn give(&mut self, block: Block) -> Option<Block> {
        let size = block.size();
        self.allocated -= size as isize;
        if self.allocated <= -FLUSH {
            self.flush();
        }
        if self.emptied != EMPTIED.load(Relaxed) {
            self.empty();
        }
        let Some(list) = self.lists.get_mut(block.class as usize) else {
            return Some(block);
        };
        if list.len() * size >= LOCAL_BYTES.min(LIMIT.load(Relaxed)) {
            return Some(block);
        }
        list.push(block);
        self.cached += size as isize;
        None
    }

    #[cold]
    fn flush(&mut self) {
        let before = ALLOCATED.fetch_add(self.allocated, Relaxed);
        PEAK.fetch_max(before + self.highest, Relaxed);
        CACHED.fetch_add(self.cached, Relaxed);
        (self.allocated, self.highest, self.cached) = (0, 0, 0);
    }

    #[cold]
    fn empty(&mut self) {
        self.emptied = EMPTIED.load(Relaxed);
        for block in self.lists.iter_mut().flat_map(|list| list.drain(..)) {
            self.cached -= block.size() as isize;
            free(block);
        }
        self.flush();
    }
}

impl Drop for Local {
    /// The thread ends.
    fn drop(&mut self) {
        self.empty();
    }
}

/// A large free block.
struct Kept {
    block: Block,
    since: Instant,
}

/// The large blocks, oldest first in each class.
struct Shared {
    lists: [Vec<Kept>; CLASSES],
    bytes: usize,
    /// Whether the background thread runs.
    watched: bool,
}

impl Shared {
    fn take(&mut self, class: u8) -> Option<Block> {
        let block = self.lists[class as usize].pop()?.block;
        self.bytes -= block.size();
        Some(block)
    }

    /// Keeps the block, or returns it if that would exceed the limit.
    fn give(&mut self, block: Block, now: Instant) -> Option<Block> {
        if self.bytes + block.size() > LIMIT.load(Relaxed) {
            return Some(block);
        }
        self.bytes += block.size();
        let since = now;
        self.lists[block.class as usize].push(Kept { block, since });
        None
    }

    /// Removes the blocks that were not reused for [`IDLE`].
    fn sweep(&mut self, now: Instant) -> Vec<Block> {
        let mut gone = Vec::new();
        self.release(&mut gone, |kept| {
            now.saturating_duration_since(kept.since) >= IDLE
        });
        gone
    }

    fn release(&mut self, gone: &mut Vec<Block>, is_old: impl Fn(&Kept) -> bool) {
        for list in &mut self.lists {
            let old = list.iter().take_while(|kept| is_old(kept)).count();
            for kept in list.drain(..old) {
                self.bytes -= kept.block.size();
                gone.push(kept.block);
            }
        }
    }
}

thread_local! {
    static LOCAL: RefCell<Local> = const { RefCell::new(Local {
        lists: [const { Vec::new() }; LOCAL_CLASSES],
        emptied: 0,
        allocated: 0,
        highest: 0,
        cached: 0,
    }) };
}
static SHARED: Mutex<Shared> = Mutex::new(Shared {
    lists: [const { Vec::new() }; CLASSES],
    bytes: 0,
    watched: false,
});

/// A block of at least `bytes` initialized bytes: new ones are zeroed, recycled ones hold old values.
pub(crate) fn take(bytes: usize) -> Result<Block> {
    if bytes > isize::MAX as usize / 2 {
        return Err(exhausted(bytes));
    }
    let class = class_of(bytes);
    let own = LOCAL.try_with(|local| local.borrow_mut().take(class));
    if let Ok(Some(block)) = own {
        return Ok(block);
    }
    let recycled = match (class as usize) < LOCAL_CLASSES {
        true => None,
        false => SHARED.lock().take(class),
    };
    let block = recycled
        .or_else(|| allocate(class))
        .ok_or_else(|| exhausted(bytes))?;
    let size = block.size() as isize;
    if LOCAL.try_with(|l| l.borrow_mut().count(size)).is_err() {
        // The thread is ending and no longer has counts.
        let before = ALLOCATED.fetch_add(size, Relaxed);
        PEAK.fetch_max(before + size, Relaxed);
    }
    Ok(block)
}

#[cold]
fn allocate(class: u8) -> Option<Block> {
    // SAFETY: the layout is not empty.
    let fresh = || NonNull::new(unsafe { alloc_zeroed(layout(class)) });
    let first = fresh().or_else(|| {
        empty_cache();
        fresh()
    })?;
    let shift = first.align_offset(ALIGN);
    Some(Block {
        // SAFETY: either the allocation is aligned, or it has ALIGN bytes more than the block.
        pointer: unsafe { first.add(shift) },
        class,
        shift: shift as u8,
    })
}

#[cold]
fn exhausted(bytes: usize) -> Error {
    Error::out_of_memory(format!(
        "cpu: out of memory: {bytes} bytes could not be allocated"
    ))
}

/// Frees a block.
pub(crate) fn give(block: Block) {
    let left = LOCAL
        .try_with(|local| local.borrow_mut().give(block))
        .unwrap_or_else(|_| {
            ALLOCATED.fetch_sub(block.size() as isize, Relaxed);
            Some(block)
        });
    match left {
        None => {}
        Some(block) if (block.class as usize) < LOCAL_CLASSES => free(block),
        Some(block) => {
            let mut shared = SHARED.lock();
            let left = shared.give(block, Instant::now());
            let unwatched = shared.bytes > 0 && !std::mem::replace(&mut shared.watched, true);
            drop(shared);
            left.into_iter().for_each(free);
            if unwatched {
                watch();
            }
        }
    }
}

/// Starts the background thread. If no thread can be started, unused blocks are kept until [`empty_cache`].
#[cold]
fn watch() {
    let watching = std::thread::Builder::new().name("rushlight-idle".into());
    let started = watching.spawn(|| {
        loop {
            std::thread::sleep(IDLE / 4);
            let mut shared = SHARED.lock();
            let gone = shared.sweep(Instant::now());
            shared.watched = shared.bytes > 0;
            let over = !shared.watched;
            drop(shared);
            gone.into_iter().for_each(free);
            if over {
                return;
            }
        }
    });
    if started.is_err() {
        SHARED.lock().watched = false;
    }
}

fn free(block: Block) {
    // SAFETY: allocated by `allocate` with the same layout, that many bytes before the block, and owned by the caller.
    unsafe {
        let first = block.pointer.sub(block.shift as usize);
        dealloc(first.as_ptr(), layout(block.class));
    }
}

/// Returns memory that is kept for reuse to the system. PyTorch: `cuda.empty_cache`.
///
/// Other threads return the small blocks that they keep, some megabytes in all, when they next free a tensor or end.
pub fn empty_cache() {
    EMPTIED.fetch_add(1, Relaxed);
    let _ = LOCAL.try_with(|local| local.borrow_mut().empty());
    let mut gone = Vec::new();
    SHARED.lock().release(&mut gone, |_| true);
    gone.into_iter().for_each(free);
}

/// Keeps at most `bytes` of large blocks for reuse from now on, 1 GiB unless this is called; and of small ones, of which every thread keeps
/// up to 512 KiB for each size, none if it is 0.
pub fn set_cache_limit(bytes: usize) {
    LIMIT.store(bytes, Relaxed);
    let above = SHARED.lock().bytes > bytes;
    if above || bytes == 0 {
        empty_cache();
    }
}

/// Memory statistics. PyTorch: `cuda.memory_allocated`, `cuda.memory_reserved`.
///
/// ```
/// use rushlight::{Tensor, cpu};
/// let before = cpu::memory().allocated;
/// let block = Tensor::ones(1 << 18, ())?;
/// assert_eq!(cpu::memory().allocated - before, 1 << 20);
/// drop(block);
/// cpu::empty_cache();
/// # Ok::<(), rushlight::Error>(())
/// ```
pub fn memory() -> MemoryUse {
    let _ = LOCAL.try_with(|local| local.borrow_mut().flush());
    let bytes = |n: isize| n.max(0) as u64;
    let allocated = bytes(ALLOCATED.load(Relaxed));
    MemoryUse {
        allocated,
        cached: bytes(CACHED.load(Relaxed)) + SHARED.lock().bytes as u64,
        peak: bytes(PEAK.load(Relaxed)).max(allocated),
    }
}

/// Restarts [`MemoryUse::peak`] from the present use. PyTorch: `cuda.reset_peak_memory_stats`.
pub fn reset_peak_memory() {
    let _ = LOCAL.try_with(|local| local.borrow_mut().flush());
    PEAK.store(ALLOCATED.load(Relaxed), Relaxed);
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

    fn shared() -> Shared {
        Shared {
            lists: [const { Vec::new() }; CLASSES],
            bytes: 0,
            watched: false,
        }
    }

    #[test]
    fn blocks_that_nobody_takes_go_back() {
        let mut shared = shared();
        let [old, new] = [2 << 20, 3 << 20].map(|n| allocate(class_of(n)).unwrap());
        let start = Instant::now();
        assert!(shared.give(old, start).is_none());
        assert!(shared.give(new, start + IDLE / 2).is_none());
        assert!(shared.sweep(start + IDLE / 2).is_empty());
        let gone = shared.sweep(start + IDLE);
        assert_eq!(gone.len(), 1);
        assert_eq!(gone[0].pointer, old.pointer);
        assert_eq!(shared.bytes, 3 << 20);
        assert!(shared.take(class_of(2 << 20)).is_none());
        free(gone[0]);
        free(shared.take(class_of(3 << 20)).unwrap());
    }

    #[test]
    fn memory_that_could_not_be_had_is_not_counted() {
        reset_peak_memory();
        assert!(take(1 << 47).is_err());
        assert!(memory().peak < 1 << 46);
    }

    #[test]
    fn blocks_in_use_again_and_again_stay() {
        let mut shared = shared();
        let mut block = allocate(class_of(2 << 20)).unwrap();
        let start = Instant::now();
        for second in 0..30 {
            let now = start + Duration::from_secs(second);
            assert!(shared.give(block, now).is_none());
            assert!(shared.sweep(now).is_empty());
            block = shared.take(class_of(2 << 20)).unwrap();
        }
        free(block);
    }
}
