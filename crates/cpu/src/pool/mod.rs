//! Pooling over one, two or three dimensions: the maximum with its position, the mean, and their gradients.
//!
//! Neighbouring windows of one size are computed together, in SIMD lanes.

mod average;
mod max_gradient;
mod maximum;
mod windows;

use crate::element::with_number;
use crate::operand::Operand;
use crate::reduce::reduce;
pub(crate) use max_gradient::max_gradient;
use rushlight_backend::PoolKind;
use rushlight_backend::plan::PoolPlan;
use windows::{Elements, Windows};

/// See [`rushlight_backend::Backend::pool`].
pub(crate) fn pool(plan: &PoolPlan, x: &Operand<'_>, outs: &[Operand<'_>]) {
    if let Some(mean) = &plan.whole {
        return reduce(mean, x, &outs[0]);
    }
    let windows = &Windows::new(plan);
    match plan.kind {
        PoolKind::Max => {
            with_number!(x.dtype, T => maximum::run(windows, Elements::of::<T>(), x, outs));
        }
        PoolKind::Avg => {
            with_number!(x.dtype, T => average::run(windows, Elements::of::<T>(), x, &outs[0]));
        }
        PoolKind::AvgGrad => {
            with_number!(x.dtype, T => average::gradient::<T>(windows, x, &outs[0]));
        }
    }
}
