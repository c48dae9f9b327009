//! Clipping of gradients. PyTorch: `nn.utils.clip_grad_norm_` and kin.

use rushlight_autograd::Autograd;
use rushlight_tensor::{DType, Error, GradMode, Result, Tensor};
use std::ops::Deref;

/// Scales the gradients down so that their common Euclidean norm is at most `max_norm`; gives the norm that they had.
/// PyTorch: `nn.utils.clip_grad_norm_`.
///
/// All gradients count as one long vector; each is multiplied by `min(1, max_norm / (norm + 1e-6))`. Parameters without a gradient
/// do not count.
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
    let scale = norm.add(1e-6)?.rdiv(max_norm)?.clamp_max(1.0)?;
    for grad in &grads {
        grad.mul_(&scale.to(grad.device())?)?;
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

/// The norm of all tensors together, as if they were one vector: of order `norm_type`, on the first tensor's device.
/// Without tensors it is 0. PyTorch: `nn.utils.get_total_norm`.
///
/// # Errors
/// With `error_if_nonfinite`, if the norm is infinite or NaN.
#[track_caller]
pub fn get_total_norm<P: Deref<Target = Tensor>>(
    tensors: impl IntoIterator<Item = P>,
    norm_type: f64,
    error_if_nonfinite: bool,
) -> Result<Tensor> {
    let _off = GradMode::set(false);
    let mut norms: Vec<Tensor> = Vec::new();
    for tensor in tensors {
        let norm = tensor.flatten(0, -1)?.norm_dim(norm_type, 0, false)?;
        norms.push(match norms.first() {
            Some(first) => norm.to((first.dtype(), first.device()))?,
            None => norm,
        });
    }
    if norms.is_empty() {
        return Tensor::scalar(0.0, DType::F32);
    }
    let total =
        Tensor::stack(&norms.iter().collect::<Vec<_>>(), 0)?.norm_dim(norm_type, 0, false)?;
    let value = if error_if_nonfinite {
        total.to(DType::F64)?.item::<f64>()?
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

fn grads<P: Deref<Target = Tensor>>(params: impl IntoIterator<Item = P>) -> Vec<Tensor> {
    params
        .into_iter()
        .filter_map(|param| param.grad())
        .collect()
}
