//! Convolutions and transposed convolutions in one, two and three dimensions.

use super::PadMode;
use crate::options::Setting;
use crate::{Half, Ints, Tensor, apply};
use rushlight_backend::{Conv, ConvKind, Dims, Error, Op, Result};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

crate::options! {
    /// Options of a convolution or a transposed one, as a function and as a layer. Each list has one entry per spatial dimension, or one for
    /// all.
    ///
    /// ```
    /// use rushlight::{ConvOptions, Padding};
    /// let options = ConvOptions::new().stride(2).padding([1, 0]);
    /// assert_eq!(options.padding, Padding::Each([1, 0].into()));
    /// ```
    #[derive(PartialEq)]
    ConvOptions {
        /// Stride of the window; by default 1.
        stride(into): Ints = 1.into(),
        /// Padding of the input on both sides; by default none. Of a transposed convolution: how much of the output is left out on both sides.
        padding(into): Padding = Padding::Each(0.into()),
        /// Transposed convolution only: the size of the output beyond the smallest one possible; by default 0.
        output_padding(into): Ints = 0.into(),
        /// Dilation: the distance between elements of the kernel; by default 1.
        dilation(into): Ints = 1.into(),
        /// The number of independent groups of channels; by default 1.
        groups: usize = 1,
        /// Whether a layer has a bias; by default it has. A function takes the bias itself.
        bias: bool = true,
        /// What the padding holds; by default zeros. Not for transposed convolutions.
        padding_mode(into): PadMode = PadMode::Constant(0.into()),
    }
    parameters
}

/// How much a convolution's input is padded: numbers, or a rule. Integers and lists of integers convert.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Padding {
    /// A number of elements on both sides, one for all spatial dimensions or one for each.
    Each(Ints),
    /// As many elements as give the output the size of the input, for a stride of 1; if the number is odd, the end has one more.
    /// PyTorch: `"same"`.
    Same,
    /// No padding. PyTorch: `"valid"`.
    Valid,
}

impl<T: Into<Ints>> From<T> for Padding {
    fn from(padding: T) -> Padding {
        Padding::Each(padding.into())
    }
}

/// Numbers as they are, rules by PyTorch's names.
impl Setting for Padding {
    fn save<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Padding::Each(list) => list.serialize(to),
            Padding::Same => to.serialize_str("same"),
            Padding::Valid => to.serialize_str("valid"),
        }
    }

    fn load<'de, D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Saved {
            Each(Ints),
            Rule(String),
        }
        match Saved::deserialize(from)? {
            Saved::Each(list) => Ok(Padding::Each(list)),
            Saved::Rule(rule) if rule == "same" => Ok(Padding::Same),
            Saved::Rule(rule) if rule == "valid" => Ok(Padding::Valid),
            Saved::Rule(rule) => Err(D::Error::custom(format!(
                "padding is a number, a list of numbers, \"same\" or \"valid\", not {rule:?}"
            ))),
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
    /// The convolution (cross-correlation) of this input `[n, in, *s]`, or `[in, *s]`, with weight `[out, in / groups, *k]`, plus bias `[out]` →
    /// `[n, out, *o]` with `o = ⌊(s + 2 padding - dilation (k - 1) - 1) / stride⌋ + 1`.
    ///
    /// The weight decides the number of spatial dimensions, one to three. One dtype, any but `bool`. PyTorch: `nn.functional.conv1d`, `conv2d`,
    /// `conv3d`.
    ///
    /// ```
    /// # use rushlight::{ConvOptions, Tensor};
    /// let (x, w) = (Tensor::ones([1, 1, 4, 4], ())?, Tensor::ones([2, 1, 3, 3], ())?);
    /// let y = x.conv(&w, None, ConvOptions::new().padding(1))?;
    /// assert_eq!(y.shape(), [1, 2, 4, 4]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If shapes do not fit each other and the groups, the dtypes differ or are `bool`, an option is out of range or concerns layers or
    /// transposed convolutions only, or the kernel does not fit the padded input.
    #[track_caller]
    pub fn conv(
        &self,
        weight: &Tensor,
        bias: Option<&Tensor>,
        options: impl Into<ConvOptions>,
    ) -> Result<Tensor> {
        self.convolve(weight, bias, &options.into())
    }

    #[track_caller]
    fn convolve(
        &self,
        weight: &Tensor,
        bias: Option<&Tensor>,
        options: &ConvOptions,
    ) -> Result<Tensor> {
        let (name, spatial) = self.conv_rank("conv", weight)?;
        options.fits_function(name, bias)?;
        if options.output_padding.as_slice().iter().any(|&n| n != 0) {
            return Err(Error::value(format!(
                "{name}: output_padding is for transposed convolutions"
            )));
        }
        if self.ndim() == spatial + 1 {
            return self
                .unsqueeze(0)?
                .convolve(weight, bias, options)?
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
            return half.round(x.convolve(&half.widen(weight)?, bias.as_ref(), options)?);
        }
        if !options.pads_with_zeros() {
            let padded = self.pad(options.sides(name, &w[2..])?, options.padding_mode)?;
            let options = ConvOptions {
                padding: Padding::Valid,
                padding_mode: PadMode::Constant(0.into()),
                ..options.clone()
            };
            return padded.convolve(weight, bias, &options);
        }
        let mut conv = window(name, options, spatial)?;
        // The number of zeros that size-preserving padding has at the end in addition to those at the start.
        let mut more = Dims::filled(0, spatial);
        match &options.padding {
            Padding::Each(list) => {
                conv.padding = per_dimension(name, "padding", list, spatial, 0)?;
            }
            Padding::Valid => {}
            Padding::Same => {
                for (i, [before, after]) in
                    same_sides(name, &conv, &w[2..])?.into_iter().enumerate()
                {
                    (conv.padding[i], more[i]) = (before, after - before);
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
        normalize(&mut conv, &positions, &w[2..]);
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

    /// The transposed convolution of this input `[n, in, *s]`, or `[in, *s]`, with weight `[in, out / groups, *k]`, plus bias `[out]`: the
    /// gradient of [`Tensor::conv`] with respect to its input → `[n, out, *o]` with
    /// `o = (s - 1) stride - 2 padding + dilation (k - 1) + output_padding + 1`.
    ///
    /// One to three spatial dimensions; one dtype, any but `bool`. PyTorch: `nn.functional.conv_transpose1d`, `conv_transpose2d`,
    /// `conv_transpose3d`.
    ///
    /// ```
    /// # use rushlight::{ConvOptions, tensor};
    /// let (x, w) = (tensor!([[[1.0, 2.0]]]), tensor!([[[1.0, 10.0]]]));
    /// let y = x.conv_transpose(&w, None, ConvOptions::new().stride(2))?;
    /// assert_eq!(y.to_vec::<f32>()?, [1.0, 10.0, 2.0, 20.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If shapes do not fit each other and the groups, the dtypes differ or are `bool`, `output_padding` is not smaller than stride or dilation,
    /// the padding is `Same` or not of zeros, or no output is left.
    #[track_caller]
    pub fn conv_transpose(
        &self,
        weight: &Tensor,
        bias: Option<&Tensor>,
        options: impl Into<ConvOptions>,
    ) -> Result<Tensor> {
        self.convolve_transposed(weight, bias, &options.into())
    }

    #[track_caller]
    fn convolve_transposed(
        &self,
        weight: &Tensor,
        bias: Option<&Tensor>,
        options: &ConvOptions,
    ) -> Result<Tensor> {
        let (name, spatial) = self.conv_rank("conv_transpose", weight)?;
        options.fits_function(name, bias)?;
        if !options.pads_with_zeros() {
            return Err(Error::value(format!(
                "{name}: the padding mode of a transposed convolution is zeros"
            )));
        }
        if self.ndim() == spatial + 1 {
            return self
                .unsqueeze(0)?
                .convolve_transposed(weight, bias, options)?
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
            return half.round(x.convolve_transposed(
                &half.widen(weight)?,
                bias.as_ref(),
                options,
            )?);
        }
        let mut conv = window(name, options, spatial)?;
        conv.kind = ConvKind::InputGrad;
        match &options.padding {
            Padding::Each(list) => {
                conv.padding = per_dimension(name, "padding", list, spatial, 0)?;
            }
            Padding::Valid => {}
            Padding::Same => {
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
        normalize(&mut conv, &input[2..], &w[2..]);
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

impl ConvOptions {
    /// Refuses what only a layer can be given.
    #[track_caller]
    fn fits_function(&self, name: &str, bias: Option<&Tensor>) -> Result<()> {
        self.no_parameters(name)?;
        match bias.is_some() && !self.bias {
            true => Err(Error::value(format!(
                "{name}: a bias is given, and the options say that there is none"
            ))),
            false => Ok(()),
        }
    }

    fn pads_with_zeros(&self) -> bool {
        matches!(self.padding_mode, PadMode::Constant(value) if value.to_f64() == 0.0)
    }

    /// The padding as [`Tensor::pad`] takes it: before and after each dimension, the last one first.
    #[track_caller]
    fn sides(&self, name: &str, kernel: &[usize]) -> Result<Vec<usize>> {
        let spatial = kernel.len();
        let sides = match &self.padding {
            Padding::Valid => vec![[0; 2]; spatial],
            Padding::Same => same_sides(name, &window(name, self, spatial)?, kernel)?,
            Padding::Each(list) => {
                let list = per_dimension(name, "padding", list, spatial, 0)?;
                list.iter().map(|&n| [n; 2]).collect()
            }
        };
        Ok(sides.into_iter().rev().flatten().collect())
    }
}

/// Padding before and after each dimension that gives the output the size of the input.
#[track_caller]
fn same_sides(name: &str, conv: &Conv, kernel: &[usize]) -> Result<Vec<[usize; 2]>> {
    if conv.stride.iter().any(|&n| n != 1) {
        return Err(Error::value(format!(
            "{name}: padding \"same\" needs a stride of 1, not {:?}",
            conv.stride
        )));
    }
    let total = |i: usize| conv.dilation[i].saturating_mul(kernel[i].saturating_sub(1));
    let sides = |i| [total(i) / 2, total(i) - total(i) / 2];
    Ok((0..kernel.len()).map(sides).collect())
}

/// Sets the stride to 1 where the window has one position, and the dilation to 1 where the kernel has one element. They have no effect there
/// and may be arbitrarily large.
fn normalize(conv: &mut Conv, positions: &[usize], kernel: &[usize]) {
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
