//! Fused operations: a backend may have a kernel for one; otherwise it is composed of other operations.

use super::infer::recurrent;
use super::{Axes, Recurrent, RecurrentCell, Saved, SparseRows};
use crate::{DType, Dims, Pool};
use std::sync::Arc;

/// An operation with a definition in terms of the others. A backend with a kernel for it returns [`crate::Done::Yes`].
///
/// Those named `…Grad` are the kernels of a backward pass and are never recorded themselves.
#[derive(Clone, PartialEq, Debug)]
pub enum Fused {
    /// `x wᵀ + b` for `x: [.., in]`, `w: [out, in]`, `b: [out]` → `[.., out]`. Inputs x, w, and b if there is one.
    Linear,
    /// `p = e^(x - max) / Σ e^(x - max)` along `dim`, or its logarithm, `x - max - ln Σ e^(x - max)`.
    Softmax {
        /// The dimension along which `p` sums to one.
        dim: usize,
        /// Whether the result is `ln p`.
        log: bool,
    },
    /// The gradient of [`Fused::Softmax`] along `dim`, for inputs g and the result y: `y (g - Σ g y)`, or for the logarithm `g - e^y Σ g`.
    SoftmaxGrad {
        /// The dimension of the softmax.
        dim: usize,
        /// Whether y is the logarithm.
        log: bool,
    },
    /// `(Σ |x|ᵖ)^(1/p)` along `axes`, which are kept with size 1; no power overflows or underflows unless the result does.
    Norm {
        /// The power: finite and not 0.
        p: f64,
        /// The dimensions that are reduced.
        axes: Axes,
        /// Whether the sum is divided by the number of elements.
        mean: bool,
    },
    /// `(x - mean) / √(var + eps) w + b` over the last `axes` dimensions; inputs x, then w and b if given.
    /// Second and third results, of the leading dimensions: the mean as two numbers, `[.., 2]`, the second of which is the rounding error of
    /// the first; and `1/√(var + eps)`. A mean of 12345.678 in `float32` is off by 10⁻³, which `1/√eps` would multiply by 300.
    LayerNorm {
        /// The number of trailing dimensions that are normalized together.
        axes: usize,
        /// Added to the variance.
        eps: f64,
        /// Whether a weight is given (as second input).
        weight: bool,
    },
    /// `softmax(scale q kᵀ) v` for `q: [b, n, d]`, `k: [b, m, d]`, `v: [b, m, e]` → `[b, n, e]`. Second result: the logarithm of the softmax's
    /// divisor, `[b, n]`.
    Attention {
        /// The factor of the scores.
        scale: f64,
        /// Whether query `i` attends only to the keys up to `i`.
        causal: bool,
    },
    /// The gradients of [`Fused::Attention`]: inputs g, q, k, v, the result and the logarithm; results for q, k and v.
    AttentionGrad {
        /// The factor of the scores.
        scale: f64,
        /// Whether query `i` attended only to the keys up to `i`.
        causal: bool,
    },
    /// `ln Σ e^x[r, c] - x[r, target[r]]` for logits `x: [rows, classes]` and class numbers `target: [rows]` of `int64`, 0 where the target is
    /// `ignore` → `[rows]`. Second result: the logarithm itself.
    CrossEntropy {
        /// The target of rows that are ignored.
        ignore: i64,
    },
    /// The gradient of [`Fused::CrossEntropy`] for x: inputs g, x, target and the logarithm.
    CrossEntropyGrad {
        /// The target of rows that are ignored.
        ignore: i64,
    },
    /// The gradient of the maximum pooling: each element of g added up at its position; inputs g and the positions.
    MaxPoolGrad(Arc<Pool>),
    /// The positions, in `int64`, of the elements that a stable sort along `dim` puts at the places from `first` on; NaN counts as the largest.
    /// The dimension gets size `count`. No gradient.
    Ranks {
        /// The dimension that is sorted.
        dim: usize,
        /// Whether the largest comes first.
        descending: bool,
        /// The first place.
        first: usize,
        /// The number of places.
        count: usize,
    },
    /// `Σ zⱼ e^(-2πi jk/n)` along the last dimension, or with the opposite sign; inputs are the real and, unless it is 0, the imaginary part
    /// `[.., n]`. The result is `[2, .., n]`: both parts.
    Fourier {
        /// Whether the exponent is positive.
        inverse: bool,
    },
    /// `yᵢ = Σⱼ wᵢⱼ xⱼ` along a dimension for a sparse matrix `w`, whose number of rows is the size of the result.
    Sparse {
        /// The dimension.
        dim: usize,
        /// The matrix.
        matrix: Arc<SparseRows>,
    },
    /// For each of `values: [rows, m]` its place in the sorted `sequence: [rows, n]`, in `int64`: the number of elements that are less, or not
    /// greater; NaN counts as the largest, and the place of a NaN is the end. Inputs sequence and values. No gradient.
    Search {
        /// Whether equal elements are counted.
        right: bool,
    },
    /// Logarithms of sums over the paths through chains of states, `[time, batch, states]`. A path stays in a state, advances by one, or by two at
    /// the cost `leap`: `yₜ(i) = ln(e^yₜ₋₁(i) + e^yₜ₋₁(i-1) + e^(yₜ₋₁(i-2) + leap(i))) + xₜ(i)`. Paths begin at the time `at` with `start + x`.
    /// Inputs x `[time, batch, states]`, leap and start `[batch, states]`, and at `[batch]` in `int64`. No gradient.
    PathSums,
    /// A recurrent layer in one direction. Inputs x `[steps, n, gates hidden]`, the input's part of the gates at every step, w `[gates hidden, hidden]`,
    /// the parts of the first state `[n, hidden]`, and b `[gates hidden]` if there is one → the states after each step,
    /// `[states, steps, n, hidden]`. Second result, unless nothing is kept: what the backward pass reads besides, `[steps, n, kept hidden]`.
    Recurrent(Recurrent),
    /// The gradients of [`Fused::Recurrent`]: inputs g, those of the layer, and its results; results for x, for the parts of the first state,
    /// and for the state's part of the gates, `w h + b`, where it is not the first.
    RecurrentGrad(Recurrent),
    /// The gradients of [`Fused::LayerNorm`]: inputs g, x, the two statistics, and w if given; results for x, and for w and b if given.
    LayerNormGrad {
        /// How many trailing dimensions were normalized together.
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
            Fused::Softmax { log: false, .. } => "softmax",
            Fused::Softmax { log: true, .. } => "log_softmax",
            Fused::SoftmaxGrad { log: false, .. } => "softmax_backward",
            Fused::SoftmaxGrad { log: true, .. } => "log_softmax_backward",
            Fused::Norm { .. } => "norm",
            Fused::LayerNorm { .. } => "layer_norm",
            Fused::LayerNormGrad { .. } => "layer_norm_backward",
            Fused::Attention { .. } => "scaled_dot_product_attention",
            Fused::AttentionGrad { .. } => "scaled_dot_product_attention_backward",
            Fused::CrossEntropy { .. } => "cross_entropy",
            Fused::CrossEntropyGrad { .. } => "cross_entropy_backward",
            Fused::MaxPoolGrad(_) => "max_pool_backward",
            Fused::Ranks { .. } => "argsort",
            Fused::Fourier { .. } => "fft",
            Fused::Search { .. } => "searchsorted",
            Fused::Sparse { .. } => "interpolate",
            Fused::PathSums => "ctc_loss",
            Fused::Recurrent(f) | Fused::RecurrentGrad(f) => f.cell.name(),
        }
    }

    /// The smallest and the largest number of inputs.
    pub const fn arity(&self) -> (usize, usize) {
        match self {
            Fused::Linear => (2, 3),
            Fused::Softmax { .. }
            | Fused::Norm { .. }
            | Fused::Ranks { .. }
            | Fused::Sparse { .. } => (1, 1),
            Fused::Fourier { .. } => (1, 2),
            Fused::Search { .. } => (2, 2),
            Fused::PathSums => (4, 4),
            Fused::Recurrent(f) => (f.inputs(), f.inputs()),
            Fused::RecurrentGrad(f) => {
                let count = f.inputs() + 2 + (f.cell.kept() > 0) as usize;
                (count, count)
            }
            Fused::SoftmaxGrad { .. } | Fused::CrossEntropy { .. } | Fused::MaxPoolGrad(_) => {
                (2, 2)
            }
            Fused::LayerNorm { weight, .. } => (1 + *weight as usize, 2 + *weight as usize),
            Fused::LayerNormGrad { weight, .. } => (4 + *weight as usize, 4 + *weight as usize),
            Fused::Attention { .. } => (3, 3),
            Fused::AttentionGrad { .. } => (6, 6),
            Fused::CrossEntropyGrad { .. } => (4, 4),
        }
    }

    /// The values that the derivative needs.
    pub const fn saves(&self) -> &'static [Saved] {
        use Saved::*;
        match self {
            Fused::Linear => &[In(0), In(1)],
            Fused::Softmax { .. } => &[Out],
            Fused::Norm { .. } => &[In(0), Out],
            Fused::LayerNorm { weight: true, .. } => &[In(0), In(1), Aux(0), Aux(1)],
            Fused::LayerNorm { weight: false, .. } => &[In(0), Aux(0), Aux(1)],
            Fused::CrossEntropy { .. } => &[In(0), In(1), Aux(0)],
            Fused::Attention { .. } => &[In(0), In(1), In(2), Out, Aux(0)],
            Fused::Recurrent(f) => match (f.inputs(), f.cell.kept()) {
                (3, 0) => &[In(0), In(1), In(2), Out],
                (_, 0) => &[In(0), In(1), In(2), In(3), Out],
                (3, _) => &[In(0), In(1), In(2), Out, Aux(0)],
                (4, _) => &[In(0), In(1), In(2), In(3), Out, Aux(0)],
                _ => &[In(0), In(1), In(2), In(3), In(4), Out, Aux(0)],
            },
            Fused::RecurrentGrad(_)
            | Fused::Ranks { .. }
            | Fused::Fourier { .. }
            | Fused::Search { .. }
            | Fused::Sparse { .. }
            | Fused::PathSums
            | Fused::SoftmaxGrad { .. }
            | Fused::LayerNormGrad { .. }
            | Fused::CrossEntropyGrad { .. }
            | Fused::MaxPoolGrad(_)
            | Fused::AttentionGrad { .. } => &[],
        }
    }

    /// Shapes and dtype of the results after the first, for inputs that [`super::Op::infer`] accepts.
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
                let pair = outer.iter().copied().chain([2]).collect();
                let compute = x.dtype.compute();
                smallvec::smallvec![of(pair, compute), of(outer, compute)]
            }
            Fused::LayerNormGrad { axes, weight: true } => {
                let x = inputs[1];
                let inner: Dims = x.shape[x.shape.len() - axes..].iter().copied().collect();
                smallvec::smallvec![of(inner, x.dtype), of(inner, x.dtype)]
            }
            Fused::Attention { .. } => {
                let q = inputs[0];
                let rows = Dims::from([q.shape[0], q.shape[1]]);
                smallvec::smallvec![of(rows, q.dtype.compute())]
            }
            Fused::AttentionGrad { .. } => smallvec::smallvec![inputs[2], inputs[3]],
            Fused::Recurrent(f) => recurrent::kept(f, inputs[0]).into_iter().collect(),
            Fused::RecurrentGrad(f) => {
                let mut results: smallvec::SmallVec<[super::TensorType; 2]> =
                    inputs[3..3 + f.cell.states()].into();
                if f.cell == RecurrentCell::Gru {
                    results.push(inputs[1]);
                }
                results
            }
            Fused::CrossEntropy { .. } => {
                let rows = Dims::from([inputs[0].shape[0]]);
                smallvec::smallvec![of(rows, inputs[0].dtype.compute())]
            }
            _ => smallvec::SmallVec::new(),
        }
    }
}
