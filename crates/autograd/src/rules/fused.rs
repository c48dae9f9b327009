//! Derivatives of fused operations: the backend's own kernels, or formulas where the pass is itself recorded.

use super::reduce::count;
use super::{Call, rows};
use crate::node::Grads;
use rushlight_backend::{Error, Fused, Op, Result};
use rushlight_tensor::{Tensor, apply, apply_with_aux, attention_gradients, is_grad_enabled};
use smallvec::smallvec;
use std::sync::Arc;

pub(super) fn gradients(f: &Fused, c: &Call<'_>, g: &Tensor) -> Result<Grads> {
    let kernel = |f: Fused| apply(Op::Fused(Arc::new(f)), &[g, c.y()]);
    match *f {
        Fused::Linear => c.each([
            &|| g.matmul(c.input(1)),
            &|| as_rows(g)?.mt()?.matmul(&as_rows(c.input(0))?),
            &|| Ok(g.clone()),
        ]),
        Fused::Softmax { dim, log } if is_grad_enabled() => c.one(|| match log {
            true => log_softmax(c.y(), g, dim),
            false => softmax(c.y(), g, dim),
        }),
        Fused::Softmax { dim, log } => c.one(|| kernel(Fused::SoftmaxGrad { dim, log })),
        Fused::Norm { p, axes, mean } => c.one(|| {
            let g = norm(c.x(), c.y(), p, g)?;
            match mean {
                true => g.div(count(&c.shape(0, &g), axes)),
                false => Ok(g),
            }
        }),
        Fused::LayerNorm { axes, eps, weight } if is_grad_enabled() => {
            layer_norm(c, g, axes, eps, weight)
        }
        Fused::LayerNorm { axes, weight, .. } => layer_norm_kernel(c, g, axes, weight),
        Fused::CrossEntropy { ignore } if is_grad_enabled() => {
            c.one(|| cross_entropy(c.x(), c.input(1), ignore, g))
        }
        Fused::CrossEntropy { ignore } => c.one(|| {
            let op = Op::Fused(Arc::new(Fused::CrossEntropyGrad { ignore }));
            apply(op, &[g, c.x(), c.input(1), c.aux(0)])
        }),
        Fused::Attention { scale, causal } => attention(c, g, scale, causal),
        Fused::AttentionGrad { .. }
        | Fused::SoftmaxGrad { .. }
        | Fused::LayerNormGrad { .. }
        | Fused::CrossEntropyGrad { .. }
        | Fused::MaxPoolGrad(_) => Err(Error::autograd(format!(
            "{}: the kernel of a backward pass has no derivative of its own",
            f.name()
        ))),
    }
}

/// A vector as a matrix of one row, more dimensions as rows.
fn as_rows(t: &Tensor) -> Result<Tensor> {
    if t.ndim() == 1 {
        t.unsqueeze(0)
    } else {
        rows(t)
    }
}

/// `y (g - Σ g y)`.
fn softmax(y: &Tensor, g: &Tensor, dim: usize) -> Result<Tensor> {
    let total = g.mul(y)?.sum_dim(dim, true)?;
    g.sub(&total)?.mul(y)
}

fn attention(c: &Call<'_>, g: &Tensor, scale: f64, causal: bool) -> Result<Grads> {
    let (q, k, v) = (c.input(0), c.input(1), c.input(2));
    if is_grad_enabled() {
        let grads = attention_gradients(g, q, k, v, scale, causal)?;
        return Ok(grads.into_iter().map(Some).collect());
    }
    let op = Op::Fused(Arc::new(Fused::AttentionGrad { scale, causal }));
    let (dq, others) = apply_with_aux(op, &[g, q, k, v, c.y(), c.aux(0)])?;
    Ok(std::iter::once(dq).chain(others).map(Some).collect())
}

/// `g (softmax(x) - [class = target])`, 0 in rows that are ignored.
fn cross_entropy(x: &Tensor, target: &Tensor, ignore: i64, g: &Tensor) -> Result<Tensor> {
    let classes = Tensor::arange(0, x.size(1)?, 1, x.device())?;
    let right = target.unsqueeze(1)?.eq(&classes)?.to(x.dtype())?;
    let slope = x.softmax(1)?.sub(&right)?.mul(&g.unsqueeze(1)?)?;
    slope.masked_fill(&target.eq(ignore)?.unsqueeze(1)?, 0)
}

/// `g - e^y Σ g`.
fn log_softmax(y: &Tensor, g: &Tensor, dim: usize) -> Result<Tensor> {
    g.sub(&y.exp()?.mul(&g.sum_dim(dim, true)?)?)
}

/// `g sign(x) (|x| / y)^(p - 1)`: no power of `x` alone, which could overflow. 0 for elements that are 0, and where the norm is.
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

/// The last `axes` dimensions.
fn inner(axes: usize) -> Vec<isize> {
    (1..=axes as isize).map(|d| -d).collect()
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

/// `x̂ = (x - mean) r`, `∂x = r (h - mean h - x̂ mean(h x̂))` for `h = g w`, `∂w = Σ g x̂`, `∂b = Σ g`.
fn layer_norm(c: &Call<'_>, g: &Tensor, axes: usize, eps: f64, weight: bool) -> Result<Grads> {
    let (x, dims) = (c.x(), inner(axes));
    let centred = x.deviations(&dims)?.1;
    let deviation = centred.root_mean_square(&dims, true)?;
    let r = match eps >= 0.0 {
        // As a hypotenuse: the squares of large numbers overflow.
        true => deviation
            .hypot(&deviation.full_like(eps.sqrt())?)?
            .reciprocal()?,
        false => deviation.square()?.add(eps)?.rsqrt()?,
    };
    let normal = centred.mul(&r)?;
    let h = if weight {
        g.mul(c.input(1))?
    } else {
        g.clone()
    };
    let dx = || {
        let along = normal.mul(&h.mul(&normal)?.mean_dim(&dims, true)?)?;
        h.sub(&h.mean_dim(&dims, true)?)?.sub(&along)?.mul(&r)
    };
    let dw = || over_outer(&g.mul(&normal)?, axes);
    let db = || over_outer(g, axes);
    if weight {
        c.each([&dx, &dw, &db])
    } else {
        c.each([&dx, &db])
    }
}

fn layer_norm_kernel(c: &Call<'_>, g: &Tensor, axes: usize, weight: bool) -> Result<Grads> {
    let op = Op::Fused(Arc::new(Fused::LayerNormGrad { axes, weight }));
    let mut inputs = vec![g, c.x(), c.aux(0), c.aux(1)];
    if weight {
        inputs.push(c.input(1));
    }
    let (dx, others) = apply_with_aux(op, &inputs)?;
    let mut grads: Grads = smallvec![Some(dx)];
    grads.extend(others.into_iter().map(Some));
    if !weight && c.arity() == 2 {
        grads.push(Some(over_outer(g, axes)?));
    }
    grads.truncate(c.arity());
    Ok(grads)
}
