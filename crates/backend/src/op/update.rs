//! The update rules of optimizers as data, so that a backend can apply them in one pass.
//!
//! In the formulas `θ` is the parameter, `g` the gradient, negated to maximise and `weight_decay θ` added where decay is not
//! decoupled, and `t` the number of the step, from 1.

use crate::{DType, Dims};
use smallvec::{SmallVec, smallvec};

/// The bias correction of a moving average that started at 0, after `step` steps: `1 - βᵗ`.
pub fn bias_correction(beta: f64, step: u64) -> f64 {
    1.0 - beta.powf(step as f64)
}

/// The update of one parameter group. Each parameter comes with its gradient, its states, and its [factors](crate::StepViews::factors).
#[derive(Clone, PartialEq, Debug)]
pub enum OptimizerStep {
    /// Stochastic gradient descent.
    Sgd(Sgd),
    /// Adam and AdamW.
    Adam(Adam),
    /// RMSprop.
    RmsProp(RmsProp),
    /// Adagrad.
    Adagrad(Adagrad),
    /// Adadelta.
    Adadelta(Adadelta),
    /// Adamax.
    Adamax(Adamax),
    /// Adam with Nesterov's momentum.
    NAdam(NAdam),
    /// Rectified Adam.
    RAdam(RAdam),
    /// Averaged stochastic gradient descent.
    Asgd(Asgd),
    /// Resilient backpropagation.
    Rprop(Rprop),
    /// Adafactor.
    Adafactor(Adafactor),
    /// Muon.
    Muon(Muon),
}

/// `v = momentum v + (1 - dampening) g`, at first `v = g`; `θ -= lr v`. State: `v`, if `momentum` is not 0. PyTorch: `optim.SGD`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sgd {
    /// Learning rate.
    pub lr: f64,
    /// How much of `v` is kept.
    pub momentum: f64,
    /// How much of the gradient is left out of `v`.
    pub dampening: f64,
    /// Whether the step is along `g + momentum v` instead of `v`.
    pub nesterov: bool,
    /// L2 penalty.
    pub weight_decay: f64,
    /// Whether to maximise.
    pub maximize: bool,
}

/// `m = β₁ m + (1 - β₁) g`, `v = β₂ v + (1 - β₂) g²`; `θ -= lr (m / (1 - β₁ᵗ)) / (√(v / (1 - β₂ᵗ)) + eps)`.
///
/// States: `m`, `v`, and the largest `v` so far if `amsgrad`, which then takes its place. PyTorch: `optim.Adam`, `optim.AdamW`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Adam {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the first and second moments.
    pub betas: (f64, f64),
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Weight decay: into the gradient, or onto the parameter if `decoupled`.
    pub weight_decay: f64,
    /// Whether weight decay acts on the parameter itself: `θ -= lr weight_decay θ` first.
    pub decoupled: bool,
    /// Whether to divide by the largest second moment so far.
    pub amsgrad: bool,
    /// Whether to maximise.
    pub maximize: bool,
}

/// `v = α v + (1 - α) g²`, `θ -= lr g / (√v + eps)`.
///
/// States: `v`, then the momentum buffer if `momentum > 0`, then the mean gradient if `centered`. PyTorch: `optim.RMSprop`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RmsProp {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the averages.
    pub alpha: f64,
    /// Added to the root.
    pub eps: f64,
    /// L2 penalty.
    pub weight_decay: f64,
    /// Momentum factor.
    pub momentum: f64,
    /// Whether to subtract the squared mean gradient.
    pub centered: bool,
    /// Whether to maximise.
    pub maximize: bool,
}

/// `s += g²`, `θ -= lr / (1 + (t - 1) lr_decay) g / (√s + eps)`. State: `s`. PyTorch: `optim.Adagrad`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Adagrad {
    /// Learning rate.
    pub lr: f64,
    /// How fast the learning rate falls.
    pub lr_decay: f64,
    /// L2 penalty.
    pub weight_decay: f64,
    /// Added to the root.
    pub eps: f64,
    /// Whether to maximise.
    pub maximize: bool,
}

impl Adagrad {
    /// The learning rate of a step.
    pub fn rate(&self, step: u64) -> f64 {
        self.lr / (1.0 + (step as f64 - 1.0) * self.lr_decay)
    }
}

/// `v = ρ v + (1 - ρ) g²`, `Δ = √(u + eps) / √(v + eps) g`, `u = ρ u + (1 - ρ) Δ²`, `θ -= lr Δ`. States: `v`, `u`. PyTorch: `optim.Adadelta`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Adadelta {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the averages.
    pub rho: f64,
    /// Added below the roots.
    pub eps: f64,
    /// L2 penalty.
    pub weight_decay: f64,
    /// Whether to maximise.
    pub maximize: bool,
}

/// `m = β₁ m + (1 - β₁) g`, `u = max(β₂ u, |g| + eps)`, `θ -= lr / (1 - β₁ᵗ) m / u`. States: `m`, `u`. PyTorch: `optim.Adamax`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Adamax {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the average and of the norm.
    pub betas: (f64, f64),
    /// Added to the gradient's magnitude.
    pub eps: f64,
    /// L2 penalty.
    pub weight_decay: f64,
    /// Whether to maximise.
    pub maximize: bool,
}

/// `m` and `v` as for [`Adam`], then `θ -= (a g + b m) / (√(v / (1 - β₂ᵗ)) + eps)` with the factors `[a, b]`.
///
/// States: `m`, `v`. PyTorch: `optim.NAdam`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct NAdam {
    /// Learning rate: for decoupled decay only, the factors have it in them.
    pub lr: f64,
    /// Decay of the first and second moments.
    pub betas: (f64, f64),
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Weight decay: into the gradient, or onto the parameter if `decoupled`.
    pub weight_decay: f64,
    /// Whether weight decay acts on the parameter itself: `θ -= lr weight_decay θ` first.
    pub decoupled: bool,
    /// Whether to maximise.
    pub maximize: bool,
}

/// `m` and `v` as for [`Adam`]; then, once the variance can be estimated, `θ -= lr r √(1 - β₂ᵗ) m / (1 - β₁ᵗ) / (√v + eps)`, before that
/// `θ -= lr m / (1 - β₁ᵗ)`.
///
/// States: `m`, `v`. PyTorch: `optim.RAdam`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct RAdam {
    /// Learning rate.
    pub lr: f64,
    /// Decay of the first and second moments.
    pub betas: (f64, f64),
    /// Added to the root of the second moment.
    pub eps: f64,
    /// Weight decay: into the gradient, or onto the parameter if `decoupled`.
    pub weight_decay: f64,
    /// Whether weight decay acts on the parameter itself: `θ -= lr weight_decay θ` first.
    pub decoupled: bool,
    /// Whether to maximise.
    pub maximize: bool,
}

impl RAdam {
    /// The rectification `r` of a step, or `None` in the first steps, where the variance cannot be estimated yet.
    ///
    /// With `ρ∞ = 2 / (1 - β₂) - 1` and `ρ = ρ∞ - 2 t β₂ᵗ / (1 - β₂ᵗ)`, if `ρ > 5`:
    /// `r = √((ρ - 4) (ρ - 2) ρ∞ / ((ρ∞ - 4) (ρ∞ - 2) ρ))`.
    pub fn rectification(&self, step: u64) -> Option<f64> {
        let (beta, t) = (self.betas.1, step as f64);
        let power = beta.powf(t);
        let longest = 2.0 / (1.0 - beta) - 1.0;
        let length = longest - 2.0 * t * power / (1.0 - power);
        let r = (length - 4.0) * (length - 2.0) * longest
            / ((longest - 4.0) * (longest - 2.0) * length);
        (length > 5.0).then(|| r.sqrt())
    }
}

/// `θ = (1 - λ η) θ - η g`, then `a += μ (θ - a)`, or `a = θ` where `μ` is 1, with the factors `[η, μ]`. State: `a`. PyTorch: `optim.ASGD`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Asgd {
    /// `λ`, the decay of the parameter.
    pub lambd: f64,
    /// L2 penalty.
    pub weight_decay: f64,
    /// Whether to maximise.
    pub maximize: bool,
}

/// The step size `s` of each element grows by `etas.1` where `g` and the last gradient `p` have one sign, and shrinks by `etas.0`, taking no
/// step, where they differ: then `g = 0`. `θ -= s sign(g)`, `p = g`. States: `p`, `s`. PyTorch: `optim.Rprop`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Rprop {
    /// By what a step size shrinks and grows.
    pub etas: (f64, f64),
    /// The smallest and the largest step size.
    pub step_sizes: (f64, f64),
    /// Whether to maximise.
    pub maximize: bool,
}

/// The second moment of a matrix from those of its rows and columns alone. States: row and column moments, of the parameter's shape with
/// the last and the last but one dimension 1; for vectors and scalars the second moment itself. PyTorch: `optim.Adafactor`.
///
/// With `w = t^beta2_decay`: `R += w (mean of g² along the rows - R)`, `C` likewise along the columns, `V = R C / max(mean R, eps1)`;
/// `U = g / √max(V, eps1²)`; `θ -= α U / max(1, rms(U) / d)` with `α = max(eps2, rms(θ)) min(lr, 1 / √t)`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Adafactor {
    /// Learning rate, from above.
    pub lr: f64,
    /// The exponent of the averages' weight.
    pub beta2_decay: f64,
    /// Bounds from below: of the second moment, by default the dtype's epsilon, and of the parameter's scale.
    pub eps: (Option<f64>, f64),
    /// The largest root mean square of an update.
    pub d: f64,
    /// By how much, times the learning rate, a step first shrinks the parameter.
    pub weight_decay: f64,
    /// Whether to maximise.
    pub maximize: bool,
}

/// `b += (1 - momentum) (g - b)`, then `θ -= lr weight_decay θ` and `θ -= lr adjustment orthogonal(b)`, or with Nesterov's momentum
/// `orthogonal(g + momentum (b - g))`. State: `b`. Matrices only. PyTorch: `optim.Muon`.
///
/// `orthogonal(x)` is `x` over its norm after `ns_steps` of `x = a x + (b x xᵀ + c (x xᵀ)²) x`, in bfloat16.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Muon {
    /// Learning rate.
    pub lr: f64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// How much of `b` is kept.
    pub momentum: f64,
    /// Whether to look ahead along the momentum.
    pub nesterov: bool,
    /// `(a, b, c)`.
    pub ns_coefficients: (f64, f64, f64),
    /// The norm is at least this.
    pub eps: f64,
    /// How many times the polynomial is applied.
    pub ns_steps: u32,
    /// How the learning rate follows the shape of a matrix.
    pub adjust: MuonRate,
}

/// The factor on [`Muon`]'s learning rate for a matrix `[a, b]`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum MuonRate {
    /// `√max(1, a / b)`.
    Original,
    /// `0.2 √max(a, b)`, after which an update is as large as AdamW's.
    MatchRmsAdamW,
    /// `√(a / b)`.
    SpectralUnclamped,
}

impl MuonRate {
    /// The factor for a matrix of `rows` and `columns`.
    pub fn factor(self, rows: usize, columns: usize) -> f64 {
        let (a, b) = (rows as f64, columns as f64);
        match self {
            MuonRate::Original => (a / b).max(1.0).sqrt(),
            MuonRate::MatchRmsAdamW => 0.2 * a.max(b).sqrt(),
            MuonRate::SpectralUnclamped => (a / b).sqrt(),
        }
    }
}

impl OptimizerStep {
    /// The optimizer's name.
    pub fn name(&self) -> &'static str {
        match self {
            OptimizerStep::Sgd(_) => "SGD",
            OptimizerStep::Adam(Adam {
                decoupled: false, ..
            }) => "Adam",
            OptimizerStep::Adam(Adam {
                decoupled: true, ..
            }) => "AdamW",
            OptimizerStep::RmsProp(_) => "RMSprop",
            OptimizerStep::Adagrad(_) => "Adagrad",
            OptimizerStep::Adadelta(_) => "Adadelta",
            OptimizerStep::Adamax(_) => "Adamax",
            OptimizerStep::NAdam(_) => "NAdam",
            OptimizerStep::RAdam(_) => "RAdam",
            OptimizerStep::Asgd(_) => "ASGD",
            OptimizerStep::Rprop(_) => "Rprop",
            OptimizerStep::Adafactor(_) => "Adafactor",
            OptimizerStep::Muon(_) => "Muon",
        }
    }

    /// The dtype of the states of a parameter of dtype `param`. Halves have theirs in `float32`: a square of a gradient below 10⁻⁴ is 0
    /// in float16 and one above 256 is infinite, and an average in either half stops changing long before it has converged.
    pub fn state_dtype(param: DType) -> DType {
        match param.is_half() {
            true => DType::F32,
            false => param,
        }
    }

    /// The shapes of the states of a parameter of shape `param`, in order.
    pub fn states(&self, param: Dims) -> SmallVec<[Dims; 3]> {
        let same = |count: usize| SmallVec::from_elem(param, count);
        match self {
            OptimizerStep::Sgd(f) => same((f.momentum != 0.0) as usize),
            OptimizerStep::Adam(f) => same(2 + f.amsgrad as usize),
            OptimizerStep::RmsProp(f) => {
                same(1 + (f.momentum > 0.0) as usize + f.centered as usize)
            }
            OptimizerStep::Adagrad(_) | OptimizerStep::Asgd(_) | OptimizerStep::Muon(_) => same(1),
            OptimizerStep::Adadelta(_)
            | OptimizerStep::Adamax(_)
            | OptimizerStep::NAdam(_)
            | OptimizerStep::RAdam(_)
            | OptimizerStep::Rprop(_) => same(2),
            OptimizerStep::Adafactor(_) => match Adafactor::factored(param) {
                Some((rows, columns)) => smallvec![rows, columns],
                None => same(1),
            },
        }
    }
}

impl Adafactor {
    /// The shapes of the row and column moments of a parameter of shape `param`; none for vectors and scalars.
    pub fn factored(param: Dims) -> Option<(Dims, Dims)> {
        let n = param.len();
        if n < 2 {
            return None;
        }
        let (mut rows, mut columns) = (param, param);
        rows[n - 1] = 1;
        columns[n - 2] = 1;
        Some((rows, columns))
    }
}
