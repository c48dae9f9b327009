//! Optimizers, which update parameters by their gradients. PyTorch: `torch.optim`.
//!
//! All of them but one are the type [`Grouped`], generic over the options of an algorithm: groups, states, saving and loading are the same for
//! each, and only the update differs. The update is a value too ([`OptimizerStep`](rushlight_tensor::OptimizerStep)): a step is one call
//! to the backend for a whole parameter group, so that the backend can update all parameters in one pass. [`LBFGS`] is a type of its own,
//! because it treats all parameters as one vector and evaluates the loss several times per step.
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
mod lbfgs;
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
pub use lbfgs::{LBFGS, LBFGSOptions, LineSearch};
pub use muon::{AdjustLr, Muon, MuonOptions};
pub use nadam::{NAdam, NAdamOptions};
pub use options::Algorithm;
pub use radam::{RAdam, RAdamOptions};
pub use rmsprop::{RMSprop, RMSpropOptions};
pub use rprop::{Rprop, RpropOptions};
pub use sgd::{SGD, SGDOptions};
pub use state::{GroupState, OptimizerState, ParamState};

use rushlight_tensor::{Error, GradMode, Result, Tensor};

/// The settings of a parameter group that a scheduler reads and writes.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rates {
    /// The learning rate.
    pub lr: f64,
    /// The learning rate that schedules start from. The first scheduler sets it, and it is part of the state.
    pub initial_lr: Option<f64>,
    /// The momentum of SGD, RMSprop and Muon, or the first beta of Adam and its variants; `None` if the optimizer has neither.
    pub momentum: Option<f64>,
}

/// The interface of all optimizers. The trait is object-safe: schedulers take a `&mut dyn Optimizer`.
pub trait Optimizer {
    /// PyTorch's name of the optimizer, such as `SGD`.
    fn name(&self) -> &'static str;

    /// Updates every parameter that has a gradient. The others and their step counts are unchanged.
    ///
    /// # Errors
    /// If the optimizer is [`LBFGS`], which requires the closure of [`Optimizer::step_with`]; if a gradient does not match its parameter, or if a parameter was replaced in its module, for example by moving the module to another
    /// device.
    #[track_caller]
    fn step(&mut self) -> Result<()>;

    /// Clears the gradients: `grad()` returns `None` afterwards, as with PyTorch's `set_to_none=True`.
    fn zero_grad(&self);

    /// The number of parameter groups, which is at least one.
    fn group_count(&self) -> usize;

    /// The learning rate and the momentum of a group.
    ///
    /// # Errors
    /// If there is no such group.
    #[track_caller]
    fn rates(&self, group: usize) -> Result<Rates>;

    /// Sets the learning rate and the momentum of a group.
    ///
    /// Unlike [`Optimizer::set_lr`], this accepts negative numbers, because a schedule may end a rounding error below zero.
    ///
    /// # Errors
    /// If there is no such group or a number is NaN.
    #[track_caller]
    fn set_rates(&mut self, group: usize, rates: Rates) -> Result<()>;

    /// Whether the rates come from a loaded state that was saved in the middle of a schedule and have not been set since.
    ///
    /// A scheduler that is made in this situation leaves them unchanged, because its own state is usually loaded next. If it is not loaded, the
    /// scheduler starts from the initial rates at its first step. If this returns `false`, which is the default, every new scheduler sets the
    /// rates.
    fn has_restored_rates(&self) -> bool {
        false
    }

    /// The states and options, by PyTorch's names and parameter numbers. The tensors are those of the optimizer, not copies.
    #[track_caller]
    fn state_dict(&self) -> Result<OptimizerState>;

    /// Loads a saved state, so that training continues with the same bits as without the interruption. The tensors are copied.
    ///
    /// # Errors
    /// If groups, parameters, names or shapes differ from those of this optimizer, which is then unchanged.
    #[track_caller]
    fn load_state_dict(&mut self, state: &OptimizerState) -> Result<()>;

    /// The learning rate of the first group.
    fn lr(&self) -> f64 {
        self.rates(0).map_or(f64::NAN, |rates| rates.lr)
    }

    /// Sets the learning rate of every group.
    ///
    /// # Errors
    /// If the rate is negative, NaN or infinite.
    #[track_caller]
    fn set_lr(&mut self, lr: f64) -> Result<()> {
        options::not_negative(self.name(), "learning rate", lr)?;
        for group in 0..self.group_count() {
            let rates = self.rates(group)?;
            self.set_rates(group, Rates { lr, ..rates })?;
        }
        Ok(())
    }

    /// Takes a step with a closure that clears the gradients, computes the loss and its gradients, and returns the loss. Returns the loss, of
    /// the first evaluation if there are several. PyTorch: `Optimizer.step(closure)`.
    ///
    /// [`LBFGS`] calls the closure several times, the other optimizers once, before the step.
    ///
    /// ```
    /// use rushlight::nn::{Parameter, optim::{Optimizer, SGD}};
    /// use rushlight::autograd::Autograd;
    /// use rushlight::tensor;
    ///
    /// let theta = Parameter::new(tensor!([3.0]))?;
    /// let mut optimizer = SGD::new([theta.clone()], 0.25)?;
    /// let loss = optimizer.step_with(|| {
    ///     theta.zero_grad();
    ///     let loss = theta.square()?.sum()?;
    ///     loss.backward()?;
    ///     Ok(loss)
    /// })?;
    /// assert_eq!((loss.item::<f32>()?, theta.item::<f32>()?), (9.0, 1.5));
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// Those of the closure and of [`Optimizer::step`].
    #[track_caller]
    fn step_with<F: FnMut() -> Result<Tensor>>(&mut self, mut closure: F) -> Result<Tensor>
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

/// The error about a group that does not exist.
#[track_caller]
fn no_such_group(name: &str, group: usize, count: usize) -> Error {
    Error::index(format!(
        "{name}: there is no parameter group {group}; the optimizer has {count}"
    ))
}
