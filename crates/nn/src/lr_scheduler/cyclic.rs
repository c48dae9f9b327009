//! Rates that go up and down between two bounds for as long as training lasts.

use super::per_group::{PerGroup, check_lists, cycled_momenta};
use super::schedule::{At, Schedule, Scheduler};
use crate::optim::Optimizer;
use rushlight_tensor::{Error, Result};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Up from a base rate to a largest one and down again, over and over; momentum the other way. Smith 2015. PyTorch: `lr_scheduler.CyclicLR`.
///
/// Call `step` after every batch.
pub type CyclicLR = Scheduler<Cyclic>;

/// How the height of the cycles changes.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CyclicMode {
    /// It does not.
    Triangular,
    /// It is halved after each cycle.
    Triangular2,
    /// It is multiplied by `gamma` each step.
    ExpRange,
}

/// A height of the caller's own, in place of [`CyclicMode`].
#[derive(Clone)]
pub enum ScaleFn {
    /// A function of the number of the cycle, from 1.
    Cycle(Arc<dyn Fn(f64) -> f64 + Send + Sync>),
    /// A function of the number of steps.
    Iterations(Arc<dyn Fn(f64) -> f64 + Send + Sync>),
}

/// The options of [`CyclicLR`], by default PyTorch's.
#[derive(Clone)]
pub struct CyclicOptions {
    /// Steps from the base rate up.
    pub step_size_up: u64,
    /// Steps down again; by default as many as up.
    pub step_size_down: Option<u64>,
    /// How the height of the cycles changes.
    pub mode: CyclicMode,
    /// The factor of [`CyclicMode::ExpRange`].
    pub gamma: f64,
    /// A function for the height, in place of `mode`. It is not part of the state.
    pub scale_fn: Option<ScaleFn>,
    /// Whether the momentum goes the other way.
    pub cycle_momentum: bool,
    /// The momentum at the largest rate.
    pub base_momentum: PerGroup,
    /// The momentum at the base rate.
    pub max_momentum: PerGroup,
}

impl Default for CyclicOptions {
    fn default() -> Self {
        CyclicOptions {
            step_size_up: 2000,
            step_size_down: None,
            mode: CyclicMode::Triangular,
            gamma: 1.0,
            scale_fn: None,
            cycle_momentum: true,
            base_momentum: 0.8.into(),
            max_momentum: 0.9.into(),
        }
    }
}

/// The settings of [`CyclicLR`].
#[derive(Serialize, Deserialize)]
pub struct Cyclic {
    #[serde(with = "rushlight_files::numbers")]
    max_lrs: Vec<f64>,
    step_size_up: u64,
    step_size_down: u64,
    mode: CyclicMode,
    #[serde(with = "rushlight_files::numbers")]
    gamma: f64,
    /// Smallest and largest of each group, if it is cycled.
    #[serde(default, with = "rushlight_files::numbers")]
    momenta: Option<Vec<(f64, f64)>>,
    #[serde(skip)]
    scale_fn: Option<ScaleFn>,
}

impl CyclicLR {
    /// Cycles of `2 step_size_up` steps with PyTorch's defaults.
    #[track_caller]
    pub fn new(
        optimizer: &mut dyn Optimizer,
        base_lr: impl Into<PerGroup>,
        max_lr: impl Into<PerGroup>,
        step_size_up: u64,
    ) -> Result<Self> {
        Self::with_options(
            optimizer,
            base_lr,
            max_lr,
            CyclicOptions {
                step_size_up,
                ..CyclicOptions::default()
            },
        )
    }

    /// Cycles as `options` say.
    ///
    /// # Errors
    /// If a number of steps is 0, a list does not have a number for each group, or the momentum is to be cycled and the optimizer has none.
    #[track_caller]
    pub fn with_options(
        optimizer: &mut dyn Optimizer,
        base_lr: impl Into<PerGroup>,
        max_lr: impl Into<PerGroup>,
        options: CyclicOptions,
    ) -> Result<Self> {
        let name = Cyclic::NAME;
        let CyclicOptions {
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
        let schedule = Cyclic {
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

impl Cyclic {
    /// How far from the base the value is, between 0 and 1 unless scaled otherwise.
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

impl Schedule for Cyclic {
    const NAME: &'static str = "CyclicLR";

    fn check(&self, groups: usize) -> Result<()> {
        let Cyclic {
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
