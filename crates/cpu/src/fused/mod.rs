//! Fused operations: a row is read into the cache once, and stays there until its result is written.

mod exp;
mod layer_norm;
mod softmax;

use crate::matmul::linear;
use crate::operand::Operand;
use crate::reduce;
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
        Fused::LayerNormGrad { axes, .. } => return Ok(layer_norm::backward(axes, inputs, outs)),
        _ => return Ok(Done::Compose),
    }
    Ok(Done::Yes)
}
