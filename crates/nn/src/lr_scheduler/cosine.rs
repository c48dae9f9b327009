//! Cosine annealing, periodic or with warm restarts.

use super::schedule::{At, Schedule, Scheduler};
use crate::optim::Optimizer;
use rushlight_tensor::{Error, Result, options};
use serde::{Deserialize, Serialize};
use std::f64::consts::PI;

/// Cosine annealing from the base rate down to `eta_min` in `t_max` epochs, and up again in the next `t_max`. Loshchilov and Hutter 2016,
/// without restarts. PyTorch: `lr_scheduler.CosineAnnealingLR`.
///
/// `lr = eta_min + (base - eta_min) (1 + cos(π t / t_max)) / 2`
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{CosineAnnealingLR, LRScheduler}, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let mut scheduler = CosineAnnealingLR::with(&mut optimizer, 2, 0.01)?;
/// for _ in 0..2 {
///     scheduler.step(&mut optimizer)?;
/// }
/// assert!((optimizer.lr() - 0.01).abs() < 1e-12);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type CosineAnnealingLR = Scheduler<CosineSchedule>;

/// The settings of [`CosineAnnealingLR`], which is a [`Scheduler`] of them. They are saved in the state by PyTorch's names.
/// PyTorch: the attributes of `lr_scheduler.CosineAnnealingLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{CosineAnnealingLR, CosineSchedule, LRScheduler, Scheduler}, optim::SGD};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let scheduler: Scheduler<CosineSchedule> = CosineAnnealingLR::new(&mut optimizer, 20)?;
/// assert_eq!(scheduler.state_dict()?["T_max"], 20);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CosineSchedule {
    #[serde(rename = "T_max")]
    t_max: u64,
    #[serde(with = "rushlight_files::numbers")]
    eta_min: f64,
}

options! {
    /// Options of a [`CosineAnnealingLR`].
    CosineAnnealingLROptions from(eta_min: f64) {
        /// The smallest rate; by default 0.
        eta_min: f64 = 0.0,
    }
}

impl CosineAnnealingLR {
    /// Creates a scheduler that anneals to 0.
    ///
    /// # Errors
    /// If `t_max` is 0.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, t_max: u64) -> Result<Self> {
        CosineAnnealingLR::with(optimizer, t_max, ())
    }

    /// Creates a scheduler with options, or with an `eta_min`.
    ///
    /// # Errors
    /// If `t_max` is 0.
    #[track_caller]
    pub fn with(
        optimizer: &mut dyn Optimizer,
        t_max: u64,
        options: impl Into<CosineAnnealingLROptions>,
    ) -> Result<Self> {
        let CosineAnnealingLROptions { eta_min } = options.into();
        Scheduler::start(CosineSchedule { t_max, eta_min }, optimizer)
    }
}

impl Schedule for CosineSchedule {
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
            // At the minimum of the rate the recursion would divide by 0.
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

/// Cosine annealing to `eta_min` with warm restarts: the rate is reset to the base rate after `t_0` epochs, then after `t_0 t_mult` more,
/// and so on. Loshchilov and Hutter 2016. PyTorch: `lr_scheduler.CosineAnnealingWarmRestarts`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{CosineAnnealingWarmRestarts, LRScheduler}, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let mut scheduler = CosineAnnealingWarmRestarts::with(&mut optimizer, 2, 2)?;
/// for _ in 0..2 {
///     scheduler.step(&mut optimizer)?;
/// }
/// assert_eq!(optimizer.lr(), 0.1);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type CosineAnnealingWarmRestarts = Scheduler<WarmRestartsSchedule>;

/// The settings of [`CosineAnnealingWarmRestarts`], which is a [`Scheduler`] of them. They are saved in the state by PyTorch's names.
/// PyTorch: the attributes of `lr_scheduler.CosineAnnealingWarmRestarts`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{CosineAnnealingWarmRestarts, LRScheduler, Scheduler, WarmRestartsSchedule}, optim::SGD};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let scheduler: Scheduler<WarmRestartsSchedule> = CosineAnnealingWarmRestarts::new(&mut optimizer, 10)?;
/// assert_eq!(scheduler.state_dict()?["T_0"], 10);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct WarmRestartsSchedule {
    #[serde(rename = "T_0")]
    t_0: u64,
    #[serde(rename = "T_mult")]
    t_mult: u64,
    #[serde(with = "rushlight_files::numbers")]
    eta_min: f64,
}

options! {
    /// Options of a [`CosineAnnealingWarmRestarts`].
    CosineAnnealingWarmRestartsOptions from(t_mult: u64) {
        /// The factor by which each cycle is longer than the previous one; by default 1. PyTorch: `T_mult`.
        #[serde(rename = "T_mult")]
        t_mult: u64 = 1,
        /// The smallest rate; by default 0.
        eta_min: f64 = 0.0,
    }
}

impl CosineAnnealingWarmRestarts {
    /// Creates a scheduler that anneals to 0 and restarts every `t_0` epochs.
    ///
    /// # Errors
    /// If `t_0` is 0.
    #[track_caller]
    pub fn new(optimizer: &mut dyn Optimizer, t_0: u64) -> Result<Self> {
        CosineAnnealingWarmRestarts::with(optimizer, t_0, ())
    }

    /// Creates a scheduler with options, or with a `t_mult`.
    ///
    /// # Errors
    /// If `t_0` or `t_mult` is 0.
    #[track_caller]
    pub fn with(
        optimizer: &mut dyn Optimizer,
        t_0: u64,
        options: impl Into<CosineAnnealingWarmRestartsOptions>,
    ) -> Result<Self> {
        let CosineAnnealingWarmRestartsOptions { t_mult, eta_min } = options.into();
        Scheduler::start(
            WarmRestartsSchedule {
                t_0,
                t_mult,
                eta_min,
            },
            optimizer,
        )
    }
}

impl WarmRestartsSchedule {
    /// The position of an epoch in its cycle, and the length of the cycle.
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

impl Schedule for WarmRestartsSchedule {
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
        // The terms are halved before the subtraction, because the difference may overflow.
        let half = 0.5 * at.base - 0.5 * self.eta_min;
        self.eta_min + half * part
    }
}
