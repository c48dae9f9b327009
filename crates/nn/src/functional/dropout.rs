//! Dropout and its variants.

use super::arguments::probability;
use rushlight_tensor::{DType, Error, Half, Options, Result, Tensor};

/// Sets each element to 0 with probability `p`, and divides the others by `1 - p`; returns `x` unchanged when not `training`.
/// PyTorch: `nn.functional.dropout`, with `p` 0.5 by default.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`.
///
/// ```
/// use rushlight::nn::functional::dropout;
/// use rushlight::Tensor;
/// let x = Tensor::ones([2, 3], ())?;
/// let y = dropout(&x, 0.5, true)?.to_vec::<f32>()?;
/// assert!(y.iter().all(|y| [0.0, 2.0].contains(y)));
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if `p` is not in `[0, 1]`.
#[track_caller]
pub fn dropout(x: &Tensor, p: f64, training: bool) -> Result<Tensor> {
    probability("dropout", p)?;
    if idle(x, p, training) {
        return Ok(x.clone());
    }
    zeroed(x, x.shape(), p)
}

/// Sets whole channels of `[batch, channels, length]` or `[channels, length]` to 0 with probability `p`.
/// PyTorch: `nn.functional.dropout1d`.
/// The other channels are divided by `1 - p`. The result has the shape and dtype of `x`; it is `x` unchanged when not `training`.
///
/// ```
/// use rushlight::nn::functional::dropout1d;
/// use rushlight::Tensor;
/// let x = Tensor::ones([1, 4, 3], ())?;
/// let y = dropout1d(&x, 0.5, true)?.to_vec3::<f32>()?;
/// assert!(y[0].iter().all(|channel| [[0.0; 3], [2.0; 3]].iter().any(|c| channel == c)));
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if `p` is not in `[0, 1]`, or `x` has neither two nor three dimensions.
#[track_caller]
pub fn dropout1d(x: &Tensor, p: f64, training: bool) -> Result<Tensor> {
    const NAME: &str = "dropout1d";
    probability(NAME, p)?;
    let channels = match x.ndim() {
        2 => 0,
        3 => 1,
        _ => {
            return Err(Error::shape(format!(
                "{NAME}: expected [batch, channels, length] or [channels, length], got {:?}",
                x.shape()
            )));
        }
    };
    if idle(x, p, training) {
        return Ok(x.clone());
    }
    zeroed(x, &planes(x, channels), p)
}

/// Sets whole channels of `[batch, channels, ..]` to 0 with probability `p`. PyTorch: `nn.functional.dropout2d`.
///
/// As in PyTorch, a tensor of three dimensions is `[batch, channels, length]`, not an image without a batch.
/// The other channels are divided by `1 - p`. The result has the shape and dtype of `x`; it is `x` unchanged when not `training`.
///
/// ```
/// use rushlight::nn::functional::dropout2d;
/// use rushlight::Tensor;
/// let x = Tensor::ones([1, 4, 2, 2], ())?;
/// let y = dropout2d(&x, 0.5, true)?.flatten(2, -1)?.to_vec3::<f32>()?;
/// assert!(y[0].iter().all(|channel| [[0.0; 4], [2.0; 4]].iter().any(|c| channel == c)));
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if `p` is not in `[0, 1]`, or `x` has fewer than two dimensions.
#[track_caller]
pub fn dropout2d(x: &Tensor, p: f64, training: bool) -> Result<Tensor> {
    probability("dropout2d", p)?;
    has_channels("dropout2d", x)?;
    if idle(x, p, training) {
        return Ok(x.clone());
    }
    zeroed(x, &planes(x, 1), p)
}

/// Sets whole channels of `[batch, channels, depth, height, width]`, or of `[channels, ..]`, to 0 with probability `p`.
/// PyTorch: `nn.functional.dropout3d`.
/// The other channels are divided by `1 - p`. The result has the shape and dtype of `x`; it is `x` unchanged when not `training`.
///
/// ```
/// use rushlight::nn::functional::dropout3d;
/// use rushlight::Tensor;
/// let x = Tensor::ones([1, 4, 1, 2, 2], ())?;
/// let y = dropout3d(&x, 0.5, true)?.flatten(2, -1)?.to_vec3::<f32>()?;
/// assert!(y[0].iter().all(|channel| [[0.0; 4], [2.0; 4]].iter().any(|c| channel == c)));
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if `p` is not in `[0, 1]`, or `x` is a scalar.
#[track_caller]
pub fn dropout3d(x: &Tensor, p: f64, training: bool) -> Result<Tensor> {
    probability("dropout3d", p)?;
    let channels = (x.ndim() == 5) as usize;
    if channels == 0 && x.ndim() == 0 {
        return Err(Error::shape(
            "dropout3d: expected [batch, channels, ..] or [channels, ..], got a scalar",
        ));
    }
    if idle(x, p, training) {
        return Ok(x.clone());
    }
    zeroed(x, &planes(x, channels), p)
}

/// Applies dropout that preserves the mean and variance of self-normalizing activations: dropped elements become the negative saturation
/// value of SELU.
/// PyTorch: `nn.functional.alpha_dropout`, with `p` 0.5 and `training` false by default.
/// The result has the shape and dtype of `x`; it is `x` unchanged when not `training`.
///
/// ```
/// use rushlight::nn::functional::alpha_dropout;
/// use rushlight::tensor;
/// let x = tensor!([1.0, -2.0]);
/// assert_eq!(alpha_dropout(&x, 0.5, false)?.to_vec::<f32>()?, [1.0, -2.0]);
/// assert_eq!(alpha_dropout(&x, 1.0, true)?.to_vec::<f32>()?, [0.0, 0.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if `p` is not in `[0, 1]`.
#[track_caller]
pub fn alpha_dropout(x: &Tensor, p: f64, training: bool) -> Result<Tensor> {
    probability("alpha_dropout", p)?;
    if idle(x, p, training) {
        return Ok(x.clone());
    }
    saturated(x, x.shape(), p)
}

/// Applies [`alpha_dropout`] to whole channels of `[batch, channels, ..]`. PyTorch: `nn.functional.feature_alpha_dropout`.
/// The result has the shape and dtype of `x`; it is `x` unchanged when not `training`.
///
/// ```
/// use rushlight::nn::functional::feature_alpha_dropout;
/// use rushlight::tensor;
/// let x = tensor!([[1.0, -2.0]]);
/// assert_eq!(feature_alpha_dropout(&x, 0.5, false)?.to_vec::<f32>()?, [1.0, -2.0]);
/// assert_eq!(feature_alpha_dropout(&x, 1.0, true)?.to_vec::<f32>()?, [0.0, 0.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if `p` is not in `[0, 1]`, or `x` has fewer than two dimensions while dropout is applied to it.
#[track_caller]
pub fn feature_alpha_dropout(x: &Tensor, p: f64, training: bool) -> Result<Tensor> {
    probability("feature_alpha_dropout", p)?;
    if idle(x, p, training) {
        return Ok(x.clone());
    }
    has_channels("feature_alpha_dropout", x)?;
    saturated(x, &planes(x, 1), p)
}

/// Whether no random numbers are needed.
fn idle(x: &Tensor, p: f64, training: bool) -> bool {
    !training || p == 0.0 || x.numel() == 0
}

/// The shape of `x` up to dimension `channels`, with ones after it.
fn planes(x: &Tensor, channels: usize) -> Vec<usize> {
    let mut shape = x.shape().to_vec();
    shape[channels + 1..].fill(1);
    shape
}

/// Multiplies `x` by one random factor per element of `shape`: `1 / (1 - p)` for kept elements, 0 for dropped ones.
#[track_caller]
fn zeroed(x: &Tensor, shape: &[usize], p: f64) -> Result<Tensor> {
    if p == 1.0 {
        return x.mul(0);
    }
    let order = order_in_memory(x, shape);
    let sizes: Vec<usize> = order.iter().map(|&d| shape[d]).collect();
    let half = Half::among([x]);
    let keep = Tensor::empty(sizes, place(x, half))?;
    keep.bernoulli_(1.0 - p)?;
    keep.div_(1.0 - p)?;
    let mut back = vec![0; order.len()];
    for (i, &d) in order.iter().enumerate() {
        back[d] = i as isize;
    }
    let y = x.mul(&keep.permute(back)?)?;
    match half {
        Some(half) => half.round(y),
        None => Ok(y),
    }
}

/// The device and dtype of the factors: half-precision tensors are multiplied by `float32` factors.
fn place(x: &Tensor, half: Option<Half>) -> Options {
    let dtype = half.map_or(x.dtype(), |_| DType::F32);
    (dtype, x.device()).into()
}

/// The dimensions in the order of their strides, which is the order in which PyTorch draws; the given order for a tensor with gaps, or if
/// there is not one random number per element.
fn order_in_memory(x: &Tensor, shape: &[usize]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..shape.len()).collect();
    if shape != x.shape() || x.is_contiguous() {
        return order;
    }
    order.sort_by_key(|&d| std::cmp::Reverse(x.strides()[d]));
    let mut step = 1;
    for &d in order.iter().rev().filter(|&&d| shape[d] != 1) {
        if x.strides()[d] != step {
            return (0..shape.len()).collect();
        }
        step *= shape[d];
    }
    order
}

/// Computes `a x + b` for kept elements and `a` times the saturation value plus `b` for dropped ones, which preserves mean 0 and variance
/// 1.
#[track_caller]
fn saturated(x: &Tensor, shape: &[usize], p: f64) -> Result<Tensor> {
    if p == 1.0 {
        return x.mul(0);
    }
    const SATURATION: f64 = 1.758_099_340_847_376_6;
    let a = 1.0 / ((SATURATION * SATURATION * p + 1.0) * (1.0 - p)).sqrt();
    let half = Half::among([x]);
    let keep = Tensor::empty(shape, place(x, half))?;
    keep.bernoulli_(1.0 - p)?;
    let shift = keep.sub(1)?.mul(SATURATION * a)?.add(SATURATION * a * p)?;
    let y = x.mul(&keep.mul(a)?)?.add(&shift)?;
    match half {
        Some(half) => half.round(y),
        None => Ok(y),
    }
}

#[track_caller]
fn has_channels(name: &str, x: &Tensor) -> Result<()> {
    match x.ndim() >= 2 {
        true => Ok(()),
        false => Err(Error::shape(format!(
            "{name}: expected [batch, channels, ..], got {:?}",
            x.shape()
        ))),
    }
}
