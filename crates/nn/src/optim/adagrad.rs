//! Adagrad.

use super::options::{Algorithm, compiled_here, not_negative, options};
use rushlight_tensor::{OptimizerStep, Result, update};

/// Adagrad: divides the gradient by the square root of the sum of its past squares. Duchi, Hazan and Singer 2011.
/// PyTorch: `optim.Adagrad`.
///
/// With gradient `g` (plus `weight_decay θ`) at step `t`: `s += g²`, then `θ -= lr / (1 + (t - 1) lr_decay) g / (√s + eps)`.
///
/// ```
/// use rushlight::nn::{Parameter, optim::{Adagrad, Optimizer}};
/// use rushlight::autograd::Autograd;
/// use rushlight::tensor;
///
/// // The first step divides the gradient by itself.
/// let theta = Parameter::new(tensor!([1.0, -8.0]))?;
/// let mut optimizer = Adagrad::new([theta.clone()], 0.5)?;
/// theta.square()?.sum()?.backward()?;
/// optimizer.step()?;
/// assert_eq!(theta.to_vec::<f32>()?, [0.5, -7.5]);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type Adagrad = super::Grouped<AdagradOptions>;

options! {
    /// The options of [`Adagrad`].
    AdagradOptions {
        /// Learning rate.
        lr: f64 = 1e-2,
        /// Decay of the learning rate.
        lr_decay: f64 = 0.0,
        /// L2 penalty: adds `weight_decay θ` to the gradient.
        weight_decay: f64 = 0.0,
        /// The initial value of the sum of squares.
        initial_accumulator_value: f64 = 0.0,
        /// Added to the denominator.
        eps: f64 = 1e-10,
        /// Whether to maximize the objective instead of minimizing it.
        maximize: bool = false,
    }
}

impl Algorithm for AdagradOptions {
    compiled_here!();

    const NAME: &'static str = "Adagrad";
    const STATES: &'static [&'static str] = &["sum"];
    const COUNTS_STEPS: bool = true;

    fn initial_state(&self, _state: usize) -> f64 {
        self.initial_accumulator_value
    }

    fn update(&self) -> OptimizerStep {
        OptimizerStep::Adagrad(update::Adagrad {
            lr: self.lr,
            lr_decay: self.lr_decay,
            weight_decay: self.weight_decay,
            eps: self.eps,
            maximize: self.maximize,
        })
    }

    fn rates_mut(&mut self) -> (&mut f64, Option<&mut f64>) {
        (&mut self.lr, None)
    }

    fn check(&self) -> Result<()> {
        not_negative(Self::NAME, "learning rate", self.lr)?;
        not_negative(Self::NAME, "lr_decay value", self.lr_decay)?;
        not_negative(Self::NAME, "weight_decay value", self.weight_decay)?;
        not_negative(
            Self::NAME,
            "initial_accumulator_value value",
            self.initial_accumulator_value,
        )?;
        not_negative(Self::NAME, "epsilon value", self.eps)
    }
}
