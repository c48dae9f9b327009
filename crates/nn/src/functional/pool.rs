//! Pooling over the trailing dimensions; the options give their number.

use rushlight_tensor::{DType, Error, Half, Ints, OutputSizes, PoolOptions, Result, Tensor};

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
    let padded = options.padding.as_slice().iter().any(|&n| n != 0);
    if !x.dtype().is_float() || padded || options.divisor.is_some() {
        // The mean times the size of the window is the sum.
        let mean = x.pow(p)?.avg_pool(options)?;
        return root(&mean.mul(window_size(options))?, p);
    }
    // What counts most in each window: no power overflows or vanishes of elements that are divided by it.
    let size = x.detach().abs()?;
    let most = match p > 0.0 {
        true => size.max_pool(options)?.0,
        false => size.neg()?.max_pool(options)?.0.neg()?,
    };
    let plain = most.gt(0.0)?.logical_and(&most.isfinite()?)?;
    let scale = plain.where_cond(&most, 1.0)?;
    let mut each = scale.clone();
    for _ in 0..options.spatial {
        each = each.unsqueeze(-1)?;
    }
    let space = &most.shape()[x.ndim() - options.spatial..];
    let powers = windows(x, space, options)?.div(&each)?.pow(p)?;
    let along: Vec<isize> = (1..=options.spatial as isize).map(|d| -d).collect();
    let total = match windows_inside(x, space, options)? {
        None => powers.sum_dim(along, false)?,
        // A window that hangs over the end counts as its mean times the size of the window.
        Some(inside) => {
            let total = inside
                .where_cond(&powers, 0.0)?
                .sum_dim(&along[..], false)?;
            let there = inside.sum_dim(along, false)?;
            total.div(&there)?.mul(window_size(options))?
        }
    };
    let total = match covered(x, space, options)? {
        None => total,
        // As in PyTorch, what lies in no window has the slope of its power times 0, which is NaN where that is not finite.
        Some(covered) => {
            let outside = covered.where_cond(1.0, x)?.pow(p)?.sum()?;
            let never = covered.new_zeros(())?;
            total.add(&never.where_cond(&outside, 0.0)?)?
        }
    };
    root(&total, p)?.mul(&scale)
}

/// The `p`-th root of a sum of powers; at 0 without a slope.
#[track_caller]
fn root(total: &Tensor, p: f64) -> Result<Tensor> {
    total.sign()?.mul(&total.abs()?.relu()?)?.pow(1.0 / p)
}

/// The number of elements of a whole window. Pooling has checked that the kernel has one number or one per dimension.
fn window_size(options: &PoolOptions) -> f64 {
    let list = options.kernel.as_slice();
    (0..options.spatial)
        .map(|i| list[i % list.len()] as f64)
        .product()
}

/// The elements of each of `pooled` windows in further dimensions, zeros beyond the end.
#[track_caller]
fn windows(x: &Tensor, pooled: &[usize], options: &PoolOptions) -> Result<Tensor> {
    let first = x.ndim() - options.spatial;
    let mut windows = x.clone();
    for (i, &n) in pooled.iter().enumerate() {
        let (size, step) = window(options, i);
        let dim = (first + i) as isize;
        let missing = ((n - 1) * step + size).saturating_sub(x.shape()[first + i]);
        if missing > 0 {
            let mut shape = windows.shape().to_vec();
            shape[first + i] = missing;
            windows = Tensor::cat(&[&windows, &windows.new_zeros(shape)?], dim)?;
        }
        windows = windows.unfold(dim, size, step)?.narrow(dim, 0, n)?;
    }
    Ok(windows)
}

/// Which elements of [`windows`] lie inside, if not all do.
#[track_caller]
fn windows_inside(x: &Tensor, pooled: &[usize], options: &PoolOptions) -> Result<Option<Tensor>> {
    let space = &x.shape()[x.ndim() - options.spatial..];
    let reaches = |(i, (&n, &pooled)): (usize, (&usize, &usize))| {
        let (size, step) = window(options, i);
        (pooled - 1) * step + size > n
    };
    if !space.iter().zip(pooled).enumerate().any(reaches) {
        return Ok(None);
    }
    let ones = Tensor::ones(space, (DType::Bool, x.device()))?;
    windows(&ones, pooled, options).map(Some)
}

/// Which elements lie in a window, if not all do.
#[track_caller]
fn covered(x: &Tensor, pooled: &[usize], options: &PoolOptions) -> Result<Option<Tensor>> {
    let space = &x.shape()[x.ndim() - options.spatial..];
    let mut all: Option<Tensor> = None;
    for (i, (&n, &pooled)) in space.iter().zip(pooled).enumerate() {
        let (size, step) = window(options, i);
        let inside: Vec<bool> = (0..n)
            .map(|at| {
                at % step < size && at / step < pooled
                    || at < (pooled - 1) * step + size && step < size
            })
            .collect();
        if inside.iter().all(|&inside| inside) {
            continue;
        }
        let mut shape = vec![1; options.spatial];
        shape[i] = n;
        let inside = Tensor::from_slice_on(&inside, shape, x.device())?;
        all = Some(match all {
            Some(all) => all.logical_and(&inside)?,
            None => inside,
        });
    }
    Ok(all)
}

/// Size and step of windows along spatial dimension `i`.
fn window(options: &PoolOptions, i: usize) -> (usize, usize) {
    let pick = |list: &Ints| list.as_slice()[i % list.as_slice().len()] as usize;
    let size = pick(&options.kernel);
    (size, options.stride.as_ref().map_or(size, pick))
}
