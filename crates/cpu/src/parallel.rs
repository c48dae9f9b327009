//! Splits work between threads, by size alone, so that results do not depend on the number of threads.
//!
//! Kernels have their own thread pool, with as many threads as rayon's global pool. The global pool would deadlock: a thread that waits for
//! others steals a job of the program meanwhile, and a job that requires a storage locked by this operation would wait forever.

use parking_lot::Mutex;
use rayon::ThreadPool;
use rayon::prelude::*;
use rushlight_backend::Result;
use std::ops::Range;
use std::sync::OnceLock;

/// Work that moves fewer bytes than this runs on the calling thread, because waking another thread costs more.
pub(crate) const SERIAL_BYTES: usize = 1 << 17;

/// Runs `body` over `0..n` in consecutive ranges of `grain` (the last may be shorter), on all threads if there is more than one range.
///
/// Inside one of the user's rayon jobs the ranges run on that thread: waiting for other jobs while holding a lock could deadlock.
#[inline]
pub(crate) fn for_ranges(n: usize, grain: usize, body: impl Fn(Range<usize>) + Sync) {
    if n <= grain {
        if n > 0 {
            body(0..n);
        }
        return;
    }
    spread(n, grain.max(1), &body);
}

/// Takes the body by reference, so that rayon's code is compiled once and not for every kernel.
fn spread(n: usize, grain: usize, body: &(dyn Fn(Range<usize>) + Sync)) {
    let parts = n.div_ceil(grain);
    let part = |i: usize| i * grain..((i + 1) * grain).min(n);
    // In a job, of the program's or of a kernel's, the work stays on its thread.
    let threads = match rayon::current_thread_index() {
        Some(_) => None,
        None => threads(),
    };
    match threads {
        Some(threads) => threads.install(|| (0..parts).into_par_iter().for_each(|i| body(part(i)))),
        None => (0..parts).for_each(|i| body(part(i))),
    }
}

/// The thread pool of kernels, if the machine has more than one thread.
fn threads() -> Option<&'static ThreadPool> {
    static THREADS: OnceLock<Option<ThreadPool>> = OnceLock::new();
    THREADS
        .get_or_init(|| {
            let count = rayon::current_num_threads();
            let builder = rayon::ThreadPoolBuilder::new()
                .num_threads(count)
                .thread_name(|i| format!("rushlight-{i}"));
            (count > 1).then(|| builder.build().ok()).flatten()
        })
        .as_ref()
}

/// [`for_ranges`] with a body that may fail; returns the error of any range.
pub(crate) fn try_for_ranges(
    n: usize,
    grain: usize,
    body: impl Fn(Range<usize>) -> Result<()> + Sync,
) -> Result<()> {
    let failed = Mutex::new(Ok(()));
    for_ranges(n, grain, |range| {
        if let Err(e) = body(range) {
            *failed.lock() = Err(e);
        }
    });
    failed.into_inner()
}

/// The grain of `for_ranges` for elements that each move about `bytes` bytes.
#[inline]
pub(crate) fn grain(bytes: usize) -> usize {
    (SERIAL_BYTES / bytes.max(1)).max(1)
}

/// Pointers shared by threads that each access a different part of the memory.
#[derive(Clone, Copy)]
pub(crate) struct Shared<T>(pub T);

// SAFETY: kernels split the memory between threads by disjoint ranges of the output; inputs are only read.
unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<*mut T> {
    /// Element `i`.
    ///
    /// # Safety
    /// The element is within the allocation.
    #[inline(always)]
    pub unsafe fn at(&self, i: usize) -> *mut T {
        // SAFETY: guaranteed by the caller.
        unsafe { self.0.add(i) }
    }
}
