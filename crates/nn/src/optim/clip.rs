//! Gradient clipping. PyTorch: `nn.utils.clip_grad_norm_`, `clip_grad_value_` and `get_total_norm`.

use rushlight_autograd::Autograd;
use rushlight_tensor::{DType, Device, Error, GradMode, NormParts, Result, Tensor};

/// Scales the gradients down so that their total Euclidean norm is at most `max_norm`, and returns the norm before scaling.
/// PyTorch: `nn.utils.clip_grad_norm_`.
///
/// The norm is that of all gradients concatenated to one vector; each gradient is multiplied by `min(1, max_norm / (norm + 1e-6))`.
/// Parameters without a gradient are ignored. With an infinite `max_norm` the gradients are unchanged.
///
/// The norm and the factor are computed in `float32`, or in `float64` if a gradient is `float64`, because those of half-precision gradients
/// may be out of the range of their dtype. Gradients whose norm is out of range of the computation are scaled to `max_norm` as well; the
/// returned norm is then infinite.
///
/// ```
/// use rushlight::nn::{Parameter, optim::clip_grad_norm_};
/// use rushlight::autograd::Autograd;
/// use rushlight::tensor;
///
/// let x = Parameter::new(tensor!([3.0, 4.0]))?;
/// x.square()?.sum()?.backward()?;
/// assert_eq!(clip_grad_norm_([x.clone()], 1.0)?.item::<f32>()?, 10.0);
/// assert!(x.grad().unwrap().allclose(&tensor!([0.6, 0.8]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn clip_grad_norm_<P: AsRef<Tensor>>(
    params: impl IntoIterator<Item = P>,
    max_norm: f64,
) -> Result<Tensor> {
    clip_grad_norm_with(params, max_norm, 2.0, false)
}

/// [`clip_grad_norm_`] with another norm: `norm_type` is its order; infinity is the maximum of the absolute values.
///
/// # Errors
/// If `max_norm` is negative or NaN; with `error_if_nonfinite`, if the norm is infinite or NaN (the gradients are then unchanged).
#[track_caller]
pub fn clip_grad_norm_with<P: AsRef<Tensor>>(
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
    let total = TotalNorm::of("clip_grad_norm_", grads.iter(), norm_type)?;
    let norm = total.norm("clip_grad_norm_", error_if_nonfinite)?;
    if max_norm.is_infinite() {
        return Ok(norm);
    }
    let factors = total.factors(&norm, max_norm)?;
    for grad in &grads {
        let dtype = at_least_float32(grad.dtype());
        let wide = grad.to(dtype)?;
        for factor in &factors {
            wide.mul_(&factor.to((dtype, grad.device()))?)?;
        }
        if dtype != grad.dtype() {
            grad.copy_(&wide)?;
        }
    }
    Ok(norm)
}

/// The norm of several tensors, which may be out of the range of its dtype.
struct TotalNorm {
    norm: Tensor,
    /// Two factors in range whose product is the norm, if the norm may be out of range.
    parts: Option<NormParts>,
    order: f64,
}

impl TotalNorm {
    /// Computes the norm of the tensors that were passed to the function `name`.
    #[track_caller]
    fn of<P: AsRef<Tensor>>(
        name: &str,
        tensors: impl IntoIterator<Item = P>,
        order: f64,
    ) -> Result<TotalNorm> {
        if order.is_nan() {
            return Err(Error::value(format!(
                "{name}: norm_type, the order of the norm, must be a number, got NaN"
            )));
        }
        let _off = GradMode::set(false);
        let mut target = None;
        let mut parts: Vec<Tensor> = Vec::new();
        for tensor in tensors {
            let tensor = tensor.as_ref();
            let dtype = at_least_float32(tensor.dtype());
            let target = target.get_or_insert((dtype, tensor.device().clone()));
            target.0 = target.0.promote(dtype);
            // An empty tensor adds nothing to a norm, but its maximum is undefined.
            if tensor.numel() > 0 {
                parts.push(tensor.to(dtype)?.flatten(0, -1)?);
            }
        }
        let (dtype, device) = target.unwrap_or((DType::F32, Device::CPU));
        let whole = |norm: Tensor| TotalNorm {
            norm,
            parts: None,
            order,
        };
        if parts.is_empty() {
            return Ok(whole(Tensor::scalar(0.0, (dtype, &device))?));
        }
        let stacked = |parts: Vec<Tensor>| {
            let parts = parts
                .iter()
                .map(|part| part.to((dtype, &device)))
                .collect::<Result<Vec<_>>>()?;
            Tensor::stack(&parts.iter().collect::<Vec<_>>(), 0)
        };
        let plain = || -> Result<Tensor> {
            let norms = parts.iter().map(|x| x.norm_dim(order, 0, false));
            let norms = stacked(norms.collect::<Result<_>>()?)?;
            match order == 0.0 {
                true => norms.sum(),
                false => norms.norm_dim(order, 0, false),
            }
        };
        let norm = plain()?;
        // Only sums of powers overflow. The value is read only where reading does not wait for the device.
        let sums = order != 0.0 && order.is_finite();
        let large = if dtype == DType::F64 { 1e150 } else { 1e15 };
        if !sums || device.reads_at_once() && norm.item::<f64>()? < large {
            return Ok(whole(norm));
        }
        let of_parts = parts.iter().map(|x| x.norm_parts(order));
        let of_parts = of_parts.collect::<Result<Vec<_>>>()?;
        let digits = stacked(of_parts.iter().map(|n| n.digits.clone()).collect())?;
        let scales = stacked(of_parts.iter().map(|n| n.scale.clone()).collect())?;
        let scale = scales.max()?;
        let digits = digits
            .mul(&scales.div(&scale)?)?
            .norm_dim(order, (), false)?;
        Ok(TotalNorm {
            norm,
            parts: Some(NormParts { digits, scale }),
            order,
        })
    }

    /// Returns the norm, or an error if it must be finite and is not.
    #[track_caller]
    fn norm(&self, name: &str, error_if_nonfinite: bool) -> Result<Tensor> {
        let norm = self.norm.clone();
        let value = match error_if_nonfinite {
            true => norm.item::<f64>()?,
            false => 0.0,
        };
        if !value.is_finite() {
            return Err(Error::value(format!(
                "{name}: The total norm of order {:?} for gradients from `parameters` is non-finite ({value:?}), so it \
                 cannot be clipped. To disable this error and scale the gradients by the non-finite norm anyway, set \
                 `error_if_nonfinite` to false",
                self.order
            )));
        }
        Ok(norm)
    }

    /// The factors, to be applied in order, that scale the gradients to a norm of at most `max_norm`.
    #[track_caller]
    fn factors(&self, norm: &Tensor, max_norm: f64) -> Result<Vec<Tensor>> {
        let factor = norm.add(1e-6)?.rdiv(max_norm)?.clamp_max(1.0)?;
        let Some(NormParts { digits, scale }) = &self.parts else {
            return Ok(vec![factor]);
        };
        // The factor for a norm near the end of the range or beyond it is subnormal or 0.
        let least = match norm.dtype() {
            DType::F64 => f64::MIN_POSITIVE,
            _ => f32::MIN_POSITIVE.into(),
        };
        let tiny = factor.lt(least)?.logical_and(&digits.isfinite()?)?;
        let factor = tiny.where_cond(&digits.rdiv(max_norm)?, &factor)?;
        Ok(vec![tiny.where_cond(&scale.reciprocal()?, 1.0)?, factor])
    }
}

/// Clamps every element of every gradient to `[-clip_value, clip_value]`. PyTorch: `nn.utils.clip_grad_value_`.
///
/// # Errors
/// If `clip_value` is negative or NaN.
#[track_caller]
pub fn clip_grad_value_<P: AsRef<Tensor>>(
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

/// The norm of order `norm_type` of all tensors concatenated to one vector, on the first tensor's device. The dtype is `float32`, or
/// `float64` if a tensor is `float64`. The norm of order 0 is the number of nonzero elements. Without elements the norm is 0.
/// PyTorch: `nn.utils.get_total_norm`.
///
/// # Errors
/// If `norm_type` is NaN; with `error_if_nonfinite`, if the norm is infinite or NaN.
#[track_caller]
pub fn get_total_norm<P: AsRef<Tensor>>(
    tensors: impl IntoIterator<Item = P>,
    norm_type: f64,
    error_if_nonfinite: bool,
) -> Result<Tensor> {
    let name = "get_total_norm";
    TotalNorm::of(name, tensors, norm_type)?.norm(name, error_if_nonfinite)
}

/// The dtype in which norms of tensors of `dtype` are computed.
fn at_least_float32(dtype: DType) -> DType {
    dtype.promote(DType::F32)
}

fn grads<P: AsRef<Tensor>>(params: impl IntoIterator<Item = P>) -> Vec<Tensor> {
    params
        .into_iter()
        .filter_map(|param| param.as_ref().grad())
        .collect()
}
