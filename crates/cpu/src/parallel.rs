//! Splits work between threads, by size alone, so that results do not depend on the number of threads.
//!
//! Kernels have their own threads, as many as rayon's global pool. That pool would deadlock: a thread that waits for others steals a job of the
//! program meanwhile, and a job that requires a storage locked by this operation would wait forever.

use crate::team::{self, Team};
use parking_lot::{Mutex, RwLock};
use rushlight_backend::{Error, Result};
use std::ops::Range;
use std::sync::Arc;

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

/// Takes the body by reference, so that this code is compiled once and not for every kernel.
fn spread(n: usize, grain: usize, body: &(dyn Fn(Range<usize>) + Sync)) {
    let parts = n.div_ceil(grain);
    let part = |i: usize| body(i * grain..((i + 1) * grain).min(n));
    // In a job, of the program's or of a kernel's, the work stays on its thread.
    match if team::is_working() { None } else { team() } {
        Some(team) => team.run(parts, &part),
        None => (0..parts).for_each(part),
    }
}

/// The threads of kernels: as many as were asked for, and the team if that is more than one.
struct Threads {
    count: usize,
    team: Option<Arc<Team>>,
}

impl Threads {
    fn new(count: usize) -> std::result::Result<Threads, rayon::ThreadPoolBuildError> {
        let team = match count {
            1 => None,
            _ => Some(Team::new(count)?),
        };
        let count = team.as_ref().map_or(1, |team| team.threads());
        Ok(Threads { count, team })
    }
}

/// `None` until the first kernel that needs threads, or the first [`set_num_threads`].
static THREADS: RwLock<Option<Threads>> = RwLock::new(None);

/// The threads of kernels, unless there is one.
fn team() -> Option<Arc<Team>> {
    if let Some(threads) = &*THREADS.read() {
        return threads.team.clone();
    }
    let count = rayon::current_num_threads();
    let mut threads = THREADS.write();
    let serial = Threads {
        count: 1,
        team: None,
    };
    threads
        .get_or_insert_with(|| Threads::new(count).unwrap_or(serial))
        .team
        .clone()
}

/// Sets how many threads a kernel on the CPU uses, for the whole process and at any time. PyTorch: `torch.set_num_threads`.
///
/// Kernels have their own threads, which this replaces: kernels that run keep the old ones until they end. The default is the number of
/// threads of rayon's global pool, which `RAYON_NUM_THREADS` sets, and that pool stays as it is, whether it was used or not. Inside one of the
/// program's own rayon jobs a kernel runs on the job's thread alone, whatever is set here. Results do not depend on the number of
/// threads.
///
/// ```standalone_crate
/// rushlight::set_num_threads(2)?;
/// assert_eq!(rushlight::get_num_threads(), 2);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If `n` is 0, or the system refuses as many threads.
#[track_caller]
pub fn set_num_threads(n: usize) -> Result<()> {
    if n == 0 {
        return Err(Error::value(
            "set_num_threads: at least 1 thread is needed, got 0",
        ));
    }
    match Threads::new(n) {
        Ok(new) => {
            let old = THREADS.write().replace(new);
            // Outside of the lock, because the threads of the old pool end here.
            drop(old);
            Ok(())
        }
        Err(e) => Err(Error::value(format!(
            "set_num_threads: the system does not start {n} threads: {e}"
        ))),
    }
}

/// How many threads a kernel on the CPU uses at most. PyTorch: `torch.get_num_threads`.
pub fn get_num_threads() -> usize {
    match &*THREADS.read() {
        Some(threads) => threads.count,
        None => rayon::current_num_threads(),
    }
}

/// How many threads [`for_ranges`] would use here. The work may be divided by it only where the results stay the same.
pub(crate) fn available() -> usize {
    match team::is_working() {
        true => 1,
        false => get_num_threads(),
    }
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
