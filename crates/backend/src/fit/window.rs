//! Convolutions and poolings.

use super::{Types, result, results, type_of};
use crate::{Conv, DType, Output, Pool, PoolKind, Result, TensorType, View};

/// For [`crate::Backend::conv`].
#[track_caller]
pub fn conv(conv: &Conv, a: &View<'_>, b: &View<'_>, out: &Output<'_>) -> Result<()> {
    let expected = conv.infer_types(type_of(a), type_of(b))?;
    result(conv.name(), &expected, &out.view())
}

/// For [`crate::Backend::pool`].
#[track_caller]
pub fn pool(pool: &Pool, x: &View<'_>, outs: &[Output<'_>]) -> Result<()> {
    let shape = pool.infer(x.layout().shape())?;
    let dtype = x.dtype();
    let mut expected = Types::from_slice(&[TensorType { shape, dtype }]);
    if pool.kind == PoolKind::Max {
        let dtype = DType::I64;
        expected.push(TensorType { shape, dtype });
    }
    results(pool.name(), &expected, outs)
}
