//! Schedules that are defined by a function of the epoch.

use super::schedule::{At, Schedule, Scheduler};
use crate::optim::Optimizer;
use rushlight_tensor::{Error, Result};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A function that maps the epoch to a factor.
/// PyTorch: the `lr_lambda` of `lr_scheduler.LambdaLR` and `lr_scheduler.MultiplicativeLR`.
pub type LrLambda = Arc<dyn Fn(u64) -> f64 + Send + Sync>;

/// Sets the rate to the base rate times a function of the epoch. PyTorch: `lr_scheduler.LambdaLR`.
///
/// The function is not part of the state.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, LambdaLR}, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.5)?;
/// let mut scheduler = LambdaLR::new(&mut optimizer, |epoch| 0.5f64.powi(epoch as i32))?;
/// scheduler.step(&mut optimizer)?;
/// assert_eq!(optimizer.lr(), 0.25);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type LambdaLR = Scheduler<LambdaSchedule>;

/// The settings of [`LambdaLR`], which is a [`Scheduler`] of them. Its function is not saved.
/// PyTorch: the attributes of `lr_scheduler.LambdaLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, LambdaLR, LambdaSchedule, Scheduler}, optim::SGD};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let scheduler: Scheduler<LambdaSchedule> = LambdaLR::new(&mut optimizer, |epoch| 0.5f64.powi(epoch as i32))?;
/// assert_eq!(scheduler.name(), "LambdaLR");
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Serialize, Deserialize)]
pub struct LambdaSchedule {
    #[serde(skip)]
    lambdas: Vec<LrLambda>,
}

/// Multiplies the rate in each epoch by a function of the epoch. PyTorch: `lr_scheduler.MultiplicativeLR`.
///
/// The function is not part of the state.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, MultiplicativeLR}, optim::{Optimizer, SGD}};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.5)?;
/// let mut scheduler = MultiplicativeLR::new(&mut optimizer, |_| 0.5)?;
/// scheduler.step(&mut optimizer)?;
/// assert_eq!(optimizer.lr(), 0.25);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type MultiplicativeLR = Scheduler<MultiplicativeSchedule>;

/// The settings of [`MultiplicativeLR`], which is a [`Scheduler`] of them. Its function is not saved.
/// PyTorch: the attributes of `lr_scheduler.MultiplicativeLR`.
///
/// ```
/// use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, MultiplicativeLR, MultiplicativeSchedule, Scheduler}, optim::SGD};
/// use rushlight::tensor;
/// let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
/// let scheduler: Scheduler<MultiplicativeSchedule> = MultiplicativeLR::new(&mut optimizer, |_| 0.5)?;
/// assert_eq!(scheduler.name(), "MultiplicativeLR");
/// # Ok::<(), rushlight::Error>(())
/// ```
#[derive(Serialize, Deserialize)]
pub struct MultiplicativeSchedule {
    #[serde(skip)]
    lambdas: Vec<LrLambda>,
}

impl LambdaLR {
    /// Creates a scheduler with one function for all groups.
    #[track_caller]
    pub fn new(
        optimizer: &mut dyn Optimizer,
        lr_lambda: impl Fn(u64) -> f64 + Send + Sync + 'static,
    ) -> Result<Self> {
        let lambdas = same_for_all(optimizer, lr_lambda);
        Scheduler::start(LambdaSchedule { lambdas }, optimizer)
    }

    /// Creates a scheduler with one function for each group.
    ///
    /// # Errors
    /// If the number of functions differs from the number of groups.
    #[track_caller]
    pub fn per_group(optimizer: &mut dyn Optimizer, lr_lambdas: Vec<LrLambda>) -> Result<Self> {
        Scheduler::start(
            LambdaSchedule {
                lambdas: lr_lambdas,
            },
            optimizer,
        )
    }
}

impl MultiplicativeLR {
    /// Creates a scheduler with one function for all groups.
    #[track_caller]
    pub fn new(
        optimizer: &mut dyn Optimizer,
        lr_lambda: impl Fn(u64) -> f64 + Send + Sync + 'static,
    ) -> Result<Self> {
        let lambdas = same_for_all(optimizer, lr_lambda);
        Scheduler::start(MultiplicativeSchedule { lambdas }, optimizer)
    }

    /// Creates a scheduler with one function for each group.
    ///
    /// # Errors
    /// If the number of functions differs from the number of groups.
    #[track_caller]
    pub fn per_group(optimizer: &mut dyn Optimizer, lr_lambdas: Vec<LrLambda>) -> Result<Self> {
        Scheduler::start(
            MultiplicativeSchedule {
                lambdas: lr_lambdas,
            },
            optimizer,
        )
    }
}

fn same_for_all(
    optimizer: &dyn Optimizer,
    lambda: impl Fn(u64) -> f64 + Send + Sync + 'static,
) -> Vec<LrLambda> {
    let lambda: LrLambda = Arc::new(lambda);
    vec![lambda; optimizer.group_count()]
}

#[track_caller]
fn check_count(name: &str, lambdas: &[LrLambda], groups: usize) -> Result<()> {
    if lambdas.len() == groups {
        return Ok(());
    }
    Err(Error::value(format!(
        "{name}: Expected {groups} lr_lambdas, but got {}",
        lambdas.len()
    )))
}

impl Schedule for LambdaSchedule {
    const NAME: &'static str = "LambdaLR";

    fn lr(&self, at: &At) -> f64 {
        at.base * (self.lambdas[at.group])(at.epoch)
    }

    fn check(&self, groups: usize) -> Result<()> {
        check_count(Self::NAME, &self.lambdas, groups)
    }

    fn keep_functions(&mut self, before: &Self) {
        self.lambdas.clone_from(&before.lambdas);
    }
}

impl Schedule for MultiplicativeSchedule {
    const NAME: &'static str = "MultiplicativeLR";

    fn lr(&self, at: &At) -> f64 {
        if at.initial {
            at.lr
        } else {
            at.lr * (self.lambdas[at.group])(at.epoch)
        }
    }

    fn check(&self, groups: usize) -> Result<()> {
        check_count(Self::NAME, &self.lambdas, groups)
    }

    fn keep_functions(&mut self, before: &Self) {
        self.lambdas.clone_from(&before.lambdas);
    }
}
