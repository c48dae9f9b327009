//! Losses on pairs of embeddings.

use super::{Reduction, reduce};
use rushlight_tensor::{Error, Half, Result, Tensor, options};

options! {
    /// Options of [`hinge_embedding_loss`] and of [`HingeEmbeddingLoss`](crate::HingeEmbeddingLoss).
    HingeEmbeddingLossOptions from(reduction: Reduction) {
        /// The distance above which dissimilar pairs have a loss of 0; by default 1.
        margin: f64 = 1.0,
        /// How the elements are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
    }
}

options! {
    /// Options of [`margin_ranking_loss`] and of [`MarginRankingLoss`](crate::MarginRankingLoss).
    MarginRankingLossOptions from(reduction: Reduction) {
        /// The difference above which a pair has a loss of 0; by default 0.
        margin: f64 = 0.0,
        /// How the elements are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
    }
}

options! {
    /// Options of [`cosine_embedding_loss`] and of [`CosineEmbeddingLoss`](crate::CosineEmbeddingLoss).
    CosineEmbeddingLossOptions from(reduction: Reduction) {
        /// The cosine below which dissimilar pairs have a loss of 0; by default 0.
        margin: f64 = 0.0,
        /// How the samples' losses are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
    }
}

/// Returns `x` where the target is 1, and `max(0, margin - x)` where it is -1; `x` is a distance.
/// PyTorch: `nn.functional.hinge_embedding_loss`.
///
/// Input and target have the same shape or broadcast to one. The result is a scalar, or has the broadcast shape without a reduction; the
/// mean requires a floating-point dtype.
///
/// ```
/// use rushlight::nn::functional::{HingeEmbeddingLossOptions, Reduction, hinge_embedding_loss};
/// use rushlight::tensor;
/// let (x, y) = (tensor!([0.25, 0.25, 2.0]), tensor!([1.0, -1.0, -1.0]));
/// assert_eq!(hinge_embedding_loss(&x, &y, Reduction::None)?.to_vec::<f32>()?, [0.25, 0.75, 0.0]);
/// let loss = hinge_embedding_loss(&x, &y, HingeEmbeddingLossOptions::new().margin(3.0))?;
/// assert!((loss.item::<f32>()? - 1.333333).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes do not broadcast, or the mean does not support the dtype.
#[track_caller]
pub fn hinge_embedding_loss(
    input: &Tensor,
    target: &Tensor,
    options: impl Into<HingeEmbeddingLossOptions>,
) -> Result<Tensor> {
    hinge(input, target, &options.into())
}

#[track_caller]
fn hinge(input: &Tensor, target: &Tensor, options: &HingeEmbeddingLossOptions) -> Result<Tensor> {
    if let Some(half) = Half::among([input, target]) {
        return half.round(hinge(&half.widen(input)?, &half.widen(target)?, options)?);
    }
    let dissimilar = target
        .ne(1)?
        .where_cond(&input.rsub(options.margin)?.clamp_min(0)?, 0)?;
    let similar = target.ne(-1)?.where_cond(input, 0)?;
    let loss = dissimilar.add(&similar)?;
    reduce("hinge_embedding_loss", loss, options.reduction)
}

/// Computes `max(0, -y (x₁ - x₂) + margin)`: `y` is 1 where `x₁` should rank higher, and -1 where `x₂` should.
/// PyTorch: `nn.functional.margin_ranking_loss`.
///
/// All three tensors have the same number of dimensions and broadcast to one shape. The result is a scalar, or has that shape without a
/// reduction.
///
/// ```
/// use rushlight::nn::functional::{MarginRankingLossOptions, Reduction, margin_ranking_loss};
/// use rushlight::tensor;
/// let (x1, x2, y) = (tensor!([1.0, 2.0]), tensor!([2.0, 1.0]), tensor!([1.0, 1.0]));
/// assert_eq!(margin_ranking_loss(&x1, &x2, &y, ())?.item::<f32>()?, 0.5);
/// let options = MarginRankingLossOptions::new().margin(0.5).reduction(Reduction::None);
/// assert_eq!(margin_ranking_loss(&x1, &x2, &y, options)?.to_vec::<f32>()?, [1.5, 0.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the numbers of dimensions differ, or the shapes do not broadcast.
#[track_caller]
pub fn margin_ranking_loss(
    x1: &Tensor,
    x2: &Tensor,
    target: &Tensor,
    options: impl Into<MarginRankingLossOptions>,
) -> Result<Tensor> {
    ranking([x1, x2, target], &options.into())
}

#[track_caller]
fn ranking([x1, x2, target]: [&Tensor; 3], options: &MarginRankingLossOptions) -> Result<Tensor> {
    if x1.ndim() != x2.ndim() || x1.ndim() != target.ndim() {
        return Err(Error::shape(format!(
            "margin_ranking_loss: inputs {:?} and {:?} and target {:?} must have the same number of dimensions",
            x1.shape(),
            x2.shape(),
            target.shape()
        )));
    }
    if let Some(half) = Half::among([x1, x2, target]) {
        let (x1, x2, target) = (half.widen(x1)?, half.widen(x2)?, half.widen(target)?);
        return half.round(ranking([&x1, &x2, &target], options)?);
    }
    let loss = target
        .neg()?
        .mul(&x1.sub(x2)?)?
        .add(options.margin)?
        .clamp_min(0)?;
    reduce("margin_ranking_loss", loss, options.reduction)
}

/// Computes `1 - cos(x₁, x₂)` where the target is 1, and `max(0, cos(x₁, x₂) - margin)` where it is -1.
/// PyTorch: `nn.functional.cosine_embedding_loss`.
///
/// The shapes are `[batch, n], [batch, n]` and target `[batch]`, or `[n], [n]` and `[]` for one pair. The result is a scalar, or has the
/// target's shape without a reduction.
///
/// ```
/// use rushlight::nn::functional::{CosineEmbeddingLossOptions, cosine_embedding_loss};
/// use rushlight::tensor;
/// let (x1, x2) = (tensor!([[1.0, 0.0], [1.0, 0.0]]), tensor!([[0.0, 2.0], [3.0, 4.0]]));
/// let y = tensor!([1, -1]);
/// let loss = cosine_embedding_loss(&x1, &x2, &y, ())?;
/// assert!((loss.item::<f32>()? - 0.8).abs() < 1e-6);
/// let loss = cosine_embedding_loss(&x1, &x2, &y, CosineEmbeddingLossOptions::new().margin(0.5))?;
/// assert!((loss.item::<f32>()? - 0.55).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes are different.
#[track_caller]
pub fn cosine_embedding_loss(
    x1: &Tensor,
    x2: &Tensor,
    target: &Tensor,
    options: impl Into<CosineEmbeddingLossOptions>,
) -> Result<Tensor> {
    cosine([x1, x2, target], &options.into())
}

#[track_caller]
fn cosine([x1, x2, target]: [&Tensor; 3], options: &CosineEmbeddingLossOptions) -> Result<Tensor> {
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
        return half.round(cosine([&x1, &x2, &target], options)?);
    }
    // The cosine is a product of unit vectors x / √(|x|² + 1e-12), since the products of long vectors overflow.
    let unit = |x: &Tensor| {
        let x = &match x.dtype().is_float() {
            true => x.clone(),
            false => x.float()?,
        };
        let length = x.norm_dim(2.0, -1, true)?;
        x.div(&length.hypot(&length.detach().full_like(1e-6)?)?)
    };
    let cosine = unit(x1)?.mul(&unit(x2)?)?.sum_dim(-1, false)?;
    let similar = target.eq(1)?.where_cond(&cosine.rsub(1)?, 0)?;
    let dissimilar = target
        .eq(-1)?
        .where_cond(&cosine.sub(options.margin)?.clamp_min(0)?, 0)?;
    let loss = similar.add(&dissimilar)?;
    reduce("cosine_embedding_loss", loss, options.reduction)
}
