//! Local response normalization over neighbouring channels.

use rushlight_tensor::{Error, Half, Result, Tensor, options};

options! {
    /// Options of [`local_response_norm`] and of its layer.
    #[derive(Copy, PartialEq)]
    LocalResponseNormOptions {
        /// The factor of the mean square; by default 1e-4.
        alpha: f64 = 1e-4,
        /// The exponent; by default 0.75.
        beta: f64 = 0.75,
        /// The number that is added to the mean square times `alpha`; by default 1.
        k: f64 = 1.0,
    }
}

/// Computes `x / (k + alpha / size Σ x²)^beta`, where the sum is over `size` neighbouring channels of `[n, c, *]`. The result has the shape
/// and dtype of `x`. PyTorch: `nn.functional.local_response_norm`.
///
/// ```
/// use rushlight::nn::functional::{LocalResponseNormOptions, local_response_norm};
/// use rushlight::tensor;
/// let options = LocalResponseNormOptions::new().alpha(1.0).beta(1.0);
/// let y = local_response_norm(&tensor!([[[3.0]]]), 1, options)?;
/// assert!((y.item::<f32>()? - 0.3).abs() < 1e-6);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the input has fewer than three dimensions, or the size is 0.
#[track_caller]
pub fn local_response_norm(
    x: &Tensor,
    size: usize,
    options: impl Into<LocalResponseNormOptions>,
) -> Result<Tensor> {
    normalized(x, size, &options.into())
}

#[track_caller]
fn normalized(x: &Tensor, size: usize, options: &LocalResponseNormOptions) -> Result<Tensor> {
    let LocalResponseNormOptions { alpha, beta, k } = *options;
    if x.ndim() < 3 || size == 0 {
        return Err(Error::shape(format!(
            "local_response_norm: expected [n, c, ..] of at least 3 dimensions and a positive size, got {:?} and {size}",
            x.shape()
        )));
    }
    if x.numel() == 0 {
        return Ok(x.clone());
    }
    if let Some(half) = Half::among([x]) {
        return half.round(normalized(&half.widen(x)?, size, options)?);
    }
    let mut padding = vec![0; 2 * (x.ndim() - 1)];
    let last = padding.len();
    padding[last - 2] = (size / 2) as isize;
    padding[last - 1] = ((size - 1) / 2) as isize;
    let windows = x
        .pad(&padding, super::PadMode::Constant(0.into()))?
        .unfold(1, size, 1)?;
    if x.dtype().is_float() && alpha >= 0.0 && k >= 0.0 {
        // √(k + alpha m²), with the root mean square m, is computed as a hypotenuse, since the squares of large numbers overflow.
        let length = windows.root_mean_square(-1, false)?.mul(alpha.sqrt())?;
        let root = length.hypot(&length.detach().full_like(k.sqrt())?)?;
        // The division by the power is done in two equal parts: the power may overflow even if the quotient does not, and its derivative
        // sooner.
        let part = root.pow(beta)?;
        return x.div(&part)?.div(&part);
    }
    let near = windows.square()?.sum_dim(-1, false)?;
    let near = match x.dtype().is_float() {
        true => near.div(size as f64)?,
        // The mean of integers is an integer.
        false => near.div_trunc(size as i64)?,
    };
    x.div(&near.mul(alpha)?.add(k)?.pow(beta)?)
}
