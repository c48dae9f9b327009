//! Pooling over one, two or three dimensions: the maximum with its position, the mean, and the gradient of the mean.

mod average;
mod maximum;
mod plane;
mod windows;

use crate::element::with_number;
use crate::operand::Operand;
use crate::reduce::reduce;
use plane::Planes;
use rushlight_backend::PoolKind;
use rushlight_backend::plan::PoolPlan;
use windows::Windows;

/// See [`rushlight_backend::Backend::pool`].
pub(crate) fn pool(plan: &PoolPlan<'_>, x: &Operand<'_>, outs: &[Operand<'_>]) {
    if let Some(mean) = &plan.whole {
        return reduce(mean, x, &outs[0]);
    }
    let (pool, spatial) = (plan.pool, plan.pool.space.len());
    let windows = Windows::new(pool);
    let ins = Planes::new(x, spatial);
    let out = Planes::new(&outs[0], spatial);
    match (pool.kind, outs.get(1)) {
        (PoolKind::Max, positions) => {
            let positions = positions.map(|p| Planes::new(p, spatial));
            if maximum::halves(&windows, x, outs) {
                maximum::by_pairs(&ins, &out, positions.as_ref());
                return;
            }
            with_number!(x.dtype, T => maximum::run::<T>(&windows, &ins, &out, positions.as_ref()));
        }
        (PoolKind::Avg, _) => with_number!(x.dtype, T => average::run::<T>(&windows, &ins, &out)),
        (PoolKind::AvgGrad, _) => {
            with_number!(x.dtype, T => average::gradient::<T>(&windows, &ins, &out));
        }
    }
}
