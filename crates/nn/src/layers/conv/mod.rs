//! Convolutions and transposed convolutions in one, two and three dimensions.

mod plain;
mod transposed;

pub use plain::{Conv, Conv1d, Conv2d, Conv3d};
pub use transposed::{ConvTranspose, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d};

use super::sizes::tuple;
use crate::Parameter;
use crate::init::{default_bias_, default_weight_};
use rushlight_tensor::{ConvOptions, Error, Ints, Options, PadMode, Padding, Result, Tensor};

/// The arguments of a convolution or a transposed convolution.
#[derive(Clone, Debug)]
struct Arguments {
    name: &'static str,
    in_channels: usize,
    out_channels: usize,
    kernel_size: Vec<usize>,
    options: ConvOptions,
}

impl Arguments {
    /// Checks the arguments of the layer.
    #[track_caller]
    fn check(&self) -> Result<()> {
        let (name, spatial) = (self.name, self.kernel_size.len());
        if !(1..=3).contains(&spatial) {
            return Err(Error::unsupported(format!(
                "{name}{spatial}d: 1, 2 or 3 spatial dimensions are supported"
            )));
        }
        let (input, output, groups) = (self.in_channels, self.out_channels, self.options.groups);
        if groups == 0 || !input.is_multiple_of(groups) || !output.is_multiple_of(groups) {
            return Err(Error::value(format!(
                "{name}: {input} input and {output} output channels are not divisible by {groups} groups"
            )));
        }
        if self.kernel_size.contains(&0) {
            return Err(Error::value(format!(
                "{name}: kernel_size must be positive, not {:?}",
                self.kernel_size
            )));
        }
        let options = &self.options;
        for (what, list, least) in [
            ("stride", &options.stride, 1),
            ("dilation", &options.dilation, 1),
            ("output_padding", &options.output_padding, 0),
        ] {
            self.check_list(what, list, least)?;
        }
        match &options.padding {
            Padding::Each(list) => self.check_list("padding", list, 0),
            Padding::Same | Padding::Valid => Ok(()),
        }
    }

    /// Checks that an option has one number for all spatial dimensions, or one for each, of at least `least`.
    #[track_caller]
    fn check_list(&self, what: &str, list: &Ints, least: isize) -> Result<()> {
        let (list, spatial) = (list.as_slice(), self.kernel_size.len());
        if (list.len() == 1 || list.len() == spatial) && list.iter().all(|&n| n >= least) {
            return Ok(());
        }
        Err(Error::value(format!(
            "{}: {what} must be one or {spatial} numbers of at least {least}, not {list:?}",
            self.name
        )))
    }

    /// The type and sizes, for error messages.
    fn sizes(&self) -> String {
        format!("{} {}→{}", self.name, self.in_channels, self.out_channels)
    }

    /// One number for each spatial dimension, formatted as a Python tuple.
    fn tuple(&self, list: &Ints) -> String {
        let list = list.as_slice();
        let each: Vec<isize> = (0..self.kernel_size.len())
            .map(|i| list[i % list.len()])
            .collect();
        tuple(&each)
    }

    /// The arguments as PyTorch prints them.
    fn repr(&self, bias: bool) -> String {
        let options = &self.options;
        let mut out = format!(
            "{}, {}, kernel_size={}, stride={}",
            self.in_channels,
            self.out_channels,
            tuple(&self.kernel_size),
            self.tuple(&options.stride)
        );
        let unlike = |list: &Ints, default| list.as_slice().iter().any(|&n| n != default);
        match &options.padding {
            Padding::Each(list) if unlike(list, 0) => {
                out += &format!(", padding={}", self.tuple(list))
            }
            Padding::Each(_) => {}
            Padding::Same => out += ", padding=same",
            Padding::Valid => out += ", padding=valid",
        }
        if unlike(&options.dilation, 1) {
            out += &format!(", dilation={}", self.tuple(&options.dilation));
        }
        if unlike(&options.output_padding, 0) {
            out += &format!(", output_padding={}", self.tuple(&options.output_padding));
        }
        if options.groups != 1 {
            out += &format!(", groups={}", options.groups);
        }
        if !bias {
            out += ", bias=False";
        }
        match options.padding_mode {
            PadMode::Constant(value) if value.to_f64() == 0.0 => {}
            PadMode::Constant(value) => out += &format!(", padding_mode={value}"),
            mode => out += &format!(", padding_mode={mode:?}").to_lowercase(),
        }
        out
    }

    /// Initializes weight and bias with PyTorch's default distribution, drawn in its order; `channels` are the weight's first two sizes.
    #[track_caller]
    fn draw(
        &self,
        channels: [usize; 2],
        factory: Options,
    ) -> Result<(Parameter, Option<Parameter>)> {
        let shape = [&channels, &self.kernel_size[..]].concat();
        let weight = Tensor::empty(&shape[..], factory.clone())?;
        default_weight_(&weight)?;
        let bias = match self.options.bias {
            true => {
                let bias = Tensor::empty(self.out_channels, factory)?;
                default_bias_(&bias, shape[1..].iter().product())?;
                Some(Parameter::new(bias)?)
            }
            false => None,
        };
        Ok((Parameter::new(weight)?, bias))
    }
}
