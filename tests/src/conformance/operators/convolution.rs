//! Convolutions, windows as columns, padding.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, unsupported};
use crate::conformance::modules::windows::each;
use rushlight::nn::functional::{self as f, FoldOptions, PadMode};
use rushlight::{ConvOptions, Padding, Result, Tensor};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.functional.conv1d" = "nn::functional::conv1d": |a| conv(a, f::conv1d);
    "nn.functional.conv2d" = "nn::functional::conv2d": |a| conv(a, f::conv2d);
    "nn.functional.conv3d" = "nn::functional::conv3d": |a| conv(a, f::conv3d);
    "nn.functional.conv_transpose1d" = "nn::functional::conv_transpose1d": |a| conv_transpose(a, f::conv_transpose1d);
    "nn.functional.conv_transpose2d" = "nn::functional::conv_transpose2d": |a| conv_transpose(a, f::conv_transpose2d);
    "nn.functional.conv_transpose3d" = "nn::functional::conv_transpose3d": |a| conv_transpose(a, f::conv_transpose3d);
    "nn.functional.unfold" = "nn::functional::unfold": |a| f::unfold(a.x()?, each(a, 1, "kernel_size")?, columns(a, 2)?);
    "nn.functional.fold" = "nn::functional::fold": |a| {
        f::fold(a.x()?, each(a, 1, "output_size")?, each(a, 2, "kernel_size")?, columns(a, 3)?)
    };
    "nn.functional.pad" = "nn::functional::pad": |a| f::pad(a.x()?, a.ints(1, "pad")?, mode(a)?);
    "constant_pad_nd" = "Tensor::constant_pad_nd": |a| {
        a.x()?.constant_pad_nd(a.ints(1, "pad")?, a.scalar_or(2, "value", 0)?)
    };
};

/// A convolution or a transposed one as a function.
type Convolution = fn(&Tensor, &Tensor, Option<&Tensor>, ConvOptions) -> Result<Tensor>;

fn conv(a: &Args, function: Convolution) -> Answer<Tensor> {
    let (x, weight, bias) = (a.x()?, a.tensor(1, "weight")?, a.maybe_tensor(2, "bias")?);
    let options = ConvOptions {
        stride: a.ints_or(3, "stride", &[1])?.into(),
        padding: match a.word(4, "padding", "") {
            Ok("same") => Padding::Same,
            Ok("valid") => Padding::Valid,
            _ => a.ints_or(4, "padding", &[0])?.into(),
        },
        dilation: a.ints_or(5, "dilation", &[1])?.into(),
        groups: a.size_or(6, "groups", 1)?,
        ..ConvOptions::default()
    };
    Ok(function(x, weight, bias, options)?)
}

fn conv_transpose(a: &Args, function: Convolution) -> Answer<Tensor> {
    let (x, weight, bias) = (a.x()?, a.tensor(1, "weight")?, a.maybe_tensor(2, "bias")?);
    let options = ConvOptions {
        stride: a.ints_or(3, "stride", &[1])?.into(),
        padding: a.ints_or(4, "padding", &[0])?.into(),
        output_padding: a.ints_or(5, "output_padding", &[0])?.into(),
        groups: a.size_or(6, "groups", 1)?,
        dilation: a.ints_or(7, "dilation", &[1])?.into(),
        ..ConvOptions::default()
    };
    Ok(function(x, weight, bias, options)?)
}

/// The options of `unfold` and `fold`, from the dilation on.
fn columns(a: &Args, at: usize) -> Answer<FoldOptions> {
    Ok(FoldOptions {
        dilation: a.ints_or(at, "dilation", &[1])?.into(),
        padding: a.ints_or(at + 1, "padding", &[0])?.into(),
        stride: a.ints_or(at + 2, "stride", &[1])?.into(),
    })
}

fn mode(a: &Args) -> Answer<PadMode> {
    Ok(match a.word(2, "mode", "constant")? {
        "constant" => PadMode::Constant(a.scalar_or(3, "value", 0)?),
        "reflect" => PadMode::Reflect,
        "replicate" => PadMode::Replicate,
        "circular" => PadMode::Circular,
        other => return unsupported(format!("mode {other:?}")),
    })
}
