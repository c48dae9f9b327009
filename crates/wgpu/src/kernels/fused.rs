//! Fused operations: the list of those that have a kernel.

use super::softmax::{self, Kind};
use super::{attention, cross_entropy, layer_norm, matmul, pool, reduce};
use crate::gpu::Gpu;
use rushlight_backend::{Done, Fused, Result, View};

/// See [`rushlight_backend::Backend::fused`].
pub(crate) fn fused(gpu: &Gpu, f: &Fused, inputs: &[View<'_>], outs: &[View<'_>]) -> Result<Done> {
    match *f {
        Fused::Attention { scale, causal } => {
            attention::forward(gpu, (scale, causal), inputs, outs)
        }
        Fused::AttentionGrad { scale, causal } => {
            attention::backward(gpu, (scale, causal), inputs, outs)
        }
        Fused::CrossEntropy { ignore } => cross_entropy::forward(gpu, ignore, inputs, outs),
        Fused::CrossEntropyGrad { ignore } => cross_entropy::backward(gpu, ignore, inputs, outs),
        Fused::MaxPoolGrad(ref windows) => {
            pool::max_grad(gpu, windows, &inputs[0], &inputs[1], &outs[0])?;
            Ok(Done::Yes)
        }
        Fused::Linear => matmul::linear(gpu, inputs, &outs[0]),
        Fused::Softmax { dim, log } => softmax::forward(gpu, kind(log), dim, inputs, outs),
        Fused::SoftmaxGrad { dim, log } => softmax::backward(gpu, kind(log), dim, inputs, outs),
        Fused::Norm { p: 2.0, axes, mean } => reduce::length(gpu, axes, mean, &inputs[0], &outs[0]),
        Fused::Norm { .. }
        | Fused::Recurrent(_)
        | Fused::RecurrentGrad(_)
        | Fused::Ranks { .. }
        | Fused::Fourier { .. }
        | Fused::Search { .. }
        | Fused::Sparse { .. }
        | Fused::PathSums => Ok(Done::Compose),
        Fused::LayerNorm { axes, eps, weight } => {
            layer_norm::forward(gpu, (axes, eps, weight), inputs, outs)
        }
        Fused::LayerNormGrad { axes, .. } => layer_norm::backward(gpu, axes, inputs, outs),
    }
}

fn kind(log: bool) -> Kind {
    if log { Kind::Log } else { Kind::Plain }
}
