//! Normalisation, cosine similarity and distances of vectors.

use super::arguments::float;
use super::straight_through::clamp_min_straight_through;
use rushlight_autograd::{Context, Function, function};
use rushlight_tensor::backend::broadcast;
use rushlight_tensor::{DType, Error, Half, Ints, Result, Tensor};

/// `x / max(|x|ₚ, eps)` along `dims`. PyTorch's defaults are p 2, dimension 1, eps 1e-12.
#[track_caller]
pub fn normalize(x: &Tensor, p: f64, dims: impl Into<Ints>, eps: f64) -> Result<Tensor> {
    if let Some(half) = Half::among([x]) {
        return half.round(normalize(&half.widen(x)?, p, dims, eps)?);
    }
    x.div(&x.norm_dim(p, dims, true)?.clamp_min(eps)?)
}

/// `x₁ · x₂ / (max(|x₁|, eps) max(|x₂|, eps))` along `dim`; both broadcast. PyTorch's defaults are dimension 1, eps 1e-8.
///
/// The gradient is that of the lengths themselves, also below `eps`.
#[track_caller]
pub fn cosine_similarity(x1: &Tensor, x2: &Tensor, dim: isize, eps: f64) -> Result<Tensor> {
    if let Some(half) = Half::among([x1, x2]) {
        return half.round(cosine_similarity(
            &half.widen(x1)?,
            &half.widen(x2)?,
            dim,
            eps,
        )?);
    }
    let both = Tensor::broadcast_tensors(&[x1, x2])?;
    let unit = |x: &Tensor| {
        x.div(&clamp_min_straight_through(
            &x.norm_dim(2.0, dim, true)?,
            eps,
        )?)
    };
    unit(&both[0])?.mul(&unit(&both[1])?)?.sum_dim(dim, false)
}

/// `|x₁ - x₂ + eps|ₚ` along the last dimension. PyTorch's defaults are p 2, eps 1e-6.
#[track_caller]
pub fn pairwise_distance(
    x1: &Tensor,
    x2: &Tensor,
    p: f64,
    eps: f64,
    keepdim: bool,
) -> Result<Tensor> {
    if let Some(half) = Half::among([x1, x2]) {
        let (x1, x2) = (half.widen(x1)?, half.widen(x2)?);
        return half.round(pairwise_distance(&x1, &x2, p, eps, keepdim)?);
    }
    x1.sub(x2)?.add(eps)?.norm_dim(p, -1, keepdim)
}

/// How [`cdist`] computes Euclidean distances. PyTorch: `compute_mode`.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Euclid {
    /// By a product of matrices where there are more than 25 vectors on a side, else by differences.
    #[default]
    ProductIfLarge,
    /// As `√(|a|² + |b|² - 2 a·b)`: fast, and inexact if distances are small compared to the vectors.
    Product,
    /// By differences, which takes memory for all of them.
    Differences,
}

/// `|aᵢ - bⱼ|ₚ` of every pair: `[.., n, width]`, `[.., m, width] → [.., n, m]`; leading dimensions broadcast, `p` is at least 0.
///
/// PyTorch: `torch.cdist`, with `p` 2 by default. The gradient at distance 0 is 0.
///
/// ```
/// use rushlight_nn::functional::{Euclid, cdist};
/// use rushlight_tensor::tensor;
/// let distances = cdist(&tensor!([[0.0, 0.0]]), &tensor!([[3.0, 4.0], [0.0, 2.0]]), 2.0, Euclid::default())?;
/// assert_eq!(distances.to_vec2::<f32>()?, [[5.0, 2.0]]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[track_caller]
pub fn cdist(a: &Tensor, b: &Tensor, p: f64, euclid: Euclid) -> Result<Tensor> {
    const NAME: &str = "cdist";
    let ([outer_a @ .., n, width], [outer_b @ .., m, width_b]) = (a.shape(), b.shape()) else {
        return Err(Error::shape(format!(
            "{NAME}: expected [.., n, width] and [.., m, width], got {:?} and {:?}",
            a.shape(),
            b.shape()
        )));
    };
    if width != width_b {
        return Err(Error::shape(format!(
            "{NAME}: the vectors have {width} elements in {:?}, but {width_b} in {:?}",
            a.shape(),
            b.shape()
        )));
    }
    check(NAME, a, p)?;
    if a.dtype() != b.dtype() {
        return Err(Error::dtype(format!(
            "{NAME}: both must have one dtype, not {} and {}",
            a.dtype(),
            b.dtype()
        )));
    }
    let outer = broadcast(NAME, outer_a, outer_b)?;
    if let Some(half) = Half::among([a, b]) {
        return half.round(cdist(&half.widen(a)?, &half.widen(b)?, p, euclid)?);
    }
    let large = *n > 25 || *m > 25;
    if p == 2.0 && (euclid == Euclid::Product || (euclid == Euclid::ProductIfLarge && large)) {
        let all = |t: &Tensor, count: &usize| t.expand([&outer[..], &[*count, *width]].concat());
        let both = [all(a, n)?, all(b, m)?];
        return Ok(function(Products, &[&both[0], &both[1]])?.remove(0));
    }
    length(a.unsqueeze(-2)?.sub(&b.unsqueeze(-3)?)?, p)
}

/// `|xᵢ - xⱼ|ₚ` of every pair `i < j` of rows: `[n, width] → [n (n - 1) / 2]`. PyTorch: `nn.functional.pdist`, with `p` 2 by default.
#[track_caller]
pub fn pdist(x: &Tensor, p: f64) -> Result<Tensor> {
    const NAME: &str = "pdist";
    let &[n, _] = x.shape() else {
        return Err(Error::shape(format!(
            "{NAME}: expected [n, width], got {:?}",
            x.shape()
        )));
    };
    check(NAME, x, p)?;
    if let Some(half) = Half::among([x]) {
        return half.round(pdist(&half.widen(x)?, p)?);
    }
    let pairs = Tensor::triu_indices(n, n, 1, x.device())?;
    let rows = |of: isize| x.index_select(0, &pairs.select(0, of)?);
    length(rows(0)?.sub(&rows(1)?)?, p)
}

#[track_caller]
fn check(name: &str, x: &Tensor, p: f64) -> Result<()> {
    float(name, x)?;
    if p.is_nan() || p < 0.0 {
        return Err(Error::value(format!("{name}: p is at least 0, not {p}")));
    }
    Ok(())
}

/// The `p`-norm of the last dimension of differences.
#[track_caller]
fn length(differences: Tensor, p: f64) -> Result<Tensor> {
    if differences.shape().ends_with(&[0]) {
        return differences.sum_dim(-1, false);
    }
    Ok(function(Length(p), &[&differences])?.remove(0))
}

/// A norm with the derivative that distances have: 0 at distance 0 and for equal elements, and whole for each of several largest ones.
struct Length(f64);

impl Function for Length {
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        let length = inputs[0].norm_dim(self.0, -1, false)?;
        ctx.save(inputs[0]);
        ctx.save(&length);
        Ok(vec![length])
    }

    fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        let ([x, length], p) = (ctx.saved(), self.0) else {
            return Err(Error::autograd("distance: the saved values are gone"));
        };
        let length = length.unsqueeze(-1)?;
        let g = grads[0].unsqueeze(-1)?;
        let sign = x.sign()?;
        let dx = if p == 0.0 {
            x.zeros_like()?
        } else if p == 1.0 {
            g.mul(&sign)?
        } else if p == f64::INFINITY {
            g.mul(&sign)?.masked_fill(&x.abs()?.ne(&length)?, 0)?
        } else {
            let slope = match p == 2.0 {
                true => x.div(&length)?,
                false => sign.mul(&x.abs()?.div(&length)?.pow(p - 1.0)?)?,
            };
            g.mul(&slope.masked_fill(&x.eq(0)?, 0)?)?
        };
        Ok(vec![Some(dx)])
    }

    fn name(&self) -> &str {
        "distance"
    }
}

/// Euclidean distances of every pair by a product of matrices.
///
/// The vectors are divided by a power of two and moved to a common origin, which their distances do not depend on: squares neither overflow nor
/// vanish, and vectors that lie near each other far from 0 do not lose their distance in the difference of large squares.
struct Products;

/// Vectors near 0, and what they were divided by.
struct Near {
    a: Tensor,
    b: Tensor,
    scale: Tensor,
}

impl Near {
    #[track_caller]
    fn of(a: &Tensor, b: &Tensor) -> Result<Near> {
        if a.numel() == 0 || b.numel() == 0 {
            let scale = a.new_ones(())?;
            return Ok(Near {
                a: a.clone(),
                b: b.clone(),
                scale,
            });
        }
        let largest = |x: &Tensor| x.detach().abs()?.max();
        let most = largest(a)?.maximum(&largest(b)?)?;
        let plain = most.gt(0.0)?.logical_and(&most.isfinite()?)?;
        let scale = plain.where_cond(&most, 1.0)?.log2()?.floor()?;
        let scale = scale.clamp_min(if a.dtype() == DType::F64 {
            -1022.0
        } else {
            -126.0
        })?;
        let scale = scale.exp2()?;
        let (a, b) = (a.div(&scale)?, b.div(&scale)?);
        let origin = b.detach().mean_dim(-2, true)?;
        Ok(Near {
            a: a.sub(&origin)?,
            b: b.sub(&origin)?,
            scale,
        })
    }
}

impl Function for Products {
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        let Near { a, b, scale } = Near::of(inputs[0], inputs[1])?;
        let squares = |x: &Tensor| x.square()?.sum_dim(-1, true);
        let distance = a
            .matmul(&b.transpose(-2, -1)?)?
            .mul(-2)?
            .add(&squares(&a)?)?
            .add(&squares(&b)?.transpose(-2, -1)?)?
            .clamp_min(0)?
            .sqrt()?
            .mul(&scale)?;
        ctx.save(inputs[0]);
        ctx.save(inputs[1]);
        ctx.save(&distance);
        Ok(vec![distance])
    }

    fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        let [a, b, distance] = ctx.saved() else {
            return Err(Error::autograd("cdist: the saved values are gone"));
        };
        let Near { a, b, scale } = Near::of(a, b)?;
        let distance = distance.div(&scale)?;
        let pull = grads[0].div(&distance)?.masked_fill(&distance.eq(0)?, 0)?;
        let towards = |x: &Tensor, pull: &Tensor, y: &Tensor| {
            x.mul(&pull.sum_dim(-1, true)?)?.sub(&pull.matmul(y)?)
        };
        Ok(vec![
            Some(towards(&a, &pull, &b)?),
            Some(towards(&b, &pull.transpose(-2, -1)?, &a)?),
        ])
    }

    fn name(&self) -> &str {
        "cdist"
    }
}
