//! RAdam.

use super::options::{Algorithm, adam_in_range, compiled_here, options};
use rushlight_tensor::{OptimizerStep, Result, update};

/// [`Adam`](super::Adam) with a rectified adaptive learning rate, which accounts for the variance of the average of squares in early steps.
/// Liu et al. 2019. PyTorch: `optim.RAdam`.
///
/// With gradient `g` (plus `weight_decay θ`), `m = β₁ m + (1 - β₁) g`, `v = β₂ v + (1 - β₂) g²`, `ρ∞ = 2 / (1 - β₂) - 1` and
/// `ρ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ)`: if `ρ > 5`, `θ -= lr r m / (1 - β₁ᵗ) √(1 - β₂ᵗ) / (√v + eps)` with
/// `r² = (ρ - 4) (ρ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρ)`, otherwise `θ -= lr m / (1 - β₁ᵗ)`.
///
/// ```
/// use rushlight::nn::{Parameter, optim::{Optimizer, RAdam}};
/// use rushlight::autograd::Autograd;
/// use rushlight::tensor;
///
/// // The first steps use momentum only.
/// let theta = Parameter::new(tensor!([1.0, 2.0]))?;
/// let mut optimizer = RAdam::new([theta.clone()], 0.25)?;
/// theta.square()?.sum()?.backward()?;
/// optimizer.step()?;
/// assert!(theta.sub(&tensor!([0.5, 1.0]))?.norm()?.item::<f32>()? < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type RAdam = super::Grouped<RAdamOptions>;

options! {
    /// The options of [`RAdam`].
    RAdamOptions {
        /// Learning rate.
        lr: f64 = 1e-3,
        /// Decay of the averages of the gradient and of its square.
        betas: (f64, f64) = (0.9, 0.999),
        /// Added to the denominator.
        eps: f64 = 1e-8,
        /// L2 penalty, which adds `weight_decay θ` to the gradient; the decay of the parameters if it is decoupled.
        weight_decay: f64 = 0.0,
        /// Whether weight decay is applied to the parameters instead of the gradient: `θ -= lr weight_decay θ` before the step.
        decoupled_weight_decay: bool = false,
        /// Whether to maximize the objective instead of minimizing it.
        maximize: bool = false,
    }
}

impl Algorithm for RAdamOptions {
    compiled_here!();

    const NAME: &'static str = "RAdam";
    const STATES: &'static [&'static str] = &["exp_avg", "exp_avg_sq"];
    const COUNTS_STEPS: bool = true;

    fn update(&self) -> OptimizerStep {
        OptimizerStep::RAdam(update::RAdam {
            lr: self.lr,
            betas: self.betas,
            eps: self.eps,
            weight_decay: self.weight_decay,
            decoupled: self.decoupled_weight_decay,
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
