//! Convolutions.

use super::windows::{each, each_or, padding_mode};
use super::{Row, rows};
use crate::conformance::args::{Answer, Args};
use crate::conformance::value::Value;
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.Conv1d" = "nn::Conv1d": |a| conv::<1>(a)?.build()?;
    "nn.Conv2d" = "nn::Conv2d": |a| conv::<2>(a)?.build()?;
    "nn.Conv3d" = "nn::Conv3d": |a| conv::<3>(a)?.build()?;
    "nn.ConvTranspose1d" = "nn::ConvTranspose1d": |a| transposed::<1>(a)?.build()?;
    "nn.ConvTranspose2d" = "nn::ConvTranspose2d": |a| transposed::<2>(a)?.build()?;
    "nn.ConvTranspose3d" = "nn::ConvTranspose3d": |a| transposed::<3>(a)?.build()?;
};

fn conv<const N: usize>(a: &Args) -> Answer<ConvBuilder<N>> {
    let (input, output) = (a.size(0, "in_channels")?, a.size(1, "out_channels")?);
    let padding = match a.get(4, "padding") {
        Some(Value::Word(word)) if word == "same" => Padding::Same,
        Some(Value::Word(word)) if word == "valid" => Padding::Valid,
        _ => Padding::Each(each_or(a, 4, "padding", 0)?),
    };
    Ok(Conv::builder(input, output, each(a, 2, "kernel_size")?)
        .stride(each_or(a, 3, "stride", 1)?)
        .padding(padding)
        .dilation(each_or(a, 5, "dilation", 1)?)
        .groups(a.size_or(6, "groups", 1)?)
        .bias(a.flag(7, "bias", true)?)
        .padding_mode(padding_mode(a, 8)?))
}

fn transposed<const N: usize>(a: &Args) -> Answer<ConvTransposeBuilder<N>> {
    let (input, output) = (a.size(0, "in_channels")?, a.size(1, "out_channels")?);
    let builder = ConvTranspose::builder(input, output, each(a, 2, "kernel_size")?);
    Ok(builder
        .stride(each_or(a, 3, "stride", 1)?)
        .padding(each_or(a, 4, "padding", 0)?)
        .output_padding(each_or(a, 5, "output_padding", 0)?)
        .groups(a.size_or(6, "groups", 1)?)
        .bias(a.flag(7, "bias", true)?)
        .dilation(each_or(a, 8, "dilation", 1)?))
}
