//! Schedules that only ever lower the rate: in steps, exponentially, polynomially.

use super::schedule::{At, Schedule, Scheduler};
use crate::optim::Optimizer;
use rushlight_tensor::{Error, Result};
use serde::{Deserialize, Serialize};

/// Multiplies the rate by `gamma` every `step_size` epochs. PyTorch: `lr_scheduler.StepLR`.
pub type StepLR = Scheduler<Step>;

/// The settings of [`StepLR`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Step {
    step_size: u64,
    #[serde(with = "rushlight_files::numbers")]
    gamma: f64,
}

impl StepLR {
    /// A schedule of steps. PyTorch's default `gamma` is 0.1. An error if `step_size` is 0.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, step_size: u64, gamma: f64) -> Result<Self> {
        Scheduler::start(Step { step_size, gamma }, optimizer)
    }
}

impl Schedule for Step {
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
pub type MultiStepLR = Scheduler<MultiStep>;

/// The settings of [`MultiStepLR`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct MultiStep {
    milestones: Vec<u64>,
    #[serde(with = "rushlight_files::numbers")]
    gamma: f64,
}

impl MultiStepLR {
    /// A schedule of steps at `milestones`; one named twice counts twice. PyTorch's default `gamma` is 0.1.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, milestones: &[u64], gamma: f64) -> Result<Self> {
        let mut milestones = milestones.to_vec();
        milestones.sort_unstable();
        Scheduler::start(MultiStep { milestones, gamma }, optimizer)
    }

    fn factor(schedule: &MultiStep, epoch: u64) -> f64 {
        let times = schedule.milestones.iter().filter(|m| **m == epoch).count();
        schedule.gamma.powi(times as i32)
    }
}

impl Schedule for MultiStep {
    const NAME: &'static str = "MultiStepLR";

    fn lr(&self, at: &At) -> f64 {
        at.lr * MultiStepLR::factor(self, at.epoch)
    }

    fn restart_lr(&self, at: &At) -> f64 {
        at.base * MultiStepLR::factor(self, 0)
    }
}

/// Multiplies the rate by `gamma` every epoch. PyTorch: `lr_scheduler.ExponentialLR`.
pub type ExponentialLR = Scheduler<Exponential>;

/// The settings of [`ExponentialLR`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Exponential {
    #[serde(with = "rushlight_files::numbers")]
    gamma: f64,
}

impl ExponentialLR {
    /// A schedule of exponential decay.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, gamma: f64) -> Result<Self> {
        Scheduler::start(Exponential { gamma }, optimizer)
    }
}

impl Schedule for Exponential {
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

/// Lowers the rate to 0 in `total_iters` epochs: `base (1 - t / total_iters)^power`. PyTorch: `lr_scheduler.PolynomialLR`.
pub type PolynomialLR = Scheduler<Polynomial>;

/// The settings of [`PolynomialLR`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Polynomial {
    total_iters: u64,
    #[serde(with = "rushlight_files::numbers")]
    power: f64,
}

impl PolynomialLR {
    /// A schedule of polynomial decay. PyTorch's defaults are 5 epochs and a power of 1.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, total_iters: u64, power: f64) -> Result<Self> {
        Scheduler::start(Polynomial { total_iters, power }, optimizer)
    }
}

impl Schedule for Polynomial {
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
