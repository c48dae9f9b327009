//! Locks for the storages of an operation.
//!
//! All memory that other threads may reach is locked ([`order`]), even if its storage has a single owner, because two threads may share that
//! owner. Only an output whose caller proves with a mutable borrow that no one else can reach it needs no lock ([`Output::is_exclusive`]): the
//! result that an operation has just allocated.

pub(crate) mod order;

use crate::buffer::CpuBuffer;
use crate::operand::Operand;
use order::{Lock, Order};
use parking_lot::lock_api::{RawRwLock as _, RawRwLockRecursive as _};
use rushlight_backend::plan::Planned;
use rushlight_backend::{Error, Layout, Output, Result, Storage, View};
use smallvec::SmallVec;

/// The CPU buffer of a storage.
#[inline]
pub(crate) fn buffer(storage: &Storage) -> Result<&CpuBuffer> {
    storage.buffer::<CpuBuffer>().ok_or_else(
        #[cold]
        || Error::device("cpu: the storage belongs to another backend"),
    )
}

impl Lock for CpuBuffer {
    #[inline]
    fn lock(&self, write: bool) {
        // SAFETY: the raw lock is only ever released by `unlock`.
        let raw = unsafe { self.lock.raw() };
        match write {
            true => raw.lock_exclusive(),
            // Recursive: a thread may read a storage that it already reads while another waits to write it.
            false => raw.lock_shared_recursive(),
        }
    }

    #[inline]
    unsafe fn unlock(&self, write: bool) {
        // SAFETY: the caller took the lock in this mode.
        unsafe {
            match write {
                true => self.lock.raw().unlock_exclusive(),
                false => self.lock.raw().unlock_shared(),
            }
        }
    }
}

/// Whether a kernel supports an input that is also an output.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// It reads only the element that it then writes, so input and output may be the same elements in the same order.
    Elementwise,
    /// It does not; the results must not overlap the inputs.
    Never,
}

impl Sharing {
    /// Whether `input` must be copied before `out` is written.
    #[inline]
    fn forbids(self, input: &View<'_>, out: &View<'_>) -> bool {
        input.overlaps(out) && (self == Sharing::Never || !input.coincides(out))
    }
}

/// Runs `kernel` on the plan and the operands of `call` while their storages are locked. Inputs that overlap an output are copied where
/// `sharing` does not allow it.
#[inline]
pub(crate) fn locked<P, R>(
    sharing: Sharing,
    call: Planned<'_, P>,
    kernel: impl FnOnce(&P, &[Operand<'_>], &[Operand<'_>]) -> Result<R>,
) -> Result<R> {
    let (plan, inputs, mut outs) = call.into_parts();
    locked_views(sharing, inputs, outs.iter_mut(), |ins, outs| {
        kernel(&plan, ins, outs)
    })
}

/// [`locked`] for tensors without a plan.
#[inline]
pub(crate) fn locked_views<'o, 'a: 'o, R>(
    sharing: Sharing,
    inputs: &[View<'_>],
    outs: impl Iterator<Item = &'o mut Output<'a>>,
    kernel: impl FnOnce(&[Operand<'_>], &[Operand<'_>]) -> Result<R>,
) -> Result<R> {
    let mut order = Order::default();
    let mut operands: SmallVec<[Operand<'_>; 4]> = SmallVec::new();
    let mut aliased = false;
    for view in inputs {
        let buffer = buffer(view.storage())?;
        order.add(buffer, false);
        operands.push(operand(buffer, view));
    }
    for out in outs {
        let exclusive = out.is_exclusive();
        let view = out.view();
        let buffer = buffer(view.storage())?;
        if !exclusive {
            order.add(buffer, true);
            aliased |= inputs.iter().any(|x| sharing.forbids(x, &view));
        }
        operands.push(operand(buffer, &view));
    }
    let _held = order.acquire();
    let (ins, outs) = operands.split_at(inputs.len());
    if aliased {
        return apart(ins, outs, kernel);
    }
    kernel(ins, outs)
}

/// Runs `kernel` on copies of the inputs, with the same strides, on which the plan depends.
#[cold]
fn apart<R>(
    ins: &[Operand<'_>],
    outs: &[Operand<'_>],
    kernel: impl FnOnce(&[Operand<'_>], &[Operand<'_>]) -> Result<R>,
) -> Result<R> {
    let copies = ins.iter().map(copy).collect::<Result<Vec<_>>>()?;
    let ins: SmallVec<[Operand<'_>; 4]> = ins
        .iter()
        .zip(&copies)
        .map(|(x, (buffer, layout))| Operand {
            base: buffer.pointer(),
            layout,
            dtype: x.dtype,
        })
        .collect();
    kernel(&ins, outs)
}

/// A copy of the memory range of `x`.
fn copy(x: &Operand<'_>) -> Result<(CpuBuffer, Layout)> {
    let layout = Layout::strided(*x.layout.shape(), *x.layout.strides(), 0);
    let bytes = layout.end() * x.dtype.size();
    let buffer = CpuBuffer::new(bytes)?;
    // SAFETY: the elements of `x` are within `bytes` bytes of the first, inside its storage; the buffer is new and has room.
    unsafe { std::ptr::copy_nonoverlapping(x.first(), buffer.pointer(), bytes) };
    Ok((buffer, layout))
}

#[inline]
fn operand<'a>(buffer: &'a CpuBuffer, view: &View<'a>) -> Operand<'a> {
    Operand {
        base: buffer.pointer(),
        layout: view.layout(),
        dtype: view.dtype(),
    }
}
