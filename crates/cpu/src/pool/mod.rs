//! Pooling over one, two or three dimensions: the maximum with its position, the mean, and the gradient of the mean.

mod average;
mod maximum;
mod windows;

use crate::element::with_number;
use crate::operand::Operand;
use crate::reduce::reduce;
use rushlight_backend::PoolKind;
use rushlight_backend::plan::PoolPlan;
use windows::Windows;

/// See [`rushlight_backend::Backend::pool`].
pub(crate) fn pool(plan: &PoolPlan, x: &Operand<'_>, outs: &[Operand<'_>]) {
    if let Some(mean) = &plan.whole {
        return reduce(mean, x, &outs[0]);
    }
    let windows = &Windows::new(plan);
    match plan.kind {
        PoolKind::Max if maximum::halves(windows, x, outs) => maximum::by_pairs(windows, x, outs),
        PoolKind::Max => with_number!(x.dtype, T => maximum::run::<T>(windows, x, outs)),
        PoolKind::Avg => with_number!(x.dtype, T => average::run::<T>(windows, x, &outs[0])),
        PoolKind::AvgGrad => {
            with_number!(x.dtype, T => average::gradient::<T>(windows, x, &outs[0]));
        }
    }
}
