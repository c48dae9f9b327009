//! Poolings.

use super::planned::{Planned, Types, results, tensor_type};
use crate::{DType, Outputs, Pool, PoolKind, Result, View};
use std::slice::from_ref;

/// The plan of [`crate::Backend::pool`].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct PoolPlan<'a> {
    /// The pooling.
    pub pool: &'a Pool,
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
    Ok(Planned::proven(PoolPlan { pool }, from_ref(x), outs))
}
