//! Muon.

use super::options::{Algorithm, compiled_here, finite, not_negative, options};
use rushlight_files::numbers::Numbers;
use rushlight_tensor::update::MuonRate;
use rushlight_tensor::{Error, OptimizerStep, Result, update};
use serde::{Deserialize, Serialize};

/// Muon: momentum with orthogonalized updates, for the weight matrices of hidden layers. Jordan 2024. PyTorch: `optim.Muon`.
///
/// With gradient `g`: `b = momentum b + (1 - momentum) g`, and `u = g + momentum (b - g)` with Nesterov's momentum, otherwise `u = b`. `O`
/// starts as `u` divided by its norm; `ns_steps` iterations `O ← a O + (b O Oᵀ + c (O Oᵀ)²) O` in bfloat16 keep the singular vectors of `u`
/// and bring the singular values near 1. Then `θ -= lr weight_decay θ` and `θ -= lr O`, with `lr` adjusted to the matrix's shape.
///
/// Parameters must be matrices; use another optimizer for biases, embeddings and the last layer.
///
/// ```
/// use rushlight::nn::{Parameter, optim::{Muon, MuonOptions, Optimizer}};
/// use rushlight::autograd::Autograd;
/// use rushlight::Tensor;
///
/// let theta = Parameter::new(Tensor::eye(3, ())?)?;
/// let mut optimizer = Muon::new([theta.clone()], MuonOptions::new(0.1).weight_decay(0.0))?;
/// theta.square()?.sum()?.backward()?;
/// optimizer.step()?;
/// assert!(theta.trace()?.item::<f32>()? < 2.9);
/// # Ok::<(), rushlight::Error>(())
/// ```
pub type Muon = super::Grouped<MuonOptions>;

/// How [`Muon`]'s learning rate is adjusted to the shape `[a, b]` of a matrix.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdjustLr {
    /// `lr √max(1, a / b)`, as in Jordan's implementation.
    Original,
    /// `0.2 lr √max(a, b)`: steps of the size of [`AdamW`](super::AdamW)'s, so that its learning rate and weight decay can be reused.
    /// Liu et al. 2025.
    MatchRmsAdamw,
    /// `lr √(a / b)`. Bernstein 2025.
    SpectralUnclamped,
}

impl Numbers for AdjustLr {
    type SavedForm = AdjustLr;
    fn save(&self) -> AdjustLr {
        *self
    }
    fn load(saved: AdjustLr) -> AdjustLr {
        saved
    }
}

options! {
    /// The options of [`Muon`].
    MuonOptions {
        /// Learning rate.
        lr: f64 = 1e-3,
        /// Weight decay: each step multiplies the parameters by `1 - lr weight_decay`.
        weight_decay: f64 = 0.1,
        /// Momentum factor.
        momentum: f64 = 0.95,
        /// Whether to use Nesterov's momentum.
        nesterov: bool = true,
        /// The coefficients `(a, b, c)` of the polynomial.
        ns_coefficients: (f64, f64, f64) = (3.4445, -4.7750, 2.0315),
        /// Lower bound of the norm that `u` is divided by.
        eps: f64 = 1e-7,
        /// The number of iterations; less than 100.
        ns_steps: u32 = 5,
        /// How the learning rate is adjusted to the shape of a matrix; [`AdjustLr::Original`] by default.
        adjust_lr_fn: Option<AdjustLr> = None,
    }
}

impl Algorithm for MuonOptions {
    compiled_here!();

    const NAME: &'static str = "Muon";
    const STATES: &'static [&'static str] = &["momentum_buffer"];
    const COUNTS_STEPS: bool = false;
    const ADDED: &'static [&'static str] = &["adjust_lr_fn"];

    fn update(&self) -> OptimizerStep {
        OptimizerStep::Muon(update::Muon {
            lr: self.lr,
            weight_decay: self.weight_decay,
            momentum: self.momentum,
            nesterov: self.nesterov,
            ns_coefficients: self.ns_coefficients,
            eps: self.eps,
            ns_steps: self.ns_steps,
            adjust: match self.adjust_lr_fn {
                None | Some(AdjustLr::Original) => MuonRate::Original,
                Some(AdjustLr::MatchRmsAdamw) => MuonRate::MatchRmsAdamW,
                Some(AdjustLr::SpectralUnclamped) => MuonRate::SpectralUnclamped,
            },
        })
    }

    fn rates_mut(&mut self) -> (&mut f64, Option<&mut f64>) {
        (&mut self.lr, Some(&mut self.momentum))
    }

    fn check(&self) -> Result<()> {
        not_negative(Self::NAME, "learning rate", self.lr)?;
        not_negative(Self::NAME, "momentum value", self.momentum)?;
        not_negative(Self::NAME, "weight_decay value", self.weight_decay)?;
        finite(Self::NAME, "epsilon value", self.eps)?;
        let (a, b, c) = self.ns_coefficients;
        for coefficient in [a, b, c] {
            finite(Self::NAME, "Newton-Schulz coefficient", coefficient)?;
        }
        if self.ns_steps >= 100 {
            return Err(Error::value(format!(
                "Muon: Number of steps must be less than 100 for computational efficiency, got {}",
                self.ns_steps
            )));
        }
        Ok(())
    }

    fn check_shape(shape: &[usize]) -> Result<()> {
        if shape.len() == 2 {
            return Ok(());
        }
        Err(Error::shape(format!(
            "Muon: only supports 2D parameters whereas we found a parameter with size: {shape:?}"
        )))
    }
}
