//! Schedules that start below the base rate and come back to it.

use super::schedule::{At, Schedule, Scheduler};
use crate::optim::Optimizer;
use rushlight_tensor::{Error, Result};
use serde::{Deserialize, Serialize};

/// `factor` times the base rate for `total_iters` epochs, then the base rate. PyTorch: `lr_scheduler.ConstantLR`.
pub type ConstantLR = Scheduler<Constant>;

/// The settings of [`ConstantLR`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Constant {
    #[serde(with = "rushlight_files::numbers")]
    factor: f64,
    total_iters: u64,
}

impl ConstantLR {
    /// A schedule of two constant rates. PyTorch's defaults are 1/3 and 5 epochs. An error unless `factor` is in `[0, 1]`.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, factor: f64, total_iters: u64) -> Result<Self> {
        Scheduler::start(
            Constant {
                factor,
                total_iters,
            },
            optimizer,
        )
    }
}

impl Schedule for Constant {
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
pub type LinearLR = Scheduler<Linear>;

/// The settings of [`LinearLR`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Linear {
    #[serde(with = "rushlight_files::numbers")]
    start_factor: f64,
    #[serde(with = "rushlight_files::numbers")]
    end_factor: f64,
    total_iters: u64,
}

impl LinearLR {
    /// A schedule along a line. PyTorch's defaults are 1/3, 1 and 5 epochs.
    ///
    /// # Errors
    /// Unless `start_factor` is in `(0, 1]` and `end_factor` in `[0, 1]`.
    #[track_caller]
    pub fn new(
        optimizer: &mut dyn Optimizer,
        start_factor: f64,
        end_factor: f64,
        total_iters: u64,
    ) -> Result<Self> {
        Scheduler::start(
            Linear {
                start_factor,
                end_factor,
                total_iters,
            },
            optimizer,
        )
    }
}

impl Schedule for Linear {
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
