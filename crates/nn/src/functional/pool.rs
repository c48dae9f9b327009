//! Pooling over the trailing dimensions, of which the options say how many.

use rushlight_tensor::{Error, Ints, PoolOptions, Result, Tensor};

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

/// The means of windows that give a result of these sizes, one a spatial dimension; -1 keeps a size.
#[track_caller]
pub fn adaptive_avg_pool(x: &Tensor, sizes: impl Into<Ints>) -> Result<Tensor> {
    x.adaptive_avg_pool(sizes)
}

/// The largest elements of windows that give a result of these sizes, one a spatial dimension; -1 keeps a size.
#[track_caller]
pub fn adaptive_max_pool(x: &Tensor, sizes: impl Into<Ints>) -> Result<Tensor> {
    Ok(x.adaptive_max_pool(sizes)?.0)
}

/// As [`adaptive_max_pool`], with the positions.
#[track_caller]
pub fn adaptive_max_pool_with_indices(
    x: &Tensor,
    sizes: impl Into<Ints>,
) -> Result<(Tensor, Tensor)> {
    x.adaptive_max_pool(sizes)
}

/// `(Σ xᵖ)^(1/p)` of each window. PyTorch: `lp_pool1d`, `lp_pool2d`, `lp_pool3d`.
#[track_caller]
pub fn lp_pool(x: &Tensor, p: f64, options: &PoolOptions) -> Result<Tensor> {
    if p == 0.0 || p.is_nan() {
        return Err(Error::value(format!("lp_pool: the power must not be {p}")));
    }
    let list = options.kernel.as_slice();
    let taps: isize = if list.len() == 1 {
        list[0].pow(options.spatial as u32)
    } else {
        list.iter().product()
    };
    // The mean times the number of taps is the sum.
    let mean = x.pow(p)?.avg_pool(options)?;
    mean.sign()?
        .mul(&mean.abs()?.relu()?)?
        .mul(taps as f64)?
        .pow(1.0 / p)
}
