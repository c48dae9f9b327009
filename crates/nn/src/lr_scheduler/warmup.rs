//! Schedules that start below the base rate and come back to it.

use super::schedule::{At, Schedule, Scheduler};
use crate::optim::Optimizer;
use rushlight_tensor::{Error, Result, options};
use serde::{Deserialize, Serialize};

/// `factor` times the base rate for `total_iters` epochs, then the base rate. PyTorch: `lr_scheduler.ConstantLR`.
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
        /// What the base rate is multiplied by; by default 1/3.
        factor: f64 = 1.0 / 3.0,
        /// For how many epochs; by default 5.
        total_iters: u64 = 5,
    }
}

impl ConstantLR {
    /// A third of the base rate for 5 epochs.
    ///
    /// # Errors
    /// If the optimizer does not take the rates.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer) -> Result<Self> {
        ConstantLR::with(optimizer, ())
    }

    /// A schedule with options.
    ///
    /// # Errors
    /// Unless `factor` is in `[0, 1]`.
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
            // Nothing to divide back: what was there before is known all the same.
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

/// The factor on the base rate goes from `start_factor` to `end_factor` along a line, in `total_iters` epochs.
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
        /// The first factor; by default 1/3.
        start_factor: f64 = 1.0 / 3.0,
        /// The last factor; by default 1.
        end_factor: f64 = 1.0,
        /// After how many epochs it is reached; by default 5.
        total_iters: u64 = 5,
    }
}

impl LinearLR {
    /// From a third of the base rate up to it in 5 epochs.
    ///
    /// # Errors
    /// If the optimizer does not take the rates.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer) -> Result<Self> {
        LinearLR::with(optimizer, ())
    }

    /// A schedule with options.
    ///
    /// # Errors
    /// Unless `start_factor` is in `(0, 1]` and `end_factor` in `[0, 1]`.
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
