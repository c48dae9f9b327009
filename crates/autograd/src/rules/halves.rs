//! Gradients of halves: computed in `float32`, rounded once.
//!
//! A rule is a composed operation like any other ([`rushlight_tensor::Half`]): computed in float16, `g / (2 √x)` rounds twice and may overflow in
//! between. So the values that a rule reads are converted before it and its result after it, unless the rule rounds only once anyway. If a rule
//! reads the operation's result, that is recomputed from the inputs ([`Op::saves_of`]).

use super::{Call, derive};
use crate::node::{Grads, Inputs, Node, Source, Unpacked};
use rushlight_backend::{
    Binary, DType, Fused, Map, Op, Reduce, Result, Saved, Scan, ScatterMode, Unary, ViewOp,
};
use rushlight_tensor::{Tensor, apply_with_aux, is_grad_enabled};
use smallvec::SmallVec;
use std::sync::Arc;

/// The gradients of the inputs of `op` from the gradient `g` of its result, which is of float16 or bfloat16.
#[cold]
pub(super) fn gradients(
    op: &Op,
    node: &Arc<Node>,
    saved: &Unpacked,
    needed: &dyn Fn(usize) -> bool,
    g: &Tensor,
) -> Result<Grads> {
    let lacks_result = op.saves().contains(&Saved::Out)
        && saved.iter().all(|(source, _)| *source != Source::Out(0));
    if !lacks_result && rounds_once(op, &node.inputs, g) {
        return derive(op, &Call::new(node, saved, needed), g);
    }
    let mut saved: Unpacked = saved
        .iter()
        .map(|(source, t)| Ok((*source, widened(t)?)))
        .collect::<Result<_>>()?;
    if lacks_result {
        // The inputs are saved in place of the results, in their order.
        let (result, others) = {
            let inputs: SmallVec<[&Tensor; 3]> = saved.iter().map(|(_, t)| t).collect();
            apply_with_aux(op.clone(), &inputs)?
        };
        saved.push((Source::Out(0), result));
        saved.extend((0..).zip(others).map(|(k, t)| (Source::Aux(k), t)));
    }
    let call = Call::new(node, &saved, needed);
    let wide = widened(g)?;
    let grads = match saturating(op, &call, &wide) {
        Some(grads) => grads?,
        None => derive(op, &call, &wide)?,
    };
    let dtype = |i: usize| {
        node.inputs
            .types()
            .map_or(g.dtype(), |types| types[i].dtype)
    };
    grads
        .into_iter()
        .enumerate()
        .map(|(i, grad)| grad.map(|grad| grad.to(dtype(i))).transpose())
        .collect()
}

/// The gradients of functions whose usual rule is a small difference from 1 where they saturate. There a `float32` result has few digits of the
/// difference, fewer than bfloat16 can represent: at `sigmoid 15` the slope `y (1 - y)` is off by 1 %. Formulas of the inputs are exact.
fn saturating(op: &Op, c: &Call<'_>, g: &Tensor) -> Option<Result<Grads>> {
    let opposite = |x: &Tensor| x.neg()?.sigmoid();
    let Op::Map(f) = op else { return None };
    Some(match f {
        Map::Unary(Unary::Sigmoid) => c.one(|| g.mul(&c.y().mul(&opposite(c.x())?)?)),
        // 1 - tanh² x = 4 sigmoid(2x) sigmoid(-2x)
        Map::Unary(Unary::Tanh) => c.one(|| {
            let x = c.x().mul(2.0)?;
            g.mul(&x.sigmoid()?.mul(&opposite(&x)?)?.mul(4.0)?)
        }),
        Map::Unary(Unary::Expm1) => c.one(|| g.mul(&c.x().exp()?)),
        // sigmoid x - y = (1 - y) sigmoid x - y sigmoid(-x)
        Map::Binary(Binary::BceWithLogits) => c.two(
            || {
                let (x, y) = (c.x(), c.input(1));
                let below = y.rsub(1.0)?.mul(&x.sigmoid()?)?;
                g.mul(&below.sub(&y.mul(&opposite(x)?)?)?)
            },
            || g.mul(c.x())?.neg(),
        ),
        _ => return None,
    })
}

fn widened(t: &Tensor) -> Result<Tensor> {
    match t.dtype().is_half() {
        true => t.to(DType::F32),
        false => Ok(t.clone()),
    }
}

/// Whether the rule of `op` already rounds each gradient at most once: it only moves elements or changes their sign, or it is a single
/// kernel, which accumulates in `float32`.
fn rounds_once(op: &Op, inputs: &Inputs, g: &Tensor) -> bool {
    // A gradient that is then summed to the shape of a broadcast input is rounded once more, one in another dtype need not be rounded.
    let types = || inputs.types().unwrap_or_default();
    let alike = || {
        types()
            .iter()
            .all(|t| t.dtype == g.dtype() && t.shape == *g.layout().shape())
    };
    let one_dtype = || types().iter().all(|t| t.dtype == g.dtype());
    match op {
        Op::Map(f) => match f {
            Map::Copy | Map::Compare(_) | Map::CompareScalar(..) => true,
            Map::Where => types().iter().skip(1).all(|t| t.dtype == g.dtype()),
            Map::Unary(f) => unary(*f),
            Map::Binary(Binary::Add | Binary::Sub) => one_dtype(),
            Map::Binary(f) | Map::BinaryScalar(f, _) | Map::ScalarBinary(_, f) => {
                binary(*f) && alike()
            }
        },
        Op::Cast(_) | Op::Transfer | Op::Fill(_) | Op::SetWindow(_) | Op::Cat { .. } => true,
        Op::Arg { .. } | Op::Argsort { .. } => true,
        Op::Conv(_) | Op::Pool(_) | Op::Gather(_) => true,
        Op::View(v) => !matches!(v, ViewOp::AsStrided(_)),
        Op::Reduce { f, .. } => !matches!(f, Reduce::Prod | Reduce::Max | Reduce::Min),
        Op::Scan { f, .. } => !matches!(f, Scan::Prod | Scan::LogSumExp),
        // One matrix for a batch on the right is summed within the product, one on the left after it.
        Op::MatMul => types()
            .iter()
            .enumerate()
            .all(|(i, t)| t.shape.starts_with(batch(g)) || i == 1 && t.shape.len() == 2),
        Op::Linalg(_) => false,
        Op::Scatter(_, mode) => matches!(mode, ScatterMode::Set | ScatterMode::Add),
        // Their backward kernels have no second derivatives; if those are recorded, formulas replace the kernels.
        Op::Fused(f) => matches!(**f, Fused::Linear) || !is_grad_enabled(),
    }
}

/// The leading sizes of a batch of matrices.
fn batch(g: &Tensor) -> &[usize] {
    &g.shape()[..g.ndim().saturating_sub(2)]
}

fn unary(f: Unary) -> bool {
    use Unary::*;
    matches!(
        f,
        Neg | Abs
            | Sign
            | Ceil
            | Floor
            | Round
            | Trunc
            | Frac
            | Relu
            | Log
            | BitNot
            | LogicalNot
            | IsNan
            | IsInf
            | IsFinite
            | SignBit
    )
}

fn binary(f: Binary) -> bool {
    use Binary::*;
    matches!(
        f,
        Add | Sub
            | HalfDifference
            | Mul
            | Maximum
            | Minimum
            | Fmax
            | Fmin
            | ClampMin
            | ClampMax
            | Gate
            | LeakyRelu
            | DivTrunc
            | DivFloor
            | Heaviside
            | Nextafter
    )
}
