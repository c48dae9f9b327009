//! Adam, and AdamW, whose weight decay is decoupled from the gradient.

use super::options::{Algorithm, adam_in_range, compiled_here, options};
use rushlight_tensor::{OptimizerStep, Result, update};

/// Adaptive moment estimation, Kingma and Ba 2014. PyTorch: `optim.Adam`.
///
/// With gradient `g` (plus `weight_decay θ`): `m = β₁ m + (1 - β₁) g`, `v = β₂ v + (1 - β₂) g²`;
/// `θ -= lr (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + eps)`. With `amsgrad` the largest `v` so far replaces `v` (Reddi, Kale and Kumar 2018).
///
/// ```
/// use rushlight::nn::{Parameter, optim::{Adam, AdamOptions, Optimizer}};
/// use rushlight::tensor;
///
/// let theta = Parameter::new(tensor!([1.0, 2.0]))?;
/// let optimizer = Adam::new([theta], AdamOptions::new(0.001).betas((0.9, 0.999)))?;
/// assert_eq!(optimizer.lr(), 0.001);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type Adam = super::Grouped<AdamOptions>;

/// Adam with decoupled weight decay: `θ -= lr weight_decay θ`, then [`Adam`]'s step without decay.
/// Loshchilov and Hutter 2017. PyTorch: `optim.AdamW`.
///
/// ```
/// use rushlight::nn::{Parameter, optim::{AdamW, AdamWOptions, Optimizer}};
/// use rushlight::tensor;
///
/// let theta = Parameter::new(tensor!([1.0, 2.0]))?;
/// let optimizer = AdamW::new([theta], AdamWOptions::new(3e-4).weight_decay(0.1).amsgrad(true))?;
/// assert_eq!(optimizer.name(), "AdamW");
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type AdamW = super::Grouped<AdamWOptions>;

options! {
    /// The options of [`Adam`].
    AdamOptions {
        /// Learning rate.
        lr: f64 = 1e-3,
        /// Decay of the averages of the gradient and of its square.
        betas: (f64, f64) = (0.9, 0.999),
        /// Added to the denominator.
        eps: f64 = 1e-8,
        /// L2 penalty: adds `weight_decay θ` to the gradient.
        weight_decay: f64 = 0.0,
        /// Whether to divide by the largest average of squares so far instead of the current one.
        amsgrad: bool = false,
        /// Whether to maximize the objective instead of minimizing it.
        maximize: bool = false,
        /// Whether weight decay is applied to the parameters instead of the gradient, as in [`AdamW`].
        decoupled_weight_decay: bool = false,
    }
}

options! {
    /// The options of [`AdamW`].
    AdamWOptions {
        /// Learning rate.
        lr: f64 = 1e-3,
        /// Decay of the averages of the gradient and of its square.
        betas: (f64, f64) = (0.9, 0.999),
        /// Added to the denominator.
        eps: f64 = 1e-8,
        /// Weight decay: each step multiplies the parameters by `1 - lr weight_decay`.
        weight_decay: f64 = 1e-2,
        /// Whether to divide by the largest average of squares so far instead of the current one.
        amsgrad: bool = false,
        /// Whether to maximize the objective instead of minimizing it.
        maximize: bool = false,
    }
}

macro_rules! algorithm {
    ($options:ident, $name:literal, |$o:ident| $decoupled:expr) => {
        impl Algorithm for $options {
            compiled_here!();

            const NAME: &'static str = $name;
            const STATES: &'static [&'static str] = &["exp_avg", "exp_avg_sq", "max_exp_avg_sq"];
            const COUNTS_STEPS: bool = true;
            const ADDED: &'static [&'static str] = &["decoupled_weight_decay"];

            fn keeps(&self, state: usize, _shape: &[usize]) -> bool {
                state < 2 || self.amsgrad
            }

            fn update(&self) -> OptimizerStep {
                let $o = *self;
                OptimizerStep::Adam(update::Adam {
                    lr: $o.lr,
                    betas: $o.betas,
                    eps: $o.eps,
                    weight_decay: $o.weight_decay,
                    decoupled: $decoupled,
                    amsgrad: $o.amsgrad,
                    maximize: $o.maximize,
                })
            }

            fn rates_mut(&mut self) -> (&mut f64, Option<&mut f64>) {
                (&mut self.lr, Some(&mut self.betas.0))
            }

            fn check(&self) -> Result<()> {
                adam_in_range(Self::NAME, self.lr, self.eps, self.betas, self.weight_decay)
            }
        }
    };
}

algorithm!(AdamOptions, "Adam", |o| o.decoupled_weight_decay);
algorithm!(AdamWOptions, "AdamW", |o| true);
