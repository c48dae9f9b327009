//! Resilient backpropagation.

use super::options::{Algorithm, compiled_here, finite, not_negative, options};
use rushlight_tensor::{Error, OptimizerStep, Result, update};

/// Resilient backpropagation: the signs of an element's gradients determine its step size. Riedmiller and Braun 1993.
/// PyTorch: `optim.Rprop`.
///
/// Where the gradient `g` has the same sign as the previous one, the step size is multiplied by `η₊`; where the sign changed, it is
/// multiplied by `η₋`, and `g` is set to 0. Then `θ -= size sign(g)`. The algorithm is meant for gradients of the whole data set.
///
/// ```
/// use rushlight::nn::{Parameter, optim::{Optimizer, Rprop}};
/// use rushlight::autograd::Autograd;
/// use rushlight::tensor;
///
/// let theta = Parameter::new(tensor!([1.0, -200.0]))?;
/// let mut optimizer = Rprop::new([theta.clone()], 0.5)?;
/// theta.square()?.sum()?.backward()?;
/// optimizer.step()?;
/// assert_eq!(theta.to_vec::<f32>()?, [0.5, -199.5]);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type Rprop = super::Grouped<RpropOptions>;

options! {
    /// The options of [`Rprop`].
    RpropOptions {
        /// The initial step size of each element.
        lr: f64 = 1e-2,
        /// The factors `(η₋, η₊)` that decrease and increase a step size: `η₋` is below 1, `η₊` above 1.
        etas: (f64, f64) = (0.5, 1.2),
        /// The smallest and the largest step size.
        step_sizes: (f64, f64) = (1e-6, 50.0),
        /// Whether to maximize the objective instead of minimizing it.
        maximize: bool = false,
    }
}

impl Algorithm for RpropOptions {
    compiled_here!();

    const NAME: &'static str = "Rprop";
    const STATES: &'static [&'static str] = &["prev", "step_size"];
    const COUNTS_STEPS: bool = true;

    fn initial_state(&self, state: usize) -> f64 {
        if state == 1 { self.lr } else { 0.0 }
    }

    fn update(&self) -> OptimizerStep {
        OptimizerStep::Rprop(update::Rprop {
            etas: self.etas,
            step_sizes: self.step_sizes,
            maximize: self.maximize,
        })
    }

    fn rates_mut(&mut self) -> (&mut f64, Option<&mut f64>) {
        (&mut self.lr, None)
    }

    fn check(&self) -> Result<()> {
        not_negative(Self::NAME, "learning rate", self.lr)?;
        let (shrink, grow) = self.etas;
        if !(0.0 < shrink && shrink < 1.0 && 1.0 < grow && grow.is_finite()) {
            return Err(Error::value(format!(
                "Rprop: Invalid eta values: {shrink:?}, {grow:?} (expected one between 0 and 1 and one above 1)"
            )));
        }
        finite(Self::NAME, "smallest step size", self.step_sizes.0)?;
        finite(Self::NAME, "largest step size", self.step_sizes.1)
    }
}
