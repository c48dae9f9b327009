//! Averaged stochastic gradient descent.

use super::options::{Algorithm, compiled_here, finite, not_negative, options};
use rushlight_tensor::{OptimizerStep, Result, update};

/// Stochastic gradient descent that also maintains an average of the parameters. Polyak and Juditsky 1992. PyTorch: `optim.ASGD`.
///
/// With gradient `g` (plus `weight_decay θ`) at step `t`: `θ = (1 - λ η) θ - η g`, then `a += μ (θ - a)`; for the next step
/// `η = lr / (1 + λ lr t)^α` and `μ = 1 / max(1, t - t0)`. The averages `a` are in the state as `ax`; until step `t0` they equal the
/// parameters.
///
/// ```
/// use rushlight::nn::{Parameter, optim::{ASGD, ASGDOptions, Optimizer}};
/// use rushlight::autograd::Autograd;
/// use rushlight::tensor;
///
/// let theta = Parameter::new(tensor!([1.0]))?;
/// let mut optimizer = ASGD::new([theta.clone()], ASGDOptions::new(0.5).lambd(0.0).t0(0.0))?;
/// for _ in 0..2 {
///     optimizer.zero_grad();
///     theta.sum()?.backward()?;
///     optimizer.step()?;
/// }
/// assert_eq!(theta.item::<f32>()?, 0.0);
/// assert_eq!(optimizer.state_dict()?.state[&0]["ax"].item::<f32>()?, 0.0);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type ASGD = super::Grouped<ASGDOptions>;

options! {
    /// The options of [`ASGD`].
    ASGDOptions {
        /// Learning rate.
        lr: f64 = 1e-2,
        /// `λ`: decay of the parameters and of the learning rate.
        lambd: f64 = 1e-4,
        /// `α`: the exponent of the decay of the learning rate.
        alpha: f64 = 0.75,
        /// The step at which averaging begins.
        t0: f64 = 1e6,
        /// L2 penalty: adds `weight_decay θ` to the gradient.
        weight_decay: f64 = 0.0,
        /// Whether to maximize the objective instead of minimizing it.
        maximize: bool = false,
    }
}

impl Algorithm for ASGDOptions {
    compiled_here!();

    const NAME: &'static str = "ASGD";
    const STATES: &'static [&'static str] = &["ax"];
    const SCALARS: &'static [&'static str] = &["eta", "mu"];
    const COUNTS_STEPS: bool = true;

    fn initial_scalars(&self) -> [f32; 2] {
        [self.lr as f32, 1.0]
    }

    fn factors(&self, step: u64, scalars: &mut [f32; 2]) -> [f64; 2] {
        let now = scalars.map(f64::from);
        let t = step as f64;
        let eta = self.lr / (1.0 + self.lambd * self.lr * t).powf(self.alpha);
        let mu = 1.0 / (t - self.t0).max(1.0);
        *scalars = [eta as f32, mu as f32];
        now
    }

    fn update(&self) -> OptimizerStep {
        OptimizerStep::Asgd(update::Asgd {
            lambd: self.lambd,
            weight_decay: self.weight_decay,
            maximize: self.maximize,
        })
    }

    fn rates_mut(&mut self) -> (&mut f64, Option<&mut f64>) {
        (&mut self.lr, None)
    }

    fn check(&self) -> Result<()> {
        not_negative(Self::NAME, "learning rate", self.lr)?;
        not_negative(Self::NAME, "lambd value", self.lambd)?;
        not_negative(Self::NAME, "alpha value", self.alpha)?;
        finite(Self::NAME, "t0 value", self.t0)?;
        not_negative(Self::NAME, "weight_decay value", self.weight_decay)
    }
}
