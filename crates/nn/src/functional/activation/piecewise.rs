//! Piecewise linear activations: leaky and clipped rectifiers, shrinkage and thresholds.

use super::float;
use super::options::*;
use rushlight_autograd::{Autograd, Context, Function, function};
use rushlight_tensor::{Category, DType, Error, Half, Result, Scalar, Tensor, is_grad_enabled};

/// Returns `x` where it is above 0, and `negative_slope x` elsewhere.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.leaky_relu`.
///
/// ```
/// use rushlight::nn::functional::{leaky_relu};
/// use rushlight::tensor;
/// let x = tensor!([-2.0, 3.0]);
/// assert_eq!(leaky_relu(&x, 0.5)?.to_vec::<f32>()?, [-1.0, 3.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn leaky_relu(x: &Tensor, options: impl Into<LeakyReLUOptions>) -> Result<Tensor> {
    let LeakyReLUOptions { negative_slope } = options.into();
    float("leaky_relu", x)?;
    if negative_slope == 0.0 {
        // With a slope of 0, -∞ times 0 would be NaN.
        return x.relu();
    }
    x.leaky_relu(negative_slope)
}

/// Returns `x` where it is above 0, and `w x` elsewhere, with one slope per channel (dimension 1) or one for all.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.prelu`.
///
/// ```
/// use rushlight::nn::functional::prelu;
/// use rushlight::tensor;
/// let x = tensor!([[-2.0, -2.0], [4.0, 4.0]]);
/// let y = prelu(&x, &tensor!([0.5, 0.25]))?;
/// assert_eq!(y.to_vec2::<f32>()?, [[-1.0, -0.5], [4.0, 4.0]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the dtype of `x` is not floating-point, `weight` differs in dtype, or it holds neither one slope nor one per
/// channel.
#[track_caller]
pub fn prelu(x: &Tensor, weight: &Tensor) -> Result<Tensor> {
    float("prelu", x)?;
    if weight.dtype() != x.dtype() {
        return Err(Error::dtype(format!(
            "prelu: the weight must be {}, the dtype of the input, not {}",
            x.dtype(),
            weight.dtype()
        )));
    }
    let channels = x.shape().get(1).copied().unwrap_or(1);
    if weight.ndim() > 1 || ![1, channels].contains(&weight.numel()) {
        return Err(Error::shape(format!(
            "prelu: the weight must hold one slope, or one for each channel: the input {:?} has {channels} channels, the weight shape {:?}",
            x.shape(),
            weight.shape()
        )));
    }
    if weight.numel() == 1 {
        return x.leaky_relu(&weight.reshape(())?);
    }
    let mut shape = vec![1; x.ndim()];
    shape[1] = channels;
    x.leaky_relu(&weight.reshape(shape)?)
}

/// Returns `x` where it is above 0, and elsewhere `x` times a slope drawn for each element from `[lower, upper)`, or times the mean of the
/// two bounds when not `training`.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.rrelu`.
///
/// ```
/// use rushlight::nn::functional::{RReLUOptions, rrelu};
/// use rushlight::tensor;
/// let x = tensor!([-2.0, 3.0]);
/// assert_eq!(rrelu(&x, false, RReLUOptions::new().lower(0.0).upper(0.5))?.to_vec::<f32>()?, [-0.5, 3.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if a bound is not finite, or the lower bound is above the upper bound.
#[track_caller]
pub fn rrelu(x: &Tensor, training: bool, options: impl Into<RReLUOptions>) -> Result<Tensor> {
    rrelu_with(x, training, options.into())
}

#[track_caller]
fn rrelu_with(x: &Tensor, training: bool, options: RReLUOptions) -> Result<Tensor> {
    let RReLUOptions { lower, upper } = options;
    float("rrelu", x)?;
    if !lower.is_finite() || !upper.is_finite() || lower > upper {
        return Err(Error::value(format!(
            "rrelu: the bounds must be finite and lower {lower} not above upper {upper}"
        )));
    }
    if !training {
        return x.leaky_relu((lower + upper) / 2.0);
    }
    if let Some(half) = Half::among([x]) {
        return half.round(rrelu_with(&half.widen(x)?, training, options)?);
    }
    // Only elements that are not positive draw a random number, in order.
    let negative = x.le(0)?.to_vec::<bool>()?;
    let count = negative.iter().filter(|n| **n).count();
    let drawn = Tensor::empty(count, DType::F64)?;
    drawn.uniform_(lower, upper)?;
    let mut drawn = drawn.to_vec::<f64>()?.into_iter();
    let slopes: Vec<f64> = negative
        .iter()
        .map(|n| if *n { drawn.next().unwrap_or(1.0) } else { 1.0 })
        .collect();
    x.mul(&Tensor::from_slice(&slopes, x.shape())?.to((x.dtype(), x.device()))?)
}

/// Moves each element of `x` towards 0 by `lambd`; elements that would cross 0 become 0.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.softshrink`.
///
/// ```
/// use rushlight::nn::functional::{softshrink};
/// use rushlight::tensor;
/// let x = tensor!([-2.0, 0.25, 1.0]);
/// assert_eq!(softshrink(&x, ())?.to_vec::<f32>()?, [-1.5, 0.0, 0.5]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if `lambd` is negative or not finite.
#[track_caller]
pub fn softshrink(x: &Tensor, options: impl Into<SoftshrinkOptions>) -> Result<Tensor> {
    let SoftshrinkOptions { lambd } = options.into();
    float("softshrink", x)?;
    if !lambd.is_finite() || lambd < 0.0 {
        return Err(Error::value(format!(
            "softshrink: lambd must be finite and at least 0, not {lambd}"
        )));
    }
    if let Some(half) = Half::among([x]) {
        return half.round(softshrink(&half.widen(x)?, lambd)?);
    }
    x.abs()?
        .le(lambd)?
        .where_cond(0, &x.sub(&x.sign()?.mul(lambd)?)?)
}

/// Returns `x` outside `[-lambd, lambd]`, and 0 inside.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.hardshrink`.
///
/// ```
/// use rushlight::nn::functional::{hardshrink};
/// use rushlight::tensor;
/// let x = tensor!([-2.0, 0.25, 1.0]);
/// assert_eq!(hardshrink(&x, ())?.to_vec::<f32>()?, [-2.0, 0.0, 1.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn hardshrink(x: &Tensor, options: impl Into<HardshrinkOptions>) -> Result<Tensor> {
    let HardshrinkOptions { lambd } = options.into();
    float("hardshrink", x)?;
    x.abs()?.le(lambd)?.where_cond(0, x)
}

/// Limits `x` to `[min_val, max_val]`; the gradient at the limits is 0. Supports every dtype except `bool`; for integers, the limits are
/// truncated to integers. The result has the shape and dtype of `x`. PyTorch: `nn.functional.hardtanh`.
///
/// ```
/// use rushlight::nn::functional::{HardtanhOptions, hardtanh};
/// use rushlight::tensor;
/// let x = tensor!([-3.0, 0.25, 3.0]);
/// assert_eq!(hardtanh(&x, HardtanhOptions::new().max_val(2.0))?.to_vec::<f32>()?, [-1.0, 0.25, 2.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if `x` is `bool`, or the lower limit exceeds the upper limit.
#[track_caller]
pub fn hardtanh(x: &Tensor, options: impl Into<HardtanhOptions>) -> Result<Tensor> {
    let HardtanhOptions { min_val, max_val } = options.into();
    limited(x, min_val, max_val)
}

#[track_caller]
fn limited(x: &Tensor, min: f64, max: f64) -> Result<Tensor> {
    if min > max {
        return Err(Error::value(format!(
            "hardtanh: min {min} must not exceed max {max}"
        )));
    }
    if x.dtype() == DType::Bool {
        return Err(Error::dtype("hardtanh: not defined for bool"));
    }
    match x.dtype().is_float() {
        true if x.requires_grad() && is_grad_enabled() => {
            Ok(function(Hardtanh { min, max }, &[x])?.remove(0))
        }
        true => x.clamp(min, max),
        // For integers, the limits are truncated to integers.
        false => x.clamp(min as i64, max as i64),
    }
}

/// `clamp` with a gradient that is NaN where the input is NaN; the gradient of `clamp` is 0 there, which would hide the NaN.
struct Hardtanh {
    min: f64,
    max: f64,
}

impl Function for Hardtanh {
    fn forward(&self, ctx: &mut Context, inputs: &[&Tensor]) -> Result<Vec<Tensor>> {
        ctx.save(inputs[0]);
        Ok(vec![inputs[0].clamp(self.min, self.max)?])
    }

    fn backward(&self, ctx: &Context, grads: &[Tensor]) -> Result<Vec<Option<Tensor>>> {
        let x = &ctx.saved()[0];
        let outside = x.le(self.min)?.logical_or(&x.ge(self.max)?)?;
        Ok(vec![Some(grads[0].masked_fill(&outside, 0.0)?)])
    }

    fn name(&self) -> &str {
        "hardtanh"
    }
}

/// Computes `min(max(x, 0), 6)` element-wise; the gradient at 0 and 6 is 0.
/// Supports every dtype except `bool`; the result has the shape and dtype of `x`. PyTorch: `nn.functional.relu6`.
///
/// ```
/// use rushlight::nn::functional::relu6;
/// use rushlight::tensor;
/// let x = tensor!([-1.0, 3.0, 8.0]);
/// assert_eq!(relu6(&x)?.to_vec::<f32>()?, [0.0, 3.0, 6.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if `x` is `bool`.
#[track_caller]
pub fn relu6(x: &Tensor) -> Result<Tensor> {
    limited(x, 0.0, 6.0)
}

/// Computes `x / 6 + 1/2`, limited to `[0, 1]`.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.hardsigmoid`.
///
/// ```
/// use rushlight::nn::functional::hardsigmoid;
/// use rushlight::tensor;
/// let x = tensor!([-4.0, 0.0, 4.0]);
/// assert_eq!(hardsigmoid(&x)?.to_vec::<f32>()?, [0.0, 0.5, 1.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the dtype of `x` is not floating-point.
#[track_caller]
pub fn hardsigmoid(x: &Tensor) -> Result<Tensor> {
    float("hardsigmoid", x)?;
    if let Some(half) = Half::among([x]) {
        return half.round(hardsigmoid(&half.widen(x)?)?);
    }
    x.add(3)?.clamp(0.0, 6.0)?.div(6)
}

/// Computes `x hardsigmoid(x)` element-wise.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.hardswish`.
///
/// ```
/// use rushlight::nn::functional::hardswish;
/// use rushlight::tensor;
/// let x = tensor!([-4.0, 0.0, 6.0]);
/// assert_eq!(hardswish(&x)?.to_vec::<f32>()?, [0.0, 0.0, 6.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the dtype of `x` is not floating-point.
#[track_caller]
pub fn hardswish(x: &Tensor) -> Result<Tensor> {
    float("hardswish", x)?;
    if let Some(half) = Half::among([x]) {
        return half.round(hardswish(&half.widen(x)?)?);
    }
    // This form avoids six times a large number, and -∞ times 0.
    x.clamp_min(-3)?.mul(&x.add(3)?.clamp(0.0, 6.0)?.div(6)?)
}

/// Returns `x` where it is above `threshold`, and `value` elsewhere; for integers, both are truncated to integers.
/// Supports every dtype except `bool`; the result has the shape and dtype of `x`. PyTorch: `nn.functional.threshold`.
///
/// ```
/// use rushlight::nn::functional::threshold;
/// use rushlight::tensor;
/// let x = tensor!([0.5, 2.0]);
/// assert_eq!(threshold(&x, 1.0, -1.0)?.to_vec::<f32>()?, [-1.0, 2.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if `x` is `bool`.
#[track_caller]
pub fn threshold(
    x: &Tensor,
    threshold: impl Into<Scalar>,
    value: impl Into<Scalar>,
) -> Result<Tensor> {
    let (threshold, value) = (threshold.into(), value.into());
    match x.dtype().category() {
        Category::Bool => Err(Error::dtype("threshold: not defined for bool")),
        Category::Int => {
            let (threshold, value) = (threshold.to_i64(), value.to_i64());
            x.masked_fill(&x.le(threshold)?, value)
        }
        Category::Float => x.masked_fill(&x.le(threshold.to_f64())?, value.to_f64()),
    }
}
