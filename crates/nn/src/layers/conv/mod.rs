//! Convolutions in one, two and three dimensions, and transposed ones.

mod plain;
mod transposed;

pub use plain::{Conv, Conv1d, Conv2d, Conv3d, ConvBuilder, PaddingMode};
pub use transposed::{
    ConvTranspose, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, ConvTransposeBuilder,
};

use crate::Parameter;
use crate::init::{default_bias_, default_weight_};
use rushlight_tensor::{Error, Options, Result, Tensor};

#[track_caller]
#[expect(
    clippy::too_many_arguments,
    reason = "the common arguments of two layers, checked once"
)]
fn check(
    name: &str,
    spatial: usize,
    input: usize,
    output: usize,
    groups: usize,
    kernel: &[usize],
    stride: &[usize],
    dilation: &[usize],
) -> Result<()> {
    let name = format!("{name}{spatial}d");
    if !(1..=3).contains(&spatial) {
        return Err(Error::unsupported(format!(
            "{name}: 1, 2 or 3 spatial dimensions are supported"
        )));
    }
    if groups == 0 || !input.is_multiple_of(groups) || !output.is_multiple_of(groups) {
        return Err(Error::value(format!(
            "{name}: {input} input and {output} output channels do not divide into {groups} groups"
        )));
    }
    for (what, list) in [
        ("kernel_size", kernel),
        ("stride", stride),
        ("dilation", dilation),
    ] {
        if list.contains(&0) {
            return Err(Error::value(format!(
                "{name}: {what} must be positive, not {list:?}"
            )));
        }
    }
    Ok(())
}

/// Weight and bias in PyTorch's default distribution, drawn in its order.
#[track_caller]
fn draw(
    shape: &[usize],
    bias: Option<usize>,
    options: &Options,
) -> Result<(Parameter, Option<Parameter>)> {
    let weight = Tensor::empty(shape, options.clone())?;
    default_weight_(&weight)?;
    let bias = match bias {
        Some(n) => {
            let bias = Tensor::empty(n, options.clone())?;
            default_bias_(&bias, shape[1..].iter().product())?;
            Some(Parameter::new(bias)?)
        }
        None => None,
    };
    Ok((Parameter::new(weight)?, bias))
}
