//! Convolutions and transposed convolutions in one, two and three dimensions.

use rushlight_tensor::{ConvOptions, Result, Tensor};

/// The convolution of `[n, in, *s]` (or `[in, *s]`) with weight `[out, in / groups, *k]`. PyTorch: `conv1d`, `conv2d`, `conv3d`.
#[track_caller]
pub fn conv(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    options: &ConvOptions,
) -> Result<Tensor> {
    x.conv(weight, bias, options)
}

/// The transposed convolution of `[n, in, *s]` with weight `[in, out / groups, *k]`. PyTorch: `conv_transpose1d` and kin.
#[track_caller]
pub fn conv_transpose(
    x: &Tensor,
    weight: &Tensor,
    bias: Option<&Tensor>,
    options: &ConvOptions,
) -> Result<Tensor> {
    x.conv_transpose(weight, bias, options)
}
