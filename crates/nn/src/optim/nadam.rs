//! NAdam.

use super::options::{Algorithm, adam_in_range, compiled_here, not_negative, options};
use rushlight_tensor::{OptimizerStep, Result, update};

/// [`Adam`](super::Adam) with Nesterov's momentum, which increases with the number of steps. Dozat 2016. PyTorch: `optim.NAdam`.
///
/// With gradient `g` (plus `weight_decay θ`), `m = β₁ m + (1 - β₁) g`, `v = β₂ v + (1 - β₂) g²`, and `μₜ = β₁ (1 - 0.96^(t momentum_decay) / 2)`:
/// `θ -= lr ((1 - μₜ) / (1 - μ₁ ⋯ μₜ) g + μₜ₊₁ / (1 - μ₁ ⋯ μₜ₊₁) m) / (√(v / (1 - β₂ᵗ)) + eps)`.
///
/// ```
/// use rushlight::nn::{Parameter, optim::{NAdam, NAdamOptions, Optimizer}};
/// use rushlight::tensor;
///
/// let theta = Parameter::new(tensor!([1.0, 2.0]))?;
/// let options = NAdamOptions::new(0.002).weight_decay(0.01).decoupled_weight_decay(true);
/// let optimizer = NAdam::new([theta], options)?;
/// assert_eq!(optimizer.name(), "NAdam");
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type NAdam = super::Grouped<NAdamOptions>;

options! {
    /// The options of [`NAdam`].
    NAdamOptions {
        /// Learning rate.
        lr: f64 = 2e-3,
        /// Decay of the averages of the gradient and of its square.
        betas: (f64, f64) = (0.9, 0.999),
        /// Added to the denominator.
        eps: f64 = 1e-8,
        /// L2 penalty, which adds `weight_decay θ` to the gradient; the decay of the parameters if it is decoupled.
        weight_decay: f64 = 0.0,
        /// How fast the momentum increases.
        momentum_decay: f64 = 4e-3,
        /// Whether weight decay is applied to the parameters instead of the gradient: `θ -= lr weight_decay θ` before the step.
        decoupled_weight_decay: bool = false,
        /// Whether to maximize the objective instead of minimizing it.
        maximize: bool = false,
    }
}

impl Algorithm for NAdamOptions {
    compiled_here!();

    const NAME: &'static str = "NAdam";
    const STATES: &'static [&'static str] = &["exp_avg", "exp_avg_sq"];
    const SCALARS: &'static [&'static str] = &["mu_product"];
    const COUNTS_STEPS: bool = true;

    fn factors(&self, step: u64, scalars: &mut [f32; 2]) -> [f64; 2] {
        let mu =
            |t: u64| self.betas.0 * (1.0 - 0.5 * 0.96_f64.powf(t as f64 * self.momentum_decay));
        let (now, next) = (mu(step), mu(step + 1));
        scalars[0] *= now as f32;
        let product = f64::from(scalars[0]);
        [
            self.lr * (1.0 - now) / (1.0 - product),
            self.lr * next / (1.0 - product * next),
        ]
    }

    fn update(&self) -> OptimizerStep {
        OptimizerStep::NAdam(update::NAdam {
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
        adam_in_range(Self::NAME, self.lr, self.eps, self.betas, self.weight_decay)?;
        not_negative(Self::NAME, "momentum_decay value", self.momentum_decay)
    }
}
