//! Optimizers: from gradients to new parameters. PyTorch: `torch.optim`.
//!
//! All of them are one type, [`Grouped`], over the options of an algorithm: groups, states, saving and loading are the same for each,
//! and only the update differs. That is data too ([`OptimizerStep`](rushlight_tensor::OptimizerStep)): a step is one call across the
//! backend for a whole parameter group, so that it can update all parameters in one pass.
//!
//! ```
//! use rushlight::nn::{Parameter, optim::{Optimizer, SGD, SGDOptions}};
//! use rushlight::autograd::Autograd;
//! use rushlight::tensor;
//!
//! let theta = Parameter::new(tensor!([4.0, -2.0]))?;
//! let mut optimizer = SGD::new([theta.clone()], SGDOptions::new(0.1).momentum(0.9))?;
//! for _ in 0..100 {
//!     optimizer.zero_grad();
//!     theta.square()?.sum()?.backward()?;
//!     optimizer.step()?;
//! }
//! assert!(theta.norm()?.item::<f32>()? < 0.1);
//! # Ok::<(), rushlight::Error>(())
//! ```

mod adadelta;
mod adafactor;
mod adagrad;
mod adam;
mod adamax;
mod asgd;
mod clip;
mod group;
mod grouped;
mod muon;
mod nadam;
pub(crate) mod options;
mod radam;
mod rmsprop;
mod rprop;
mod sgd;
mod slot;
mod state;

pub use adadelta::{Adadelta, AdadeltaOptions};
pub use adafactor::{Adafactor, AdafactorOptions};
pub use adagrad::{Adagrad, AdagradOptions};
pub use adam::{Adam, AdamOptions, AdamW, AdamWOptions};
pub use adamax::{Adamax, AdamaxOptions};
pub use asgd::{ASGD, ASGDOptions};
pub use clip::{clip_grad_norm_, clip_grad_norm_with, clip_grad_value_, get_total_norm};
pub use group::ParamGroup;
pub use grouped::Grouped;
pub use muon::{AdjustLr, Muon, MuonOptions};
pub use nadam::{NAdam, NAdamOptions};
pub use options::Algorithm;
pub use radam::{RAdam, RAdamOptions};
pub use rmsprop::{RMSprop, RMSpropOptions};
pub use rprop::{Rprop, RpropOptions};
pub use sgd::{SGD, SGDOptions};
pub use state::{GroupState, OptimizerState, ParamState};

use rushlight_tensor::{Error, GradMode, Result, Tensor};

/// What a scheduler reads and writes of a parameter group.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rates {
    /// The learning rate.
    pub lr: f64,
    /// The learning rate that schedules start from: set by the first scheduler, kept in the state.
    pub initial_lr: Option<f64>,
    /// What is cycled as momentum: the momentum of SGD, RMSprop and Muon, the first beta of Adam and its kin; `None` where there is neither.
    pub momentum: Option<f64>,
}

/// Any optimizer. Object-safe: schedulers take a `&mut dyn Optimizer`.
pub trait Optimizer {
    /// PyTorch's name: `SGD`.
    fn name(&self) -> &'static str;

    /// Updates every parameter that has a gradient; the others stay, and so do their step counts.
    ///
    /// # Errors
    /// If a gradient does not fit its parameter, or a parameter was replaced in its module, as when that is moved to another device.
    #[track_caller]
    fn step(&mut self) -> Result<()>;

    /// Clears the gradients: `grad()` is `None` afterwards, as with PyTorch's `set_to_none=True`.
    fn zero_grad(&self);

    /// How many parameter groups there are; at least one.
    fn group_count(&self) -> usize;

    /// Learning rate and momentum of a group. An error if there is no such group.
    #[track_caller]
    fn rates(&self, group: usize) -> Result<Rates>;

    /// Sets learning rate and momentum of a group. An error if there is no such group or a number is NaN.
    ///
    /// Schedules may end a rounding error below zero, so unlike [`Optimizer::set_lr`] this takes negative numbers.
    #[track_caller]
    fn set_rates(&mut self, group: usize, rates: Rates) -> Result<()>;

    /// Whether the rates are those of a loaded state that was saved in the middle of a schedule, and have not been set since.
    ///
    /// A schedule that is made then leaves them as they are: its own state is usually loaded next. If it is not, the schedule starts from the
    /// initial rates at its first step. An optimizer that does not say so has its rates set by every new schedule.
    fn has_restored_rates(&self) -> bool {
        false
    }

    /// States and options, by the names and numbers that PyTorch gives them. The tensors are those of the optimizer, not copies.
    #[track_caller]
    fn state_dict(&self) -> Result<OptimizerState>;

    /// Takes over a saved state: training goes on bit for bit as it would have. The tensors are copied.
    ///
    /// # Errors
    /// If groups, parameters, names or shapes differ from this optimizer's; nothing is changed then.
    #[track_caller]
    fn load_state_dict(&mut self, state: &OptimizerState) -> Result<()>;

    /// The learning rate of the first group.
    fn lr(&self) -> f64 {
        self.rates(0).map_or(f64::NAN, |rates| rates.lr)
    }

    /// Sets the learning rate of every group. An error if it is negative, NaN or infinite.
    #[track_caller]
    fn set_lr(&mut self, lr: f64) -> Result<()> {
        options::not_negative(self.name(), "learning rate", lr)?;
        for group in 0..self.group_count() {
            let rates = self.rates(group)?;
            self.set_rates(group, Rates { lr, ..rates })?;
        }
        Ok(())
    }

    /// Evaluates `closure`, which computes the loss and its gradients, then takes a step; gives the loss.
    #[track_caller]
    fn step_with<F: FnOnce() -> Result<Tensor>>(&mut self, closure: F) -> Result<Tensor>
    where
        Self: Sized,
    {
        let recording = GradMode::set(true);
        let loss = closure()?;
        drop(recording);
        self.step()?;
        Ok(loss)
    }
}

/// An error about a group that is not there.
#[track_caller]
fn no_such_group(name: &str, group: usize, count: usize) -> Error {
    Error::index(format!(
        "{name}: there is no parameter group {group}, the optimizer has {count}"
    ))
}
