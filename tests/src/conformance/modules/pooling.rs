//! Pooling.

use super::windows::{each, each_or, output_size, stride};
use super::{Row, rows};
use crate::conformance::args::{Answer, Args};
use crate::conformance::outputs::{IntoOutputs, Outputs};
use rushlight::Tensor;
use rushlight::nn::*;

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.AdaptiveAvgPool1d" = "nn::AdaptiveAvgPool1d": |a| AdaptiveAvgPool1d::new(output_size(a)?);
    "nn.AdaptiveAvgPool2d" = "nn::AdaptiveAvgPool2d": |a| AdaptiveAvgPool2d::new(output_size(a)?);
    "nn.AdaptiveAvgPool3d" = "nn::AdaptiveAvgPool3d": |a| AdaptiveAvgPool3d::new(output_size(a)?);
    "nn.AdaptiveMaxPool1d" = "nn::AdaptiveMaxPool1d": |a| AdaptiveMaxPool1d::new(output_size(a)?) => adaptive(a)?;
    "nn.AdaptiveMaxPool2d" = "nn::AdaptiveMaxPool2d": |a| AdaptiveMaxPool2d::new(output_size(a)?) => adaptive(a)?;
    "nn.AdaptiveMaxPool3d" = "nn::AdaptiveMaxPool3d": |a| AdaptiveMaxPool3d::new(output_size(a)?) => adaptive(a)?;
    "nn.AvgPool1d" = "nn::AvgPool1d": |a| average::<1>(a)?.build();
    "nn.AvgPool2d" = "nn::AvgPool2d": |a| average::<2>(a)?.build();
    "nn.AvgPool3d" = "nn::AvgPool3d": |a| average::<3>(a)?.build();
    "nn.LPPool1d" = "nn::LPPool1d": |a| power::<1>(a)?.build();
    "nn.LPPool2d" = "nn::LPPool2d": |a| power::<2>(a)?.build();
    "nn.LPPool3d" = "nn::LPPool3d": |a| power::<3>(a)?.build();
    "nn.MaxPool1d" = "nn::MaxPool1d": |a| maximum::<1>(a)?.build() => largest(a)?;
    "nn.MaxPool2d" = "nn::MaxPool2d": |a| maximum::<2>(a)?.build() => largest(a)?;
    "nn.MaxPool3d" = "nn::MaxPool3d": |a| maximum::<3>(a)?.build() => largest(a)?;
    "nn.MaxUnpool1d" = "nn::MaxUnpool1d": |a| back::<1>(a)?.build() => unpool;
    "nn.MaxUnpool2d" = "nn::MaxUnpool2d": |a| back::<2>(a)?.build() => unpool;
    "nn.MaxUnpool3d" = "nn::MaxUnpool3d": |a| back::<3>(a)?.build() => unpool;
};

fn average<const N: usize>(a: &Args) -> Answer<AvgPoolBuilder<N>> {
    Ok(AvgPool::builder(each(a, 0, "kernel_size")?)
        .stride(stride(a, 1)?)
        .padding(each_or(a, 2, "padding", 0)?)
        .ceil_mode(a.flag(3, "ceil_mode", false)?)
        .count_include_pad(a.flag(4, "count_include_pad", true)?)
        .divisor_override(a.maybe_int(5, "divisor_override")?))
}

fn maximum<const N: usize>(a: &Args) -> Answer<MaxPoolBuilder<N>> {
    Ok(MaxPool::builder(each(a, 0, "kernel_size")?)
        .stride(stride(a, 1)?)
        .padding(each_or(a, 2, "padding", 0)?)
        .dilation(each_or(a, 3, "dilation", 1)?)
        .ceil_mode(a.flag(5, "ceil_mode", false)?))
}

fn power<const N: usize>(a: &Args) -> Answer<LPPoolBuilder<N>> {
    Ok(
        LPPool::builder(a.float(0, "norm_type")?, each(a, 1, "kernel_size")?)
            .stride(stride(a, 2)?)
            .ceil_mode(a.flag(3, "ceil_mode", false)?),
    )
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

fn back<const N: usize>(a: &Args) -> Answer<MaxUnpoolBuilder<N>> {
    Ok(MaxUnpool::builder(each(a, 0, "kernel_size")?)
        .stride(stride(a, 1)?)
        .padding(each_or(a, 2, "padding", 0)?))
}

fn unpool<const N: usize>(m: &MaxUnpool<N>, a: &Args) -> Answer<Tensor> {
    let (x, indices) = (a.x()?, a.tensor(1, "indices")?);
    Ok(match a.maybe_ints(2, "output_size")? {
        Some(size) => m.call_to(x, indices, size)?,
        None => m.call(&(x.clone(), indices.clone()))?,
    })
}
