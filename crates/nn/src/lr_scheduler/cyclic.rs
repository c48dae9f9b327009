//! Cyclical learning rates, which oscillate between two bounds.

use super::per_group::{PerGroup, check_lists, cycled_momenta};
use super::schedule::{At, Schedule, Scheduler};
use crate::optim::Optimizer;
use rushlight_tensor::options::Setting;
use rushlight_tensor::{Error, Result, named_enum, options};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser};
use std::fmt;
use std::sync::Arc;

/// Cycles the rate between a base rate and a maximum, and the momentum inversely. Smith 2015. PyTorch: `lr_scheduler.CyclicLR`.
///
/// Call `step` after every batch.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{CyclicLR, CyclicLROptions, LRScheduler}, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let options = CyclicLROptions::new().step_size_up(2).cycle_momentum(false);
/// let mut scheduler = CyclicLR::with(&mut optimizer, 0.1, 0.5, options)?;
/// for _ in 0..2 {
///     scheduler.step(&mut optimizer)?;
/// }
/// assert_eq!(optimizer.lr(), 0.5);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type CyclicLR = Scheduler<CyclicSchedule>;

named_enum! {
    /// How the amplitude of the cycles changes.
    CyclicMode {
        /// The amplitude is constant.
        #[default]
        Triangular = "triangular",
        /// The amplitude is halved after each cycle.
        Triangular2 = "triangular2",
        /// The amplitude is multiplied by `gamma` in each step.
        ExpRange = "exp_range",
    }
}

/// A custom function for the amplitude, instead of [`CyclicMode`].
#[derive(Clone)]
pub enum ScaleFn {
    /// A function of the number of the cycle, from 1.
    Cycle(Arc<dyn Fn(f64) -> f64 + Send + Sync>),
    /// A function of the number of steps.
    Iterations(Arc<dyn Fn(f64) -> f64 + Send + Sync>),
}

impl fmt::Debug for ScaleFn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ScaleFn::Cycle(_) => "Cycle(..)",
            ScaleFn::Iterations(_) => "Iterations(..)",
        })
    }
}

/// A function can be neither saved nor loaded.
impl Setting for ScaleFn {
    fn save<S: Serializer>(&self, _to: S) -> std::result::Result<S::Ok, S::Error> {
        Err(ser::Error::custom(
            "a scale_fn is a function of the program and cannot be saved",
        ))
    }

    fn load<'de, D: Deserializer<'de>>(_from: D) -> std::result::Result<Self, D::Error> {
        Err(D::Error::custom(
            "a scale_fn is a function of the program and cannot be read",
        ))
    }
}

options! {
    /// Options of a [`CyclicLR`].
    CyclicLROptions from(step_size_up: u64) {
        /// The number of steps in which the rate increases; by default 2000.
        step_size_up: u64 = 2000,
        /// The number of steps in which the rate decreases; by default `step_size_up`.
        step_size_down(into): Option<u64> = None,
        /// How the amplitude of the cycles changes; by default it is constant.
        mode: CyclicMode = CyclicMode::Triangular,
        /// The factor of [`CyclicMode::ExpRange`]; by default 1.
        gamma: f64 = 1.0,
        /// A custom function for the amplitude, instead of `mode`. It is not part of the state.
        scale_fn(into): Option<ScaleFn> = None,
        /// Whether to cycle the momentum inversely to the rate; by default true.
        cycle_momentum: bool = true,
        /// The momentum at the maximum of the rate; by default 0.8.
        base_momentum(into): PerGroup = 0.8.into(),
        /// The momentum at the base rate; by default 0.9.
        max_momentum(into): PerGroup = 0.9.into(),
    }
}

/// The settings of [`CyclicLR`], which is a [`Scheduler`] of them. They are saved in the state by PyTorch's names.
/// PyTorch: the attributes of `lr_scheduler.CyclicLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{CyclicLR, CyclicLROptions, CyclicSchedule, LRScheduler, Scheduler}, optim::SGD};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let options = CyclicLROptions::new().step_size_up(4).cycle_momentum(false);
/// let scheduler: Scheduler<CyclicSchedule> = CyclicLR::with(&mut optimizer, 0.1, 0.5, options)?;
/// assert_eq!(scheduler.state_dict()?["step_size_up"], 4);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Serialize, Deserialize)]
pub struct CyclicSchedule {
    #[serde(with = "rushlight_files::numbers")]
    max_lrs: Vec<f64>,
    step_size_up: u64,
    step_size_down: u64,
    #[serde(with = "rushlight_tensor::options")]
    mode: CyclicMode,
    #[serde(with = "rushlight_files::numbers")]
    gamma: f64,
    /// The smallest and the largest momentum of each group, if the momentum is cycled.
    #[serde(default, with = "rushlight_files::numbers")]
    momenta: Option<Vec<(f64, f64)>>,
    #[serde(skip)]
    scale_fn: Option<ScaleFn>,
}

impl CyclicLR {
    /// Creates a scheduler with PyTorch's defaults: cycles of 4000 steps.
    ///
    /// # Errors
    /// Those of [`CyclicLR::with`].
    #[track_caller]
    pub fn new(
        optimizer: &mut dyn Optimizer,
        base_lr: impl Into<PerGroup>,
        max_lr: impl Into<PerGroup>,
    ) -> Result<Self> {
        CyclicLR::with(optimizer, base_lr, max_lr, ())
    }

    /// Creates a scheduler with options, or with a `step_size_up`.
    ///
    /// # Errors
    /// If a number of steps is 0, if a list does not have one number for each group, or if the momentum is to be cycled and the optimizer has
    /// none.
    #[track_caller]
    pub fn with(
        optimizer: &mut dyn Optimizer,
        base_lr: impl Into<PerGroup>,
        max_lr: impl Into<PerGroup>,
        options: impl Into<CyclicLROptions>,
    ) -> Result<Self> {
        let options = options.into();
        let name = CyclicSchedule::NAME;
        let CyclicLROptions {
            step_size_up,
            step_size_down,
            mode,
            gamma,
            scale_fn,
            ..
        } = options;
        let step_size_down = step_size_down.unwrap_or(step_size_up);
        let base_lrs = base_lr.into().of(name, "base_lr", optimizer)?;
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
        let schedule = CyclicSchedule {
            max_lrs,
            step_size_up,
            step_size_down,
            mode,
            gamma,
            momenta,
            scale_fn,
        };
        Scheduler::start_from(schedule, base_lrs, optimizer)
    }
}

impl CyclicSchedule {
    /// The distance from the base value in units of the full amplitude, between 0 and 1 unless a `scale_fn` changes the scale.
    fn height(&self, epoch: u64) -> f64 {
        let (up, down) = (self.step_size_up as f64, self.step_size_down as f64);
        let (t, total) = (epoch as f64, up + down);
        let ratio = up / total;
        let cycle = (1.0 + t / total).floor();
        let x = 1.0 + t / total - cycle;
        let height = if x <= ratio {
            x / ratio
        } else {
            (x - 1.0) / (ratio - 1.0)
        };
        let scale = match (&self.scale_fn, self.mode) {
            (Some(ScaleFn::Cycle(f)), _) => f(cycle),
            (Some(ScaleFn::Iterations(f)), _) => f(t),
            (None, CyclicMode::Triangular) => 1.0,
            (None, CyclicMode::Triangular2) => 1.0 / 2f64.powf(cycle - 1.0),
            (None, CyclicMode::ExpRange) => self.gamma.powf(t),
        };
        height * scale
    }
}

impl Schedule for CyclicSchedule {
    const NAME: &'static str = "CyclicLR";

    fn check(&self, groups: usize) -> Result<()> {
        let CyclicSchedule {
            step_size_up: up,
            step_size_down: down,
            ..
        } = *self;
        if up == 0 || down == 0 {
            return Err(Error::value(format!(
                "CyclicLR: Expected positive step_size_up and step_size_down, but got {up} and {down}"
            )));
        }
        check_lists(
            Self::NAME,
            [
                Some(self.max_lrs.len()),
                self.momenta.as_ref().map(Vec::len),
            ],
            groups,
        )
    }

    fn lr(&self, at: &At) -> f64 {
        at.base + (self.max_lrs[at.group] - at.base) * self.height(at.epoch)
    }

    fn momentum(&self, at: &At) -> Option<f64> {
        let (base, max) = self.momenta.as_ref()?[at.group];
        Some(max - (max - base) * self.height(at.epoch))
    }

    fn keep_functions(&mut self, before: &Self) {
        self.scale_fn.clone_from(&before.scale_fn);
    }
}
