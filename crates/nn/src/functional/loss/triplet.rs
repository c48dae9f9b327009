//! Losses on triples of embeddings: an anchor, a similar example and a dissimilar one.

use super::{Reduction, reduce};
use crate::functional::{PairwiseDistanceOptions, pairwise_distance};
use rushlight_tensor::{Error, Half, Result, Tensor, options};

options! {
    /// Options of [`triplet_margin_loss`] and of [`TripletMarginLoss`](crate::TripletMarginLoss).
    TripletMarginLossOptions from(reduction: Reduction) {
        /// The amount by which the negative example should be farther from the anchor than the positive one, greater than 0; by default 1.
        margin: f64 = 1.0,
        /// The order of the norm that measures distances; by default 2.
        p: f64 = 2.0,
        /// The number that is added to each difference; by default 1e-6.
        eps: f64 = 1e-6,
        /// Whether the negative example's distance is the smaller of those from the anchor and from the positive example; by default false,
        /// and it is that from the anchor.
        swap: bool = false,
        /// How the samples' losses are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
    }
}

options! {
    /// Options of [`triplet_margin_with_distance_loss`] and of
    /// [`TripletMarginWithDistanceLoss`](crate::TripletMarginWithDistanceLoss).
    TripletMarginWithDistanceLossOptions from(reduction: Reduction) {
        /// The amount by which the negative example should be farther from the anchor than the positive one, greater than 0; by default 1.
        margin: f64 = 1.0,
        /// Whether the negative example's distance is the smaller of those from the anchor and from the positive example; by default
        /// false, and it is that from the anchor.
        swap: bool = false,
        /// How the samples' losses are reduced; by default to their mean.
        reduction: Reduction = Reduction::Mean,
    }
}

/// Computes `max(0, d(a, p) - d(a, n) + margin)` for an anchor `a`, a positive example `p` and a negative example `n`, with the distance
/// `d(x, y) = (Σ |xᵢ - yᵢ + eps|ᵖ)^(1/p)`. PyTorch: `nn.functional.triplet_margin_loss`.
///
/// The three tensors `[.., n]` have the same number of dimensions, and broadcast. With `swap`, `d(a, n)` is `min(d(a, n), d(p, n))`. The
/// result is a scalar, or `[..]` without a reduction.
///
/// ```
/// use rushlight::nn::functional::{TripletMarginLossOptions, triplet_margin_loss};
/// use rushlight::tensor;
/// let (anchor, positive, negative) = (tensor!([[0.0, 0.0]]), tensor!([[3.0, 4.0]]), tensor!([[0.0, 5.5]]));
/// let loss = triplet_margin_loss(&anchor, &positive, &negative, ())?;
/// assert!((loss.item::<f32>()? - 0.5).abs() < 1e-5);
/// let options = TripletMarginLossOptions::new().p(1.0).margin(2.0);
/// let loss = triplet_margin_loss(&anchor, &positive, &negative, options)?;
/// assert!((loss.item::<f32>()? - 3.5).abs() < 1e-5);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the margin is not positive, the numbers of dimensions differ, or the shapes do not broadcast.
#[track_caller]
pub fn triplet_margin_loss(
    anchor: &Tensor,
    positive: &Tensor,
    negative: &Tensor,
    options: impl Into<TripletMarginLossOptions>,
) -> Result<Tensor> {
    by_norm([anchor, positive, negative], &options.into())
}

#[track_caller]
fn by_norm(
    [anchor, positive, negative]: [&Tensor; 3],
    options: &TripletMarginLossOptions,
) -> Result<Tensor> {
    const NAME: &str = "triplet_margin_loss";
    let &TripletMarginLossOptions {
        margin,
        p,
        eps,
        swap,
        reduction,
    } = options;
    let with_distance = TripletMarginWithDistanceLossOptions {
        margin,
        swap,
        reduction,
    };
    check_margin(NAME, margin)?;
    let fits = anchor.ndim() == positive.ndim() && anchor.ndim() == negative.ndim();
    if !fits {
        return Err(Error::shape(format!(
            "{NAME}: anchor {:?}, positive {:?} and negative {:?} must have the same number of dimensions",
            anchor.shape(),
            positive.shape(),
            negative.shape()
        )));
    }
    let norm = PairwiseDistanceOptions::new().p(p).eps(eps);
    let distance = |a: &Tensor, b: &Tensor| pairwise_distance(a, b, norm);
    let tensors = [anchor, positive, negative];
    triplet(NAME, tensors, &distance, &with_distance)
}

/// Computes [`triplet_margin_loss`] with a custom distance, a function that takes two batches of vectors and returns one number per pair.
/// PyTorch: `nn.functional.triplet_margin_with_distance_loss`.
///
/// The three tensors have the shapes that the distance supports. The result is a scalar, or has the distance's shape without a reduction.
/// For half-precision tensors, the distance is computed in `float32`.
///
/// ```
/// use rushlight::nn::functional::{TripletMarginWithDistanceLossOptions, triplet_margin_with_distance_loss};
/// use rushlight::{Result, Tensor, tensor};
/// let distance = |x: &Tensor, y: &Tensor| -> Result<Tensor> { x.sub(y)?.abs()?.sum_dim(-1, false) };
/// let (anchor, positive, negative) = (tensor!([[0.0, 0.0]]), tensor!([[3.0, 4.0]]), tensor!([[0.0, 5.5]]));
/// let loss = triplet_margin_with_distance_loss(&anchor, &positive, &negative, distance, ())?;
/// assert_eq!(loss.item::<f32>()?, 2.5);
/// let options = TripletMarginWithDistanceLossOptions::new().swap(true);
/// let loss = triplet_margin_with_distance_loss(&anchor, &positive, &negative, distance, options)?;
/// assert_eq!(loss.item::<f32>()?, 3.5);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the margin is not positive, or the distance fails.
#[track_caller]
pub fn triplet_margin_with_distance_loss(
    anchor: &Tensor,
    positive: &Tensor,
    negative: &Tensor,
    distance: impl Fn(&Tensor, &Tensor) -> Result<Tensor>,
    options: impl Into<TripletMarginWithDistanceLossOptions>,
) -> Result<Tensor> {
    const NAME: &str = "triplet_margin_with_distance_loss";
    let options = options.into();
    check_margin(NAME, options.margin)?;
    triplet(NAME, [anchor, positive, negative], &distance, &options)
}

#[track_caller]
fn check_margin(name: &str, margin: f64) -> Result<()> {
    match margin > 0.0 {
        true => Ok(()),
        false => Err(Error::value(format!(
            "{name}: the margin must be positive, not {margin}"
        ))),
    }
}

#[track_caller]
fn triplet(
    name: &str,
    [anchor, positive, negative]: [&Tensor; 3],
    distance: &dyn Fn(&Tensor, &Tensor) -> Result<Tensor>,
    options: &TripletMarginWithDistanceLossOptions,
) -> Result<Tensor> {
    if let Some(half) = Half::among([anchor, positive, negative]) {
        // The custom distance is part of the computation, and so is computed in float32 too.
        let wide = [
            half.widen(anchor)?,
            half.widen(positive)?,
            half.widen(negative)?,
        ];
        return half.round(triplet(name, wide.each_ref(), distance, options)?);
    }
    let near = distance(anchor, positive)?;
    let mut far = distance(anchor, negative)?;
    if options.swap {
        far = far.minimum(&distance(positive, negative)?)?;
    }
    let loss = near.sub(&far)?.add(options.margin)?.clamp_min(0)?;
    reduce(name, loss, options.reduction)
}
