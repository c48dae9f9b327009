//! Dispatch of elementwise operations: the [`Map`] of an [`Op`], and the views that the backend gets.

use crate::Tensor;
use rushlight_backend::{Backend, DType, Layout, Map, Op, Output, Result, View, plan};
use smallvec::SmallVec;

/// The common case, without type inference: floating-point inputs of one shape and dtype, and a result like them.
#[inline(always)]
pub(crate) fn uniform(op: &Op, inputs: &[&Tensor]) -> Option<(Map, DType)> {
    let Op::Map(map) = *op else { return None };
    let x = inputs[0];
    let (result, other) = match map {
        Map::Unary(f) => (f.result(x.dtype()), x),
        Map::Binary(f) => (f.result(x.dtype()), inputs[1]),
        Map::BinaryScalar(f, _) | Map::ScalarBinary(_, f) => (f.result(x.dtype()), x),
        Map::Copy | Map::Compare(_) | Map::CompareScalar(..) | Map::Where => return None,
    };
    let dtype = result.filter(|d| x.dtype().is_float() && *d == x.dtype())?;
    let alike = other.dtype() == dtype && other.layout().shape() == x.layout().shape();
    alike.then_some((map, dtype))
}

/// The elementwise function of `op`.
#[inline]
pub(crate) fn elementwise(op: &Op) -> Option<Map> {
    match *op {
        Op::Map(f) => Some(f),
        Op::Cast(_) => Some(Map::Copy),
        _ => None,
    }
}

/// Whether a result of dtype `result` is computed in separate memory, and then copied to a tensor of dtype `dst`: booleans that are stored as
/// numbers, and operations that may fail.
pub(crate) fn is_apart(map: Map, result: DType, dst: DType) -> bool {
    let converts = map.is_test() && dst != DType::Bool;
    converts || map.may_divide_by_zero() && !result.is_float()
}

/// An elementwise operation on one or two inputs with the shape of `out`.
#[inline(always)]
#[track_caller]
pub(crate) fn map_alike(
    backend: &dyn Backend,
    f: Map,
    compute: DType,
    inputs: &[&Tensor],
    out: Output<'_>,
) -> Result<()> {
    match *inputs {
        [x] => backend.map(plan::map(f, compute, &[x.as_view()?], out)?),
        [x, y] => backend.map(plan::map(f, compute, &[x.as_view()?, y.as_view()?], out)?),
        _ => map_into(backend, f, compute, inputs, out),
    }
}

/// An elementwise operation on inputs that broadcast to `out`.
#[inline]
#[track_caller]
pub(crate) fn map_into(
    backend: &dyn Backend,
    f: Map,
    compute: DType,
    inputs: &[&Tensor],
    out: Output<'_>,
) -> Result<()> {
    let shape = *out.view().layout().shape();
    if shape.contains(&0) {
        return Ok(());
    }
    if inputs.len() < 3 && inputs.iter().all(|t| *t.layout().shape() == shape) {
        return map_alike(backend, f, compute, inputs, out);
    }
    let layouts: SmallVec<[Layout; 3]> = inputs
        .iter()
        .map(|t| t.layout().expand(shape).unwrap_or(*t.layout()))
        .collect();
    let views: SmallVec<[View<'_>; 3]> = inputs
        .iter()
        .zip(&layouts)
        .map(|(t, l)| t.under(l))
        .collect::<Result<_>>()?;
    backend.map(plan::map(f, compute, &views, out)?)
}
