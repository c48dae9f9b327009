//! The one-cycle policy: the rate increases to a maximum and then decreases to a minimum, and the momentum changes inversely.

use super::per_group::{PerGroup, check_lists, cycled_momenta};
use super::schedule::{At, Schedule, Scheduler};
use crate::optim::{Optimizer, Rates};
use rushlight_tensor::{Error, Result, named_enum, options};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// The one-cycle policy: the rate increases from `max_lr / div_factor` to `max_lr` and then decreases to
/// `max_lr / div_factor / final_div_factor`, over a fixed number of steps. Smith and Topin 2017. PyTorch: `lr_scheduler.OneCycleLR`.
///
/// Call `step` after every batch.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{OneCycleLR, OneCycleLROptions}, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let options = OneCycleLROptions::new().div_factor(8.0).cycle_momentum(false);
/// OneCycleLR::with(&mut optimizer, 1.0, 100, options)?;
/// assert_eq!(optimizer.lr(), 0.125);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type OneCycleLR = Scheduler<OneCycleSchedule>;

named_enum! {
    /// The interpolation between two rates.
    AnnealStrategy {
        /// Cosine annealing.
        #[default]
        Cos = "cos",
        /// Linear annealing.
        Linear = "linear",
    }
}

options! {
    /// Options of a [`OneCycleLR`].
    OneCycleLROptions {
        /// The fraction of the cycle in which the rate increases; by default 0.3.
        pct_start: f64 = 0.3,
        /// The interpolation between the rates; by default cosine annealing.
        anneal_strategy: AnnealStrategy = AnnealStrategy::Cos,
        /// Whether to cycle the momentum inversely to the rate; by default true.
        cycle_momentum: bool = true,
        /// The momentum at the maximum of the rate; by default 0.85.
        base_momentum(into): PerGroup = 0.85.into(),
        /// The momentum at the start and the end; by default 0.95.
        max_momentum(into): PerGroup = 0.95.into(),
        /// The divisor of the first rate, which is `max_lr / div_factor`; by default 25.
        div_factor: f64 = 25.0,
        /// The divisor of the last rate, which is the first rate divided by `final_div_factor`; by default 10,000.
        final_div_factor: f64 = 1e4,
        /// Whether the rate decreases to its first value in a second phase and to its last value in a third; by default false.
        three_phase: bool = false,
    }
}

/// The settings of [`OneCycleLR`], which is a [`Scheduler`] of them. They are saved in the state by PyTorch's names.
/// PyTorch: the attributes of `lr_scheduler.OneCycleLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, OneCycleLR, OneCycleLROptions, OneCycleSchedule, Scheduler}, optim::SGD};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let options = OneCycleLROptions::new().cycle_momentum(false);
/// let scheduler: Scheduler<OneCycleSchedule> = OneCycleLR::with(&mut optimizer, 1.0, 100, options)?;
/// assert_eq!(scheduler.state_dict()?["total_steps"], 100);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct OneCycleSchedule {
    total_steps: u64,
    #[serde(with = "rushlight_files::numbers")]
    pct_start: f64,
    #[serde(with = "rushlight_tensor::options")]
    anneal_strategy: AnnealStrategy,
    three_phase: bool,
    groups: Vec<Cycle>,
}

/// The bounds of the rate and of the momentum of a group.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Cycle {
    #[serde(with = "rushlight_files::numbers")]
    initial_lr: f64,
    #[serde(with = "rushlight_files::numbers")]
    max_lr: f64,
    #[serde(with = "rushlight_files::numbers")]
    min_lr: f64,
    /// The smallest and the largest momentum, if the momentum is cycled.
    #[serde(default, with = "rushlight_files::numbers")]
    momentum: Option<(f64, f64)>,
}

impl OneCycleLR {
    /// Creates a scheduler for a cycle of `total_steps` steps: PyTorch's `epochs` times `steps_per_epoch`.
    ///
    /// # Errors
    /// Those of [`OneCycleLR::with`].
    #[track_caller]
    pub fn new(
        optimizer: &mut dyn Optimizer,
        max_lr: impl Into<PerGroup>,
        total_steps: u64,
    ) -> Result<Self> {
        OneCycleLR::with(optimizer, max_lr, total_steps, ())
    }

    /// Creates a scheduler with options.
    ///
    /// # Errors
    /// If `total_steps` is 0, if `pct_start` is outside of `[0, 1]`, if a divisor is not positive, if a list does not have one number for each
    /// group, or if the momentum is to be cycled and the optimizer has none.
    #[track_caller]
    pub fn with(
        optimizer: &mut dyn Optimizer,
        max_lr: impl Into<PerGroup>,
        total_steps: u64,
        options: impl Into<OneCycleLROptions>,
    ) -> Result<Self> {
        let options = options.into();
        let name = OneCycleSchedule::NAME;
        let OneCycleLROptions {
            pct_start,
            anneal_strategy,
            three_phase,
            div_factor,
            final_div_factor,
            ..
        } = options;
        for (what, value) in [
            ("div_factor", div_factor),
            ("final_div_factor", final_div_factor),
        ] {
            if value.is_nan() || value <= 0.0 {
                return Err(Error::value(format!(
                    "{name}: Expected positive {what}, but got {value:?}"
                )));
            }
        }
        let max_lrs = max_lr.into().of(name, "max_lr", optimizer)?;
        let momenta = match options.cycle_momentum {
            true => Some(cycled_momenta(
                name,
                &options.base_momentum,
                &options.max_momentum,
                optimizer,
            )?),
            false => None,
        };
        let mut groups = Vec::with_capacity(max_lrs.len());
        let mut initial_lrs = Vec::with_capacity(max_lrs.len());
        for (group, max_lr) in max_lrs.into_iter().enumerate() {
            let initial_lr = max_lr / div_factor;
            let momentum = momenta.as_ref().map(|momenta| momenta[group]);
            groups.push(Cycle {
                initial_lr,
                max_lr,
                min_lr: initial_lr / final_div_factor,
                momentum,
            });
            initial_lrs.push(initial_lr);
        }
        let schedule = OneCycleSchedule {
            total_steps,
            pct_start,
            anneal_strategy,
            three_phase,
            groups,
        };
        schedule.check(initial_lrs.len())?;
        if !optimizer.has_restored_rates() {
            for (group, &lr) in initial_lrs.iter().enumerate() {
                let rates = Rates {
                    initial_lr: Some(lr),
                    ..optimizer.rates(group)?
                };
                optimizer.set_rates(group, rates)?;
            }
        }
        Scheduler::start_from(schedule, initial_lrs, optimizer)
    }
}

impl OneCycleSchedule {
    /// The value at `epoch` of a quantity that changes `from` → `peak` → `last`, or `from` → `peak` → `from` → `last` in three phases.
    fn value(&self, epoch: u64, from: f64, peak: f64, last: f64) -> f64 {
        let end = self.total_steps as f64 - 1.0;
        let up = self.pct_start * self.total_steps as f64 - 1.0;
        let back = 2.0 * self.pct_start * self.total_steps as f64 - 2.0;
        let t = epoch as f64;
        match self.three_phase {
            _ if t <= up => self.between(from, peak, t / up),
            false => self.between(peak, last, (t - up) / (end - up)),
            true if t <= back => self.between(peak, from, (t - up) / (back - up)),
            true => self.between(from, last, (t - back) / (end - back)),
        }
    }

    fn between(&self, from: f64, to: f64, part: f64) -> f64 {
        // A phase of length 0 ends at once.
        let part = if part.is_finite() { part } else { 1.0 };
        match self.anneal_strategy {
            AnnealStrategy::Cos => to + (from - to) / 2.0 * ((PI * part).cos() + 1.0),
            AnnealStrategy::Linear => (to - from) * part + from,
        }
    }
}

impl Schedule for OneCycleSchedule {
    const NAME: &'static str = "OneCycleLR";

    fn check(&self, groups: usize) -> Result<()> {
        if self.total_steps == 0 {
            return Err(Error::value(
                "OneCycleLR: Expected positive integer total_steps, but got 0",
            ));
        }
        if !(0.0..=1.0).contains(&self.pct_start) {
            return Err(Error::value(format!(
                "OneCycleLR: Expected float between 0 and 1 pct_start, but got {:?}",
                self.pct_start
            )));
        }
        check_lists(Self::NAME, [Some(self.groups.len()), None], groups)
    }

    fn lr(&self, at: &At) -> f64 {
        let Cycle {
            initial_lr,
            max_lr,
            min_lr,
            ..
        } = self.groups[at.group];
        self.value(at.epoch, initial_lr, max_lr, min_lr)
    }

    fn momentum(&self, at: &At) -> Option<f64> {
        let (base, max) = self.groups[at.group].momentum?;
        Some(self.value(at.epoch, max, base, max))
    }

    fn last_epoch(&self) -> Option<u64> {
        Some(self.total_steps)
    }
}
