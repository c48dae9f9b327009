//! Adadelta.

use super::options::{Algorithm, compiled_here, not_negative, options};
use rushlight_tensor::{Error, OptimizerStep, Result, update};

/// Adadelta: scales the gradient by the ratio of the root mean squares of the past steps and of the past gradients. Zeiler 2012.
/// PyTorch: `optim.Adadelta`.
///
/// With gradient `g` (plus `weight_decay θ`): `v = ρ v + (1 - ρ) g²`, `Δ = √(u + eps) / √(v + eps) g`, `u = ρ u + (1 - ρ) Δ²`; then
/// `θ -= lr Δ`.
///
/// ```
/// use rushlight::nn::{Parameter, optim::{Adadelta, AdadeltaOptions, Optimizer}};
/// use rushlight::tensor;
///
/// let theta = Parameter::new(tensor!([1.0, 2.0]))?;
/// let optimizer = Adadelta::new([theta], AdadeltaOptions::default().rho(0.95))?;
/// assert_eq!(optimizer.lr(), 1.0);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type Adadelta = super::Grouped<AdadeltaOptions>;

options! {
    /// The options of [`Adadelta`].
    AdadeltaOptions {
        /// Learning rate: the factor of the step.
        lr: f64 = 1.0,
        /// Decay of the averages of the squared gradient and of the squared step.
        rho: f64 = 0.9,
        /// Added to the averages before their square roots are taken.
        eps: f64 = 1e-6,
        /// L2 penalty: adds `weight_decay θ` to the gradient.
        weight_decay: f64 = 0.0,
        /// Whether to maximize the objective instead of minimizing it.
        maximize: bool = false,
    }
}

impl Algorithm for AdadeltaOptions {
    compiled_here!();

    const NAME: &'static str = "Adadelta";
    const STATES: &'static [&'static str] = &["square_avg", "acc_delta"];
    const COUNTS_STEPS: bool = true;

    fn update(&self) -> OptimizerStep {
        OptimizerStep::Adadelta(update::Adadelta {
            lr: self.lr,
            rho: self.rho,
            eps: self.eps,
            weight_decay: self.weight_decay,
            maximize: self.maximize,
        })
    }

    fn rates_mut(&mut self) -> (&mut f64, Option<&mut f64>) {
        (&mut self.lr, None)
    }

    fn check(&self) -> Result<()> {
        not_negative(Self::NAME, "learning rate", self.lr)?;
        if !(0.0..=1.0).contains(&self.rho) {
            return Err(Error::value(format!(
                "Adadelta: Invalid rho value: {:?} (expected at least 0 and at most 1)",
                self.rho
            )));
        }
        not_negative(Self::NAME, "epsilon value", self.eps)?;
        not_negative(Self::NAME, "weight_decay value", self.weight_decay)
    }
}
