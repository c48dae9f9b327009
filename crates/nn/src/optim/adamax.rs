//! Adamax.

use super::options::{Algorithm, adam_in_range, compiled_here, options};
use rushlight_tensor::{OptimizerStep, Result, update};

/// [`Adam`](super::Adam) with a running maximum instead of the average of squares. Kingma and Ba 2014. PyTorch: `optim.Adamax`.
///
/// With gradient `g` (plus `weight_decay θ`): `m = β₁ m + (1 - β₁) g`, `u = max(β₂ u, |g| + eps)`; then `θ -= lr / (1 - β₁ᵗ) m / u`.
///
/// ```
/// use rushlight::nn::{Parameter, optim::{Adamax, Optimizer}};
/// use rushlight::autograd::Autograd;
/// use rushlight::tensor;
///
/// let theta = Parameter::new(tensor!([1.0, 2.0]))?;
/// let mut optimizer = Adamax::new([theta.clone()], 0.25)?;
/// theta.square()?.sum()?.backward()?;
/// optimizer.step()?;
/// assert_eq!(theta.to_vec::<f32>()?, [0.75, 1.75]);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type Adamax = super::Grouped<AdamaxOptions>;

options! {
    /// The options of [`Adamax`].
    AdamaxOptions {
        /// Learning rate.
        lr: f64 = 2e-3,
        /// Decay of the average of the gradient and of its maximum.
        betas: (f64, f64) = (0.9, 0.999),
        /// Added to the gradient's magnitude.
        eps: f64 = 1e-8,
        /// L2 penalty: adds `weight_decay θ` to the gradient.
        weight_decay: f64 = 0.0,
        /// Whether to maximize the objective instead of minimizing it.
        maximize: bool = false,
    }
}

impl Algorithm for AdamaxOptions {
    compiled_here!();

    const NAME: &'static str = "Adamax";
    const STATES: &'static [&'static str] = &["exp_avg", "exp_inf"];
    const COUNTS_STEPS: bool = true;

    fn update(&self) -> OptimizerStep {
        OptimizerStep::Adamax(update::Adamax {
            lr: self.lr,
            betas: self.betas,
            eps: self.eps,
            weight_decay: self.weight_decay,
            maximize: self.maximize,
        })
    }

    fn rates_mut(&mut self) -> (&mut f64, Option<&mut f64>) {
        (&mut self.lr, Some(&mut self.betas.0))
    }

    fn check(&self) -> Result<()> {
        adam_in_range(Self::NAME, self.lr, self.eps, self.betas, self.weight_decay)
    }
}
