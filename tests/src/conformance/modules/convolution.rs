//! Convolutions.

use super::windows::{each, padding_mode};
use super::{Row, rows};
use crate::conformance::args::{Answer, Args};
use crate::conformance::value::Value;
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.Conv1d" = "nn::Conv1d": |a| conv::<1>(a)?;
    "nn.Conv2d" = "nn::Conv2d": |a| conv::<2>(a)?;
    "nn.Conv3d" = "nn::Conv3d": |a| conv::<3>(a)?;
    "nn.ConvTranspose1d" = "nn::ConvTranspose1d": |a| transposed::<1>(a)?;
    "nn.ConvTranspose2d" = "nn::ConvTranspose2d": |a| transposed::<2>(a)?;
    "nn.ConvTranspose3d" = "nn::ConvTranspose3d": |a| transposed::<3>(a)?;
};

fn conv<const N: usize>(a: &Args) -> Answer<Conv<N>> {
    let (input, output) = (a.size(0, "in_channels")?, a.size(1, "out_channels")?);
    let padding = match a.get(4, "padding") {
        Some(Value::Word(word)) if word == "same" => Padding::Same,
        Some(Value::Word(word)) if word == "valid" => Padding::Valid,
        _ => a.ints_or(4, "padding", &[0])?.into(),
    };
    let options = ConvOptions::new()
        .stride(a.ints_or(3, "stride", &[1])?)
        .padding(padding)
        .dilation(a.ints_or(5, "dilation", &[1])?)
        .groups(a.size_or(6, "groups", 1)?)
        .bias(a.flag(7, "bias", true)?)
        .padding_mode(padding_mode(a, 8)?);
    Ok(Conv::with(
        input,
        output,
        each::<N>(a, 2, "kernel_size")?,
        options,
    )?)
}

fn transposed<const N: usize>(a: &Args) -> Answer<ConvTranspose<N>> {
    let (input, output) = (a.size(0, "in_channels")?, a.size(1, "out_channels")?);
    let options = ConvOptions::new()
        .stride(a.ints_or(3, "stride", &[1])?)
        .padding(a.ints_or(4, "padding", &[0])?)
        .output_padding(a.ints_or(5, "output_padding", &[0])?)
        .groups(a.size_or(6, "groups", 1)?)
        .bias(a.flag(7, "bias", true)?)
        .dilation(a.ints_or(8, "dilation", &[1])?);
    let kernel_size = each::<N>(a, 2, "kernel_size")?;
    Ok(ConvTranspose::with(input, output, kernel_size, options)?)
}
