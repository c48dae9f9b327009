//! Derivatives of convolutions and poolings.

use super::Call;
use super::fused::backward;
use crate::node::Grads;
use rushlight_backend::{Conv, ConvKind, Dims, Fused, Op, Pool, PoolKind, Result};
use rushlight_tensor::{Tensor, apply};
use std::sync::Arc;

/// A convolution couples input, weight and output in a form that is linear in each: its derivatives are the other two kinds.
pub(super) fn conv(conv: &Conv, c: &Call<'_>, g: &Tensor) -> Result<Grads> {
    use ConvKind::*;
    let (first, second) = (c.shape(0, g), c.shape(1, g));
    let to = |kind: ConvKind, like: &Dims, a: &Tensor, b: &Tensor| {
        let result = like[2..].iter().copied().collect();
        apply(
            Op::Conv(Arc::new(Conv {
                kind,
                result,
                ..conv.clone()
            })),
            &[a, b],
        )
    };
    match conv.kind {
        Forward => c.two(
            || to(InputGrad, &first, g, c.input(1)),
            || to(WeightGrad, &second, c.input(0), g),
        ),
        InputGrad => c.two(
            || to(Forward, &first, g, c.input(1)),
            || to(WeightGrad, &second, g, c.input(0)),
        ),
        WeightGrad => c.two(
            || to(InputGrad, &first, c.input(1), g),
            || to(Forward, &second, c.input(0), g),
        ),
    }
}

pub(super) fn pool(pool: &Pool, c: &Call<'_>, g: &Tensor) -> Result<Tensor> {
    let mean = |kind: PoolKind| {
        apply(
            Op::Pool(Arc::new(Pool {
                kind,
                ..pool.clone()
            })),
            &[g],
        )
    };
    match pool.kind {
        PoolKind::Avg => mean(PoolKind::AvgGrad),
        PoolKind::AvgGrad => mean(PoolKind::Avg),
        PoolKind::Max => {
            let f = Fused::MaxPoolGrad(Arc::new(pool.clone()));
            Ok(backward(f, &[g, c.aux(0)])?.0)
        }
    }
}
