//! Pooling over the trailing dimensions, of which the options say how many.

use rushlight_tensor::{Error, Half, Ints, OutputSizes, PoolOptions, Result, Tensor};

/// The largest element of each window. PyTorch: `max_pool1d`, `max_pool2d`, `max_pool3d`.
#[track_caller]
pub fn max_pool(x: &Tensor, options: &PoolOptions) -> Result<Tensor> {
    Ok(x.max_pool(options)?.0)
}

/// The largest element of each window, and its position in the flattened space. PyTorch: `return_indices=True`.
#[track_caller]
pub fn max_pool_with_indices(x: &Tensor, options: &PoolOptions) -> Result<(Tensor, Tensor)> {
    x.max_pool(options)
}

/// The mean of each window. PyTorch: `avg_pool1d`, `avg_pool2d`, `avg_pool3d`.
#[track_caller]
pub fn avg_pool(x: &Tensor, options: &PoolOptions) -> Result<Tensor> {
    x.avg_pool(options)
}

/// The means of windows that give a result of these sizes, one a spatial dimension; `None` keeps a size.
/// PyTorch: `adaptive_avg_pool1d`, `adaptive_avg_pool2d`, `adaptive_avg_pool3d`.
#[track_caller]
pub fn adaptive_avg_pool(x: &Tensor, sizes: impl Into<OutputSizes>) -> Result<Tensor> {
    x.adaptive_avg_pool(sizes)
}

/// The largest elements of windows that give a result of these sizes, one a spatial dimension; `None` keeps a size.
/// PyTorch: `adaptive_max_pool1d`, `adaptive_max_pool2d`, `adaptive_max_pool3d`.
#[track_caller]
pub fn adaptive_max_pool(x: &Tensor, sizes: impl Into<OutputSizes>) -> Result<Tensor> {
    Ok(x.adaptive_max_pool(sizes)?.0)
}

/// As [`adaptive_max_pool`], with the positions. PyTorch: `return_indices=True`.
#[track_caller]
pub fn adaptive_max_pool_with_indices(
    x: &Tensor,
    sizes: impl Into<OutputSizes>,
) -> Result<(Tensor, Tensor)> {
    x.adaptive_max_pool(sizes)
}

/// Each element back at the position that a maximum pooling with these options found it at, zeros elsewhere: [`Tensor::max_unpool`].
/// PyTorch: `max_unpool1d`, `max_unpool2d`, `max_unpool3d`.
#[track_caller]
pub fn max_unpool(
    x: &Tensor,
    indices: &Tensor,
    options: &PoolOptions,
    output_size: Option<&Ints>,
) -> Result<Tensor> {
    x.max_unpool(indices, options, output_size)
}

/// `(Σ xᵖ)^(1/p)` of each window; for `p = ∞` the largest magnitude, for `-∞` the smallest. PyTorch: `lp_pool1d`, `lp_pool2d`, `lp_pool3d`.
#[track_caller]
pub fn lp_pool(x: &Tensor, p: f64, options: &PoolOptions) -> Result<Tensor> {
    if p == 0.0 || p.is_nan() {
        return Err(Error::value(format!("lp_pool: the power must not be {p}")));
    }
    if p == f64::INFINITY {
        return Ok(x.abs()?.max_pool(options)?.0);
    }
    if p == f64::NEG_INFINITY {
        return x.abs()?.neg()?.max_pool(options)?.0.neg();
    }
    if let Some(half) = Half::among([x]) {
        return half.round(lp_pool(&half.widen(x)?, p, options)?);
    }
    let scale = scale_of(x)?;
    // The mean times the number of taps is the sum. Pooling has checked that the kernel has one number or one per dimension.
    let mean = x.div(&scale)?.pow(p)?.avg_pool(options)?;
    let list = options.kernel.as_slice();
    let side = |i: usize| list[i % list.len()] as f64;
    let taps: f64 = (0..options.spatial).map(side).product();
    mean.sign()?
        .mul(&mean.abs()?.relu()?)?
        .mul(taps)?
        .pow(1.0 / p)?
        .mul(&scale)
}

/// The largest magnitude where powers of it could overflow or vanish, else 1.
#[track_caller]
fn scale_of(x: &Tensor) -> Result<Tensor> {
    const SAFE: f64 = 1e4;
    if !x.dtype().is_float() || x.numel() == 0 {
        return x.new_ones(());
    }
    let largest = x.detach().abs()?.max()?;
    let extreme = largest
        .gt(SAFE)?
        .logical_or(&largest.lt(1.0 / SAFE)?)?
        .logical_and(&largest.isfinite()?)?
        .logical_and(&largest.gt(0)?)?;
    extreme.where_cond(&largest, 1.0)
}
