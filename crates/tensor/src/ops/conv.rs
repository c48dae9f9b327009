//! Convolutions and transposed convolutions in one, two and three dimensions.

use crate::{Half, Ints, Tensor, apply};
use rushlight_backend::{Conv, ConvKind, Dims, Error, Op, Result};
use std::sync::Arc;

/// Options of a convolution. Each list has one entry per spatial dimension, or one entry for all.
#[derive(Clone, Debug)]
pub struct ConvOptions {
    /// Stride of the window.
    pub stride: Ints,
    /// Zero padding of the input, on both sides.
    pub padding: ConvPadding,
    /// Dilation: the distance between elements of the kernel.
    pub dilation: Ints,
    /// The number of independent groups of channels.
    pub groups: usize,
    /// Transposed convolution only: the size of the output beyond the smallest one possible.
    pub output_padding: Ints,
}

/// Zero padding of a convolution's input.
#[derive(Clone, Debug)]
pub enum ConvPadding {
    /// A number of zeros on both sides, one for all spatial dimensions or one for each.
    Each(Ints),
    /// As many zeros as give the output the size of the input, for a stride of 1; if the number is odd, the end has one more.
    /// PyTorch: `"same"`.
    Same,
    /// No padding. PyTorch: `"valid"`.
    Valid,
}

impl<T: Into<Ints>> From<T> for ConvPadding {
    fn from(padding: T) -> ConvPadding {
        ConvPadding::Each(padding.into())
    }
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

/// Returns one number per spatial dimension, each at least `least`.
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
        if groups == 0 || w[0] % groups != 0 || w[1].checked_mul(groups) != Some(input[1]) {
            return Err(Error::shape(format!(
                "{name}: weight {w:?} ([out, in / groups, ...]) in {groups} groups does not fit input {input:?}: the groups must divide the {} output channels, and the input must have {} channels a group",
                w[0], w[1]
            )));
        }
        self.fits_bias(name, w[0], bias)?;
        self.expect_same_dtype(name, weight)?;
        if let Some(half) = bias.and_then(|b| Half::among([self, b])) {
            let (x, bias) = (half.widen(self)?, half.widen_option(bias)?);
            return half.round(x.conv(&half.widen(weight)?, bias.as_ref(), options)?);
        }
        let mut conv = window(name, options, spatial)?;
        // The number of zeros that size-preserving padding has at the end in addition to those at the start.
        let mut more = Dims::filled(0, spatial);
        match &options.padding {
            ConvPadding::Each(list) => {
                conv.padding = per_dimension(name, "padding", list, spatial, 0)?;
            }
            ConvPadding::Valid => {}
            ConvPadding::Same => {
                if conv.stride.iter().any(|&n| n != 1) {
                    return Err(Error::value(format!(
                        "{name}: padding \"same\" needs a stride of 1, not {:?}",
                        conv.stride
                    )));
                }
                for i in 0..spatial {
                    let total = conv.dilation[i].saturating_mul(w[2 + i].saturating_sub(1));
                    (conv.padding[i], more[i]) = (total / 2, total % 2);
                }
            }
        }
        for i in 0..spatial {
            let size = conv.output_size(i, input[2 + i].saturating_add(more[i]), w[2 + i]);
            let Some(size) = size else {
                return Err(Error::shape(format!(
                    "{name}: kernel {:?} with dilation {:?} does not fit input {input:?} with padding {:?}",
                    &w[2..],
                    conv.dilation,
                    conv.padding
                )));
            };
            conv.result[i] = size;
        }
        let positions = conv.result;
        normalise(&mut conv, &positions, &w[2..]);
        fits_coordinates(name, &conv, &input[2..])?;
        let wide = |i: usize| {
            conv.padding[i]
                .checked_mul(2)?
                .checked_add(input[2 + i] + more[i])
        };
        let padded = (0..spatial).try_fold(input[1], |n, i| n.checked_mul(wide(i)?));
        // A backend may copy an image together with its padding.
        if padded.and_then(|n| n.checked_mul(64)).is_none() {
            return Err(Error::out_of_memory(format!(
                "{name}: input {input:?} with padding {:?} exceeds the address space",
                conv.padding
            )));
        }
        let conv = Op::Conv(Arc::new(conv));
        let y = if more.iter().all(|&n| n == 0) {
            apply(conv, &[self, weight])?
        } else {
            let sides: Vec<usize> = more.iter().rev().flat_map(|&n| [0, n]).collect();
            apply(conv, &[&self.constant_pad_nd(sides, 0)?, weight])?
        };
        y.plus_channels(bias)
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
                "{name}: weight {w:?} ([in, out / groups, ...]) in {groups} groups does not fit input {input:?}: the input must have {} channels, which the groups divide",
                w[0]
            )));
        }
        self.fits_bias(name, w[1].saturating_mul(groups), bias)?;
        self.expect_same_dtype(name, weight)?;
        if let Some(half) = bias.and_then(|b| Half::among([self, b])) {
            let (x, bias) = (half.widen(self)?, half.widen_option(bias)?);
            return half.round(x.conv_transpose(&half.widen(weight)?, bias.as_ref(), options)?);
        }
        let mut conv = window(name, options, spatial)?;
        conv.kind = ConvKind::InputGrad;
        match &options.padding {
            ConvPadding::Each(list) => {
                conv.padding = per_dimension(name, "padding", list, spatial, 0)?;
            }
            ConvPadding::Valid => {}
            ConvPadding::Same => {
                return Err(Error::value(format!(
                    "{name}: padding \"same\" is not defined for a transposed convolution; give numbers"
                )));
            }
        }
        let extra = per_dimension(name, "output_padding", &options.output_padding, spatial, 0)?;
        for i in 0..spatial {
            if extra[i] >= conv.stride[i].max(conv.dilation[i]) {
                return Err(Error::value(format!(
                    "{name}: output_padding {extra:?} must be smaller than stride {:?} or dilation {:?}",
                    conv.stride, conv.dilation
                )));
            }
            let wide = |n: usize| n as i128;
            let size = (wide(input[2 + i]) - 1) * wide(conv.stride[i])
                + wide(conv.dilation[i]) * (wide(w[2 + i]) - 1)
                + 1
                + wide(extra[i])
                - 2 * wide(conv.padding[i]);
            let empty = w[2 + i] == 0 || input[2 + i] == 0;
            let Some(size) = isize::try_from(size).ok().filter(|n| *n > 0 && !empty) else {
                return Err(Error::shape(format!(
                    "{name}: input {input:?} and weight {w:?} leave no output with padding {:?}: size {size} along dimension {i}",
                    conv.padding
                )));
            };
            conv.result[i] = size as usize;
        }
        normalise(&mut conv, &input[2..], &w[2..]);
        fits_coordinates(name, &conv, &conv.result)?;
        apply(Op::Conv(Arc::new(conv)), &[self, weight])?.plus_channels(bias)
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

    /// Checks that the bias has this dtype and one element per output channel.
    #[track_caller]
    fn fits_bias(&self, name: &str, channels: usize, bias: Option<&Tensor>) -> Result<()> {
        match bias {
            Some(bias) if *bias.shape() != [channels] => Err(Error::shape(format!(
                "{name}: bias {:?} does not fit {channels} output channels",
                bias.shape()
            ))),
            Some(bias) if bias.dtype() != self.dtype() => Err(Error::dtype(format!(
                "{name}: the input is {}, the bias {}; they must be the same",
                self.dtype(),
                bias.dtype()
            ))),
            _ => Ok(()),
        }
    }

    /// Adds a bias per channel, which is the second dimension.
    #[track_caller]
    fn plus_channels(self, bias: Option<&Tensor>) -> Result<Tensor> {
        let Some(bias) = bias else {
            return Ok(self);
        };
        let mut shape = vec![1; self.ndim() - 1];
        shape[0] = self.shape()[1];
        self.add(&bias.reshape(shape)?)
    }
}

/// Sets the stride to 1 where the window has one position, and the dilation to 1 where the kernel has one element. They have no effect there
/// and may be arbitrarily large.
fn normalise(conv: &mut Conv, positions: &[usize], kernel: &[usize]) {
    for i in 0..positions.len() {
        if positions[i] == 1 {
            conv.stride[i] = 1;
        }
        if kernel[i] == 1 {
            conv.dilation[i] = 1;
        }
    }
}

/// Checks that the coordinates of the padded input fit 32 bits, which GPU kernels count in.
#[track_caller]
fn fits_coordinates(name: &str, conv: &Conv, space: &[usize]) -> Result<()> {
    let reach = |(size, padding): (&usize, &usize)| padding.checked_mul(2)?.checked_add(*size);
    let mut sides = space.iter().zip(conv.padding.iter());
    let fits = |side| reach(side).is_some_and(|n| n <= i32::MAX as usize);
    match sides.all(|side| *side.1 == 0 || fits(side)) {
        true => Ok(()),
        false => Err(Error::value(format!(
            "{name}: padding {:?} widens {space:?} to more than {} positions",
            conv.padding,
            i32::MAX
        ))),
    }
}

/// The options without padding.
#[track_caller]
fn window(name: &str, options: &ConvOptions, spatial: usize) -> Result<Conv> {
    Ok(Conv {
        kind: ConvKind::Forward,
        stride: per_dimension(name, "stride", &options.stride, spatial, 1)?,
        padding: Dims::filled(0, spatial),
        dilation: per_dimension(name, "dilation", &options.dilation, spatial, 1)?,
        groups: options.groups,
        result: Dims::filled(0, spatial),
    })
}
