//! Stochastic gradient descent.

use super::options::{Algorithm, compiled_here, not_negative, options};
use rushlight_tensor::{Error, OptimizerStep, Result, update};

/// Stochastic gradient descent, optionally with momentum. PyTorch: `optim.SGD`.
///
/// With gradient `g` (plus `weight_decay θ`): `v = momentum v + (1 - dampening) g`, in the first step `v = g`; then `θ -= lr v`, or with
/// Nesterov's momentum `θ -= lr (g + momentum v)`. Without momentum, `θ -= lr g`.
///
/// ```
/// use rushlight::nn::{Parameter, optim::{Optimizer, SGD}};
/// use rushlight::autograd::Autograd;
/// use rushlight::tensor;
///
/// let theta = Parameter::new(tensor!([1.0, 2.0]))?;
/// let mut optimizer = SGD::new([theta.clone()], 0.5)?;
/// theta.sum()?.backward()?;
/// optimizer.step()?;
/// assert_eq!(theta.to_vec::<f32>()?, [0.5, 1.5]);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type SGD = super::Grouped<SGDOptions>;

options! {
    /// The options of [`SGD`].
    SGDOptions {
        /// Learning rate.
        lr: f64 = 1e-3,
        /// Momentum factor.
        momentum: f64 = 0.0,
        /// Dampening of the momentum: the gradient is added to it with the factor `1 - dampening`.
        dampening: f64 = 0.0,
        /// L2 penalty: adds `weight_decay θ` to the gradient.
        weight_decay: f64 = 0.0,
        /// Whether to use Nesterov's momentum, which requires a momentum and zero dampening.
        nesterov: bool = false,
        /// Whether to maximize the objective instead of minimizing it.
        maximize: bool = false,
    }
}

impl Algorithm for SGDOptions {
    compiled_here!();

    const NAME: &'static str = "SGD";
    const STATES: &'static [&'static str] = &["momentum_buffer"];
    const COUNTS_STEPS: bool = false;

    fn keeps(&self, _state: usize, _shape: &[usize]) -> bool {
        self.momentum != 0.0
    }

    fn update(&self) -> OptimizerStep {
        OptimizerStep::Sgd(update::Sgd {
            lr: self.lr,
            momentum: self.momentum,
            dampening: self.dampening,
            nesterov: self.nesterov,
            weight_decay: self.weight_decay,
            maximize: self.maximize,
        })
    }

    fn rates_mut(&mut self) -> (&mut f64, Option<&mut f64>) {
        (&mut self.lr, Some(&mut self.momentum))
    }

    fn check(&self) -> Result<()> {
        not_negative(Self::NAME, "learning rate", self.lr)?;
        not_negative(Self::NAME, "momentum value", self.momentum)?;
        not_negative(Self::NAME, "weight_decay value", self.weight_decay)?;
        if !self.dampening.is_finite() {
            return Err(Error::value(format!(
                "SGD: Invalid dampening value: {:?}",
                self.dampening
            )));
        }
        if self.nesterov && (self.momentum <= 0.0 || self.dampening != 0.0) {
            return Err(Error::value(format!(
                "SGD: Nesterov momentum requires a momentum and zero dampening, got momentum {:?} and dampening {:?}",
                self.momentum, self.dampening
            )));
        }
        Ok(())
    }
}
