//! Activations along a dimension: softmax, softmin, log-softmax and the gated linear unit.

use super::float;
use super::options::*;
use rushlight_tensor::{Error, Half, Result, Tensor};

/// Computes `a sigmoid(b)` for the two halves `a, b` of `x` along `dim`: `[.., 2 n, ..] → [.., n, ..]`.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.glu`.
///
/// ```
/// use rushlight::nn::functional::{glu};
/// use rushlight::tensor;
/// let x = tensor!([4.0, 0.0]);
/// assert_eq!(glu(&x, ())?.to_vec::<f32>()?, [2.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the dtype of `x` is not floating-point, or the size of the dimension is odd.
#[track_caller]
pub fn glu(x: &Tensor, options: impl Into<GLUOptions>) -> Result<Tensor> {
    let GLUOptions { dim } = options.into();
    float("glu", x)?;
    let size = x.size(dim)?;
    if x.ndim() == 0 || size % 2 != 0 {
        return Err(Error::shape(format!(
            "glu: dimension {dim} of {:?} must be even",
            x.shape()
        )));
    }
    let middle = size / 2;
    if let Some(half) = Half::among([x]) {
        let x = half.widen(x)?;
        // This form of the sigmoid has an accurate derivative where the sigmoid is near 1.
        let gate = x.narrow(dim, middle, middle)?.log_sigmoid()?.exp()?;
        return half.round(x.narrow(dim, 0, middle)?.mul(&gate)?);
    }
    x.narrow(dim, 0, middle)?
        .mul(&x.narrow(dim, middle, middle)?.sigmoid()?)
}

/// Computes `e^xᵢ / Σ e^xⱼ` along `dim`.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.softmax`.
///
/// ```
/// use rushlight::nn::functional::softmax;
/// use rushlight::tensor;
/// let x = tensor!([[0.0, 0.0], [1.0, 1.0]]);
/// assert_eq!(softmax(&x, -1)?.to_vec2::<f32>()?, [[0.5, 0.5], [0.5, 0.5]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the dtype of `x` is not floating-point, or `x` has no dimension `dim`.
#[track_caller]
pub fn softmax(x: &Tensor, dim: isize) -> Result<Tensor> {
    x.softmax(dim)
}

/// Computes `e^-xᵢ / Σ e^-xⱼ` along `dim`.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.softmin`.
///
/// ```
/// use rushlight::nn::functional::softmin;
/// use rushlight::tensor;
/// let x = tensor!([0.0, 1000.0]);
/// assert_eq!(softmin(&x, 0)?.to_vec::<f32>()?, [1.0, 0.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the dtype of `x` is not floating-point, or `x` has no dimension `dim`.
#[track_caller]
pub fn softmin(x: &Tensor, dim: isize) -> Result<Tensor> {
    x.neg()?.softmax(dim)
}

/// Computes `ln softmax(x)` along `dim`, without overflow.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.log_softmax`.
///
/// ```
/// use rushlight::nn::functional::log_softmax;
/// use rushlight::tensor;
/// let x = tensor!([0.0, 1000.0]);
/// assert_eq!(log_softmax(&x, 0)?.to_vec::<f32>()?, [-1000.0, 0.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the dtype of `x` is not floating-point, or `x` has no dimension `dim`.
#[track_caller]
pub fn log_softmax(x: &Tensor, dim: isize) -> Result<Tensor> {
    x.log_softmax(dim)
}
