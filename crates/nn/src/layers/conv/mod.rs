//! Convolutions in one, two and three dimensions, and transposed ones.

mod plain;
mod transposed;

pub use plain::{Conv, Conv1d, Conv2d, Conv3d, ConvBuilder, PaddingMode};
pub use transposed::{
    ConvTranspose, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, ConvTransposeBuilder,
};

use super::sizes::tuple;
use crate::Parameter;
use crate::init::{default_bias_, default_weight_};
use rushlight_tensor::{Error, Options, Result, Tensor};

/// The arguments that both kinds of convolution have.
struct Common<'a> {
    name: &'static str,
    input: usize,
    output: usize,
    groups: usize,
    kernel: &'a [usize],
    stride: &'a [usize],
    dilation: &'a [usize],
    bias: bool,
}

impl Common<'_> {
    /// Whether there can be such a layer.
    #[track_caller]
    fn check(&self) -> Result<()> {
        let Common {
            name,
            input,
            output,
            groups,
            ..
        } = *self;
        if !(1..=3).contains(&self.kernel.len()) {
            let spatial = self.kernel.len();
            return Err(Error::unsupported(format!(
                "{name}{spatial}d: 1, 2 or 3 spatial dimensions are supported"
            )));
        }
        if groups == 0 || !input.is_multiple_of(groups) || !output.is_multiple_of(groups) {
            return Err(Error::value(format!(
                "{name}: {input} input and {output} output channels do not divide into {groups} groups"
            )));
        }
        for (what, list) in [
            ("kernel_size", self.kernel),
            ("stride", self.stride),
            ("dilation", self.dilation),
        ] {
            if list.contains(&0) {
                return Err(Error::value(format!(
                    "{name}: {what} must be positive, not {list:?}"
                )));
            }
        }
        Ok(())
    }

    /// Type and sizes, for error messages.
    fn sizes(&self) -> String {
        format!("{} {}→{}", self.name, self.input, self.output)
    }

    /// The arguments as PyTorch prints them; `windows` are those on the windows' places, each after a comma.
    fn repr(&self, windows: &str) -> String {
        let (kernel, stride) = (tuple(self.kernel), tuple(self.stride));
        let mut out = format!(
            "{}, {}, kernel_size={kernel}, stride={stride}{windows}",
            self.input, self.output
        );
        if self.groups != 1 {
            out += &format!(", groups={}", self.groups);
        }
        if !self.bias {
            out += ", bias=False";
        }
        out
    }

    /// Weight and bias in PyTorch's default distribution, drawn in its order; `channels` are the weight's first two sizes.
    #[track_caller]
    fn draw(
        &self,
        channels: [usize; 2],
        options: &Options,
    ) -> Result<(Parameter, Option<Parameter>)> {
        let shape = [&channels, self.kernel].concat();
        let weight = Tensor::empty(&shape[..], options.clone())?;
        default_weight_(&weight)?;
        let bias = match self.bias {
            true => {
                let bias = Tensor::empty(self.output, options.clone())?;
                default_bias_(&bias, shape[1..].iter().product())?;
                Some(Parameter::new(bias)?)
            }
            false => None,
        };
        Ok((Parameter::new(weight)?, bias))
    }
}
