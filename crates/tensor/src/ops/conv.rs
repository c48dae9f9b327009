//! Convolutions in one, two and three dimensions, and transposed ones.

use crate::{Ints, Tensor, apply};
use rushlight_backend::{Conv, ConvKind, Dims, Error, Op, Result};
use std::sync::Arc;

/// How a convolution's window moves. Each list has one entry per spatial dimension, or one for all.
#[derive(Clone, Debug)]
pub struct ConvOptions {
    /// Step of the window.
    pub stride: Ints,
    /// Zeros added on either side.
    pub padding: Ints,
    /// Distance between the taps.
    pub dilation: Ints,
    /// How many independent blocks the channels form.
    pub groups: usize,
    /// Transposed convolution only: what the output has beyond the smallest size that fits.
    pub output_padding: Ints,
}

impl Default for ConvOptions {
    fn default() -> Self {
        ConvOptions {
            stride: 1.into(),
            padding: 0.into(),
            dilation: 1.into(),
            groups: 1,
            output_padding: 0.into(),
        }
    }
}

/// One number per spatial dimension, each at least `least`.
#[track_caller]
pub(super) fn per_dimension(
    name: &str,
    what: &str,
    list: &Ints,
    spatial: usize,
    least: isize,
) -> Result<Dims> {
    let list = list.as_slice();
    if (list.len() != 1 && list.len() != spatial) || list.iter().any(|&n| n < least) {
        return Err(Error::value(format!(
            "{name}: {what} must be one or {spatial} numbers of at least {least}, got {list:?}"
        )));
    }
    Ok((0..spatial)
        .map(|i| list[i % list.len()] as usize)
        .collect())
}

impl Tensor {
    /// The convolution of this input `[n, in, *s]` (or `[in, *s]`) with weight `[out, in / groups, *k]`, plus bias `[out]`.
    ///
    /// One to three spatial dimensions, as the weight has. PyTorch: `nn.functional.conv1d`, `conv2d`, `conv3d`.
    ///
    /// ```
    /// # use rushlight_tensor::{ConvOptions, Tensor};
    /// let (x, w) = (Tensor::ones([1, 1, 4, 4], ())?, Tensor::ones([2, 1, 3, 3], ())?);
    /// let y = x.conv(&w, None, &ConvOptions { padding: 1.into(), ..Default::default() })?;
    /// assert_eq!(y.shape(), [1, 2, 4, 4]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn conv(
        &self,
        weight: &Tensor,
        bias: Option<&Tensor>,
        options: &ConvOptions,
    ) -> Result<Tensor> {
        let (name, spatial) = self.conv_rank("conv", weight)?;
        if self.ndim() == spatial + 1 {
            return self
                .unsqueeze(0)?
                .conv(weight, bias, options)?
                .squeeze_dim(0);
        }
        let groups = options.groups;
        let (input, w) = (self.shape(), weight.shape());
        if groups == 0 || w[0] % groups != 0 || input[1] != w[1] * groups {
            return Err(Error::shape(format!(
                "{name}: weight {w:?} in {groups} groups takes {} input channels, but the input {input:?} has {}",
                w[1] * groups,
                input[1]
            )));
        }
        let mut conv = window(name, options, spatial)?;
        for i in 0..spatial {
            let size = conv.output_size(i, input[2 + i], w[2 + i]);
            let Some(size) = size.filter(|_| w[2 + i] > 0) else {
                return Err(Error::shape(format!(
                    "{name}: kernel {:?} with dilation {:?} does not fit input {input:?} with padding {:?}",
                    &w[2..],
                    conv.dilation,
                    conv.padding
                )));
            };
            conv.result[i] = size;
        }
        let y = apply(Op::Conv(Arc::new(conv)), &[self, weight])?;
        y.plus_channels(name, bias)
    }

    /// The transposed convolution of this input `[n, in, *s]` with weight `[in, out / groups, *k]`, plus bias `[out]`: the gradient of
    /// [`Tensor::conv`] for its input. PyTorch: `nn.functional.conv_transpose1d`, `conv_transpose2d`, `conv_transpose3d`.
    #[track_caller]
    pub fn conv_transpose(
        &self,
        weight: &Tensor,
        bias: Option<&Tensor>,
        options: &ConvOptions,
    ) -> Result<Tensor> {
        let (name, spatial) = self.conv_rank("conv_transpose", weight)?;
        if self.ndim() == spatial + 1 {
            return self
                .unsqueeze(0)?
                .conv_transpose(weight, bias, options)?
                .squeeze_dim(0);
        }
        let groups = options.groups;
        let (input, w) = (self.shape(), weight.shape());
        if groups == 0 || w[0] % groups != 0 || input[1] != w[0] {
            return Err(Error::shape(format!(
                "{name}: weight {w:?} in {groups} groups takes {} input channels, but the input {input:?} has {}",
                w[0], input[1]
            )));
        }
        let mut conv = window(name, options, spatial)?;
        conv.kind = ConvKind::InputGrad;
        let extra = per_dimension(name, "output_padding", &options.output_padding, spatial, 0)?;
        for i in 0..spatial {
            if extra[i] >= conv.stride[i].max(conv.dilation[i]) {
                return Err(Error::value(format!(
                    "{name}: output_padding {extra:?} must be smaller than stride {:?} or dilation {:?}",
                    conv.stride, conv.dilation
                )));
            }
            let reach = (input[2 + i].max(1) - 1) * conv.stride[i]
                + conv.dilation[i] * (w[2 + i].max(1) - 1)
                + 1
                + extra[i];
            let size = reach
                .checked_sub(2 * conv.padding[i])
                .filter(|n| *n > 0 && w[2 + i] > 0 && input[2 + i] > 0);
            let Some(size) = size else {
                return Err(Error::shape(format!(
                    "{name}: input {input:?} and weight {w:?} leave no output with padding {:?}",
                    conv.padding
                )));
            };
            conv.result[i] = size;
        }
        let y = apply(Op::Conv(Arc::new(conv)), &[self, weight])?;
        y.plus_channels(name, bias)
    }

    /// The operation's name by the weight's rank, and the number of spatial dimensions.
    #[track_caller]
    fn conv_rank(&self, name: &str, weight: &Tensor) -> Result<(&'static str, usize)> {
        let names = match name {
            "conv" => ["conv1d", "conv2d", "conv3d"],
            _ => ["conv_transpose1d", "conv_transpose2d", "conv_transpose3d"],
        };
        let spatial = weight.ndim().wrapping_sub(2);
        match names.get(spatial.wrapping_sub(1)) {
            Some(name) if self.ndim() == spatial + 2 || self.ndim() == spatial + 1 => {
                Ok((name, spatial))
            }
            _ => Err(Error::shape(format!(
                "{name}: an input of shape {:?} does not fit a weight of shape {:?}; expected [n, c, *space] and [out, in, *kernel]",
                self.shape(),
                weight.shape()
            ))),
        }
    }

    /// A bias per channel, the second dimension.
    #[track_caller]
    fn plus_channels(&self, name: &str, bias: Option<&Tensor>) -> Result<Tensor> {
        let Some(bias) = bias else {
            return Ok(self.clone());
        };
        if *bias.shape() != [self.shape()[1]] {
            return Err(Error::shape(format!(
                "{name}: bias {:?} does not fit {} output channels",
                bias.shape(),
                self.shape()[1]
            )));
        }
        let mut shape = vec![1; self.ndim() - 1];
        shape[0] = self.shape()[1];
        self.add(&bias.reshape(shape)?)
    }
}

#[track_caller]
fn window(name: &str, options: &ConvOptions, spatial: usize) -> Result<Conv> {
    Ok(Conv {
        kind: ConvKind::Forward,
        stride: per_dimension(name, "stride", &options.stride, spatial, 1)?,
        padding: per_dimension(name, "padding", &options.padding, spatial, 0)?,
        dilation: per_dimension(name, "dilation", &options.dilation, spatial, 1)?,
        groups: options.groups,
        result: Dims::filled(0, spatial),
    })
}
