//! What was launched since the oldest launch that may yet turn out to be faulty: whose fault it is, and what was computed from its results.
//!
//! A launch that may be faulty is a suspect until the host has seen the fault buffer as it was after it: at a read-back, or when there are
//! too many. While there are suspects, the ledger notes which memory every launch reads and writes. When one turns out to be faulty, what
//! it wrote is spoiled, and so is, launch by launch, what was written from spoiled memory. Reading spoiled memory is an error, and no other.
//!
//! Rejected: a set of suspects for each tensor, which grows with every step of a training that reads nothing; and a flag that kernels pass
//! on, which costs a load for each tensor of each launch.

use super::fault::{Fault, SLOTS, Suspect};
use super::poison::{Held, Poison};
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

/// Uses of memory that are noted at most, 24 bytes each; beyond, the fault buffer is looked at.
const USES: usize = 32_768;
/// Faults that wait to be reported by `synchronize`, at most.
const UNREPORTED: usize = 64;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum How {
    Read,
    Written,
    /// Its content is given up.
    Renewed,
}

/// A launch's use of one tensor's memory.
#[derive(Clone, Copy, Debug)]
struct Use {
    held: Held,
    how: How,
    /// Whether the launch has no other after it.
    last: bool,
}

#[derive(Debug)]
struct Open {
    /// The low half is what the kernel knows, and never 0.
    number: u64,
    /// Which use is the launch's first, counted from the beginning.
    from: u64,
    suspect: Suspect,
}

/// How far the stream was when the fault buffer was copied.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Mark(u64);

pub(crate) struct Ledger {
    uses: VecDeque<Use>,
    /// How many uses were dropped before the first.
    dropped: u64,
    suspects: VecDeque<Open>,
    /// The number that the last suspect got.
    pub last: u64,
    /// How many faulty launches are known.
    seen: u32,
    unreported: VecDeque<Arc<Fault>>,
    /// Faults of launches that write nothing, checks of what the launch after them computes from: by the memory that was checked.
    checked: HashMap<Held, Arc<Fault>>,
}

impl Ledger {
    pub fn new() -> Ledger {
        Ledger {
            uses: VecDeque::new(),
            dropped: 0,
            suspects: VecDeque::new(),
            last: 0,
            seen: 0,
            unreported: VecDeque::new(),
            checked: HashMap::new(),
        }
    }

    /// Whether nothing that was launched can turn out to be faulty.
    pub fn is_clear(&self) -> bool {
        self.suspects.is_empty()
    }

    /// Whether the fault buffer must be looked at before another launch is noted.
    pub fn is_full(&self) -> bool {
        self.suspects.len() >= SLOTS || self.uses.len() >= USES
    }

    /// Whether the numbers that kernels know begin anew with the next suspect: then the fault buffer must be looked at and cleared before.
    pub fn wraps(&self) -> bool {
        self.last as u32 == u32::MAX
    }

    /// Opens the entry of a launch that may be faulty, and gives its number.
    pub fn suspect(&mut self, suspect: Suspect) -> u32 {
        self.last += 1 + u64::from(self.wraps());
        self.suspects.push_back(Open {
            number: self.last,
            from: self.here().0,
            suspect,
        });
        self.last as u32
    }

    /// Notes the memory that a launch uses, and whether it writes it.
    pub fn launched(&mut self, tensors: impl Iterator<Item = (Held, bool)>) {
        if self.is_clear() {
            return;
        }
        self.uses.extend(tensors.map(|(held, written)| Use {
            held,
            how: if written { How::Written } else { How::Read },
            last: false,
        }));
        if let Some(last) = self.uses.back_mut() {
            last.last = true;
        }
    }

    /// Notes that this memory is about to be written whole, whatever it held.
    pub fn renewed(&mut self, held: Held) {
        if !self.is_clear() {
            self.uses.push_back(Use {
                held,
                how: How::Renewed,
                last: true,
            });
        }
    }

    /// How far the stream is.
    pub fn here(&self) -> Mark {
        Mark(self.dropped + self.uses.len() as u64)
    }

    /// Takes suspects from number `from` on back that this thread's refused operation left behind.
    pub fn refuse(&mut self, from: u64) {
        let own = self.suspects.iter_mut().rev();
        own.take_while(|open| open.number > from)
            .filter(|open| open.suspect.caller.is_this_thread())
            .for_each(|open| open.suspect.refused = true);
    }

    /// Whether a fault buffer that counts so many faulty launches has news.
    pub fn has_news(&self, count: u32) -> bool {
        count.wrapping_sub(self.seen) as i32 > 0
    }

    /// What was launched before `mark` is known to be right, but for what is known to be faulty.
    pub fn settle(&mut self, mark: Mark) {
        while self.suspects.front().is_some_and(|open| open.from < mark.0) {
            self.suspects.pop_front();
        }
        self.shorten();
    }

    /// Settles with the words of the fault buffer as it was at `mark`, and spoils what faulty launches wrote.
    pub fn convict(&mut self, buffer: &[u32], mark: Mark, poison: &mut Poison) {
        let count = buffer.first().copied().unwrap_or(0);
        if self.has_news(count) {
            self.seen = count;
        }
        let mut faulty = VecDeque::new();
        while self.suspects.front().is_some_and(|open| open.from < mark.0)
            && let Some(open) = self.suspects.pop_front()
        {
            if let Ok(fault) = Fault::of(open.suspect, open.number as u32, buffer) {
                faulty.push_back((open.from, Arc::new(fault)));
            }
        }
        let news = faulty.iter().map(|(_, fault)| fault);
        self.unreported
            .extend(news.filter(|f| f.is_news()).cloned());
        self.unreported.truncate(UNREPORTED);
        self.checked.retain(|_, fault| fault.is_news());
        self.replay(faulty, poison);
        self.shorten();
    }

    /// Goes through what was launched since the first of the faulty launches, and spoils what they wrote or was made of that. What was
    /// spoiled before they were known was passed on when the launches were noted.
    fn replay(&mut self, mut faulty: VecDeque<(u64, Arc<Fault>)>, poison: &mut Poison) {
        let Some((first, _)) = faulty.front() else {
            return;
        };
        let mut spoiled: HashMap<Held, Arc<Fault>> = HashMap::new();
        let mut at = (*first - self.dropped) as usize;
        while let Some(len) = self.uses.range(at..).position(|u| u.last) {
            let launch = self.uses.range(at..=at + len);
            let own = faulty
                .pop_front_if(|(from, _)| *from - self.dropped == at as u64)
                .map(|(_, fault)| fault);
            let writes = launch.clone().any(|u| u.how == How::Written);
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
                    failed.or_else(|| spoiled.get(&held).cloned())
                })
            });
            for u in launch {
                match (u.how, &met) {
                    (How::Renewed, _) => {
                        spoiled.remove(&u.held);
                    }
                    (How::Written, Some(fault)) => {
                        spoiled.entry(u.held).or_insert_with(|| fault.clone());
                    }
                    _ => {}
                }
            }
            at += len + 1;
        }
        for (held, fault) in &spoiled {
            poison.spoil(*held, fault);
        }
    }

    /// The fault of a check, if this launch is the first after it that computes from what was checked.
    pub fn failed_check(
        &mut self,
        mut tensors: impl Iterator<Item = (Held, bool)> + Clone,
    ) -> Option<Arc<Fault>> {
        if self.checked.is_empty() || !tensors.clone().any(|(_, written)| written) {
            return None;
        }
        tensors.find_map(|(held, _)| self.checked.remove(&held))
    }

    /// Drops what no suspect needs.
    fn shorten(&mut self) {
        let keep = match self.suspects.front() {
            None => self.uses.len(),
            Some(open) => (open.from - self.dropped) as usize,
        };
        self.uses.drain(..keep);
        self.dropped += keep as u64;
    }

    /// The first fault that this thread has not heard of and that concerns it; from then on it and the others like it count as reported.
    pub fn report(&mut self) -> Option<Arc<Fault>> {
        self.unreported.retain(|fault| fault.is_news());
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
