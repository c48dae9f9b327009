//! Poolings, and the way back.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args};
use crate::conformance::modules::windows::{each, output_size};
use crate::conformance::outputs::{IntoOutputs, Outputs};
use rushlight::nn::functional::{
    self as f, AvgPoolOptions, Each, FractionalMaxPoolOptions, LPPoolOptions, MaxPoolOptions,
    MaxUnpoolOptions, OutputSize, Resize,
};
use rushlight::{Ints, Result, Tensor};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.functional.avg_pool1d" = "nn::functional::avg_pool1d": |a| f::avg_pool1d(a.x()?, each(a, 1, "kernel_size")?, mean(a)?);
    "nn.functional.avg_pool2d" = "nn::functional::avg_pool2d": |a| f::avg_pool2d(a.x()?, each(a, 1, "kernel_size")?, mean(a)?);
    "nn.functional.avg_pool3d" = "nn::functional::avg_pool3d": |a| f::avg_pool3d(a.x()?, each(a, 1, "kernel_size")?, mean(a)?);
    "nn.functional.max_pool1d" = "nn::functional::max_pool1d": |a| maximum(a, f::max_pool1d, f::max_pool1d_with_indices);
    "nn.functional.max_pool2d" = "nn::functional::max_pool2d": |a| maximum(a, f::max_pool2d, f::max_pool2d_with_indices);
    "nn.functional.max_pool3d" = "nn::functional::max_pool3d": |a| maximum(a, f::max_pool3d, f::max_pool3d_with_indices);
    "nn.functional.adaptive_avg_pool1d" = "nn::functional::adaptive_avg_pool1d": |a| f::adaptive_avg_pool1d(a.x()?, output_size(a, 1)?);
    "nn.functional.adaptive_avg_pool2d" = "nn::functional::adaptive_avg_pool2d": |a| f::adaptive_avg_pool2d(a.x()?, output_size(a, 1)?);
    "nn.functional.adaptive_avg_pool3d" = "nn::functional::adaptive_avg_pool3d": |a| f::adaptive_avg_pool3d(a.x()?, output_size(a, 1)?);
    "nn.functional.adaptive_max_pool1d" = "nn::functional::adaptive_max_pool1d": |a| adaptive(a, f::adaptive_max_pool1d, f::adaptive_max_pool1d_with_indices);
    "nn.functional.adaptive_max_pool2d" = "nn::functional::adaptive_max_pool2d": |a| adaptive(a, f::adaptive_max_pool2d, f::adaptive_max_pool2d_with_indices);
    "nn.functional.adaptive_max_pool3d" = "nn::functional::adaptive_max_pool3d": |a| adaptive(a, f::adaptive_max_pool3d, f::adaptive_max_pool3d_with_indices);
    "nn.functional.max_unpool1d" = "nn::functional::max_unpool1d": |a| f::max_unpool1d(a.x()?, a.tensor(1, "indices")?, each(a, 2, "kernel_size")?, back(a)?);
    "nn.functional.max_unpool2d" = "nn::functional::max_unpool2d": |a| f::max_unpool2d(a.x()?, a.tensor(1, "indices")?, each(a, 2, "kernel_size")?, back(a)?);
    "nn.functional.max_unpool3d" = "nn::functional::max_unpool3d": |a| f::max_unpool3d(a.x()?, a.tensor(1, "indices")?, each(a, 2, "kernel_size")?, back(a)?);
    "nn.functional.fractional_max_pool2d" = "nn::functional::fractional_max_pool2d": |a| fractional(a, f::fractional_max_pool2d, f::fractional_max_pool2d_with_indices);
    "nn.functional.fractional_max_pool3d" = "nn::functional::fractional_max_pool3d": |a| fractional(a, f::fractional_max_pool3d, f::fractional_max_pool3d_with_indices);
    "nn.functional.lp_pool1d" = "nn::functional::lp_pool1d": |a| f::lp_pool1d(a.x()?, a.float(1, "norm_type")?, each(a, 2, "kernel_size")?, power(a)?);
    "nn.functional.lp_pool2d" = "nn::functional::lp_pool2d": |a| f::lp_pool2d(a.x()?, a.float(1, "norm_type")?, each(a, 2, "kernel_size")?, power(a)?);
    "nn.functional.lp_pool3d" = "nn::functional::lp_pool3d": |a| f::lp_pool3d(a.x()?, a.float(1, "norm_type")?, each(a, 2, "kernel_size")?, power(a)?);
};

/// The stride, none if the list is empty, as in PyTorch.
fn stride(a: &Args, at: usize) -> Answer<Option<Ints>> {
    let stride = a.maybe_ints(at, "stride")?.filter(|s| !s.is_empty());
    Ok(stride.map(Ints::from))
}

fn mean(a: &Args) -> Answer<AvgPoolOptions> {
    Ok(AvgPoolOptions {
        stride: stride(a, 2)?,
        padding: a.ints_or(3, "padding", &[0])?.into(),
        ceil_mode: a.flag(4, "ceil_mode", false)?,
        count_include_pad: a.flag(5, "count_include_pad", true)?,
        divisor_override: a.maybe_int(6, "divisor_override")?,
    })
}

fn maximum<const N: usize>(
    a: &Args,
    values: fn(&Tensor, Each<N>, MaxPoolOptions) -> Result<Tensor>,
    with_indices: fn(&Tensor, Each<N>, MaxPoolOptions) -> Result<(Tensor, Tensor)>,
) -> Answer<Outputs> {
    let (x, kernel) = (a.x()?, each(a, 1, "kernel_size")?);
    let options = MaxPoolOptions {
        stride: stride(a, 2)?,
        padding: a.ints_or(3, "padding", &[0])?.into(),
        dilation: a.ints_or(4, "dilation", &[1])?.into(),
        ceil_mode: a.flag(5, "ceil_mode", false)?,
    };
    match a.flag(6, "return_indices", false)? {
        true => with_indices(x, kernel, options).outputs(),
        false => values(x, kernel, options).outputs(),
    }
}

fn power(a: &Args) -> Answer<LPPoolOptions> {
    Ok(LPPoolOptions {
        stride: stride(a, 3)?,
        ceil_mode: a.flag(4, "ceil_mode", false)?,
    })
}

fn adaptive<const N: usize>(
    a: &Args,
    values: fn(&Tensor, OutputSize<N>) -> Result<Tensor>,
    with_indices: fn(&Tensor, OutputSize<N>) -> Result<(Tensor, Tensor)>,
) -> Answer<Outputs> {
    let (x, sizes) = (a.x()?, output_size(a, 1)?);
    match a.flag(2, "return_indices", false)? {
        true => with_indices(x, sizes).outputs(),
        false => values(x, sizes).outputs(),
    }
}

/// A fractional pooling as a function.
type Fractional<R, const N: usize> =
    fn(&Tensor, Each<N>, Resize, FractionalMaxPoolOptions) -> Result<R>;

fn fractional<const N: usize>(
    a: &Args,
    values: Fractional<Tensor, N>,
    with_indices: Fractional<(Tensor, Tensor), N>,
) -> Answer<Outputs> {
    let (x, kernel) = (a.x()?, each(a, 1, "kernel_size")?);
    let to = match a.get(2, "output_size") {
        Some(_) => Resize::Size(a.sizes(2, "output_size")?),
        None => Resize::Scale(a.floats(3, "output_ratio")?),
    };
    let options = FractionalMaxPoolOptions {
        random_samples: a.maybe_tensor(5, "_random_samples")?.cloned(),
    };
    match a.flag(4, "return_indices", false)? {
        true => with_indices(x, kernel, to, options).outputs(),
        false => values(x, kernel, to, options).outputs(),
    }
}

fn back(a: &Args) -> Answer<MaxUnpoolOptions> {
    Ok(MaxUnpoolOptions {
        stride: stride(a, 3)?,
        padding: a.ints_or(4, "padding", &[0])?.into(),
        output_size: a.maybe_ints(5, "output_size")?.map(Ints::from),
    })
}
