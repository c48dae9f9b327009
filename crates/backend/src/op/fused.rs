//! Operations that a backend may do in one go, and which otherwise are composed from the others.

use crate::{DType, Dims};

/// An operation with a definition in terms of the others. A backend with a kernel of its own answers [`crate::Done::Yes`].
///
/// Those named `…Grad` are the kernels of a backward pass and are never recorded themselves.
#[derive(Clone, PartialEq, Debug)]
pub enum Fused {
    /// `x wᵀ + b` for `x: [.., in]`, `w: [out, in]`, `b: [out]` → `[.., out]`. Inputs x, w, and b if there is one.
    Linear,
    /// `e^(x - max) / Σ e^(x - max)` along `dim`.
    Softmax {
        /// The dimension that sums to one.
        dim: usize,
    },
    /// `y (g - Σ g y)` along `dim`, for inputs g and y.
    SoftmaxGrad {
        /// The dimension of the softmax.
        dim: usize,
    },
    /// `x - max - ln Σ e^(x - max)` along `dim`.
    LogSoftmax {
        /// The dimension whose exponentials sum to one.
        dim: usize,
    },
    /// `g - e^y Σ g` along `dim`, for inputs g and y.
    LogSoftmaxGrad {
        /// The dimension of the log-softmax.
        dim: usize,
    },
    /// `(x - mean) / √(var + eps) w + b` over the last `axes` dimensions; inputs x, then w and b if given.
    /// Second and third results: mean and `1/√(var + eps)`, of the leading dimensions.
    LayerNorm {
        /// How many trailing dimensions are normalised together.
        axes: usize,
        /// Added to the variance.
        eps: f64,
        /// Whether a weight is given (as second input).
        weight: bool,
    },
    /// The gradients of [`Fused::LayerNorm`]: inputs g, x, mean, 1/√var, and w if given; results for x, and for w and b if given.
    LayerNormGrad {
        /// How many trailing dimensions were normalised together.
        axes: usize,
        /// Whether a weight was given.
        weight: bool,
    },
}

impl Fused {
    /// PyTorch's name.
    pub fn name(&self) -> &'static str {
        match self {
            Fused::Linear => "linear",
            Fused::Softmax { .. } => "softmax",
            Fused::SoftmaxGrad { .. } => "softmax_backward",
            Fused::LogSoftmax { .. } => "log_softmax",
            Fused::LogSoftmaxGrad { .. } => "log_softmax_backward",
            Fused::LayerNorm { .. } => "layer_norm",
            Fused::LayerNormGrad { .. } => "layer_norm_backward",
        }
    }

    /// Shapes and dtype of the results after the first.
    pub fn auxiliary(
        &self,
        inputs: &[super::TensorType],
    ) -> smallvec::SmallVec<[super::TensorType; 2]> {
        let of = |shape: Dims, dtype: DType| super::TensorType { shape, dtype };
        match self {
            Fused::LayerNorm { axes, .. } => {
                let x = inputs[0];
                let mut outer = x.shape;
                outer.truncate(x.shape.len() - axes);
                let stat = of(outer, x.dtype.compute());
                smallvec::smallvec![stat, stat]
            }
            Fused::LayerNormGrad { axes, weight: true } => {
                let x = inputs[1];
                let inner: Dims = x.shape[x.shape.len() - axes..].iter().copied().collect();
                smallvec::smallvec![of(inner, x.dtype), of(inner, x.dtype)]
            }
            _ => smallvec::SmallVec::new(),
        }
    }
}

/// The update of one parameter group. Each parameter comes with its gradient and states, in the order given here.
#[derive(Clone, PartialEq, Debug)]
pub enum OptimizerStep {
    /// Stochastic gradient descent. States: the momentum buffer, if `momentum` is not 0. PyTorch: `optim.SGD`.
    Sgd {
        /// Learning rate.
        lr: f64,
        /// `v = momentum v + (1 - dampening) g`; the first step takes `v = g`.
        momentum: f64,
        /// See `momentum`.
        dampening: f64,
        /// Whether the step is along `g + momentum v` instead of `v`.
        nesterov: bool,
        /// L2 penalty: `g + weight_decay θ`.
        weight_decay: f64,
        /// Whether to climb.
        maximize: bool,
    },
    /// Adam and AdamW. States: first moment, second moment, and the largest second moment if `amsgrad`. PyTorch: `optim.Adam`.
    Adam {
        /// Learning rate.
        lr: f64,
        /// Decay of the first and second moments.
        betas: (f64, f64),
        /// Added to the root of the second moment.
        eps: f64,
        /// Weight decay: into the gradient, or onto the parameter if `decoupled`.
        weight_decay: f64,
        /// Whether weight decay acts on the parameter itself (AdamW).
        decoupled: bool,
        /// Whether to divide by the largest second moment so far.
        amsgrad: bool,
        /// Whether to climb.
        maximize: bool,
    },
    /// RMSprop. States: square average, then the momentum buffer if `momentum > 0`, then the mean gradient if `centered`. PyTorch: `optim.RMSprop`.
    RmsProp {
        /// Learning rate.
        lr: f64,
        /// Decay of the averages.
        alpha: f64,
        /// Added to the root.
        eps: f64,
        /// L2 penalty.
        weight_decay: f64,
        /// Momentum factor.
        momentum: f64,
        /// Whether to subtract the squared mean gradient.
        centered: bool,
        /// Whether to climb.
        maximize: bool,
    },
    /// Adagrad. States: the sum of squares. PyTorch: `optim.Adagrad`.
    Adagrad {
        /// Learning rate.
        lr: f64,
        /// `lr / (1 + (step - 1) lr_decay)`.
        lr_decay: f64,
        /// L2 penalty.
        weight_decay: f64,
        /// Added to the root.
        eps: f64,
        /// Whether to climb.
        maximize: bool,
    },
}

impl OptimizerStep {
    /// The optimizer's name.
    pub fn name(&self) -> &'static str {
        match self {
            OptimizerStep::Sgd { .. } => "SGD",
            OptimizerStep::Adam {
                decoupled: false, ..
            } => "Adam",
            OptimizerStep::Adam {
                decoupled: true, ..
            } => "AdamW",
            OptimizerStep::RmsProp { .. } => "RMSprop",
            OptimizerStep::Adagrad { .. } => "Adagrad",
        }
    }
}
