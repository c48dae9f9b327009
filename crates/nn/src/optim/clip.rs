//! Clipping of gradients. PyTorch: `nn.utils.clip_grad_norm_` and kin.

use rushlight_autograd::Autograd;
use rushlight_tensor::{DType, Device, Error, GradMode, Result, Tensor};
use std::ops::Deref;

/// Scales the gradients down so that their common Euclidean norm is at most `max_norm`; gives the norm that they had.
/// PyTorch: `nn.utils.clip_grad_norm_`.
///
/// All gradients count as one long vector; each is multiplied by `min(1, max_norm / (norm + 1e-6))`. Parameters without a gradient
/// do not count. With an infinite `max_norm` the gradients stay as they are.
///
/// Norm and factor are `float32`, or `float64` if a gradient is: those of half-precision gradients may be larger or smaller than a half can be.
///
/// ```
/// use rushlight_nn::{Parameter, optim::clip_grad_norm_};
/// use rushlight_autograd::Autograd;
/// use rushlight_tensor::tensor;
///
/// let x = Parameter::new(tensor!([3.0, 4.0]))?;
/// x.square()?.sum()?.backward()?;
/// assert_eq!(clip_grad_norm_([x.clone()], 1.0)?.item::<f32>()?, 10.0);
/// assert!(x.grad().unwrap().allclose(&tensor!([0.6, 0.8]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[track_caller]
pub fn clip_grad_norm_<P: Deref<Target = Tensor>>(
    params: impl IntoIterator<Item = P>,
    max_norm: f64,
) -> Result<Tensor> {
    clip_grad_norm_with(params, max_norm, 2.0, false)
}

/// [`clip_grad_norm_`] with another norm: `norm_type` is its order, infinity for the largest element.
///
/// # Errors
/// If `max_norm` is negative or NaN; with `error_if_nonfinite`, if the norm is infinite or NaN (the gradients stay as they are).
#[track_caller]
pub fn clip_grad_norm_with<P: Deref<Target = Tensor>>(
    params: impl IntoIterator<Item = P>,
    max_norm: f64,
    norm_type: f64,
    error_if_nonfinite: bool,
) -> Result<Tensor> {
    if max_norm.is_nan() || max_norm < 0.0 {
        return Err(Error::value(format!(
            "clip_grad_norm_: max_norm must be at least 0, got {max_norm:?}"
        )));
    }
    let _off = GradMode::set(false);
    let grads = grads(params);
    let norm = get_total_norm(grads.iter(), norm_type, error_if_nonfinite)?;
    if max_norm.is_infinite() {
        return Ok(norm);
    }
    let scale = norm.add(1e-6)?.rdiv(max_norm)?.clamp_max(1.0)?;
    for grad in &grads {
        let dtype = at_least_float32(grad.dtype());
        let scale = scale.to((dtype, grad.device()))?;
        if dtype == grad.dtype() {
            grad.mul_(&scale)?;
        } else {
            grad.copy_(&grad.to(dtype)?.mul(&scale)?)?;
        }
    }
    Ok(norm)
}

/// Clamps every element of every gradient to `[-clip_value, clip_value]`. PyTorch: `nn.utils.clip_grad_value_`.
///
/// # Errors
/// If `clip_value` is negative or NaN.
#[track_caller]
pub fn clip_grad_value_<P: Deref<Target = Tensor>>(
    params: impl IntoIterator<Item = P>,
    clip_value: f64,
) -> Result<()> {
    if clip_value.is_nan() || clip_value < 0.0 {
        return Err(Error::value(format!(
            "clip_grad_value_: clip_value must be at least 0, got {clip_value:?}"
        )));
    }
    let _off = GradMode::set(false);
    for grad in grads(params) {
        grad.clamp_(-clip_value, clip_value)?;
    }
    Ok(())
}

/// The norm of all tensors together, as if they were one vector: of order `norm_type`, on the first tensor's device, as `float32`, or
/// `float64` if a tensor is. Of order 0 it is the number of elements that are not 0. Without elements it is 0.
/// PyTorch: `nn.utils.get_total_norm`.
///
/// # Errors
/// If `norm_type` is NaN; with `error_if_nonfinite`, if the norm is infinite or NaN.
#[track_caller]
pub fn get_total_norm<P: Deref<Target = Tensor>>(
    tensors: impl IntoIterator<Item = P>,
    norm_type: f64,
    error_if_nonfinite: bool,
) -> Result<Tensor> {
    if norm_type.is_nan() {
        return Err(Error::value(
            "clip_grad_norm_: norm_type, the order of the norm, must be a number, got NaN",
        ));
    }
    let _off = GradMode::set(false);
    let mut norms: Vec<Tensor> = Vec::new();
    let mut target = None;
    for tensor in tensors {
        let dtype = at_least_float32(tensor.dtype());
        let target = target.get_or_insert((dtype, tensor.device().clone()));
        target.0 = target.0.promote(dtype);
        // Nothing is added by what is empty, though there is no largest of no elements.
        if tensor.numel() > 0 {
            let x = tensor.to(dtype)?.flatten(0, -1)?;
            norms.push(x.norm_dim(norm_type, 0, false)?);
        }
    }
    let target = target.unwrap_or((DType::F32, Device::CPU));
    if norms.is_empty() {
        return Tensor::scalar(0.0, (target.0, &target.1));
    }
    let norms = norms
        .iter()
        .map(|norm| norm.to((target.0, &target.1)))
        .collect::<Result<Vec<_>>>()?;
    let norms = Tensor::stack(&norms.iter().collect::<Vec<_>>(), 0)?;
    let total = if norm_type == 0.0 {
        norms.sum()?
    } else {
        norms.norm_dim(norm_type, 0, false)?
    };
    let value = if error_if_nonfinite {
        total.item::<f64>()?
    } else {
        0.0
    };
    if !value.is_finite() {
        return Err(Error::value(format!(
            "clip_grad_norm_: The total norm of order {norm_type:?} for gradients from `parameters` is non-finite ({value:?}), so it \
             cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set \
             `error_if_nonfinite` to false"
        )));
    }
    Ok(total)
}

/// The dtype in which norms of tensors of `dtype` are computed.
fn at_least_float32(dtype: DType) -> DType {
    dtype.promote(DType::F32)
}

fn grads<P: Deref<Target = Tensor>>(params: impl IntoIterator<Item = P>) -> Vec<Tensor> {
    params
        .into_iter()
        .filter_map(|param| param.grad())
        .collect()
}
