//! Which memory holds what a faulty launch wrote, or what was computed from that.

use super::fault::Fault;
use std::collections::HashMap;
use std::sync::Arc;

/// Memory as one tensor has it. The block outlives the tensor; the serial number does not.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Held {
    pub block: u64,
    /// Counts the times that blocks were handed out.
    pub serial: u64,
}

/// Faults by the memory that they spoiled; at most one for each block that there is.
#[derive(Default)]
pub(crate) struct Poison(HashMap<u64, (u64, Arc<Fault>)>);

impl Poison {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The fault that spoiled this memory, if one did.
    pub fn of(&self, held: Held) -> Option<&Arc<Fault>> {
        let (serial, fault) = self.0.get(&held.block)?;
        (*serial == held.serial).then_some(fault)
    }

    /// Passes on what spoiled any of the tensors that a launch uses to those that it writes. Tensors that are written may be read too.
    pub fn pass_on(&mut self, tensors: impl Iterator<Item = (Held, bool)> + Clone) {
        let Some(fault) = tensors.clone().find_map(|(held, _)| self.of(held)).cloned() else {
            return;
        };
        for (held, _) in tensors.filter(|(_, written)| *written) {
            self.spoil(held, &fault);
        }
    }

    /// Notes that this memory is spoiled. The first fault stays; a tensor that had the block before does not matter any more.
    pub fn spoil(&mut self, held: Held, fault: &Arc<Fault>) {
        match self.0.get(&held.block) {
            Some((serial, _)) if *serial >= held.serial => {}
            _ => {
                self.0.insert(held.block, (held.serial, fault.clone()));
            }
        }
    }

    /// Notes that this memory was written anew.
    pub fn clear(&mut self, held: Held) {
        if self.of(held).is_some() {
            self.0.remove(&held.block);
        }
    }

    /// Notes that nobody holds the block any more.
    pub fn forget(&mut self, block: u64) {
        if !self.0.is_empty() {
            self.0.remove(&block);
        }
    }
}
