//! Cosine annealing, once down and up again, or with restarts.

use super::schedule::{At, Schedule, Scheduler};
use crate::optim::Optimizer;
use rushlight_tensor::{Error, Result};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Half a cosine from the base rate down to `eta_min` in `t_max` epochs, and up again in as many. Loshchilov and Hutter 2016, without
/// restarts. PyTorch: `lr_scheduler.CosineAnnealingLR`.
///
/// `lr = eta_min + (base - eta_min) (1 + cos(π t / t_max)) / 2`
pub type CosineAnnealingLR = Scheduler<Cosine>;

/// The settings of [`CosineAnnealingLR`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cosine {
    #[serde(rename = "T_max")]
    t_max: u64,
    #[serde(with = "rushlight_files::numbers")]
    eta_min: f64,
}

impl CosineAnnealingLR {
    /// A schedule along a cosine. PyTorch's default `eta_min` is 0. An error if `t_max` is 0.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, t_max: u64, eta_min: f64) -> Result<Self> {
        Scheduler::start(Cosine { t_max, eta_min }, optimizer)
    }
}

impl Schedule for Cosine {
    const NAME: &'static str = "CosineAnnealingLR";

    fn check(&self, _groups: usize) -> Result<()> {
        if self.t_max == 0 {
            return Err(Error::value(
                "CosineAnnealingLR: Expected positive integer T_max, but got 0",
            ));
        }
        Ok(())
    }

    fn lr(&self, at: &At) -> f64 {
        let (t, t_max, eta_min) = (at.epoch as f64, self.t_max as f64, self.eta_min);
        if at.initial {
            at.lr
        } else if at.epoch > self.t_max
            && (at.epoch - 1 - self.t_max).is_multiple_of(self.t_max.saturating_mul(2))
        {
            // The rate is at its lowest, where the recursion would divide by 0.
            at.lr + (0.5 * at.base - 0.5 * eta_min) * (1.0 - (PI / t_max).cos())
        } else {
            (1.0 + (PI * t / t_max).cos()) / (1.0 + (PI * (t - 1.0) / t_max).cos())
                * (at.lr - eta_min)
                + eta_min
        }
    }

    fn restart_lr(&self, at: &At) -> f64 {
        self.eta_min + (at.base - self.eta_min)
    }
}

/// Cosine annealing to `eta_min` that jumps back to the base rate after `t_0` epochs, then after `t_0 t_mult` more, and so on. Loshchilov
/// and Hutter 2016. PyTorch: `lr_scheduler.CosineAnnealingWarmRestarts`.
pub type CosineAnnealingWarmRestarts = Scheduler<WarmRestarts>;

/// The settings of [`CosineAnnealingWarmRestarts`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WarmRestarts {
    #[serde(rename = "T_0")]
    t_0: u64,
    #[serde(rename = "T_mult")]
    t_mult: u64,
    #[serde(with = "rushlight_files::numbers")]
    eta_min: f64,
}

impl CosineAnnealingWarmRestarts {
    /// A schedule with restarts. PyTorch's defaults are `t_mult` 1 and `eta_min` 0. An error if `t_0` or `t_mult` is 0.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, t_0: u64, t_mult: u64, eta_min: f64) -> Result<Self> {
        Scheduler::start(
            WarmRestarts {
                t_0,
                t_mult,
                eta_min,
            },
            optimizer,
        )
    }
}

impl WarmRestarts {
    /// How far into which length of cycle an epoch is.
    fn position(&self, epoch: u64) -> (u64, u64) {
        if self.t_mult == 1 {
            return (epoch % self.t_0, self.t_0);
        }
        let (mut into, mut length) = (epoch, self.t_0);
        while into >= length {
            into -= length;
            length = length.saturating_mul(self.t_mult);
        }
        (into, length)
    }
}

impl Schedule for WarmRestarts {
    const NAME: &'static str = "CosineAnnealingWarmRestarts";

    fn check(&self, _groups: usize) -> Result<()> {
        if self.t_0 == 0 {
            return Err(Error::value(
                "CosineAnnealingWarmRestarts: Expected positive integer T_0, but got 0",
            ));
        }
        if self.t_mult == 0 {
            return Err(Error::value(
                "CosineAnnealingWarmRestarts: Expected integer T_mult >= 1, but got 0",
            ));
        }
        Ok(())
    }

    fn lr(&self, at: &At) -> f64 {
        let (into, length) = self.position(at.epoch);
        let part = 1.0 + (PI * into as f64 / length as f64).cos();
        // Halved first: twice the difference may be beyond the largest number, and so may the difference.
        let half = 0.5 * at.base - 0.5 * self.eta_min;
        self.eta_min + half * part
    }
}
