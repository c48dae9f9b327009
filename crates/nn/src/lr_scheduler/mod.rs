//! Learning rate schedules. PyTorch: `torch.optim.lr_scheduler`.
//!
//! A schedule changes the learning rates of an optimizer that it does not own: it is made with `&mut optimizer`, which sets the first
//! rates, and each `step(&mut optimizer)` sets the next. The formulas are PyTorch's recursive ones, which compute the next rate from
//! the current one, so that schedules can be chained and a rate changed by hand is kept.
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

/// Any schedule that moves by epochs alone. Object-safe. [`ReduceLROnPlateau`] does not implement it, because its step requires a measurement.
pub trait LRScheduler: Send + Sync {
    /// PyTorch's name: `StepLR`.
    fn name(&self) -> &'static str;

    /// Sets the next learning rates. Call it after the optimizer's step, mostly once an epoch.
    ///
    /// # Errors
    /// If the optimizer has got more groups since the schedule was made, or the schedule is over.
    #[track_caller]
    fn step(&mut self, optimizer: &mut dyn Optimizer) -> Result<()>;

    /// The learning rates set last, one for each group. PyTorch: `get_last_lr`.
    fn last_lr(&self) -> &[f64];

    /// How many parameter groups the schedule was made for.
    fn group_count(&self) -> usize {
        self.last_lr().len()
    }

    /// Where the schedule stands, with its settings, by PyTorch's names. Functions given by the caller are not in it.
    #[track_caller]
    fn state_dict(&self) -> Result<Value>;

    /// Takes over a saved state. An error if it is that of another kind of schedule or of another number of groups.
    #[track_caller]
    fn load_state_dict(&mut self, state: &Value) -> Result<()>;

    /// Takes the first step again, from the learning rates that the optimizer has now. For schedules made of others.
    #[track_caller]
    fn begin(&mut self, optimizer: &mut dyn Optimizer) -> Result<()>;

    /// Goes to epoch 0 in the middle of training. For schedules made of others.
    #[track_caller]
    fn restart(&mut self, optimizer: &mut dyn Optimizer) -> Result<()>;
}
