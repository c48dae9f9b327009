//! Scaled dot-product attention.

use super::dropout;
use rushlight_tensor::backend::{Fused, broadcast};
use rushlight_tensor::{DType, Error, Half, Result, Tensor, apply_if_fused, options};

options! {
    /// Options of [`scaled_dot_product_attention`].
    ScaledDotProductAttentionOptions {
        /// A mask that broadcasts to the scores, `[.., queries, keys]`: either `bool`, where true lets a key take part, or numbers that are
        /// added to the scores.
        attn_mask(into): Option<Tensor> = None,
        /// The probability with which an attention weight is set to zero; the other weights are scaled up. By default 0. Dropout is always
        /// applied: a module passes 0 in evaluation mode.
        dropout_p: f64 = 0.0,
        /// Whether query `i` attends only to the keys up to `i`; it cannot be combined with a mask. By default false.
        is_causal: bool = false,
        /// The factor of the scores; by default `1/√width`.
        scale(into): Option<f64> = None,
        /// Whether key and value have fewer heads (dimension -3) than the query, each shared by a group of consecutive query heads; by
        /// default false.
        enable_gqa: bool = false,
    }
}

/// Computes `softmax(q kᵀ / √width + mask) v`: `[.., queries, width]`, `[.., keys, width]`, `[.., keys, width_v] → [.., queries, width_v]`.
///
/// Leading dimensions broadcast; all three tensors have the same floating-point dtype. The result is zero for a query whose keys are all
/// masked. PyTorch: `nn.functional.scaled_dot_product_attention`.
///
/// ```
/// use rushlight::nn::functional::{ScaledDotProductAttentionOptions, scaled_dot_product_attention};
/// use rushlight::tensor;
/// let (query, key) = (tensor!([[0.0, 0.0]]), tensor!([[1.0, 2.0], [3.0, 4.0]]));
/// let value = tensor!([[10.0], [20.0]]);
/// // A query of zeros has the same score for every key.
/// let mean = scaled_dot_product_attention(&query, &key, &value, ())?;
/// assert_eq!(mean.to_vec::<f32>()?, [15.0]);
/// // The first query of causal attention attends to the first key only.
/// let causal = ScaledDotProductAttentionOptions::new().is_causal(true);
/// let first = scaled_dot_product_attention(&query, &key, &value, causal)?;
/// assert_eq!(first.to_vec::<f32>()?, [10.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if shapes, dtypes or devices do not match, a mask is combined with `is_causal`, or `dropout_p` is outside `[0, 1]`.
#[track_caller]
pub fn scaled_dot_product_attention(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    options: impl Into<ScaledDotProductAttentionOptions>,
) -> Result<Tensor> {
    attention(query, key, value, &options.into())
}

#[track_caller]
fn attention(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    options: &ScaledDotProductAttentionOptions,
) -> Result<Tensor> {
    check(query, key, value, options)?;
    let (key, value) = match options.enable_gqa {
        true => (for_each_head(query, key)?, for_each_head(query, value)?),
        false => (key.clone(), value.clone()),
    };
    let (queries, keys) = (query.size(-2)?, key.size(-2)?);
    let width = query.size(-1)?.max(1) as f64;
    let scale = options.scale.unwrap_or(1.0 / width.sqrt());
    if is_plain(query, &key, &value, options)
        && let Some(y) = fused(query, &key, &value, scale, options.is_causal)?
    {
        return Ok(y);
    }
    if let Some(half) = Half::among([query]) {
        let options = ScaledDotProductAttentionOptions {
            attn_mask: half.widen_option(options.attn_mask.as_ref())?,
            enable_gqa: false,
            ..options.clone()
        };
        let (key, value) = (half.widen(&key)?, half.widen(&value)?);
        let query = half.widen(query)?;
        return half.round(attention(&query, &key, &value, &options)?);
    }
    // The square root of the scale multiplies both factors, as in PyTorch: products of large queries and keys stay finite, and round
    // identically.
    let half = scale.abs().sqrt();
    let scores = query
        .mul(half.copysign(scale))?
        .matmul(&key.mul(half)?.transpose(-2, -1)?)?;
    let mask = match &options.attn_mask {
        None if options.is_causal => Some(causal(query, queries, keys)?),
        mask => mask.clone(),
    };
    let weights = match mask {
        None => scores.softmax(-1)?,
        Some(mask) => masked_softmax(&scores, &mask)?,
    };
    dropout(&weights, options.dropout_p, true)?.matmul(&value)
}

/// Whether the fused operation supports this attention.
fn is_plain(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    options: &ScaledDotProductAttentionOptions,
) -> bool {
    let batch = |t: &Tensor| t.shape()[..t.ndim() - 2].to_vec();
    options.attn_mask.is_none()
        && options.dropout_p == 0.0
        && batch(query) == batch(key)
        && batch(query) == batch(value)
        && [query, key, value].iter().all(|t| t.numel() > 0)
}

/// Computes attention with all leading dimensions as one batch, if the device has a kernel for it, which needs no memory for scores.
#[track_caller]
fn fused(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    scale: f64,
    causal: bool,
) -> Result<Option<Tensor>> {
    let matrices = |t: &Tensor| {
        let tail = &t.shape()[t.ndim() - 2..];
        let batch: usize = t.shape()[..t.ndim() - 2].iter().product();
        t.reshape([batch, tail[0], tail[1]])
    };
    let mut shape = query.shape().to_vec();
    shape[query.ndim() - 1] = value.size(-1)?;
    let inputs = [&matrices(query)?, &matrices(key)?, &matrices(value)?];
    let y = apply_if_fused(Fused::Attention { scale, causal }, &inputs)?;
    y.map(|y| y.reshape(shape)).transpose()
}

/// Computes the softmax of the masked scores; it is zero for a row whose elements are all masked.
#[track_caller]
fn masked_softmax(scores: &Tensor, mask: &Tensor) -> Result<Tensor> {
    let bias = match mask.dtype() {
        DType::Bool => mask.where_cond(&scores.new_zeros(())?, f64::NEG_INFINITY)?,
        _ => mask.to(scores.dtype())?,
    };
    let biased = scores.add(&bias)?;
    if biased.numel() == 0 {
        return Ok(biased);
    }
    let empty = biased.detach().amax(-1, true)?.eq(f64::NEG_INFINITY)?;
    // Without a finite score, the softmax and its gradient would be NaN.
    empty
        .where_cond(0.0, &biased)?
        .softmax(-1)?
        .masked_fill(&empty, 0.0)
}

/// A mask that is true where the key is not later than the query.
#[track_caller]
fn causal(like: &Tensor, queries: usize, keys: usize) -> Result<Tensor> {
    let query = Tensor::arange(0, queries, 1, like.device())?.unsqueeze(1)?;
    Tensor::arange(0, keys, 1, like.device())?.le(&query)
}

/// Repeats keys or values so that every head of the query has its own.
#[track_caller]
fn for_each_head(query: &Tensor, x: &Tensor) -> Result<Tensor> {
    match (query.size(-3)?, x.size(-3)?) {
        (wanted, heads) if wanted == heads => Ok(x.clone()),
        (wanted, heads) => x.repeat_interleave(wanted / heads, -3),
    }
}

const NAME: &str = "scaled_dot_product_attention";

#[track_caller]
fn check(
    query: &Tensor,
    key: &Tensor,
    value: &Tensor,
    options: &ScaledDotProductAttentionOptions,
) -> Result<()> {
    let dtype = query.dtype();
    if !dtype.is_float() || key.dtype() != dtype || value.dtype() != dtype {
        return Err(Error::dtype(format!(
            "{NAME}: query, key and value must have the same floating-point dtype, not {dtype}, {} and {}",
            key.dtype(),
            value.dtype()
        )));
    }
    let shapes = format!(
        "query {:?}, key {:?} and value {:?}",
        query.shape(),
        key.shape(),
        value.shape()
    );
    let least = if options.enable_gqa { 3 } else { 2 };
    if [query, key, value].iter().any(|t| t.ndim() < least) {
        return Err(Error::shape(format!(
            "{NAME}: expected at least {least} dimensions, got {shapes}"
        )));
    }
    if query.size(-1)? != key.size(-1)? || key.size(-2)? != value.size(-2)? {
        return Err(Error::shape(format!(
            "{NAME}: query and key must have the same width, key and value the same length: [.., queries, width], [.., keys, width], [.., keys, width_v]; got {shapes}"
        )));
    }
    if options.enable_gqa {
        let heads = query.size(-3)?;
        for of in [key.size(-3)?, value.size(-3)?] {
            if of == 0 || heads % of != 0 {
                return Err(Error::shape(format!(
                    "{NAME}: the number of heads of key and value (dimension -3) must divide the {heads} heads of the query, got {shapes}"
                )));
            }
        }
    }
    let batch = |t: &Tensor| {
        let mut shape = t.shape()[..t.ndim() - 2].to_vec();
        if options.enable_gqa
            && let Some(heads) = shape.last_mut()
        {
            *heads = query.shape()[query.ndim() - 3];
        }
        shape
    };
    let mut scores = broadcast(NAME, &batch(query), &batch(key))?.to_vec();
    broadcast(NAME, &scores, &batch(value))?;
    scores.extend([query.size(-2)?, key.size(-2)?]);
    if let Some(mask) = &options.attn_mask {
        if !broadcast(NAME, mask.shape(), &scores).is_ok_and(|shape| *shape == *scores) {
            return Err(Error::shape(format!(
                "{NAME}: the mask of shape {:?} does not broadcast to the scores [.., queries, keys] = {scores:?}",
                mask.shape()
            )));
        }
        if options.is_causal {
            return Err(Error::value(format!(
                "{NAME}: a mask cannot be combined with is_causal; combine both in one mask"
            )));
        }
        if mask.dtype() != DType::Bool && mask.dtype() != DType::F32 && mask.dtype() != dtype {
            return Err(Error::dtype(format!(
                "{NAME}: the mask must be bool, float32 or {dtype}, the dtype of the query, not {}",
                mask.dtype()
            )));
        }
    }
    super::arguments::probability(NAME, options.dropout_p)
}
