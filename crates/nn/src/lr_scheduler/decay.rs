//! Schedules that decrease the rate: in steps, exponentially or polynomially.

use super::schedule::{At, Schedule, Scheduler};
use crate::optim::Optimizer;
use rushlight_tensor::{Error, Result, options};
use serde::{Deserialize, Serialize};

/// Multiplies the rate by `gamma` every `step_size` epochs. PyTorch: `lr_scheduler.StepLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, StepLR}, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let mut scheduler = StepLR::with(&mut optimizer, 2, 0.5)?;
/// for _ in 0..2 {
///     scheduler.step(&mut optimizer)?;
/// }
/// assert_eq!(optimizer.lr(), 0.05);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type StepLR = Scheduler<StepSchedule>;

/// The settings of [`StepLR`], which is a [`Scheduler`] of them. They are saved in the state by PyTorch's names.
/// PyTorch: the attributes of `lr_scheduler.StepLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, Scheduler, StepLR, StepSchedule}, optim::SGD};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let scheduler: Scheduler<StepSchedule> = StepLR::new(&mut optimizer, 30)?;
/// assert_eq!(scheduler.state_dict()?["step_size"], 30);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct StepSchedule {
    step_size: u64,
    #[serde(with = "rushlight_files::numbers")]
    gamma: f64,
}

options! {
    /// Options of a [`StepLR`].
    StepLROptions from(gamma: f64) {
        /// The factor of the rate; by default 0.1.
        gamma: f64 = 0.1,
    }
}

impl StepLR {
    /// Creates a scheduler that multiplies the rate by 0.1 every `step_size` epochs.
    ///
    /// # Errors
    /// If `step_size` is 0.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, step_size: u64) -> Result<Self> {
        StepLR::with(optimizer, step_size, ())
    }

    /// Creates a scheduler with options, or with a `gamma`.
    ///
    /// # Errors
    /// If `step_size` is 0.
    #[track_caller]
    pub fn with(
        optimizer: &mut dyn Optimizer,
        step_size: u64,
        options: impl Into<StepLROptions>,
    ) -> Result<Self> {
        let StepLROptions { gamma } = options.into();
        Scheduler::start(StepSchedule { step_size, gamma }, optimizer)
    }
}

impl Schedule for StepSchedule {
    const NAME: &'static str = "StepLR";

    fn check(&self, _groups: usize) -> Result<()> {
        if self.step_size == 0 {
            return Err(Error::value(
                "StepLR: Expected positive integer step_size, but got 0",
            ));
        }
        Ok(())
    }

    fn lr(&self, at: &At) -> f64 {
        if at.epoch == 0 || !at.epoch.is_multiple_of(self.step_size) {
            at.lr
        } else {
            at.lr * self.gamma
        }
    }

    fn restart_lr(&self, at: &At) -> f64 {
        at.base
    }
}

/// Multiplies the rate by `gamma` at each of the given epochs. PyTorch: `lr_scheduler.MultiStepLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, MultiStepLR}, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let mut scheduler = MultiStepLR::with(&mut optimizer, &[1, 3], 0.5)?;
/// for _ in 0..3 {
///     scheduler.step(&mut optimizer)?;
/// }
/// assert_eq!(optimizer.lr(), 0.025);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type MultiStepLR = Scheduler<MultiStepSchedule>;

/// The settings of [`MultiStepLR`], which is a [`Scheduler`] of them. They are saved in the state by PyTorch's names.
/// PyTorch: the attributes of `lr_scheduler.MultiStepLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, MultiStepLR, MultiStepSchedule, Scheduler}, optim::SGD};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let scheduler: Scheduler<MultiStepSchedule> = MultiStepLR::new(&mut optimizer, &[1, 3])?;
/// assert_eq!(scheduler.state_dict()?["milestones"][1], 3);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MultiStepSchedule {
    milestones: Vec<u64>,
    #[serde(with = "rushlight_files::numbers")]
    gamma: f64,
}

options! {
    /// Options of a [`MultiStepLR`].
    MultiStepLROptions from(gamma: f64) {
        /// The factor of the rate; by default 0.1.
        gamma: f64 = 0.1,
    }
}

impl MultiStepLR {
    /// Creates a scheduler that multiplies the rate by 0.1 at each of `milestones`; a repeated milestone applies the factor repeatedly.
    ///
    /// # Errors
    /// If the optimizer does not accept the rates.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, milestones: &[u64]) -> Result<Self> {
        MultiStepLR::with(optimizer, milestones, ())
    }

    /// Creates a scheduler with options, or with a `gamma`.
    ///
    /// # Errors
    /// If the optimizer does not accept the rates.
    #[track_caller]
    pub fn with(
        optimizer: &mut dyn Optimizer,
        milestones: &[u64],
        options: impl Into<MultiStepLROptions>,
    ) -> Result<Self> {
        let MultiStepLROptions { gamma } = options.into();
        let mut milestones = milestones.to_vec();
        milestones.sort_unstable();
        Scheduler::start(MultiStepSchedule { milestones, gamma }, optimizer)
    }

    fn factor(schedule: &MultiStepSchedule, epoch: u64) -> f64 {
        let times = schedule.milestones.iter().filter(|m| **m == epoch).count();
        schedule.gamma.powi(times as i32)
    }
}

impl Schedule for MultiStepSchedule {
    const NAME: &'static str = "MultiStepLR";

    fn lr(&self, at: &At) -> f64 {
        at.lr * MultiStepLR::factor(self, at.epoch)
    }

    fn restart_lr(&self, at: &At) -> f64 {
        at.base * MultiStepLR::factor(self, 0)
    }
}

/// Multiplies the rate by `gamma` every epoch. PyTorch: `lr_scheduler.ExponentialLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{ExponentialLR, LRScheduler}, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let mut scheduler = ExponentialLR::new(&mut optimizer, 0.5)?;
/// scheduler.step(&mut optimizer)?;
/// assert_eq!(optimizer.lr(), 0.05);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type ExponentialLR = Scheduler<ExponentialSchedule>;

/// The settings of [`ExponentialLR`], which is a [`Scheduler`] of them. They are saved in the state by PyTorch's names.
/// PyTorch: the attributes of `lr_scheduler.ExponentialLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{ExponentialLR, ExponentialSchedule, LRScheduler, Scheduler}, optim::SGD};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let scheduler: Scheduler<ExponentialSchedule> = ExponentialLR::new(&mut optimizer, 0.5)?;
/// assert_eq!(scheduler.state_dict()?["gamma"], 0.5);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ExponentialSchedule {
    #[serde(with = "rushlight_files::numbers")]
    gamma: f64,
}

impl ExponentialLR {
    /// Creates a scheduler that multiplies the rate by `gamma` every epoch.
    ///
    /// # Errors
    /// If the optimizer does not accept the rates.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, gamma: f64) -> Result<Self> {
        Scheduler::start(ExponentialSchedule { gamma }, optimizer)
    }
}

impl Schedule for ExponentialSchedule {
    const NAME: &'static str = "ExponentialLR";

    fn lr(&self, at: &At) -> f64 {
        if at.initial {
            at.lr
        } else {
            at.lr * self.gamma
        }
    }

    fn restart_lr(&self, at: &At) -> f64 {
        at.base
    }
}

/// Decreases the rate to 0 in `total_iters` epochs: `base (1 - t / total_iters)^power`. PyTorch: `lr_scheduler.PolynomialLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, PolynomialLR}, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let mut scheduler = PolynomialLR::with(&mut optimizer, 4)?;
/// scheduler.step(&mut optimizer)?;
/// assert!((optimizer.lr() - 0.075).abs() < 1e-12);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type PolynomialLR = Scheduler<PolynomialSchedule>;

/// The settings of [`PolynomialLR`], which is a [`Scheduler`] of them. They are saved in the state by PyTorch's names.
/// PyTorch: the attributes of `lr_scheduler.PolynomialLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, PolynomialLR, PolynomialSchedule, Scheduler}, optim::SGD};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let scheduler: Scheduler<PolynomialSchedule> = PolynomialLR::with(&mut optimizer, 4)?;
/// assert_eq!(scheduler.state_dict()?["total_iters"], 4);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct PolynomialSchedule {
    total_iters: u64,
    #[serde(with = "rushlight_files::numbers")]
    power: f64,
}

options! {
    /// Options of a [`PolynomialLR`].
    PolynomialLROptions from(total_iters: u64) {
        /// The number of epochs after which the rate is 0; by default 5.
        total_iters: u64 = 5,
        /// The exponent; by default 1.
        power: f64 = 1.0,
    }
}

impl PolynomialLR {
    /// Creates a scheduler with PyTorch's defaults: the rate decreases linearly to 0 in 5 epochs.
    ///
    /// # Errors
    /// If the optimizer does not accept the rates.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer) -> Result<Self> {
        PolynomialLR::with(optimizer, ())
    }

    /// Creates a scheduler with options, or with a `total_iters`.
    ///
    /// # Errors
    /// If the optimizer does not accept the rates.
    #[track_caller]
    pub fn with(
        optimizer: &mut dyn Optimizer,
        options: impl Into<PolynomialLROptions>,
    ) -> Result<Self> {
        let PolynomialLROptions { total_iters, power } = options.into();
        Scheduler::start(PolynomialSchedule { total_iters, power }, optimizer)
    }
}

impl Schedule for PolynomialSchedule {
    const NAME: &'static str = "PolynomialLR";

    fn lr(&self, at: &At) -> f64 {
        if at.initial || at.epoch > self.total_iters {
            return at.lr;
        }
        let (t, total) = (at.epoch as f64, self.total_iters as f64);
        at.lr * ((1.0 - t / total) / (1.0 - (t - 1.0) / total)).powf(self.power)
    }

    fn restart_lr(&self, at: &At) -> f64 {
        at.base
    }
}
