//! Locking the storages of one operation: each distinct one once, in address order, exclusively if written, else shared.
//!
//! Shared locks are recursive, since a thread may read a storage that it already reads while another waits to write it. A fresh output
//! that nobody else holds takes no lock.

use crate::buffer::CpuBuffer;
use crate::operand::Operand;
use parking_lot::lock_api::{RawRwLock as _, RawRwLockRecursive as _};
use rushlight_backend::{Error, Result, Storage, View};
use smallvec::SmallVec;

/// The CPU buffer behind a storage.
#[inline]
pub(crate) fn buffer(storage: &Storage) -> Result<&CpuBuffer> {
    storage.buffer::<CpuBuffer>().ok_or_else(
        #[cold]
        || Error::device("cpu: the storage belongs to another backend"),
    )
}

/// The distinct storages of an operation in address order, and whether each is written.
#[derive(Default)]
struct Plan<'a>(SmallVec<[(&'a CpuBuffer, bool); 4]>);

impl<'a> Plan<'a> {
    #[inline]
    fn add(&mut self, buffer: &'a CpuBuffer, write: bool) {
        let address = |b: &CpuBuffer| b as *const CpuBuffer as usize;
        match self
            .0
            .binary_search_by_key(&address(buffer), |(b, _)| address(b))
        {
            Ok(at) => self.0[at].1 |= write,
            Err(at) => self.0.insert(at, (buffer, write)),
        }
    }

    #[inline]
    fn acquire(&self) -> Held<'_, 'a> {
        for (buffer, write) in &self.0 {
            // SAFETY: the raw lock is only ever released by `Held`.
            unsafe {
                match write {
                    true => buffer.lock.raw().lock_exclusive(),
                    false => buffer.lock.raw().lock_shared_recursive(),
                }
            }
        }
        Held(self)
    }
}

/// Releases the locks of its plan when dropped.
struct Held<'p, 'a>(&'p Plan<'a>);

impl Drop for Held<'_, '_> {
    #[inline]
    fn drop(&mut self) {
        for (buffer, write) in &self.0.0 {
            // SAFETY: `acquire` took each lock once, in this mode.
            unsafe {
                match write {
                    true => buffer.lock.raw().unlock_exclusive(),
                    false => buffer.lock.raw().unlock_shared(),
                }
            }
        }
    }
}

/// Runs `kernel` on the operands of `inputs` and `outs` while their storages are locked.
#[inline]
pub(crate) fn locked<R>(
    inputs: &[View<'_>],
    outs: &[View<'_>],
    kernel: impl FnOnce(&[Operand<'_>], &[Operand<'_>]) -> Result<R>,
) -> Result<R> {
    let mut plan = Plan::default();
    let mut operands: SmallVec<[Operand<'_>; 4]> = SmallVec::new();
    for (i, view) in inputs.iter().chain(outs).enumerate() {
        let (written, buffer) = (i >= inputs.len(), buffer(view.storage)?);
        debug_assert!(
            view.layout.end() * view.dtype.size() <= view.storage.bytes(),
            "{view:?} leaves its storage"
        );
        if !(written && view.storage.is_unique()) {
            plan.add(buffer, written);
        }
        operands.push(Operand {
            base: buffer.pointer(),
            layout: view.layout,
            dtype: view.dtype,
        });
    }
    let _held = plan.acquire();
    let (inputs, outs) = operands.split_at(inputs.len());
    kernel(inputs, outs)
}
