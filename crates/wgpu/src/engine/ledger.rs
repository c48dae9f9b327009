//! The record of launches since the oldest launch that may still turn out to be faulty. It finds which tensors a fault has poisoned.
//!
//! A launch that may be faulty is pending until the host has read the fault buffer as it was after the launch, which happens at a read-back
//! or when too many launches are pending. Meanwhile the ledger records which memory every launch reads and writes. If a launch turns out to
//! be faulty, the memory that it wrote is poisoned, and so is everything that later launches computed from poisoned memory. Reading poisoned
//! memory is an error; reading any other memory is not.
//!
//! Two designs were rejected: a set of pending launches for each tensor, which grows with every step of a training that reads nothing back;
//! and a poison flag that kernels propagate, which costs one load for each tensor of each launch.

use super::fault::{Fault, LaunchOrigin, SLOTS};
use super::poison::{Held, Poison};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// The largest number of recorded memory uses, of 24 bytes each. Before more are recorded, the host reads the fault buffer.
const USES: usize = 32_768;
/// The largest number of faults that wait to be reported by `synchronize`.
const UNREPORTED: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Access {
    Read,
    Written,
    /// The old content is discarded.
    Renewed,
}

/// How a launch uses the memory of one tensor.
#[derive(Clone, Copy, Debug)]
struct Use {
    held: Held,
    access: Access,
    /// Whether this is the last recorded use of the launch.
    last: bool,
}

/// A launch whose outcome is not known yet.
#[derive(Debug)]
struct Pending {
    /// The kernel knows the low 32 bits, which are never 0.
    number: u64,
    /// The index of the first use of the launch, counted from the first use ever recorded.
    from: u64,
    origin: LaunchOrigin,
}

/// A position in the stream: how many uses were recorded when the fault buffer was copied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mark(u64);

pub(crate) struct Ledger {
    uses: VecDeque<Use>,
    /// How many uses were dropped from the front of `uses`.
    dropped: u64,
    pending: VecDeque<Pending>,
    /// The number of the last launch that may be faulty.
    pub last: u64,
    /// How many faulty launches the host knows of.
    seen: u32,
    unreported: VecDeque<Arc<Fault>>,
    /// Faults of checks, by the memory that was checked. A check writes nothing; the next launch that computes from that memory is poisoned.
    checked: HashMap<Held, Arc<Fault>>,
}

impl Ledger {
    pub fn new() -> Ledger {
        Ledger {
            uses: VecDeque::new(),
            dropped: 0,
            pending: VecDeque::new(),
            last: 0,
            seen: 0,
            unreported: VecDeque::new(),
            checked: HashMap::new(),
        }
    }

    /// Whether no launch is pending.
    pub fn is_clear(&self) -> bool {
        self.pending.is_empty()
    }

    /// Whether the host must read the fault buffer before another launch is recorded.
    pub fn is_full(&self) -> bool {
        self.pending.len() >= SLOTS || self.uses.len() >= USES
    }

    /// Whether the 32-bit launch number overflows with the next launch. Then the host must read and clear the fault buffer first.
    pub fn wraps(&self) -> bool {
        self.last as u32 == u32::MAX
    }

    /// Records a launch that may be faulty, and returns its number.
    pub fn add_pending(&mut self, origin: LaunchOrigin) -> u32 {
        self.last += 1 + u64::from(self.wraps());
        self.pending.push_back(Pending {
            number: self.last,
            from: self.here().0,
            origin,
        });
        self.last as u32
    }

    /// Records the memory that a launch uses, and whether the launch writes it.
    pub fn launched(&mut self, tensors: impl Iterator<Item = (Held, bool)>) {
        if self.is_clear() {
            return;
        }
        self.uses.extend(tensors.map(|(held, written)| Use {
            held,
            access: if written {
                Access::Written
            } else {
                Access::Read
            },
            last: false,
        }));
        if let Some(last) = self.uses.back_mut() {
            last.last = true;
        }
    }

    /// Records that this memory is about to be overwritten completely.
    pub fn renewed(&mut self, held: Held) {
        if !self.is_clear() {
            self.uses.push_back(Use {
                held,
                access: Access::Renewed,
                last: true,
            });
        }
    }

    /// The current position in the stream.
    pub fn here(&self) -> Mark {
        Mark(self.dropped + self.uses.len() as u64)
    }

    /// Marks the pending launches after number `from` that this thread made for an operation that then returned an error: their faults are not
    /// reported again.
    pub fn refuse(&mut self, from: u64) {
        let own = self.pending.iter_mut().rev();
        own.take_while(|launch| launch.number > from)
            .filter(|launch| launch.origin.caller.is_this_thread())
            .for_each(|launch| launch.origin.refused = true);
    }

    /// Whether `count`, the number of faulty launches in the fault buffer, includes faults that the host does not know of.
    pub fn has_news(&self, count: u32) -> bool {
        count.wrapping_sub(self.seen) as i32 > 0
    }

    /// Removes the pending launches before `mark`, which are known to be without fault.
    pub fn settle(&mut self, mark: Mark) {
        while self
            .pending
            .front()
            .is_some_and(|launch| launch.from < mark.0)
        {
            self.pending.pop_front();
        }
        self.shorten();
    }

    /// Resolves the pending launches before `mark` from `buffer`, the fault buffer as it was then, and poisons what faulty launches wrote.
    pub fn resolve(&mut self, buffer: &[u32], mark: Mark, poison: &mut Poison) {
        let count = buffer.first().copied().unwrap_or(0);
        if self.has_news(count) {
            self.seen = count;
        }
        let mut faulty = VecDeque::new();
        while self
            .pending
            .front()
            .is_some_and(|launch| launch.from < mark.0)
            && let Some(launch) = self.pending.pop_front()
        {
            if let Ok(fault) = Fault::of(launch.origin, launch.number as u32, buffer) {
                faulty.push_back((launch.from, Arc::new(fault)));
            }
        }
        let news = faulty.iter().map(|(_, fault)| fault);
        self.unreported
            .extend(news.filter(|f| f.is_unreported()).cloned());
        self.unreported.truncate(UNREPORTED);
        self.checked.retain(|_, fault| fault.is_unreported());
        self.replay(faulty, poison);
        self.shorten();
    }

    /// Goes through the launches since the first faulty one, and poisons what the faulty launches wrote and what was computed from that.
    /// Poison that was known earlier was already propagated when the launches were recorded.
    fn replay(&mut self, mut faulty: VecDeque<(u64, Arc<Fault>)>, poison: &mut Poison) {
        let Some((first, _)) = faulty.front() else {
            return;
        };
        let mut poisoned: HashMap<Held, Arc<Fault>> = HashMap::new();
        let mut at = (*first - self.dropped) as usize;
        while let Some(len) = self.uses.range(at..).position(|u| u.last) {
            let launch = self.uses.range(at..=at + len);
            let own = faulty
                .pop_front_if(|(from, _)| *from - self.dropped == at as u64)
                .map(|(_, fault)| fault);
            let writes = launch.clone().any(|u| u.access == Access::Written);
            if let Some(fault) = own.as_ref().filter(|_| !writes) {
                let held = launch.clone().map(|u| (u.held, fault.clone()));
                self.checked.extend(held);
                at += len + 1;
                continue;
            }
            let met = own.or_else(|| {
                let checked = &mut self.checked;
                let mut held = launch.clone().map(|u| u.held);
                held.find_map(|held| {
                    let failed = if writes { checked.remove(&held) } else { None };
                    failed.or_else(|| poisoned.get(&held).cloned())
                })
            });
            for u in launch {
                match (u.access, &met) {
                    (Access::Renewed, _) => {
                        poisoned.remove(&u.held);
                    }
                    (Access::Written, Some(fault)) => {
                        poisoned.entry(u.held).or_insert_with(|| fault.clone());
                    }
                    _ => {}
                }
            }
            at += len + 1;
        }
        for (held, fault) in &poisoned {
            poison.mark(*held, fault);
        }
    }

    /// The fault of a check, if this launch is the first one after the check that computes from the checked memory.
    pub fn failed_check(
        &mut self,
        mut tensors: impl Iterator<Item = (Held, bool)> + Clone,
    ) -> Option<Arc<Fault>> {
        if self.checked.is_empty() || !tensors.clone().any(|(_, written)| written) {
            return None;
        }
        tensors.find_map(|(held, _)| self.checked.remove(&held))
    }

    /// Drops the uses before the first pending launch.
    fn shorten(&mut self) {
        let keep = match self.pending.front() {
            None => self.uses.len(),
            Some(launch) => (launch.from - self.dropped) as usize,
        };
        self.uses.drain(..keep);
        self.dropped += keep as u64;
    }

    /// The first unreported fault that concerns this thread. This fault and the others that concern the thread then count as reported.
    pub fn report(&mut self) -> Option<Arc<Fault>> {
        self.unreported.retain(|fault| fault.is_unreported());
        let at = self
            .unreported
            .iter()
            .position(|f| f.concerns_this_thread())?;
        let first = self.unreported.remove(at);
        self.unreported
            .retain(|fault| !fault.concerns_this_thread());
        first
    }
}
