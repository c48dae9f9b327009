//! Derivatives of fused operations. Most are fused operations themselves, for which a backend may have a kernel.

use super::reduce::count;
use super::{Call, recurrent, rows};
use crate::node::Grads;
use rushlight_backend::{Error, Fused, Op, Result};
use rushlight_tensor::{Tensor, apply, apply_with_aux, composed, is_grad_enabled};
use smallvec::{SmallVec, smallvec};
use std::sync::Arc;

pub(super) fn gradients(f: &Fused, c: &Call<'_>, g: &Tensor) -> Result<Grads> {
    match *f {
        Fused::Linear => c.each([
            &|| g.matmul(c.input(1)),
            &|| as_rows(g)?.mt()?.matmul(&as_rows(c.input(0))?),
            &|| Ok(g.clone()),
        ]),
        Fused::Softmax { dim, log } => {
            c.one(|| Ok(backward(Fused::SoftmaxGrad { dim, log }, &[g, c.y()])?.0))
        }
        Fused::Norm { p, axes, mean } => c.one(|| {
            let g = norm(c.x(), c.y(), p, g)?;
            match mean {
                true => g.div(count(&c.shape(0, &g), axes)),
                false => Ok(g),
            }
        }),
        Fused::LayerNorm { axes, eps, weight } => layer_norm(c, g, axes, eps, weight),
        Fused::CrossEntropy { ignore } => c.one(|| {
            let (x, target) = (c.x(), c.input(1));
            let log_sum = statistics(c, f, &[x, target])?;
            let f = Fused::CrossEntropyGrad { ignore };
            Ok(backward(f, &[g, x, target, &log_sum[0]])?.0)
        }),
        Fused::Attention { scale, causal } => {
            let (q, k, v) = (c.input(0), c.input(1), c.input(2));
            let f = Fused::AttentionGrad { scale, causal };
            let (dq, others) = backward(f, &[g, q, k, v, c.y(), c.aux(0)])?;
            Ok(std::iter::once(dq).chain(others).map(Some).collect())
        }
        Fused::Recurrent(ref layer) => recurrent::gradients(layer, c, g),
        Fused::Ranks { .. } | Fused::Search { .. } | Fused::PathSums => Ok(Grads::new()),
        Fused::Sparse { dim, ref matrix } => c.one(|| {
            let matrix = Arc::new(matrix.transposed());
            apply(Op::Fused(Arc::new(Fused::Sparse { dim, matrix })), &[g])
        }),
        Fused::Fourier { inverse } => {
            // The transposed conjugate of the transform is the opposite transform; the conjugate swaps the sign of both imaginary parts.
            let (re, im) = (g.select(0, 0)?, g.select(0, 1)?);
            let parts = apply(
                Op::Fused(Arc::new(Fused::Fourier { inverse: !inverse })),
                &[&re, &im],
            )?;
            let part = |i: isize| parts.select(0, i).map(Some);
            (0..c.arity() as isize).map(part).collect()
        }
        Fused::AttentionGrad { .. }
        | Fused::SoftmaxGrad { .. }
        | Fused::LayerNormGrad { .. }
        | Fused::CrossEntropyGrad { .. }
        | Fused::RecurrentGrad(_)
        | Fused::MaxPoolGrad(_) => Err(Error::autograd(format!(
            "{}: the kernel of a backward pass has no derivative",
            f.name()
        ))),
    }
}

type Results = (Tensor, SmallVec<[Tensor; 2]>);

/// The results of the operation of a backward pass; if that pass is recorded, it is composed of operations that have derivatives.
pub(super) fn backward(f: Fused, inputs: &[&Tensor]) -> Result<Results> {
    match is_grad_enabled() {
        true => composed(f, inputs),
        false => apply_with_aux(Op::Fused(Arc::new(f)), inputs),
    }
}

/// The results of `f` on `inputs` after the first: the saved ones, or if the pass is recorded, new ones with a history.
fn statistics(c: &Call<'_>, f: &Fused, inputs: &[&Tensor]) -> Result<SmallVec<[Tensor; 2]>> {
    match is_grad_enabled() {
        true => Ok(composed(f.clone(), inputs)?.1),
        false => Ok(c.all_aux().cloned().collect()),
    }
}

/// `t` as a matrix: a vector is one row, and leading dimensions are merged.
fn as_rows(t: &Tensor) -> Result<Tensor> {
    if t.ndim() == 1 {
        t.unsqueeze(0)
    } else {
        rows(t)
    }
}

/// `g sign(x) (|x| / y)^(p - 1)`: no power of `x` alone, which could overflow. 0 for elements that are 0 or whose norm is 0.
fn norm(x: &Tensor, y: &Tensor, p: f64, g: &Tensor) -> Result<Tensor> {
    let nothing = y.eq(0.0)?;
    let length = y.masked_fill(&nothing, 1.0)?;
    if p == 2.0 {
        return g.mul(&x.div(&length)?.masked_fill(&nothing, 0.0)?);
    }
    let nothing = nothing.logical_or(&x.eq(0.0)?)?;
    let ratio = x.abs()?.masked_fill(&nothing, 1.0)?.div(&length)?;
    let slope = ratio.pow(p - 1.0)?.mul(&x.sign()?)?;
    g.mul(&slope.masked_fill(&nothing, 0.0)?)
}

fn layer_norm(c: &Call<'_>, g: &Tensor, axes: usize, eps: f64, weight: bool) -> Result<Grads> {
    let x = c.x();
    // They do not depend on weight and bias.
    let plain = Fused::LayerNorm {
        axes,
        eps,
        weight: false,
    };
    let statistics = statistics(c, &plain, &[x])?;
    let mut inputs = vec![g, x, &statistics[0], &statistics[1]];
    if weight {
        inputs.push(c.input(1));
    }
    let (dx, others) = backward(Fused::LayerNormGrad { axes, weight }, &inputs)?;
    let mut grads: Grads = smallvec![Some(dx)];
    grads.extend(others.into_iter().map(Some));
    if !weight && c.arity() == 2 {
        grads.push(Some(over_outer(g, axes)?));
    }
    grads.truncate(c.arity());
    Ok(grads)
}

/// `g` summed over all but the last `axes` dimensions.
fn over_outer(g: &Tensor, axes: usize) -> Result<Tensor> {
    let outer: Vec<usize> = (0..g.ndim() - axes).collect();
    if outer.is_empty() {
        Ok(g.clone())
    } else {
        g.sum_dim(outer, false)
    }
}
