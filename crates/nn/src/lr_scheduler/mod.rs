//! Learning rate schedules. PyTorch: `torch.optim.lr_scheduler`.
//!
//! A scheduler changes the learning rates of an optimizer that it does not own. The constructor takes `&mut optimizer` and sets the first
//! rates; each `step(&mut optimizer)` sets the next ones. The formulas are PyTorch's recursive ones, which compute the next rate from
//! the current one, so that schedulers can be chained and a rate that the program changed is kept.
//!
//! ```
//! use rushlight::nn::{Parameter, lr_scheduler::{LRScheduler, StepLR}, optim::{Optimizer, SGD}};
//! use rushlight::tensor;
//!
//! let mut optimizer = SGD::new([Parameter::new(tensor!([1.0]))?], 0.1)?;
//! let mut scheduler = StepLR::new(&mut optimizer, 30)?;
//! for _epoch in 0..60 {
//!     // … training …
//!     scheduler.step(&mut optimizer)?;
//! }
//! assert!((optimizer.lr() - 0.001).abs() < 1e-12);
//! # Ok::<(), rushlight::Error>(())
//! ```

mod combine;
mod cosine;
mod cyclic;
mod decay;
mod lambda;
mod one_cycle;
mod per_group;
mod plateau;
mod schedule;
mod warmup;

pub use combine::{ChainedScheduler, SequentialLR};
pub use cosine::{
    CosineAnnealingLR, CosineAnnealingLROptions, CosineAnnealingWarmRestarts,
    CosineAnnealingWarmRestartsOptions, CosineSchedule, WarmRestartsSchedule,
};
pub use cyclic::{CyclicLR, CyclicLROptions, CyclicMode, CyclicSchedule, ScaleFn};
pub use decay::{
    ExponentialLR, ExponentialSchedule, MultiStepLR, MultiStepLROptions, MultiStepSchedule,
    PolynomialLR, PolynomialLROptions, PolynomialSchedule, StepLR, StepLROptions, StepSchedule,
};
pub use lambda::{LambdaLR, LambdaSchedule, LrLambda, MultiplicativeLR, MultiplicativeSchedule};
pub use one_cycle::{AnnealStrategy, OneCycleLR, OneCycleLROptions, OneCycleSchedule};
pub use per_group::PerGroup;
pub use plateau::{PlateauMode, ReduceLROnPlateau, ReduceLROnPlateauOptions, ThresholdMode};
pub use schedule::{At, Schedule, Scheduler};
pub use warmup::{
    ConstantLR, ConstantLROptions, ConstantSchedule, LinearLR, LinearLROptions, LinearSchedule,
};

use crate::optim::Optimizer;
use rushlight_tensor::Result;
use serde_json::Value;

/// The interface of all schedulers whose step requires nothing but the epoch. The trait is object-safe. [`ReduceLROnPlateau`] does not
/// implement it, because its step requires a measurement.
pub trait LRScheduler: Send + Sync {
    /// PyTorch's name of the scheduler, such as `StepLR`.
    fn name(&self) -> &'static str;

    /// Sets the next learning rates. Call it after the optimizer's step, usually once per epoch.
    ///
    /// # Errors
    /// If groups were added to the optimizer since the scheduler was made, or if the schedule has ended.
    #[track_caller]
    fn step(&mut self, optimizer: &mut dyn Optimizer) -> Result<()>;

    /// The learning rates that were set last, one for each group. PyTorch: `get_last_lr`.
    fn last_lr(&self) -> &[f64];

    /// The number of parameter groups that the scheduler was made for.
    fn group_count(&self) -> usize {
        self.last_lr().len()
    }

    /// The position in the schedule and the settings, by PyTorch's names. Functions of the caller are not part of the state.
    #[track_caller]
    fn state_dict(&self) -> Result<Value>;

    /// Loads a saved state.
    ///
    /// # Errors
    /// If the state belongs to another kind of scheduler or to another number of groups.
    #[track_caller]
    fn load_state_dict(&mut self, state: &Value) -> Result<()>;

    /// Repeats the first step, from the current learning rates of the optimizer. Used by combinations of schedulers.
    #[track_caller]
    fn begin(&mut self, optimizer: &mut dyn Optimizer) -> Result<()>;

    /// Returns to epoch 0 in the middle of training. Used by combinations of schedulers.
    #[track_caller]
    fn restart(&mut self, optimizer: &mut dyn Optimizer) -> Result<()>;
}
