//! Fused operations: a row is read into the cache once, and stays there until its result is written.

mod exp;
mod layer_norm;
mod paths;
mod softmax;
mod sparse;

use crate::matmul::linear;
use crate::operand::Operand;
use crate::{argsort, fourier, pool, recurrent, reduce, search};
use rushlight_backend::{Done, Fused, Result};
use softmax::Kind;

pub(crate) fn fused(f: &Fused, inputs: &[Operand<'_>], outs: &[Operand<'_>]) -> Result<Done> {
    let plain = inputs.iter().all(|x| x.dtype == inputs[0].dtype);
    match *f {
        Fused::Linear => return linear(inputs, &outs[0]),
        Fused::Softmax { dim, log } if plain => {
            let kind = if log { Kind::LogSoftmax } else { Kind::Softmax };
            softmax::run(kind, dim, inputs, &outs[0]);
        }
        Fused::SoftmaxGrad { dim, log } if plain => {
            let kind = if log {
                Kind::LogSoftmaxGrad
            } else {
                Kind::SoftmaxGrad
            };
            softmax::run(kind, dim, inputs, &outs[0]);
        }
        Fused::Norm { p: 2.0, axes, mean } => {
            return Ok(reduce::length(axes, mean, &inputs[0], &outs[0]));
        }
        Fused::LayerNorm { axes, eps, weight } => {
            return Ok(layer_norm::forward(axes, eps, weight, inputs, outs));
        }
        Fused::Ranks {
            dim,
            descending,
            first,
            count,
        } => argsort::ranks(dim, descending, first..first + count, &inputs[0], &outs[0]),
        Fused::Search { right } => search::search(right, &inputs[0], &inputs[1], &outs[0]),
        Fused::Sparse { dim, ref matrix } => {
            return sparse::product(dim, matrix, &inputs[0], &outs[0]);
        }
        Fused::PathSums => return Ok(paths::sums(inputs, &outs[0])),
        Fused::Fourier { inverse } => fourier::transform(inverse, inputs, &outs[0])?,
        Fused::LayerNormGrad { axes, .. } => return Ok(layer_norm::backward(axes, inputs, outs)),
        Fused::Recurrent(ref layer) => return recurrent::forward(layer, inputs, outs),
        Fused::RecurrentGrad(ref layer) => return recurrent::backward(layer, inputs, outs),
        Fused::MaxPoolGrad(ref windows) => {
            return Ok(pool::max_gradient(windows, inputs, &outs[0]));
        }
        _ => return Ok(Done::Compose),
    }
    Ok(Done::Yes)
}
