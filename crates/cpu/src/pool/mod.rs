//! Pooling over one, two or three dimensions: the maximum with its position, the mean, and the gradient of the mean.

mod average;
mod maximum;
mod plane;
mod windows;

use crate::element::with_number;
use crate::operand::Operand;
use crate::reduce::reduce;
use plane::Planes;
use rushlight_backend::plan::ReducePlan;
use rushlight_backend::{Axes, Pool, PoolKind, Reduce};
use windows::Windows;

pub(crate) fn pool(pool: &Pool, x: &Operand<'_>, outs: &[Operand<'_>]) {
    let spatial = pool.space.len();
    if outs[0].numel() == 0 {
        return;
    }
    if pool.kind == PoolKind::Avg && x.dtype.is_float() && pool.is_whole() {
        let rank = x.shape().len();
        let axes = (rank - spatial..rank).fold(Axes::NONE, Axes::with);
        let plan = ReducePlan::new(Reduce::Mean, axes, x.layout, outs[0].layout);
        reduce(&plan, x, &outs[0]);
        return;
    }
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
