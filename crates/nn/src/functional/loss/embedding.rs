//! Losses on pairs and triples of embeddings.

use super::{Reduction, reduce};
use crate::functional::{PairwiseDistanceOptions, pairwise_distance};
use rushlight_tensor::{Error, Half, Result, Tensor};

/// `x` where the target is 1, `max(0, margin - x)` where it is -1. PyTorch's default margin is 1.
#[track_caller]
pub fn hinge_embedding_loss(
    input: &Tensor,
    target: &Tensor,
    margin: f64,
    reduction: Reduction,
) -> Result<Tensor> {
    if let Some(half) = Half::among([input, target]) {
        return half.round(hinge_embedding_loss(
            &half.widen(input)?,
            &half.widen(target)?,
            margin,
            reduction,
        )?);
    }
    let apart = target
        .ne(1)?
        .where_cond(&input.rsub(margin)?.clamp_min(0)?, 0)?;
    let alike = target.ne(-1)?.where_cond(input, 0)?;
    reduce("hinge_embedding_loss", apart.add(&alike)?, reduction)
}

/// `max(0, -y (x₁ - x₂) + margin)`: `y` is 1 where `x₁` should rank higher, -1 where `x₂` should. PyTorch's default margin is 0.
#[track_caller]
pub fn margin_ranking_loss(
    x1: &Tensor,
    x2: &Tensor,
    target: &Tensor,
    margin: f64,
    reduction: Reduction,
) -> Result<Tensor> {
    if x1.ndim() != x2.ndim() || x1.ndim() != target.ndim() {
        return Err(Error::shape(format!(
            "margin_ranking_loss: inputs {:?} and {:?} and target {:?} must have as many dimensions",
            x1.shape(),
            x2.shape(),
            target.shape()
        )));
    }
    if let Some(half) = Half::among([x1, x2, target]) {
        let (x1, x2, target) = (half.widen(x1)?, half.widen(x2)?, half.widen(target)?);
        return half.round(margin_ranking_loss(&x1, &x2, &target, margin, reduction)?);
    }
    let loss = target.neg()?.mul(&x1.sub(x2)?)?.add(margin)?.clamp_min(0)?;
    reduce("margin_ranking_loss", loss, reduction)
}

/// `1 - cos(x₁, x₂)` where the target is 1, `max(0, cos(x₁, x₂) - margin)` where it is -1. `[batch, n], [batch, n], [batch]`, or one pair
/// `[n], [n], []`. PyTorch's default margin is 0.
#[track_caller]
pub fn cosine_embedding_loss(
    x1: &Tensor,
    x2: &Tensor,
    target: &Tensor,
    margin: f64,
    reduction: Reduction,
) -> Result<Tensor> {
    let fits = target.ndim() <= 1 && x1.ndim() == target.ndim() + 1 && x2.ndim() == x1.ndim();
    if !fits {
        return Err(Error::shape(format!(
            "cosine_embedding_loss: expected [batch, n], [batch, n] and target [batch], or [n], [n] and []; got {:?}, {:?} and {:?}",
            x1.shape(),
            x2.shape(),
            target.shape()
        )));
    }
    if let Some(half) = Half::among([x1, x2, target]) {
        let (x1, x2, target) = (half.widen(x1)?, half.widen(x2)?, half.widen(target)?);
        return half.round(cosine_embedding_loss(&x1, &x2, &target, margin, reduction)?);
    }
    // x / √(|x|² + 1e-12): unit vectors first, since the products of long ones overflow.
    let unit = |x: &Tensor| {
        let x = &match x.dtype().is_float() {
            true => x.clone(),
            false => x.float()?,
        };
        let length = x.norm_dim(2.0, -1, true)?;
        x.div(&length.hypot(&length.detach().full_like(1e-6)?)?)
    };
    let cosine = unit(x1)?.mul(&unit(x2)?)?.sum_dim(-1, false)?;
    let alike = target.eq(1)?.where_cond(&cosine.rsub(1)?, 0)?;
    let apart = target
        .eq(-1)?
        .where_cond(&cosine.sub(margin)?.clamp_min(0)?, 0)?;
    reduce("cosine_embedding_loss", alike.add(&apart)?, reduction)
}

/// `max(0, |a - p| - |a - n| + margin)` of an anchor, a like and an unlike example, by the distance `(Σ |xᵢ|ᵖ)^(1/p)`.
///
/// With `swap` the like example takes the anchor's place if it is nearer to the unlike one. PyTorch's defaults: margin 1, p 2, eps 1e-6.
#[track_caller]
#[expect(clippy::too_many_arguments, reason = "PyTorch's signature")]
pub fn triplet_margin_loss(
    anchor: &Tensor,
    positive: &Tensor,
    negative: &Tensor,
    margin: f64,
    p: f64,
    eps: f64,
    swap: bool,
    reduction: Reduction,
) -> Result<Tensor> {
    if margin.is_nan() || margin <= 0.0 {
        return Err(Error::value(format!(
            "triplet_margin_loss: the margin must be above 0, not {margin}"
        )));
    }
    let fits = anchor.ndim() == positive.ndim() && anchor.ndim() == negative.ndim();
    if !fits {
        return Err(Error::shape(format!(
            "triplet_margin_loss: anchor {:?}, positive {:?} and negative {:?} must have as many dimensions",
            anchor.shape(),
            positive.shape(),
            negative.shape()
        )));
    }
    if let Some(half) = Half::among([anchor, positive, negative]) {
        let (anchor, positive) = (half.widen(anchor)?, half.widen(positive)?);
        let negative = half.widen(negative)?;
        return half.round(triplet_margin_loss(
            &anchor, &positive, &negative, margin, p, eps, swap, reduction,
        )?);
    }
    let distance = |a: &Tensor, b: &Tensor| {
        pairwise_distance(a, b, PairwiseDistanceOptions::new().p(p).eps(eps))
    };
    triplet(
        "triplet_margin_loss",
        [anchor, positive, negative],
        distance,
        margin,
        swap,
        reduction,
    )
}

/// As [`triplet_margin_loss`], by a distance of your own.
#[track_caller]
pub fn triplet_margin_with_distance_loss(
    anchor: &Tensor,
    positive: &Tensor,
    negative: &Tensor,
    distance: impl Fn(&Tensor, &Tensor) -> Result<Tensor>,
    margin: f64,
    swap: bool,
    reduction: Reduction,
) -> Result<Tensor> {
    if margin.is_nan() || margin <= 0.0 {
        return Err(Error::value(format!(
            "triplet_margin_with_distance_loss: the margin must be above 0, not {margin}"
        )));
    }
    triplet(
        "triplet_margin_with_distance_loss",
        [anchor, positive, negative],
        distance,
        margin,
        swap,
        reduction,
    )
}

#[track_caller]
fn triplet(
    name: &str,
    [anchor, positive, negative]: [&Tensor; 3],
    distance: impl Fn(&Tensor, &Tensor) -> Result<Tensor>,
    margin: f64,
    swap: bool,
    reduction: Reduction,
) -> Result<Tensor> {
    if let Some(half) = Half::among([anchor, positive, negative]) {
        // The caller's distance is a part of the composition: it too is computed in float32.
        let wide = [
            half.widen(anchor)?,
            half.widen(positive)?,
            half.widen(negative)?,
        ];
        let loss = triplet(name, wide.each_ref(), distance, margin, swap, reduction)?;
        return half.round(loss);
    }
    let near = distance(anchor, positive)?;
    let mut far = distance(anchor, negative)?;
    if swap {
        far = far.minimum(&distance(positive, negative)?)?;
    }
    let loss = near.sub(&far)?.add(margin)?.clamp_min(0)?;
    reduce(name, loss, reduction)
}
