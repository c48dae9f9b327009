//! `fftshift` and `ifftshift`, which move the zero frequency to the centre and back.

use crate::{Ints, Tensor};
use rushlight_backend::Result;

/// Rolls by half the size along some dimensions, all by default: the first element comes to the middle.
/// PyTorch: `torch.fft.fftshift`.
///
/// ```
/// use rushlight::{fft, tensor};
/// let x = fft::fftshift(&tensor!([0, 1, 2, -2, -1]), None)?;
/// assert_eq!(x.to_vec::<i64>()?, [-2, -1, 0, 1, 2]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn fftshift(x: &Tensor, dims: Option<Ints>) -> Result<Tensor> {
    shifted("fft.fftshift", x, dims, |n| n as isize / 2)
}

/// The inverse of [`fftshift`]. PyTorch: `torch.fft.ifftshift`.
///
/// ```
/// use rushlight::{fft, tensor};
/// let x = fft::ifftshift(&tensor!([-2, -1, 0, 1, 2]), None)?;
/// assert_eq!(x.to_vec::<i64>()?, [0, 1, 2, -2, -1]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If a dimension does not exist or is named twice.
#[track_caller]
pub fn ifftshift(x: &Tensor, dims: Option<Ints>) -> Result<Tensor> {
    shifted("fft.ifftshift", x, dims, |n| n.div_ceil(2) as isize)
}

#[track_caller]
fn shifted(
    name: &str,
    x: &Tensor,
    dims: Option<Ints>,
    by: impl Fn(usize) -> isize,
) -> Result<Tensor> {
    let axes = x.axes(name, dims.unwrap_or_else(|| ().into()))?;
    let mut out = x.clone();
    for d in axes.iter().filter(|&d| d < x.ndim()) {
        out = out.roll(by(x.shape()[d]), d as isize)?;
    }
    Ok(out)
}
