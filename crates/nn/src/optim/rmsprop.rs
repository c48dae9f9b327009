//! RMSprop.

use super::options::{Algorithm, compiled_here, not_negative, options};
use rushlight_tensor::{OptimizerStep, Result, update};

/// RMSprop: divides the gradient by the square root of a running average of its squares. Hinton 2012; the centered form is by Graves 2013.
/// PyTorch: `optim.RMSprop`.
///
/// With gradient `g` (plus `weight_decay θ`): `v = α v + (1 - α) g²`, then `θ -= lr g / (√v + eps)`. If `centered`, `v` minus the
/// square of the averaged gradient replaces `v`; with momentum, `b = momentum b + g / (√v + eps)` and `θ -= lr b`.
///
/// ```
/// use rushlight::nn::{Parameter, optim::{Optimizer, RMSprop, RMSpropOptions}};
/// use rushlight::tensor;
///
/// let theta = Parameter::new(tensor!([1.0, 2.0]))?;
/// let optimizer = RMSprop::new([theta], RMSpropOptions::new(0.01).momentum(0.9).centered(true))?;
/// assert_eq!(optimizer.rates(0)?.momentum, Some(0.9));
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type RMSprop = super::Grouped<RMSpropOptions>;

options! {
    /// The options of [`RMSprop`].
    RMSpropOptions {
        /// Learning rate.
        lr: f64 = 1e-2,
        /// Decay of the averages.
        alpha: f64 = 0.99,
        /// Added to the denominator.
        eps: f64 = 1e-8,
        /// L2 penalty: adds `weight_decay θ` to the gradient.
        weight_decay: f64 = 0.0,
        /// Momentum factor.
        momentum: f64 = 0.0,
        /// Whether to divide by the standard deviation of the gradient instead of its root mean square.
        centered: bool = false,
        /// Whether to maximize the objective instead of minimizing it.
        maximize: bool = false,
    }
}

impl Algorithm for RMSpropOptions {
    compiled_here!();

    const NAME: &'static str = "RMSprop";
    const STATES: &'static [&'static str] = &["square_avg", "momentum_buffer", "grad_avg"];
    const COUNTS_STEPS: bool = true;

    fn keeps(&self, state: usize, _shape: &[usize]) -> bool {
        match state {
            0 => true,
            1 => self.momentum > 0.0,
            _ => self.centered,
        }
    }

    fn update(&self) -> OptimizerStep {
        OptimizerStep::RmsProp(update::RmsProp {
            lr: self.lr,
            alpha: self.alpha,
            eps: self.eps,
            weight_decay: self.weight_decay,
            momentum: self.momentum,
            centered: self.centered,
            maximize: self.maximize,
        })
    }

    fn rates_mut(&mut self) -> (&mut f64, Option<&mut f64>) {
        (&mut self.lr, Some(&mut self.momentum))
    }

    fn check(&self) -> Result<()> {
        not_negative(Self::NAME, "learning rate", self.lr)?;
        not_negative(Self::NAME, "epsilon value", self.eps)?;
        not_negative(Self::NAME, "momentum value", self.momentum)?;
        not_negative(Self::NAME, "weight_decay value", self.weight_decay)?;
        not_negative(Self::NAME, "alpha value", self.alpha)
    }
}
