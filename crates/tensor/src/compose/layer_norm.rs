//! Layer normalization and its gradients.

use crate::Tensor;
use crate::dispatch::Results;
use rushlight_backend::{Dims, Result};
use smallvec::smallvec;

/// The last `n` dimensions.
fn last_dims(n: usize) -> Vec<isize> {
    (1..=n as isize).map(|d| -d).collect()
}

/// `(x - mean) r w + b` for `r = 1 / √(var + eps)`; then the mean as two numbers, and `r`.
#[track_caller]
pub(super) fn forward(inputs: &[&Tensor], axes: usize, eps: f64, weight: bool) -> Result<Results> {
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

/// For `x̂ = (x - mean) r` and `h = g w`: `∂x = r (h - mean h - x̂ mean(h x̂))`, `∂w = Σ g x̂`, `∂b = Σ g`.
#[track_caller]
pub(super) fn backward(inputs: &[&Tensor], axes: usize, weight: bool) -> Result<Results> {
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
