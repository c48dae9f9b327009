//! The parts that differ between optimizers: the options, the names of the states and the update.

use super::{Grouped, OptimizerState, Rates};
use rushlight_tensor::{Dims, Error, OptimizerStep, Result};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt::Debug;

/// The options of an optimizer; each parameter group has its own. See [`Grouped`](super::Grouped).
pub trait Algorithm:
    Copy + Debug + Default + PartialEq + Serialize + DeserializeOwned + Send + Sync + 'static
{
    /// PyTorch's name of the optimizer.
    const NAME: &'static str;

    /// PyTorch's names of the states that a parameter may have, in the order that the backend requires.
    const STATES: &'static [&'static str];

    /// Whether a saved state has a `step` count of its own.
    const COUNTS_STEPS: bool;

    /// PyTorch's names of the numbers that each parameter has in addition to its states; at most two.
    const SCALARS: &'static [&'static str] = &[];

    /// The names of options that may be missing in saved states of earlier versions; a missing option has its default value.
    const ADDED: &'static [&'static str] = &[];

    /// Whether these options use the state `STATES[state]` for a parameter of this shape.
    fn keeps(&self, _state: usize, _shape: &[usize]) -> bool {
        true
    }

    /// The shape of the state `STATES[state]` of a parameter of shape `shape`; by default the same.
    fn state_shape(&self, _state: usize, shape: &[usize]) -> Dims {
        shape.iter().copied().collect()
    }

    /// The initial value of the elements of the state `STATES[state]`.
    fn initial_state(&self, _state: usize) -> f64 {
        0.0
    }

    /// The values of the numbers `SCALARS` before the first step.
    fn initial_scalars(&self) -> [f32; 2] {
        [1.0; 2]
    }

    /// Returns the factors that the backend's update requires in step `step`, and advances the numbers to the next step.
    fn factors(&self, _step: u64, _scalars: &mut [f32; 2]) -> [f64; 2] {
        [0.0; 2]
    }

    /// The update that the backend performs.
    fn update(&self) -> OptimizerStep;

    /// The learning rate, and the momentum that schedulers cycle, if there is one.
    fn rates_mut(&mut self) -> (&mut f64, Option<&mut f64>);

    /// Returns an error with PyTorch's message if an option is out of range.
    #[track_caller]
    fn check(&self) -> Result<()>;

    /// [`Algorithm::check`] for saved options.
    ///
    /// Learning rates and momenta may have any value that a schedule may set, including negative and infinite ones, as in
    /// [`Optimizer::set_rates`](super::Optimizer::set_rates).
    #[track_caller]
    fn check_saved(&self) -> Result<()> {
        let mut others = *self;
        let (lr, momentum) = others.rates_mut();
        let rates = Rates {
            lr: std::mem::replace(lr, 0.0),
            initial_lr: None,
            // A value that every algorithm accepts, also with Nesterov's momentum.
            momentum: momentum.map(|momentum| std::mem::replace(momentum, 0.5)),
        };
        check_rates(Self::NAME, &rates)?;
        others.check()
    }

    /// Returns an error if parameters of this shape cannot be optimized.
    #[track_caller]
    fn check_shape(_shape: &[usize]) -> Result<()> {
        Ok(())
    }

    /// [`Optimizer::step`](super::Optimizer::step) of an optimizer with these options.
    ///
    /// This method and the two below belong to the trait so that an algorithm can have them compiled once, in its own crate: a generic method
    /// is compiled again in every program that uses it. An algorithm does not have to define them.
    #[track_caller]
    fn take_step(optimizer: &mut Grouped<Self>) -> Result<()> {
        optimizer.take_step()
    }

    /// [`Optimizer::state_dict`](super::Optimizer::state_dict) of an optimizer with these options.
    #[track_caller]
    fn save(optimizer: &Grouped<Self>) -> Result<OptimizerState> {
        optimizer.save()
    }

    /// [`Optimizer::load_state_dict`](super::Optimizer::load_state_dict) of an optimizer with these options.
    #[track_caller]
    fn load(optimizer: &mut Grouped<Self>, state: &OptimizerState) -> Result<()> {
        optimizer.load(state)
    }
}

/// Used in an `impl Algorithm`, so that the methods of its optimizer are compiled in this crate.
macro_rules! compiled_here {
    () => {
        fn take_step(optimizer: &mut crate::optim::Grouped<Self>) -> Result<()> {
            optimizer.take_step()
        }

        fn save(optimizer: &crate::optim::Grouped<Self>) -> Result<crate::optim::OptimizerState> {
            optimizer.save()
        }

        fn load(
            optimizer: &mut crate::optim::Grouped<Self>,
            state: &crate::optim::OptimizerState,
        ) -> Result<()> {
            optimizer.load(state)
        }
    };
}
pub(super) use compiled_here;

/// Returns an error if a rate is NaN; all other numbers are valid.
#[track_caller]
pub(crate) fn check_rates(name: &str, rates: &Rates) -> Result<()> {
    let initial_lr = rates.initial_lr.unwrap_or(0.0);
    let momentum = rates.momentum.unwrap_or(0.0);
    if !(rates.lr.is_nan() || initial_lr.is_nan() || momentum.is_nan()) {
        return Ok(());
    }
    Err(Error::value(format!(
        "{name}: Invalid learning rate or momentum: {:?} and {momentum:?}, from a learning rate of {initial_lr:?} at first",
        rates.lr
    )))
}

/// Returns an error unless `value` is a finite number of at least 0.
#[track_caller]
pub(crate) fn not_negative(name: &str, what: &str, value: f64) -> Result<()> {
    if value >= 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::value(format!(
        "{name}: Invalid {what}: {value:?} (expected a finite number of at least 0)"
    )))
}

/// Returns an error unless `value` is a finite number.
#[track_caller]
pub(super) fn finite(name: &str, what: &str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Error::value(format!(
        "{name}: Invalid {what}: {value:?} (expected a finite number)"
    )))
}

/// Returns an error if one of the options that all variants of Adam have is out of range.
#[track_caller]
pub(super) fn adam_in_range(
    name: &str,
    lr: f64,
    eps: f64,
    betas: (f64, f64),
    weight_decay: f64,
) -> Result<()> {
    not_negative(name, "learning rate", lr)?;
    not_negative(name, "epsilon value", eps)?;
    for (i, beta) in [betas.0, betas.1].into_iter().enumerate() {
        if !(0.0..1.0).contains(&beta) {
            return Err(Error::value(format!(
                "{name}: Invalid beta parameter at index {i}: {beta:?} (expected at least 0 and less than 1)"
            )));
        }
    }
    not_negative(name, "weight_decay value", weight_decay)
}

/// Defines an optimizer's options: the struct, its defaults, one setter per field, and the conversion from a learning rate.
macro_rules! options {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Debug, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $($(#[$field_doc])* #[serde(with = "rushlight_files::numbers")] pub $field: $type,)*
        }

        impl Default for $name {
            fn default() -> Self {
                $name { $($field: $default,)* }
            }
        }

        impl From<f64> for $name {
            fn from(lr: f64) -> Self {
                $name { lr, ..Default::default() }
            }
        }

        impl $name {
            /// Creates options with a learning rate and PyTorch's defaults.
            pub fn new(lr: f64) -> Self {
                lr.into()
            }

            $(
                #[doc = concat!("Sets [`", stringify!($name), "::", stringify!($field), "`](#structfield.", stringify!($field), ").")]
                #[must_use]
                pub fn $field(mut self, $field: $type) -> Self {
                    self.$field = $field;
                    self
                }
            )*
        }
    };
}
pub(super) use options;
