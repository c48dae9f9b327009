//! Poolings, and the way back.

use super::{Row, rows};
use crate::conformance::args::{Answer, Args, Failure, unsupported};
use crate::conformance::outputs::{IntoOutputs, Outputs};
use crate::conformance::value::Value;
use rushlight::nn::functional::{self as f, FractionalPoolOptions, Resize};
use rushlight::{Ints, OutputSizes, PoolOptions, Tensor};

/// The rows.
pub(super) const ROWS: &[Row] = rows! {
    "nn.functional.avg_pool1d" = "nn::functional::avg_pool": |a| f::avg_pool(a.x()?, &mean(a, 1)?);
    "nn.functional.avg_pool2d" = "nn::functional::avg_pool": |a| f::avg_pool(a.x()?, &mean(a, 2)?);
    "nn.functional.avg_pool3d" = "nn::functional::avg_pool": |a| f::avg_pool(a.x()?, &mean(a, 3)?);
    "nn.functional.max_pool1d" = "nn::functional::max_pool": |a| max_pool(a, 1);
    "nn.functional.max_pool2d" = "nn::functional::max_pool": |a| max_pool(a, 2);
    "nn.functional.max_pool3d" = "nn::functional::max_pool": |a| max_pool(a, 3);
    "nn.functional.adaptive_avg_pool1d" = "nn::functional::adaptive_avg_pool": |a| f::adaptive_avg_pool(a.x()?, sizes(a, 1)?);
    "nn.functional.adaptive_avg_pool2d" = "nn::functional::adaptive_avg_pool": |a| f::adaptive_avg_pool(a.x()?, sizes(a, 2)?);
    "nn.functional.adaptive_avg_pool3d" = "nn::functional::adaptive_avg_pool": |a| f::adaptive_avg_pool(a.x()?, sizes(a, 3)?);
    "nn.functional.adaptive_max_pool1d" = "nn::functional::adaptive_max_pool": |a| adaptive_max_pool(a, 1);
    "nn.functional.adaptive_max_pool2d" = "nn::functional::adaptive_max_pool": |a| adaptive_max_pool(a, 2);
    "nn.functional.adaptive_max_pool3d" = "nn::functional::adaptive_max_pool": |a| adaptive_max_pool(a, 3);
    "nn.functional.max_unpool1d" = "nn::functional::max_unpool": |a| max_unpool(a, 1);
    "nn.functional.max_unpool2d" = "nn::functional::max_unpool": |a| max_unpool(a, 2);
    "nn.functional.max_unpool3d" = "nn::functional::max_unpool": |a| max_unpool(a, 3);
    "nn.functional.fractional_max_pool2d" = "nn::functional::fractional_max_pool": |a| fractional(a, 2);
    "nn.functional.fractional_max_pool3d" = "nn::functional::fractional_max_pool": |a| fractional(a, 3);
    "nn.functional.lp_pool1d" = "nn::functional::lp_pool": |a| lp_pool(a, 1);
    "nn.functional.lp_pool2d" = "nn::functional::lp_pool": |a| lp_pool(a, 2);
    "nn.functional.lp_pool3d" = "nn::functional::lp_pool": |a| lp_pool(a, 3);
};

/// The window: its kernel at a position, its step at the next.
fn window(a: &Args, at: usize, spatial: usize) -> Answer<PoolOptions> {
    // An empty step is the window's size, as none is.
    let stride = a.maybe_ints(at + 1, "stride")?.filter(|s| !s.is_empty());
    Ok(PoolOptions {
        stride: stride.map(Ints::from),
        ..PoolOptions::new(a.ints(at, "kernel_size")?, spatial)
    })
}

fn mean(a: &Args, spatial: usize) -> Answer<PoolOptions> {
    Ok(PoolOptions {
        padding: a.ints_or(3, "padding", &[0])?.into(),
        ceil_mode: a.flag(4, "ceil_mode", false)?,
        count_include_pad: a.flag(5, "count_include_pad", true)?,
        divisor: a.maybe_int(6, "divisor_override")?,
        ..window(a, 1, spatial)?
    })
}

fn max_pool(a: &Args, spatial: usize) -> Answer<Outputs> {
    let options = PoolOptions {
        padding: a.ints_or(3, "padding", &[0])?.into(),
        dilation: a.ints_or(4, "dilation", &[1])?.into(),
        ceil_mode: a.flag(5, "ceil_mode", false)?,
        ..window(a, 1, spatial)?
    };
    match a.flag(6, "return_indices", false)? {
        true => f::max_pool_with_indices(a.x()?, &options).outputs(),
        false => f::max_pool(a.x()?, &options).outputs(),
    }
}

fn lp_pool(a: &Args, spatial: usize) -> Answer<Tensor> {
    let options = PoolOptions {
        ceil_mode: a.flag(4, "ceil_mode", false)?,
        ..window(a, 2, spatial)?
    };
    Ok(f::lp_pool(a.x()?, a.float(1, "norm_type")?, &options)?)
}

fn adaptive_max_pool(a: &Args, spatial: usize) -> Answer<Outputs> {
    let (x, indices) = (a.x()?, a.flag(2, "return_indices", false)?);
    let sizes = sizes(a, spatial)?;
    match indices {
        true => f::adaptive_max_pool_with_indices(x, sizes).outputs(),
        false => f::adaptive_max_pool(x, sizes).outputs(),
    }
}

fn fractional(a: &Args, spatial: usize) -> Answer<Outputs> {
    let to = match a.get(2, "output_size") {
        Some(_) => Resize::Size(a.sizes(2, "output_size")?),
        None => Resize::Scale(a.floats(3, "output_ratio")?),
    };
    let options = FractionalPoolOptions {
        samples: a.maybe_tensor(5, "_random_samples")?.cloned(),
        ..FractionalPoolOptions::new(a.ints(1, "kernel_size")?, to, spatial)
    };
    match a.flag(4, "return_indices", false)? {
        true => f::fractional_max_pool_with_indices(a.x()?, &options).outputs(),
        false => f::fractional_max_pool(a.x()?, &options).outputs(),
    }
}

fn max_unpool(a: &Args, spatial: usize) -> Answer<Tensor> {
    let options = PoolOptions {
        padding: a.ints_or(4, "padding", &[0])?.into(),
        ..window(a, 2, spatial)?
    };
    let size = a.maybe_ints(5, "output_size")?.map(Ints::from);
    Ok(f::max_unpool(
        a.x()?,
        a.tensor(1, "indices")?,
        &options,
        size.as_ref(),
    )?)
}

/// One size for all spatial dimensions, or one for each; None keeps one.
fn sizes(a: &Args, spatial: usize) -> Answer<OutputSizes> {
    let one = |v: &Value| match v {
        Value::None => Ok(None),
        Value::Int(n) => match usize::try_from(*n) {
            Ok(n) => Ok(Some(n)),
            Err(_) => Err(Failure::Forbidden("output_size", "a count is a usize")),
        },
        other => unsupported(format!("the output size is {}", other.kind())),
    };
    let list = match a.get(1, "output_size") {
        Some(Value::List(list) | Value::Tuple(list)) => {
            list.iter().map(one).collect::<Answer<Vec<_>>>()?
        }
        Some(value) => vec![one(value)?; spatial],
        None => vec![None; spatial],
    };
    Ok(list.into())
}
