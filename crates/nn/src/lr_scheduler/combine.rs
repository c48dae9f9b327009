//! Combinations of schedulers: in sequence, or all at once.

use super::LRScheduler;
use super::schedule::{check_groups, check_saved_groups, rates_of, read_state, write_state};
use crate::optim::{Optimizer, Rates};
use rushlight_tensor::{Error, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Runs several schedulers in sequence: at each milestone the next one replaces the current one. PyTorch: `lr_scheduler.SequentialLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::*, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
///
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let warmup = LinearLR::with(&mut optimizer, LinearLROptions::new().start_factor(0.1))?;
/// let decay = CosineAnnealingLR::new(&mut optimizer, 20)?;
/// let mut scheduler = SequentialLR::new(&mut optimizer, vec![Box::new(warmup), Box::new(decay)], &[5])?;
/// for _ in 0..5 {
///     scheduler.step(&mut optimizer)?;
/// }
/// assert_eq!(optimizer.lr(), 0.1);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub struct SequentialLR {
    schedulers: Vec<Box<dyn LRScheduler>>,
    milestones: Vec<u64>,
    last_epoch: u64,
    last_lr: Vec<f64>,
    /// Whether the first scheduler has not started yet, because the optimizer had restored rates.
    pending: bool,
}

#[derive(Serialize, Deserialize)]
struct SequentialState {
    last_epoch: u64,
    #[serde(rename = "_milestones")]
    milestones: Vec<u64>,
    #[serde(rename = "_last_lr", with = "rushlight_files::numbers")]
    last_lr: Vec<f64>,
    #[serde(rename = "_schedulers")]
    schedulers: Vec<Value>,
}

impl SequentialLR {
    /// Resets the optimizer to its initial rates and starts the first of `schedulers`; the others start at `milestones`, which count the steps
    /// of the whole sequence.
    ///
    /// # Errors
    /// If there is no scheduler, if there is not one milestone fewer than schedulers, if the milestones are not in ascending order, or if a
    /// scheduler was made for another number of groups.
    #[track_caller]
    pub fn new(
        optimizer: &mut dyn Optimizer,
        schedulers: Vec<Box<dyn LRScheduler>>,
        milestones: &[u64],
    ) -> Result<Self> {
        let name = "SequentialLR";
        check_members(name, &schedulers, optimizer)?;
        if milestones.len() + 1 != schedulers.len() {
            return Err(Error::value(format!(
                "{name}: Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, \
                 but got number of schedulers {} and the number of milestones to be equal to {}",
                schedulers.len(),
                milestones.len()
            )));
        }
        if !milestones.is_sorted() {
            return Err(Error::value(format!(
                "{name}: the milestones must be in ascending order, got {milestones:?}"
            )));
        }
        let mut sequence = SequentialLR {
            schedulers,
            milestones: milestones.to_vec(),
            last_epoch: 0,
            last_lr: rates_of(optimizer)?,
            pending: optimizer.has_restored_rates(),
        };
        if !sequence.pending {
            back_to_initial(optimizer)?;
            sequence.begin(optimizer)?;
        }
        Ok(sequence)
    }

    /// The index of the scheduler that is active at `epoch`.
    fn current(&self, epoch: u64) -> usize {
        self.milestones
            .partition_point(|milestone| *milestone <= epoch)
    }

    /// Records the epoch that the scheduler `current` has reached.
    fn note(&mut self, epoch: u64, current: usize) {
        self.pending = false;
        self.last_epoch = epoch;
        self.last_lr = self.schedulers[current].last_lr().to_vec();
    }
}

impl LRScheduler for SequentialLR {
    fn name(&self) -> &'static str {
        "SequentialLR"
    }

    fn step(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        if self.pending {
            if optimizer.has_restored_rates() {
                back_to_initial(optimizer)?;
            }
            self.begin(optimizer)?;
        }
        let epoch = self.last_epoch.saturating_add(1);
        let current = self.current(epoch);
        let scheduler = &mut self.schedulers[current];
        if current > 0 && self.milestones[current - 1] == epoch {
            scheduler.restart(optimizer)?;
        } else {
            scheduler.step(optimizer)?;
        }
        self.note(epoch, current);
        Ok(())
    }

    fn last_lr(&self) -> &[f64] {
        &self.last_lr
    }

    fn state_dict(&self) -> Result<Value> {
        let state = SequentialState {
            last_epoch: self.last_epoch,
            milestones: self.milestones.clone(),
            last_lr: self.last_lr.clone(),
            schedulers: states_of(&self.schedulers)?,
        };
        write_state(self.name(), &state)
    }

    fn load_state_dict(&mut self, state: &Value) -> Result<()> {
        let saved: SequentialState = read_state(self.name(), state)?;
        if saved.milestones.len() != self.milestones.len() {
            return Err(Error::state(format!(
                "SequentialLR.load_state_dict: the state has {} milestones, but the scheduler has {}",
                saved.milestones.len(),
                self.milestones.len()
            )));
        }
        if !saved.milestones.is_sorted() {
            return Err(Error::state(format!(
                "SequentialLR.load_state_dict: the milestones must be in ascending order, got {:?}",
                saved.milestones
            )));
        }
        check_saved_groups(self.name(), saved.last_lr.len(), self.last_lr.len())?;
        load_all("SequentialLR", &mut self.schedulers, &saved.schedulers)?;
        self.last_epoch = saved.last_epoch;
        self.milestones = saved.milestones;
        self.last_lr = saved.last_lr;
        self.pending = false;
        Ok(())
    }

    fn begin(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        let current = self.current(0);
        self.schedulers[current].begin(optimizer)?;
        self.note(0, current);
        Ok(())
    }

    fn restart(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        let current = self.current(0);
        self.schedulers[current].restart(optimizer)?;
        self.note(0, current);
        Ok(())
    }
}

/// Applies several schedulers in each step, each to the rates that the previous one set. PyTorch: `lr_scheduler.ChainedScheduler`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::*, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.5)?;
/// let constant = ConstantLR::with(&mut optimizer, ConstantLROptions::new().factor(0.5))?;
/// let decay = ExponentialLR::new(&mut optimizer, 0.5)?;
/// let mut scheduler = ChainedScheduler::new(&mut optimizer, vec![Box::new(constant), Box::new(decay)])?;
/// scheduler.step(&mut optimizer)?;
/// assert_eq!(optimizer.lr(), 0.125);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub struct ChainedScheduler {
    schedulers: Vec<Box<dyn LRScheduler>>,
    last_lr: Vec<f64>,
}

#[derive(Serialize, Deserialize)]
struct ChainedState {
    #[serde(rename = "_last_lr", with = "rushlight_files::numbers")]
    last_lr: Vec<f64>,
    #[serde(rename = "_schedulers")]
    schedulers: Vec<Value>,
}

impl ChainedScheduler {
    /// Chains schedulers that were made one after another on `optimizer`.
    ///
    /// # Errors
    /// If there is no scheduler, or if one was made for another number of groups.
    #[track_caller]
    pub fn new(
        optimizer: &mut dyn Optimizer,
        schedulers: Vec<Box<dyn LRScheduler>>,
    ) -> Result<Self> {
        check_members("ChainedScheduler", &schedulers, optimizer)?;
        let mut chain = ChainedScheduler {
            schedulers,
            last_lr: Vec::new(),
        };
        chain.note(optimizer)?;
        Ok(chain)
    }

    /// Records the rates that the last scheduler of the chain set.
    #[track_caller]
    fn note(&mut self, optimizer: &dyn Optimizer) -> Result<()> {
        self.last_lr = rates_of(optimizer)?;
        Ok(())
    }
}

impl LRScheduler for ChainedScheduler {
    fn name(&self) -> &'static str {
        "ChainedScheduler"
    }

    fn step(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        for scheduler in &mut self.schedulers {
            scheduler.step(optimizer)?;
        }
        self.note(optimizer)
    }

    fn last_lr(&self) -> &[f64] {
        &self.last_lr
    }

    fn state_dict(&self) -> Result<Value> {
        let state = ChainedState {
            last_lr: self.last_lr.clone(),
            schedulers: states_of(&self.schedulers)?,
        };
        write_state(self.name(), &state)
    }

    fn load_state_dict(&mut self, state: &Value) -> Result<()> {
        let saved: ChainedState = read_state(self.name(), state)?;
        check_saved_groups(self.name(), saved.last_lr.len(), self.last_lr.len())?;
        load_all("ChainedScheduler", &mut self.schedulers, &saved.schedulers)?;
        self.last_lr = saved.last_lr;
        Ok(())
    }

    fn begin(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        for scheduler in &mut self.schedulers {
            scheduler.begin(optimizer)?;
        }
        self.note(optimizer)
    }

    fn restart(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        for scheduler in &mut self.schedulers {
            scheduler.restart(optimizer)?;
        }
        self.note(optimizer)
    }
}

#[track_caller]
fn check_members(
    name: &str,
    schedulers: &[Box<dyn LRScheduler>],
    optimizer: &dyn Optimizer,
) -> Result<()> {
    if schedulers.is_empty() {
        return Err(Error::value(format!(
            "{name}: expects at least one scheduler, but got no scheduler"
        )));
    }
    for scheduler in schedulers {
        check_groups(scheduler.name(), scheduler.group_count(), optimizer)?;
    }
    Ok(())
}

#[track_caller]
fn states_of(schedulers: &[Box<dyn LRScheduler>]) -> Result<Vec<Value>> {
    schedulers
        .iter()
        .map(|scheduler| scheduler.state_dict())
        .collect()
}

/// Sets the rates that schedules start from.
#[track_caller]
fn back_to_initial(optimizer: &mut dyn Optimizer) -> Result<()> {
    for group in 0..optimizer.group_count() {
        let rates = optimizer.rates(group)?;
        let lr = rates.initial_lr.unwrap_or(rates.lr);
        optimizer.set_rates(group, Rates { lr, ..rates })?;
    }
    Ok(())
}

/// Loads the states of all schedulers, or of none if one fails.
#[track_caller]
fn load_all(name: &str, schedulers: &mut [Box<dyn LRScheduler>], states: &[Value]) -> Result<()> {
    if schedulers.len() != states.len() {
        return Err(Error::state(format!(
            "{name}.load_state_dict: the state has {} schedulers, but this scheduler has {}",
            states.len(),
            schedulers.len()
        )));
    }
    let before = states_of(schedulers)?;
    for (i, state) in states.iter().enumerate() {
        if let Err(e) = schedulers[i].load_state_dict(state) {
            // The scheduler that failed is restored too, because it may have loaded a part.
            for (scheduler, state) in schedulers[..=i].iter_mut().zip(&before) {
                scheduler.load_state_dict(state)?;
            }
            return Err(e.context(format_args!("{name}.load_state_dict: scheduler {i}")));
        }
    }
    Ok(())
}
