//! Fused operations in terms of the others, for backends without a kernel of their own. Never recorded: the fused operation is.
//! The formulas know nothing of halves: those are converted around them.

use crate::dispatch::Results;
use crate::{Half, Tensor, attention_gradients, attention_scores, scaled_norm};
use rushlight_backend::{DType, Dims, Error, Fused, Pool, Result, TensorType};
use smallvec::smallvec;

/// The results of `f`, of which the first has the dtype `result`. Halves are computed in `float32`.
#[track_caller]
pub(crate) fn fused(
    f: &Fused,
    inputs: &[&Tensor],
    types: &[TensorType],
    result: DType,
) -> Result<Results> {
    let Some(half) = Half::among(inputs.iter().copied()) else {
        return formula(f, inputs);
    };
    let wide = half.widen_all(inputs)?;
    let Results { out, aux } = formula(f, &wide.iter().collect::<Vec<_>>())?;
    let dtypes = f.auxiliary(types).into_iter().map(|t| t.dtype);
    Ok(Results {
        out: out.to(result)?,
        aux: aux
            .iter()
            .zip(dtypes)
            .map(|(t, dtype)| t.to(dtype))
            .collect::<Result<_>>()?,
    })
}

#[track_caller]
fn formula(f: &Fused, inputs: &[&Tensor]) -> Result<Results> {
    let x = inputs[0];
    let one = |out: Tensor| Ok(Results::from(out));
    match f {
        Fused::Linear => {
            let y = x.matmul(&inputs[1].t()?)?;
            match inputs.get(2) {
                Some(bias) => one(y.add(*bias)?),
                None => one(y),
            }
        }
        Fused::Softmax { dim, log: false } => {
            let e = x.sub(&max_or_zero(x, *dim)?)?.exp()?;
            one(e.div(&e.sum_dim(*dim, true)?)?)
        }
        Fused::SoftmaxGrad { dim, log: false } => {
            let (g, y) = (x, inputs[1]);
            let gy = g.mul(y)?;
            one(gy.sub(&y.mul(&gy.sum_dim(*dim, true)?)?)?)
        }
        Fused::Softmax { dim, log: true } => {
            let shifted = x.sub(&max_or_zero(x, *dim)?)?;
            one(shifted.sub(&shifted.exp()?.sum_dim(*dim, true)?.log()?)?)
        }
        Fused::SoftmaxGrad { dim, log: true } => {
            let (g, y) = (x, inputs[1]);
            one(g.sub(&y.exp()?.mul(&g.sum_dim(*dim, true)?)?)?)
        }
        Fused::Norm { p, axes, mean } => one(scaled_norm(x, *p, *axes, *mean)?),
        Fused::LayerNorm { axes, eps, weight } => layer_norm(inputs, *axes, *eps, *weight),
        Fused::LayerNormGrad { axes, weight } => layer_norm_grad(inputs, *axes, *weight),
        Fused::CrossEntropy { ignore } => cross_entropy(x, inputs[1], *ignore),
        Fused::Attention { scale, causal } => attention(inputs, *scale, *causal),
        Fused::AttentionGrad { scale, causal } => {
            let [g, q, k, v, ..] = inputs else {
                return Err(Error::value(format!("{}: expected six inputs", f.name())));
            };
            let [out, dk, dv] = attention_gradients(g, q, k, v, *scale, *causal)?;
            Ok(Results {
                out,
                aux: smallvec![dk, dv],
            })
        }
        Fused::MaxPoolGrad(pool) => one(max_pool_grad(pool, x, inputs[1])?),
        Fused::CrossEntropyGrad { ignore } => {
            let [g, x, target, lse] = inputs else {
                return Err(Error::value("cross_entropy_backward: expected four inputs"));
            };
            one(cross_entropy_grad(g, x, target, lse, *ignore)?)
        }
    }
}

#[track_caller]
fn attention(inputs: &[&Tensor], scale: f64, causal: bool) -> Result<Results> {
    let [q, k, v] = inputs else {
        return Err(Error::value(
            "scaled_dot_product_attention: expected three inputs",
        ));
    };
    let scores = attention_scores(q, k, scale, causal)?;
    Ok(Results {
        out: scores.softmax(-1)?.matmul(v)?,
        aux: smallvec![scores.logsumexp(-1, false)?],
    })
}

#[track_caller]
fn cross_entropy(x: &Tensor, target: &Tensor, ignore: i64) -> Result<Results> {
    let lse = x.logsumexp(1, false)?;
    let ignored = target.eq(ignore)?;
    let class = target.masked_fill(&ignored, 0)?.unsqueeze(1)?;
    let loss = lse.sub(&x.gather(1, &class)?.squeeze_dim(1)?)?;
    Ok(Results {
        out: loss.masked_fill(&ignored, 0)?,
        aux: smallvec![lse],
    })
}

/// `g (e^(x - lse) - [c = target])`.
#[track_caller]
fn cross_entropy_grad(
    g: &Tensor,
    x: &Tensor,
    target: &Tensor,
    lse: &Tensor,
    ignore: i64,
) -> Result<Tensor> {
    let probability = x.sub(&lse.unsqueeze(1)?)?.exp()?;
    let classes = Tensor::arange(0, x.size(1)?, 1, x.device())?;
    let right = target.unsqueeze(1)?.eq(&classes)?.to(probability.dtype())?;
    let slope = probability.sub(&right)?.mul(&g.unsqueeze(1)?)?;
    let ignored = target.eq(ignore)?.unsqueeze(1)?;
    slope.masked_fill(&ignored, 0)
}

/// What softmax subtracts: the maximum, or nothing where there is none.
#[track_caller]
fn max_or_zero(x: &Tensor, dim: usize) -> Result<Tensor> {
    if x.numel() == 0 {
        x.sum_dim(dim, true)
    } else {
        x.amax(dim, true)
    }
}

fn last_dims(n: usize) -> Vec<isize> {
    (1..=n as isize).map(|d| -d).collect()
}

#[track_caller]
fn layer_norm(inputs: &[&Tensor], axes: usize, eps: f64, weight: bool) -> Result<Results> {
    let x = inputs[0];
    let dims = last_dims(axes);
    let near = x.mean_dim(&dims, true)?;
    let shifted = x.sub(&near)?;
    let rest = shifted.mean_dim(&dims, true)?;
    let centred = shifted.sub(&rest)?;
    let deviation = centred.root_mean_square(&dims, true)?;
    let rstd = match eps >= 0.0 {
        // As a hypotenuse: the squares of large numbers overflow.
        true => deviation
            .hypot(&deviation.full_like(eps.sqrt())?)?
            .reciprocal()?,
        false => deviation.square()?.add(eps)?.rsqrt()?,
    };
    let mut y = centred.mul(&rstd)?;
    if weight {
        y = y.mul(inputs[1])?;
    }
    if let Some(bias) = inputs.get(1 + weight as usize) {
        y = y.add(*bias)?;
    }
    let outer = &x.shape()[..x.ndim() - axes];
    let pair: Dims = outer.iter().copied().chain([2]).collect();
    let mean = Tensor::cat(&[&near.reshape([-1, 1])?, &rest.reshape([-1, 1])?], 1)?;
    let aux = smallvec![mean.reshape(&pair)?, rstd.reshape(outer)?];
    Ok(Results { out: y, aux })
}

#[track_caller]
fn layer_norm_grad(inputs: &[&Tensor], axes: usize, weight: bool) -> Result<Results> {
    let (g, x) = (inputs[0], inputs[1]);
    let mut kept = x.shape().to_vec();
    kept[x.ndim() - axes..].fill(1);
    let part = |i: usize| inputs[2].select(-1, i as isize)?.reshape(&kept);
    let (mean, rest, rstd) = (part(0)?, part(1)?, inputs[3].reshape(&kept)?);
    let normal = x.sub(&mean)?.sub(&rest)?.mul(&rstd)?;
    let gw = if weight { g.mul(inputs[4])? } else { g.clone() };
    let dims = last_dims(axes);
    let inner = gw.sub(&gw.mean_dim(&dims, true)?)?;
    let inner = inner.sub(&normal.mul(&gw.mul(&normal)?.mean_dim(&dims, true)?)?)?;
    let out = inner.mul(&rstd)?;
    let mut aux = smallvec![];
    if weight {
        let outer: Vec<isize> = (0..(x.ndim() - axes) as isize).collect();
        let total = |t: Tensor| {
            if outer.is_empty() {
                Ok(t)
            } else {
                t.sum_dim(&outer, false)
            }
        };
        aux = smallvec![total(g.mul(&normal)?)?, total(g.clone())?];
    }
    Ok(Results { out, aux })
}

/// `g` added up at the positions, which count through space.
#[track_caller]
fn max_pool_grad(pool: &Pool, g: &Tensor, positions: &Tensor) -> Result<Tensor> {
    let planes = &g.shape()[..g.ndim() - pool.space.len()];
    let flat = |space: &[usize]| -> Dims {
        let space = space.iter().product();
        planes.iter().copied().chain([space]).collect()
    };
    let dim = planes.len() as isize;
    let from = flat(&pool.pooled);
    let zeros = g.new_zeros(&flat(&pool.space))?;
    zeros.scatter_add_(dim, &positions.reshape(&from)?, &g.reshape(&from)?)?;
    let shape: Dims = planes.iter().chain(pool.space.iter()).copied().collect();
    zeros.reshape(&shape)
}
