//! Poolings.

use super::ReducePlan;
use super::planned::{Planned, Types, results, tensor_type};
use crate::{Axes, DType, Layout, Outputs, Pool, PoolKind, Reduce, Result, View};
use std::slice::from_ref;

/// The plan of [`crate::Backend::pool`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PoolPlan<'a> {
    /// The pooling.
    pub pool: &'a Pool,
    /// The reduction that a mean of floats is whose one window takes all of space.
    pub whole: Option<ReducePlan>,
}

impl<'a> PoolPlan<'a> {
    fn new(pool: &'a Pool, x: &View<'_>, out: &Layout) -> PoolPlan<'a> {
        let whole = pool.kind == PoolKind::Avg && x.dtype().is_float() && pool.is_whole();
        let rank = x.layout().shape().len();
        let axes = (rank - pool.space.len()..rank).fold(Axes::NONE, Axes::with);
        PoolPlan {
            pool,
            whole: whole.then(|| ReducePlan::new(Reduce::Mean, axes, x.layout(), out)),
        }
    }
}

/// A pooling; `outs` has a second tensor, of positions, for a maximum.
#[track_caller]
pub fn pool<'a>(
    pool: &'a Pool,
    x: &'a View<'a>,
    outs: Outputs<'a>,
) -> Result<Planned<'a, PoolPlan<'a>>> {
    let shape = pool.infer(x.layout().shape())?;
    let mut expected = Types::from_slice(&[tensor_type(shape, x.dtype())]);
    if pool.kind == PoolKind::Max {
        expected.push(tensor_type(shape, DType::I64));
    }
    results(pool.name(), &expected, &outs)?;
    let plan = match outs.views().next() {
        Some(out) => PoolPlan::new(pool, x, out.layout()),
        None => PoolPlan { pool, whole: None },
    };
    Ok(Planned::proven(plan, from_ref(x), outs))
}
