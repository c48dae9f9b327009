//! The generic scheduler that all formulas share: the base rates, the epoch, and the state.

use super::LRScheduler;
use crate::optim::options::check_rates;
use crate::optim::{Optimizer, Rates};
use rushlight_tensor::{Error, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use smallvec::SmallVec;

/// The arguments of a schedule's formula for one parameter group.
/// PyTorch: `last_epoch`, `group["lr"]` and `base_lrs` in `LRScheduler.get_lr`.
///
/// ```
/// use rushlight::lr_scheduler::{At, Schedule};
/// #[derive(serde::Serialize, serde::Deserialize)]
/// struct Halving;
/// impl Schedule for Halving {
///     const NAME: &'static str = "Halving";
///     fn lr(&self, at: &At) -> f64 {
///         at.base * 0.5f64.powi(at.epoch as i32)
///     }
/// }
/// let at = At { epoch: 2, group: 0, lr: 0.5, base: 1.0, initial: false };
/// assert_eq!(Halving.lr(&at), 0.25);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct At {
    /// The epoch whose rate is computed.
    pub epoch: u64,
    /// The number of the parameter group.
    pub group: usize,
    /// The group's current rate.
    pub lr: f64,
    /// The rate that the schedule started from.
    pub base: f64,
    /// Whether the scheduler is being created.
    pub initial: bool,
}

/// The formula of a [`Scheduler`] and its settings, which are serialized by PyTorch's names.
pub trait Schedule: Serialize + DeserializeOwned + Send + Sync {
    /// PyTorch's name of the scheduler.
    const NAME: &'static str;

    /// The rate at `at.epoch`, computed from the previous one.
    fn lr(&self, at: &At) -> f64;

    /// The rate when the schedule returns to epoch 0 in the middle of training: the closed form, if there is one.
    fn restart_lr(&self, at: &At) -> f64 {
        self.lr(at)
    }

    /// The momentum at `at.epoch`, if the schedule sets it.
    fn momentum(&self, _at: &At) -> Option<f64> {
        None
    }

    /// The last epoch of the schedule, if it ends.
    fn last_epoch(&self) -> Option<u64> {
        None
    }

    /// Returns an error if a setting is out of range or does not match the number of parameter groups.
    #[track_caller]
    fn check(&self, _groups: usize) -> Result<()> {
        Ok(())
    }

    /// Keeps the functions, which cannot be saved, when saved settings replace the current ones.
    fn keep_functions(&mut self, _before: &Self) {}
}

/// A scheduler with the formula `S`: [`StepLR`](super::StepLR), [`CosineAnnealingLR`](super::CosineAnnealingLR) …
/// PyTorch: `lr_scheduler.LRScheduler`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{ExponentialLR, LRScheduler, Schedule, Scheduler}, optim::SGD};
/// use rushlight::{Result, tensor};
/// fn after_a_step<S: Schedule>(mut scheduler: Scheduler<S>, optimizer: &mut SGD) -> Result<f64> {
///     scheduler.step(optimizer)?;
///     Ok(scheduler.last_lr()[0])
/// }
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.5)?;
/// let scheduler = ExponentialLR::new(&mut optimizer, 0.5)?;
/// assert_eq!(after_a_step(scheduler, &mut optimizer)?, 0.25);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub struct Scheduler<S> {
    state: State<S>,
    /// Whether the first rates have not been set yet, because the optimizer had restored ones.
    pending: bool,
}

#[derive(Serialize, Deserialize)]
struct State<S> {
    last_epoch: u64,
    #[serde(with = "rushlight_files::numbers")]
    base_lrs: Vec<f64>,
    #[serde(rename = "_last_lr", with = "rushlight_files::numbers")]
    last_lr: Vec<f64>,
    #[serde(flatten)]
    schedule: S,
}

/// How the epoch changes.
#[derive(Clone, Copy, PartialEq)]
enum Move {
    Begin,
    Next,
    Restart,
}

impl<S: Schedule> Scheduler<S> {
    /// Creates a scheduler that starts from the `initial_lr` of each group, or from the current rate of a group without one.
    #[track_caller]
    pub(super) fn start(schedule: S, optimizer: &mut dyn Optimizer) -> Result<Self> {
        let mut base_lrs = Vec::with_capacity(optimizer.group_count());
        for group in 0..optimizer.group_count() {
            let rates = optimizer.rates(group)?;
            base_lrs.push(rates.initial_lr.unwrap_or(rates.lr));
        }
        Scheduler::start_from(schedule, base_lrs, optimizer)
    }

    /// Creates a scheduler that starts from `base_lrs`, which become the `initial_lr` of groups without one.
    #[track_caller]
    pub(super) fn start_from(
        schedule: S,
        base_lrs: Vec<f64>,
        optimizer: &mut dyn Optimizer,
    ) -> Result<Self> {
        schedule.check(base_lrs.len())?;
        let pending = optimizer.has_restored_rates();
        let mut last_lr = Vec::with_capacity(base_lrs.len());
        for (group, &base) in base_lrs.iter().enumerate() {
            let rates = optimizer.rates(group)?;
            last_lr.push(rates.lr);
            if !pending {
                let initial_lr = rates.initial_lr.or(Some(base));
                optimizer.set_rates(
                    group,
                    Rates {
                        initial_lr,
                        ..rates
                    },
                )?;
            }
        }
        let mut scheduler = Scheduler {
            state: State {
                last_epoch: 0,
                base_lrs,
                last_lr,
                schedule,
            },
            pending,
        };
        if !pending {
            scheduler.go(Move::Begin, optimizer)?;
        }
        Ok(scheduler)
    }

    /// Sets the first rates of a scheduler that was made for an optimizer with restored rates and whose own state was not loaded.
    #[track_caller]
    fn begin_late(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        check_groups(S::NAME, self.state.base_lrs.len(), optimizer)?;
        // Of several chained schedulers only the first resets the rates; the others modify its result.
        if optimizer.has_restored_rates() {
            for (group, &lr) in self.state.base_lrs.iter().enumerate() {
                let rates = Rates {
                    lr,
                    initial_lr: Some(lr),
                    ..optimizer.rates(group)?
                };
                optimizer.set_rates(group, rates)?;
            }
        }
        self.go(Move::Begin, optimizer)
    }

    /// The formula and its settings.
    pub fn schedule(&self) -> &S {
        &self.state.schedule
    }

    /// The number of steps that the scheduler has taken. PyTorch: `last_epoch`.
    pub fn last_epoch(&self) -> u64 {
        self.state.last_epoch
    }

    /// The rates that the schedule started from, one for each group.
    pub fn base_lrs(&self) -> &[f64] {
        &self.state.base_lrs
    }

    #[track_caller]
    fn go(&mut self, how: Move, optimizer: &mut dyn Optimizer) -> Result<()> {
        let State {
            last_epoch,
            base_lrs,
            last_lr,
            schedule,
        } = &mut self.state;
        check_groups(S::NAME, base_lrs.len(), optimizer)?;
        let epoch = if how == Move::Next {
            last_epoch.saturating_add(1)
        } else {
            0
        };
        if let Some(last) = schedule.last_epoch().filter(|last| epoch > *last) {
            return Err(Error::value(format!(
                "{}: Tried to step {epoch} times. The specified number of total steps is {last}",
                S::NAME
            )));
        }
        let mut next: SmallVec<[Rates; 4]> = SmallVec::new();
        for (group, &base) in base_lrs.iter().enumerate() {
            let rates = optimizer.rates(group)?;
            let at = At {
                epoch,
                group,
                lr: rates.lr,
                base,
                initial: how == Move::Begin,
            };
            let lr = if how == Move::Restart {
                schedule.restart_lr(&at)
            } else {
                schedule.lr(&at)
            };
            let rates = Rates {
                lr,
                momentum: schedule.momentum(&at).or(rates.momentum),
                ..rates
            };
            // All rates are checked before the first group is changed.
            check_rates(optimizer.name(), &rates)?;
            next.push(rates);
        }
        for (group, rates) in next.iter().enumerate() {
            optimizer.set_rates(group, *rates)?;
        }
        *last_epoch = epoch;
        last_lr.clear();
        last_lr.extend(next.iter().map(|rates| rates.lr));
        self.pending = false;
        Ok(())
    }
}

/// Returns an error if the optimizer does not have the number of groups that the scheduler `name` was made for.
#[track_caller]
pub(super) fn check_groups(name: &str, count: usize, optimizer: &dyn Optimizer) -> Result<()> {
    if count == optimizer.group_count() {
        return Ok(());
    }
    Err(Error::value(format!(
        "{name}: the scheduler was made for {count} parameter groups, but the optimizer has {}; make the scheduler after adding groups",
        optimizer.group_count()
    )))
}

/// The learning rates of all groups.
#[track_caller]
pub(super) fn rates_of(optimizer: &dyn Optimizer) -> Result<Vec<f64>> {
    (0..optimizer.group_count())
        .map(|group| Ok(optimizer.rates(group)?.lr))
        .collect()
}

/// Reads a saved state of the scheduler `name`.
#[track_caller]
pub(super) fn read_state<T: DeserializeOwned>(name: &str, state: &Value) -> Result<T> {
    match T::deserialize(state) {
        Ok(state) => Ok(state),
        Err(e) => Err(Error::state(format!(
            "{name}.load_state_dict: not the state of a {name}: {e}"
        ))),
    }
}

/// A scheduler's state as JSON.
#[track_caller]
pub(super) fn write_state<T: Serialize>(name: &str, state: &T) -> Result<Value> {
    match serde_json::to_value(state) {
        Ok(state) => Ok(state),
        Err(e) => Err(Error::state(format!("{name}.state_dict: {e}"))),
    }
}

/// Returns an error if the saved state has another number of groups than the scheduler.
#[track_caller]
pub(super) fn check_saved_groups(name: &str, saved: usize, own: usize) -> Result<()> {
    if saved == own {
        return Ok(());
    }
    Err(Error::state(format!(
        "{name}.load_state_dict: the state has {saved} parameter groups, but the scheduler has {own}"
    )))
}

impl<S: Schedule> LRScheduler for Scheduler<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn step(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        if self.pending {
            self.begin_late(optimizer)?;
        }
        self.go(Move::Next, optimizer)
    }

    fn last_lr(&self) -> &[f64] {
        &self.state.last_lr
    }

    fn state_dict(&self) -> Result<Value> {
        write_state(S::NAME, &self.state)
    }

    fn load_state_dict(&mut self, state: &Value) -> Result<()> {
        let mut saved: State<S> = read_state(S::NAME, state)?;
        let groups = self.state.base_lrs.len();
        check_saved_groups(S::NAME, saved.base_lrs.len(), groups)?;
        check_saved_groups(S::NAME, saved.last_lr.len(), groups)?;
        saved.schedule.keep_functions(&self.state.schedule);
        saved.schedule.check(groups)?;
        self.state = saved;
        self.pending = false;
        Ok(())
    }

    fn begin(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        self.go(Move::Begin, optimizer)
    }

    fn restart(&mut self, optimizer: &mut dyn Optimizer) -> Result<()> {
        self.go(Move::Restart, optimizer)
    }
}
