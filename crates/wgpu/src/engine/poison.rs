//! Which memory is poisoned: written by a faulty launch, or computed from such memory.

use super::fault::Fault;
use std::collections::HashMap;
use std::sync::Arc;

/// The memory of one tensor: a block, and the serial number of its allocation, since a block is reused by later tensors.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Held {
    pub block: u64,
    /// The number of allocations made when this one was made.
    pub serial: u64,
}

/// The fault that poisoned each block; at most one per block.
#[derive(Default)]
pub(crate) struct Poison(HashMap<u64, (u64, Arc<Fault>)>);

impl Poison {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fault that poisoned this memory, if any.
    pub fn of(&self, held: Held) -> Option<&Arc<Fault>> {
        let (serial, fault) = self.0.get(&held.block)?;
        (*serial == held.serial).then_some(fault)
    }

    /// Propagates the poison of any tensor that a launch uses to the tensors that it writes. A written tensor may be read too.
    pub fn propagate(&mut self, tensors: impl Iterator<Item = (Held, bool)> + Clone) {
        let Some(fault) = tensors.clone().find_map(|(held, _)| self.of(held)).cloned() else {
            return;
        };
        for (held, _) in tensors.filter(|(_, written)| *written) {
            self.mark(held, &fault);
        }
    }

    /// Marks this memory as poisoned. The first fault of an allocation is kept; that of an earlier allocation is replaced.
    pub fn mark(&mut self, held: Held, fault: &Arc<Fault>) {
        match self.0.get(&held.block) {
            Some((serial, _)) if *serial >= held.serial => {}
            _ => {
                self.0.insert(held.block, (held.serial, fault.clone()));
            }
        }
    }

    /// Removes the mark, because the memory is overwritten.
    pub fn clear(&mut self, held: Held) {
        if self.of(held).is_some() {
            self.0.remove(&held.block);
        }
    }

    /// Removes the mark of a freed block.
    pub fn forget(&mut self, block: u64) {
        if !self.0.is_empty() {
            self.0.remove(&block);
        }
    }
}
