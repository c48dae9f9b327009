//! Pooling.

use super::windows::{each, output_size};
use super::{Row, rows};
use crate::conformance::args::{Answer, Args};
use crate::conformance::outputs::{IntoOutputs, Outputs};
use rushlight::nn::*;
use rushlight::{Ints, Tensor};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.AdaptiveAvgPool1d" = "nn::AdaptiveAvgPool1d": |a| AdaptiveAvgPool1d::new(output_size(a, 0)?);
    "nn.AdaptiveAvgPool2d" = "nn::AdaptiveAvgPool2d": |a| AdaptiveAvgPool2d::new(output_size(a, 0)?);
    "nn.AdaptiveAvgPool3d" = "nn::AdaptiveAvgPool3d": |a| AdaptiveAvgPool3d::new(output_size(a, 0)?);
    "nn.AdaptiveMaxPool1d" = "nn::AdaptiveMaxPool1d": |a| AdaptiveMaxPool1d::new(output_size(a, 0)?) => adaptive(a)?;
    "nn.AdaptiveMaxPool2d" = "nn::AdaptiveMaxPool2d": |a| AdaptiveMaxPool2d::new(output_size(a, 0)?) => adaptive(a)?;
    "nn.AdaptiveMaxPool3d" = "nn::AdaptiveMaxPool3d": |a| AdaptiveMaxPool3d::new(output_size(a, 0)?) => adaptive(a)?;
    "nn.AvgPool1d" = "nn::AvgPool1d": |a| AvgPool1d::with(each(a, 0, "kernel_size")?, average(a)?);
    "nn.AvgPool2d" = "nn::AvgPool2d": |a| AvgPool2d::with(each(a, 0, "kernel_size")?, average(a)?);
    "nn.AvgPool3d" = "nn::AvgPool3d": |a| AvgPool3d::with(each(a, 0, "kernel_size")?, average(a)?);
    "nn.LPPool1d" = "nn::LPPool1d": |a| LPPool1d::with(a.float(0, "norm_type")?, each(a, 1, "kernel_size")?, power(a)?);
    "nn.LPPool2d" = "nn::LPPool2d": |a| LPPool2d::with(a.float(0, "norm_type")?, each(a, 1, "kernel_size")?, power(a)?);
    "nn.LPPool3d" = "nn::LPPool3d": |a| LPPool3d::with(a.float(0, "norm_type")?, each(a, 1, "kernel_size")?, power(a)?);
    "nn.MaxPool1d" = "nn::MaxPool1d": |a| MaxPool1d::with(each(a, 0, "kernel_size")?, maximum(a)?) => largest(a)?;
    "nn.MaxPool2d" = "nn::MaxPool2d": |a| MaxPool2d::with(each(a, 0, "kernel_size")?, maximum(a)?) => largest(a)?;
    "nn.MaxPool3d" = "nn::MaxPool3d": |a| MaxPool3d::with(each(a, 0, "kernel_size")?, maximum(a)?) => largest(a)?;
    "nn.MaxUnpool1d" = "nn::MaxUnpool1d": |a| MaxUnpool1d::with(each(a, 0, "kernel_size")?, back(a)?) => unpool;
    "nn.MaxUnpool2d" = "nn::MaxUnpool2d": |a| MaxUnpool2d::with(each(a, 0, "kernel_size")?, back(a)?) => unpool;
    "nn.MaxUnpool3d" = "nn::MaxUnpool3d": |a| MaxUnpool3d::with(each(a, 0, "kernel_size")?, back(a)?) => unpool;
};

fn stride(a: &Args, at: usize) -> Answer<Option<Ints>> {
    Ok(a.maybe_ints(at, "stride")?.map(Ints::from))
}

fn average(a: &Args) -> Answer<AvgPoolOptions> {
    Ok(AvgPoolOptions {
        stride: stride(a, 1)?,
        padding: a.ints_or(2, "padding", &[0])?.into(),
        ceil_mode: a.flag(3, "ceil_mode", false)?,
        count_include_pad: a.flag(4, "count_include_pad", true)?,
        divisor_override: a.maybe_int(5, "divisor_override")?,
    })
}

fn maximum(a: &Args) -> Answer<MaxPoolOptions> {
    Ok(MaxPoolOptions {
        stride: stride(a, 1)?,
        padding: a.ints_or(2, "padding", &[0])?.into(),
        dilation: a.ints_or(3, "dilation", &[1])?.into(),
        ceil_mode: a.flag(5, "ceil_mode", false)?,
    })
}

fn power(a: &Args) -> Answer<LPPoolOptions> {
    Ok(LPPoolOptions {
        stride: stride(a, 2)?,
        ceil_mode: a.flag(3, "ceil_mode", false)?,
    })
}

/// The call of a maximum pooling: with positions or without.
fn largest<const N: usize>(a: &Args) -> Answer<fn(&MaxPool<N>, &Args) -> Answer<Outputs>> {
    Ok(match a.flag(4, "return_indices", false)? {
        true => |m, a| m.call_with_indices(a.x()?).outputs(),
        false => |m, a| m.call(a.x()?).outputs(),
    })
}

/// The same of an adaptive one.
fn adaptive<const N: usize>(a: &Args) -> Answer<fn(&AdaptiveMaxPool<N>, &Args) -> Answer<Outputs>> {
    Ok(match a.flag(1, "return_indices", false)? {
        true => |m, a| m.call_with_indices(a.x()?).outputs(),
        false => |m, a| m.call(a.x()?).outputs(),
    })
}

fn back(a: &Args) -> Answer<MaxUnpoolOptions> {
    Ok(MaxUnpoolOptions {
        stride: stride(a, 1)?,
        padding: a.ints_or(2, "padding", &[0])?.into(),
        output_size: None,
    })
}

fn unpool<const N: usize>(m: &MaxUnpool<N>, a: &Args) -> Answer<Tensor> {
    let (x, indices) = (a.x()?, a.tensor(1, "indices")?);
    Ok(match a.maybe_ints(2, "output_size")? {
        Some(size) => m.call_to(x, indices, size)?,
        None => m.call(&(x.clone(), indices.clone()))?,
    })
}
