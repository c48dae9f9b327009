//! Schedules that start below the base rate and return to it.

use super::schedule::{At, Schedule, Scheduler};
use crate::optim::Optimizer;
use rushlight_tensor::{Error, Result, options};
use serde::{Deserialize, Serialize};

/// Sets the rate to `factor` times the base rate for `total_iters` epochs, then to the base rate. PyTorch: `lr_scheduler.ConstantLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{ConstantLR, ConstantLROptions}, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let options = ConstantLROptions::new().factor(0.5).total_iters(3);
/// ConstantLR::with(&mut optimizer, options)?;
/// assert_eq!(optimizer.lr(), 0.05);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type ConstantLR = Scheduler<ConstantSchedule>;

/// The settings of [`ConstantLR`], which is a [`Scheduler`] of them. They are saved in the state by PyTorch's names.
/// PyTorch: the attributes of `lr_scheduler.ConstantLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{ConstantLR, ConstantSchedule, LRScheduler, Scheduler}, optim::SGD};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let scheduler: Scheduler<ConstantSchedule> = ConstantLR::new(&mut optimizer)?;
/// assert_eq!(scheduler.state_dict()?["total_iters"], 5);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ConstantSchedule {
    #[serde(with = "rushlight_files::numbers")]
    factor: f64,
    total_iters: u64,
}

options! {
    /// Options of a [`ConstantLR`].
    ConstantLROptions {
        /// The factor of the base rate; by default 1/3.
        factor: f64 = 1.0 / 3.0,
        /// The number of epochs for which the factor applies; by default 5.
        total_iters: u64 = 5,
    }
}

impl ConstantLR {
    /// Creates a scheduler with PyTorch's defaults: a third of the base rate for 5 epochs.
    ///
    /// # Errors
    /// If the optimizer does not accept the rates.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer) -> Result<Self> {
        ConstantLR::with(optimizer, ())
    }

    /// Creates a scheduler with options.
    ///
    /// # Errors
    /// If `factor` is not in `[0, 1]`.
    #[track_caller]
    pub fn with(
        optimizer: &mut dyn Optimizer,
        options: impl Into<ConstantLROptions>,
    ) -> Result<Self> {
        let ConstantLROptions {
            factor,
            total_iters,
        } = options.into();
        Scheduler::start(
            ConstantSchedule {
                factor,
                total_iters,
            },
            optimizer,
        )
    }
}

impl Schedule for ConstantSchedule {
    const NAME: &'static str = "ConstantLR";

    fn check(&self, _groups: usize) -> Result<()> {
        if !(0.0..=1.0).contains(&self.factor) {
            return Err(Error::value(format!(
                "ConstantLR: Constant multiplicative factor expected to be between 0 and 1, got {:?}",
                self.factor
            )));
        }
        Ok(())
    }

    fn lr(&self, at: &At) -> f64 {
        if at.epoch == 0 {
            at.lr * self.factor
        } else if at.epoch != self.total_iters {
            at.lr
        } else if self.factor == 0.0 {
            // The factor 0 cannot be divided out, but the rate before it is the base rate.
            at.base
        } else {
            at.lr * (1.0 / self.factor)
        }
    }

    fn restart_lr(&self, at: &At) -> f64 {
        if self.total_iters == 0 {
            at.base
        } else {
            at.base * self.factor
        }
    }
}

/// Changes the factor of the base rate linearly from `start_factor` to `end_factor` in `total_iters` epochs.
/// PyTorch: `lr_scheduler.LinearLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, LinearLR, LinearLROptions}, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let options = LinearLROptions::new().start_factor(0.5).total_iters(2);
/// let mut scheduler = LinearLR::with(&mut optimizer, options)?;
/// scheduler.step(&mut optimizer)?;
/// assert!((optimizer.lr() - 0.075).abs() < 1e-12);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type LinearLR = Scheduler<LinearSchedule>;

/// The settings of [`LinearLR`], which is a [`Scheduler`] of them. They are saved in the state by PyTorch's names.
/// PyTorch: the attributes of `lr_scheduler.LinearLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, LinearLR, LinearSchedule, Scheduler}, optim::SGD};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let scheduler: Scheduler<LinearSchedule> = LinearLR::new(&mut optimizer)?;
/// assert_eq!(scheduler.state_dict()?["total_iters"], 5);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LinearSchedule {
    #[serde(with = "rushlight_files::numbers")]
    start_factor: f64,
    #[serde(with = "rushlight_files::numbers")]
    end_factor: f64,
    total_iters: u64,
}

options! {
    /// Options of a [`LinearLR`].
    LinearLROptions {
        /// The factor in the first epoch; by default 1/3.
        start_factor: f64 = 1.0 / 3.0,
        /// The factor after `total_iters` epochs; by default 1.
        end_factor: f64 = 1.0,
        /// The number of epochs after which `end_factor` is reached; by default 5.
        total_iters: u64 = 5,
    }
}

impl LinearLR {
    /// Creates a scheduler with PyTorch's defaults: from a third of the base rate to the base rate in 5 epochs.
    ///
    /// # Errors
    /// If the optimizer does not accept the rates.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer) -> Result<Self> {
        LinearLR::with(optimizer, ())
    }

    /// Creates a scheduler with options.
    ///
    /// # Errors
    /// If `start_factor` is not in `(0, 1]` or `end_factor` is not in `[0, 1]`.
    #[track_caller]
    pub fn with(
        optimizer: &mut dyn Optimizer,
        options: impl Into<LinearLROptions>,
    ) -> Result<Self> {
        let LinearLROptions {
            start_factor,
            end_factor,
            total_iters,
        } = options.into();
        Scheduler::start(
            LinearSchedule {
                start_factor,
                end_factor,
                total_iters,
            },
            optimizer,
        )
    }
}

impl Schedule for LinearSchedule {
    const NAME: &'static str = "LinearLR";

    fn check(&self, _groups: usize) -> Result<()> {
        if !(self.start_factor > 0.0 && self.start_factor <= 1.0) {
            return Err(Error::value(format!(
                "LinearLR: Starting multiplicative factor expected to be greater than 0 and less or equal to 1, got {:?}",
                self.start_factor
            )));
        }
        if !(0.0..=1.0).contains(&self.end_factor) {
            return Err(Error::value(format!(
                "LinearLR: Ending multiplicative factor expected to be between 0 and 1, got {:?}",
                self.end_factor
            )));
        }
        Ok(())
    }

    fn lr(&self, at: &At) -> f64 {
        if at.epoch == 0 {
            return at.lr * self.start_factor;
        }
        if at.epoch > self.total_iters {
            return at.lr;
        }
        let rise = self.end_factor - self.start_factor;
        let before = self.total_iters as f64 * self.start_factor + (at.epoch - 1) as f64 * rise;
        at.lr * (1.0 + rise / before)
    }

    fn restart_lr(&self, at: &At) -> f64 {
        at.base
            * if self.total_iters == 0 {
                self.end_factor
            } else {
                self.start_factor
            }
    }
}
