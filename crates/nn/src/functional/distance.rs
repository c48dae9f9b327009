//! Normalization, cosine similarity and distances of vectors.

use super::arguments::float;
use super::straight_through::clamp_min_straight_through;
use rushlight_autograd::{Context, Function, function};
use rushlight_tensor::backend::broadcast;
use rushlight_tensor::{DType, Error, Half, Ints, Result, Tensor, named_enum, options};

options! {
    /// Options of [`normalize`].
    #[derive(PartialEq)]
    NormalizeOptions {
        /// The order of the norm; by default 2.
        p: f64 = 2.0,
        /// The dimensions along which the norm is taken; by default dimension 1.
        dim(into): Ints = 1.into(),
        /// The smallest divisor; by default 1e-12.
        eps: f64 = 1e-12,
    }
}

options! {
    /// Options of [`cosine_similarity`] and of its layer.
    #[derive(Copy, PartialEq)]
    CosineSimilarityOptions from(dim: isize) {
        /// The dimension of the vectors; by default dimension 1.
        dim: isize = 1,
        /// The smallest norm used as a divisor; by default 1e-8.
        eps: f64 = 1e-8,
    }
}

options! {
    /// Options of [`pairwise_distance`] and of its layer.
    #[derive(Copy, PartialEq)]
    PairwiseDistanceOptions from(p: f64) {
        /// The order of the norm; by default 2.
        p: f64 = 2.0,
        /// The number that is added to each difference; by default 1e-6.
        eps: f64 = 1e-6,
        /// Whether the last dimension is kept, with size 1; by default false.
        keepdim: bool = false,
    }
}

named_enum! {
    /// The algorithm by which [`cdist`] computes Euclidean distances.
    CdistComputeMode {
        /// Uses a matrix product if either side has more than 25 vectors, and differences otherwise.
        #[default]
        ProductIfLarge = "use_mm_for_euclid_dist_if_necessary",
        /// Computes `√(|a|² + |b|² - 2 a·b)`, which is fast, but inexact if distances are small compared to the vectors.
        Product = "use_mm_for_euclid_dist",
        /// Computes differences, which need memory for all pairs.
        Differences = "donot_use_mm_for_euclid_dist",
    }
}

options! {
    /// Options of [`cdist`].
    #[derive(Copy, PartialEq)]
    CdistOptions from(p: f64) from(compute_mode: CdistComputeMode) {
        /// The order of the norm, at least 0; by default 2.
        p: f64 = 2.0,
        /// How Euclidean distances, those with `p = 2`, are computed.
        compute_mode: CdistComputeMode = CdistComputeMode::ProductIfLarge,
    }
}

options! {
    /// Options of [`pdist`].
    #[derive(Copy, PartialEq)]
    PdistOptions from(p: f64) {
        /// The order of the norm, at least 0; by default 2.
        p: f64 = 2.0,
    }
}

/// Computes `x / max(|x|ₚ, eps)` along dimensions. The result has the shape and dtype of `x`. PyTorch: `nn.functional.normalize`.
///
/// ```
/// use rushlight::nn::functional::{NormalizeOptions, normalize};
/// use rushlight::tensor;
/// let x = tensor!([[3.0, 4.0]]);
/// assert_eq!(normalize(&x, ())?.to_vec::<f32>()?, [0.6, 0.8]);
/// assert_eq!(normalize(&x, NormalizeOptions::new().p(1.0).dim(0))?.to_vec::<f32>()?, [1.0, 1.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if a dimension does not exist, or the dtype is not floating-point.
#[track_caller]
pub fn normalize(x: &Tensor, options: impl Into<NormalizeOptions>) -> Result<Tensor> {
    normalized(x, &options.into())
}

#[track_caller]
fn normalized(x: &Tensor, options: &NormalizeOptions) -> Result<Tensor> {
    if let Some(half) = Half::among([x]) {
        return half.round(normalized(&half.widen(x)?, options)?);
    }
    let norm = x.norm_dim(options.p, options.dim.clone(), true)?;
    x.div(&norm.clamp_min(options.eps)?)
}

/// Computes `x₁ · x₂ / (max(|x₁|, eps) max(|x₂|, eps))` along a dimension; both tensors broadcast. PyTorch: `cosine_similarity`,
/// `nn.functional.cosine_similarity`.
///
/// The gradient is that of the unclamped norms, also below `eps`.
///
/// ```
/// use rushlight::nn::functional::cosine_similarity;
/// use rushlight::tensor;
/// let (a, b) = (tensor!([[1.0, 0.0], [1.0, 0.0]]), tensor!([[2.0, 0.0], [0.0, 3.0]]));
/// assert_eq!(cosine_similarity(&a, &b, ())?.to_vec::<f32>()?, [1.0, 0.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes do not broadcast, the dimension does not exist, or a dtype is not floating-point.
#[track_caller]
pub fn cosine_similarity(
    x1: &Tensor,
    x2: &Tensor,
    options: impl Into<CosineSimilarityOptions>,
) -> Result<Tensor> {
    cosine(x1, x2, &options.into())
}

#[track_caller]
fn cosine(x1: &Tensor, x2: &Tensor, options: &CosineSimilarityOptions) -> Result<Tensor> {
    if let Some(half) = Half::among([x1, x2]) {
        return half.round(cosine(&half.widen(x1)?, &half.widen(x2)?, options)?);
    }
    let both = Tensor::broadcast_tensors(&[x1, x2])?;
    let unit = |x: &Tensor| {
        x.div(&clamp_min_straight_through(
            &x.norm_dim(2.0, options.dim, true)?,
            options.eps,
        )?)
    };
    unit(&both[0])?
        .mul(&unit(&both[1])?)?
        .sum_dim(options.dim, false)
}

/// Computes `|x₁ - x₂ + eps|ₚ` along the last dimension: `[.., n], [.., n] → [..]`; both tensors broadcast.
/// PyTorch: `nn.functional.pairwise_distance`.
///
/// ```
/// use rushlight::nn::functional::{PairwiseDistanceOptions, pairwise_distance};
/// use rushlight::tensor;
/// let (a, b) = (tensor!([[3.0, 4.0]]), tensor!([[0.0, 0.0]]));
/// let exact = PairwiseDistanceOptions::new().eps(0.0);
/// assert_eq!(pairwise_distance(&a, &b, exact)?.to_vec::<f32>()?, [5.0]);
/// assert_eq!(pairwise_distance(&a, &b, exact.p(1.0).keepdim(true))?.to_vec2::<f32>()?, [[7.0]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes do not broadcast, or a dtype is not supported.
#[track_caller]
pub fn pairwise_distance(
    x1: &Tensor,
    x2: &Tensor,
    options: impl Into<PairwiseDistanceOptions>,
) -> Result<Tensor> {
    pairwise(x1, x2, &options.into())
}

#[track_caller]
fn pairwise(x1: &Tensor, x2: &Tensor, options: &PairwiseDistanceOptions) -> Result<Tensor> {
    if let Some(half) = Half::among([x1, x2]) {
        let (x1, x2) = (half.widen(x1)?, half.widen(x2)?);
        return half.round(pairwise(&x1, &x2, options)?);
    }
    let difference = x1.sub(x2)?.add(options.eps)?;
    difference.norm_dim(options.p, -1, options.keepdim)
}

/// Computes `|aᵢ - bⱼ|ₚ` for every pair: `[.., n, width]`, `[.., m, width] → [.., n, m]`; leading dimensions broadcast.
/// PyTorch: `torch.cdist`.
///
/// The gradient at distance 0 is 0.
///
/// ```
/// use rushlight::nn::functional::cdist;
/// use rushlight::tensor;
/// let (a, b) = (tensor!([[0.0, 0.0]]), tensor!([[3.0, 4.0], [0.0, 2.0]]));
/// assert_eq!(cdist(&a, &b, ())?.to_vec2::<f32>()?, [[5.0, 2.0]]);
/// assert_eq!(cdist(&a, &b, 1.0)?.to_vec2::<f32>()?, [[7.0, 2.0]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the shapes do not match, `p` is negative, or the dtypes differ or are not floating-point.
#[track_caller]
pub fn cdist(a: &Tensor, b: &Tensor, options: impl Into<CdistOptions>) -> Result<Tensor> {
    distances(a, b, &options.into())
}

#[track_caller]
fn distances(a: &Tensor, b: &Tensor, options: &CdistOptions) -> Result<Tensor> {
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
    check(NAME, a, options.p)?;
    if a.dtype() != b.dtype() {
        return Err(Error::dtype(format!(
            "{NAME}: both must have the same dtype, not {} and {}",
            a.dtype(),
            b.dtype()
        )));
    }
    let outer = broadcast(NAME, outer_a, outer_b)?;
    if let Some(half) = Half::among([a, b]) {
        return half.round(distances(&half.widen(a)?, &half.widen(b)?, options)?);
    }
    let large = *n > 25 || *m > 25;
    let product = match options.compute_mode {
        CdistComputeMode::ProductIfLarge => large,
        CdistComputeMode::Product => true,
        CdistComputeMode::Differences => false,
    };
    if options.p == 2.0 && product {
        let all = |t: &Tensor, count: &usize| t.expand([&outer[..], &[*count, *width]].concat());
        let both = [all(a, n)?, all(b, m)?];
        return Ok(function(Products, &[&both[0], &both[1]])?.remove(0));
    }
    length(a.unsqueeze(-2)?.sub(&b.unsqueeze(-3)?)?, options.p)
}

/// Computes `|xᵢ - xⱼ|ₚ` for every pair `i < j` of rows: `[n, width] → [n (n - 1) / 2]`. PyTorch: `nn.functional.pdist`.
///
/// ```
/// use rushlight::nn::functional::pdist;
/// use rushlight::tensor;
/// let x = tensor!([[0.0, 0.0], [3.0, 4.0], [0.0, 2.0]]);
/// assert_eq!(pdist(&x, 1.0)?.to_vec::<f32>()?, [7.0, 2.0, 5.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the input is not a floating-point matrix, or `p` is negative.
#[track_caller]
pub fn pdist(x: &Tensor, options: impl Into<PdistOptions>) -> Result<Tensor> {
    distances_within(x, options.into().p)
}

#[track_caller]
fn distances_within(x: &Tensor, p: f64) -> Result<Tensor> {
    const NAME: &str = "pdist";
    let &[n, _] = x.shape() else {
        return Err(Error::shape(format!(
            "{NAME}: expected [n, width], got {:?}",
            x.shape()
        )));
    };
    check(NAME, x, p)?;
    if let Some(half) = Half::among([x]) {
        return half.round(distances_within(&half.widen(x)?, p)?);
    }
    let pairs = Tensor::triu_indices(n, n, 1, x.device())?;
    let rows = |of: isize| x.index_select(0, &pairs.select(0, of)?);
    length(rows(0)?.sub(&rows(1)?)?, p)
}

#[track_caller]
fn check(name: &str, x: &Tensor, p: f64) -> Result<()> {
    float(name, x)?;
    if p.is_nan() || p < 0.0 {
        return Err(Error::value(format!(
            "{name}: p must be at least 0, not {p}"
        )));
    }
    Ok(())
}

/// Computes the `p`-norm of differences along the last dimension.
#[track_caller]
fn length(differences: Tensor, p: f64) -> Result<Tensor> {
    if differences.shape().ends_with(&[0]) {
        return differences.sum_dim(-1, false);
    }
    Ok(function(Length(p), &[&differences])?.remove(0))
}

/// A norm with the derivative that PyTorch defines for distances: 0 at distance 0 and for equal elements, and undivided among several
/// maxima.
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
            return Err(Error::autograd("distance: the saved values are missing"));
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

/// Computes the Euclidean distances of every pair by a matrix product.
///
/// The vectors are divided by a power of two and shifted to a common origin, on which their distances do not depend: squares neither
/// overflow nor underflow, and the distance of two vectors that are close to each other but far from 0 is not lost in the difference of
/// large squares.
struct Products;

/// The shifted and scaled vectors, and the divisor.
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
            return Err(Error::autograd("cdist: the saved values are missing"));
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
