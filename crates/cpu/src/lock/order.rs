//! Acquires several locks: each distinct lock once, in address order, exclusively for writing, else shared.
//!
//! All threads use the same order, so no deadlock is possible. The type of the lock is a parameter because
//! `tests/all/lock_model.rs` runs this file on locks of a model checker, through every interleaving of a few threads.

use smallvec::SmallVec;

/// A lock without a guard.
pub(crate) trait Lock {
    /// Acquires the lock, exclusively if `write`.
    fn lock(&self, write: bool);

    /// Releases the lock.
    ///
    /// # Safety
    /// The caller holds the lock, taken with the same `write`.
    unsafe fn unlock(&self, write: bool);
}

/// The distinct locks of an operation in address order, each with whether it is for writing.
pub(crate) struct Order<'a, L>(SmallVec<[(&'a L, bool); 4]>);

impl<L> Default for Order<'_, L> {
    #[inline]
    fn default() -> Self {
        Order(SmallVec::new())
    }
}

impl<'a, L: Lock> Order<'a, L> {
    #[inline]
    pub fn add(&mut self, lock: &'a L, write: bool) {
        let address = |l: &L| l as *const L as usize;
        match self
            .0
            .binary_search_by_key(&address(lock), |(l, _)| address(l))
        {
            Ok(at) => self.0[at].1 |= write,
            Err(at) => self.0.insert(at, (lock, write)),
        }
    }

    /// Acquires all locks until the result is dropped.
    #[inline]
    pub fn acquire(&self) -> Held<'_, 'a, L> {
        for (lock, write) in &self.0 {
            lock.lock(*write);
        }
        Held(self)
    }
}

/// Releases the locks when dropped.
pub(crate) struct Held<'o, 'a, L: Lock>(&'o Order<'a, L>);

impl<L: Lock> Drop for Held<'_, '_, L> {
    #[inline]
    fn drop(&mut self) {
        for (lock, write) in &self.0.0 {
            // SAFETY: `acquire` took each lock once, in this mode.
            unsafe { lock.unlock(*write) }
        }
    }
}
