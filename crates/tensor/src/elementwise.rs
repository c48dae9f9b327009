//! Elementwise operations on their way to a backend: which work an [`Op`] is, in which dtype it is computed, and on which views.

use crate::Tensor;
use rushlight_backend::{
    Backend, Category, DType, Layout, Map, Op, Output, Result, TensorType, Unary, UnaryKind, View,
    promote,
};
use smallvec::SmallVec;

/// Whether an element of the second operand may make an elementwise operation fail on the way.
pub(crate) fn may_divide_by_zero(op: &Op, result: DType) -> bool {
    let divides = match op {
        Op::Binary(f) => f.divides(),
        Op::BinaryScalar(f, s) => f.divides() && s.to_f64() == 0.0,
        _ => false,
    };
    divides && !result.is_float()
}

/// The common case, without type inference: floating-point inputs of one shape and dtype, and a result like them.
#[inline]
pub(crate) fn uniform(op: &Op, inputs: &[&Tensor]) -> Option<(Map, DType)> {
    let (map, other) = match *op {
        Op::Unary(f) => (Map::Unary(f), inputs[0]),
        Op::Binary(f) => (Map::Binary(f), inputs[1]),
        Op::BinaryScalar(f, s) => (Map::BinaryScalar(f, s), inputs[0]),
        Op::ScalarBinary(s, f) => (Map::ScalarBinary(s, f), inputs[0]),
        _ => return None,
    };
    let x = inputs[0];
    let dtype = match map {
        _ if !x.dtype().is_float() => None,
        Map::Unary(f) => f.result(x.dtype()),
        Map::Binary(f) | Map::BinaryScalar(f, _) | Map::ScalarBinary(_, f) => f.result(x.dtype()),
        _ => None,
    };
    let alike = other.dtype() == x.dtype() && other.layout().shape() == x.layout().shape();
    dtype.filter(|d| alike && *d == x.dtype()).map(|d| (map, d))
}

/// The elementwise work behind `op`, and the dtype it computes in.
#[inline]
pub(crate) fn elementwise(op: &Op, inputs: &[TensorType], result: DType) -> Option<(Map, DType)> {
    let compute = result.compute();
    Some(match *op {
        Op::Copy | Op::Cast(_) => (Map::Copy, compute),
        Op::Unary(f) => (
            Map::Unary(f),
            if is_test(f) {
                inputs[0].dtype.compute()
            } else {
                compute
            },
        ),
        Op::Binary(f) => (Map::Binary(f), met(result, inputs, None)),
        Op::BinaryScalar(f, s) => (Map::BinaryScalar(f, s), met(result, inputs, Some(s))),
        Op::ScalarBinary(s, f) => (Map::ScalarBinary(s, f), met(result, inputs, Some(s))),
        Op::Compare(f) => (Map::Compare(f), promote(inputs, None).compute()),
        Op::CompareScalar(f, s) => (Map::CompareScalar(f, s), promote(inputs, Some(s)).compute()),
        Op::Where => (Map::Where, compute),
        _ => return None,
    })
}

/// Whether `map` gives booleans that are to be stored as numbers: tests are computed apart and converted.
pub(crate) fn answers_in(map: Map, dtype: DType) -> bool {
    let test = match map {
        Map::Unary(f) => is_test(f),
        Map::Binary(f) | Map::BinaryScalar(f, _) | Map::ScalarBinary(_, f) => {
            f.result(dtype) == Some(DType::Bool)
        }
        Map::Compare(_) | Map::CompareScalar(..) => true,
        _ => false,
    };
    test && dtype != DType::Bool
}

fn is_test(f: Unary) -> bool {
    f.kind() == UnaryKind::Test
}

/// Where a binary operation's operands meet: in its result's dtype, but for tests, whose result is `bool`.
#[inline]
fn met(result: DType, inputs: &[TensorType], number: Option<rushlight_backend::Scalar>) -> DType {
    match result.category() {
        Category::Bool => promote(inputs, number).compute(),
        _ => result.compute(),
    }
}

/// Elementwise work on one or two inputs that have the shape of `out`.
#[inline]
#[track_caller]
pub(crate) fn map_alike(
    backend: &dyn Backend,
    f: Map,
    compute: DType,
    inputs: &[&Tensor],
    out: &mut Output<'_>,
) -> Result<()> {
    match *inputs {
        [x] => backend.map(f, compute, &[x.as_view()?], out),
        [x, y] => backend.map(f, compute, &[x.as_view()?, y.as_view()?], out),
        _ => map_into(backend, f, compute, inputs, out),
    }
}

/// Elementwise work on inputs that broadcast to `out`.
#[inline]
#[track_caller]
pub(crate) fn map_into(
    backend: &dyn Backend,
    f: Map,
    compute: DType,
    inputs: &[&Tensor],
    out: &mut Output<'_>,
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
    backend.map(f, compute, &views, out)
}
