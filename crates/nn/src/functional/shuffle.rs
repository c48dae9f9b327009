//! Pixel shuffle, pixel unshuffle and channel shuffle.

use rushlight_tensor::{Error, Result, Tensor};

/// Rearranges channels into pixels: `[*, c r², h, w] → [*, c, h r, w r]`. PyTorch: `nn.functional.pixel_shuffle`.
///
/// ```
/// use rushlight::nn::functional::pixel_shuffle;
/// use rushlight::Tensor;
/// let x = Tensor::arange(0, 4, 1, ())?.reshape([4, 1, 1])?;
/// assert_eq!(pixel_shuffle(&x, 2)?.to_vec3::<i64>()?, [[[0, 1], [2, 3]]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn pixel_shuffle(x: &Tensor, upscale_factor: usize) -> Result<Tensor> {
    let (outer, [channels, height, width]) = image("pixel_shuffle", x)?;
    let (r, area) = factor("pixel_shuffle", upscale_factor)?;
    if channels % area != 0 {
        return Err(Error::shape(format!(
            "pixel_shuffle: the {channels} channels of input {:?} are not a multiple of {area}, the square of the factor {r}",
            x.shape()
        )));
    }
    let c = channels / area;
    let pixels = x
        .reshape([outer.iter().product(), c, r, r, height, width])?
        .permute([0, 1, 4, 2, 5, 3])?;
    pixels.reshape(
        [
            outer,
            &[c, height.saturating_mul(r), width.saturating_mul(r)],
        ]
        .concat(),
    )
}

/// Rearranges pixels into channels: `[*, c, h r, w r] → [*, c r², h, w]`. PyTorch: `nn.functional.pixel_unshuffle`.
///
/// ```
/// use rushlight::nn::functional::pixel_unshuffle;
/// use rushlight::Tensor;
/// let x = Tensor::arange(0, 4, 1, ())?.reshape([1, 2, 2])?;
/// assert_eq!(pixel_unshuffle(&x, 2)?.to_vec3::<i64>()?, [[[0]], [[1]], [[2]], [[3]]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if there are fewer than three dimensions, the factor is 0, or height and width are not multiples of it.
#[track_caller]
pub fn pixel_unshuffle(x: &Tensor, downscale_factor: usize) -> Result<Tensor> {
    let (outer, [c, height, width]) = image("pixel_unshuffle", x)?;
    let (r, area) = factor("pixel_unshuffle", downscale_factor)?;
    if height % r != 0 || width % r != 0 {
        return Err(Error::shape(format!(
            "pixel_unshuffle: height and width of input {:?} are not multiples of the factor {r}",
            x.shape()
        )));
    }
    let (h, w) = (height / r, width / r);
    let pixels = x
        .reshape([outer.iter().product(), c, h, r, w, r])?
        .permute([0, 1, 3, 5, 2, 4])?;
    pixels.reshape([outer, &[c.saturating_mul(area), h, w]].concat())
}

/// Interleaves the channels of `[n, c, *]`: the first channel of each of `groups` groups, then the second of each, and so on.
/// PyTorch: `nn.functional.channel_shuffle`.
///
/// ```
/// use rushlight::nn::functional::channel_shuffle;
/// use rushlight::Tensor;
/// let x = Tensor::arange(0, 4, 1, ())?.reshape([1, 4, 1])?;
/// assert_eq!(channel_shuffle(&x, 2)?.to_vec3::<i64>()?, [[[0], [2], [1], [3]]]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if there are fewer than three dimensions, or the number of channels is not divisible by the number of groups.
#[track_caller]
pub fn channel_shuffle(x: &Tensor, groups: usize) -> Result<Tensor> {
    let shape = x.shape();
    if shape.len() < 3 || groups == 0 || !shape[1].is_multiple_of(groups) {
        return Err(Error::shape(format!(
            "channel_shuffle: expected [n, c, *] with c a multiple of the {groups} groups, got shape {shape:?}"
        )));
    }
    let space = shape[2..].iter().product();
    x.reshape([shape[0], groups, shape[1] / groups, space])?
        .transpose(1, 2)?
        .reshape(shape)
}

/// The leading dimensions, and the number of channels, the height and the width.
#[track_caller]
fn image<'a>(name: &str, x: &'a Tensor) -> Result<(&'a [usize], [usize; 3])> {
    match x.shape() {
        [outer @ .., c, h, w] => Ok((outer, [*c, *h, *w])),
        shape => Err(Error::shape(format!(
            "{name}: expected at least three dimensions, [*, c, h, w], got shape {shape:?}"
        ))),
    }
}

/// The factor and its square.
#[track_caller]
fn factor(name: &str, r: usize) -> Result<(usize, usize)> {
    match r.checked_mul(r) {
        Some(area) if area > 0 => Ok((r, area)),
        _ => Err(Error::value(format!(
            "{name}: the factor must be positive and its square must not overflow, got {r}"
        ))),
    }
}
