//! Normalization over batches, groups, instances and layers.

use super::arguments::float;
use rushlight_tensor::backend::{Binary, Map};
use rushlight_tensor::{DType, Error, GradMode, Half, Ints, Result, Scalar, Tensor, apply};

/// Computes `(x - mean) / √(var + eps) w + b` over the trailing dimensions `shape`.
/// `weight` and `bias` have the shape `shape`; the result has the shape and dtype of `x`. PyTorch: `nn.functional.layer_norm`.
///
/// ```
/// use rushlight::nn::functional::layer_norm;
/// use rushlight::tensor;
/// let x = tensor!([[1.0, 3.0], [10.0, 30.0]]);
/// let y = layer_norm(&x, 2, None, None, 1e-5)?;
/// assert!(y.allclose(&tensor!([[-1.0, 1.0], [-1.0, 1.0]]), 1e-4, 0.0)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the dtype of `x` is not floating-point, or the shape of `x` does not end with `shape`, or the parameters do not have
/// that shape.
#[track_caller]
pub fn layer_norm(
    x: &Tensor,
    shape: impl Into<Ints>,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
) -> Result<Tensor> {
    x.layer_norm(shape, weight, bias, eps)
}

/// Computes `x / √(mean x² + eps) w` over the trailing dimensions `shape`; by default, `eps` is the epsilon of the dtype in which `x` is
/// computed.
/// `x` has a floating-point dtype; the result has the shape and dtype of `x`. PyTorch: `nn.functional.rms_norm`.
///
/// ```
/// use rushlight::nn::functional::rms_norm;
/// use rushlight::tensor;
/// let x = tensor!([[2.0, -2.0], [0.5, 0.5]]);
/// let y = rms_norm(&x, 2, None, None)?;
/// assert!(y.allclose(&tensor!([[1.0, -1.0], [1.0, 1.0]]), 1e-5, 0.0)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the dtype of `x` is not floating-point, or the shape of `x` does not end with `shape`, or `weight` does not have
/// that shape.
#[track_caller]
pub fn rms_norm(
    x: &Tensor,
    shape: impl Into<Ints>,
    weight: Option<&Tensor>,
    eps: Option<f64>,
) -> Result<Tensor> {
    float("rms_norm", x)?;
    let shape = shape.into();
    let shape = shape.as_slice();
    let same = |sizes: &[usize]| sizes.iter().map(|&n| n as isize).eq(shape.iter().copied());
    let Some(outer) = x.ndim().checked_sub(shape.len()) else {
        return Err(Error::shape(format!(
            "rms_norm: shape {:?} does not end with {shape:?}",
            x.shape()
        )));
    };
    if shape.is_empty() || !same(&x.shape()[outer..]) {
        return Err(Error::shape(format!(
            "rms_norm: shape {:?} does not end with {shape:?}, or {shape:?} is empty",
            x.shape()
        )));
    }
    if let Some(weight) = weight
        && !same(weight.shape())
    {
        return Err(Error::shape(format!(
            "rms_norm: the weight must have the normalized shape {shape:?}, not {:?}",
            weight.shape()
        )));
    }
    if let Some(half) = Half::among([Some(x), weight]).filter(|_| x.dtype().is_half()) {
        let weight = half.widen_option(weight)?;
        return rms_norm(&half.widen(x)?, shape, weight.as_ref(), eps)?.to(x.dtype());
    }
    let eps = eps.unwrap_or(match x.dtype() {
        DType::F64 => f64::EPSILON,
        _ => f32::EPSILON as f64,
    });
    let dims: Vec<isize> = (1..=shape.len() as isize).map(|d| -d).collect();
    // √(mean x² + eps) is the hypotenuse of √mean x² and √eps, since the squares of large numbers overflow.
    let length = x.root_mean_square(dims, true)?;
    let y = match eps >= 0.0 {
        true => {
            let hypot = Map::BinaryScalar(Binary::Hypot, Scalar::Float(eps.sqrt()));
            x.div(&apply(hypot.into(), &[&length])?)?
        }
        false => x.mul(&length.square()?.add(eps)?.rsqrt()?)?,
    };
    match weight {
        Some(w) => y.mul(w)?.to(x.dtype()),
        None => y.to(x.dtype()),
    }
}

/// The running mean and variance of each channel, which training updates in place with `momentum`.
#[derive(Clone, Copy)]
pub struct RunningStats<'a> {
    /// The running mean, `[channels]`.
    pub mean: &'a Tensor,
    /// The running unbiased variance, `[channels]`.
    pub var: &'a Tensor,
    /// The weight of a new batch: `new = (1 - momentum) old + momentum observed`.
    pub momentum: f64,
}

/// Computes `(x - mean) / √(var + eps) w + b` for each channel of `[n, c, ..]`.
///
/// Training uses the statistics of the batch, and updates the running statistics if there are any; evaluation uses the running statistics.
/// Parameters and statistics have the input's dtype, or `float32` for half-precision inputs. The result has the shape and dtype of `x`.
/// PyTorch: `nn.functional.batch_norm`.
///
/// ```
/// use rushlight::nn::functional::batch_norm;
/// use rushlight::tensor;
/// let x = tensor!([[1.0], [3.0]]);
/// let y = batch_norm(&x, None, None, None, true, 1e-5)?;
/// assert!(y.allclose(&tensor!([[-1.0], [1.0]]), 1e-4, 0.0)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if parameters or statistics do not match the channels, evaluation has no running statistics, or training has one value
/// per channel.
#[track_caller]
pub fn batch_norm(
    x: &Tensor,
    running: Option<RunningStats<'_>>,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    training: bool,
    eps: f64,
) -> Result<Tensor> {
    let channels = channels("batch_norm", x, weight, bias, running)?;
    if !training && running.is_none() {
        return Err(Error::value(
            "batch_norm: evaluation requires running statistics; without them, use the statistics of the batch (training)",
        ));
    }
    let n = x.numel().checked_div(channels).unwrap_or(0);
    if training && n == 1 {
        return Err(Error::value(format!(
            "batch_norm: training requires more than one value per channel, got an input of shape {:?}",
            x.shape()
        )));
    }
    if x.numel() == 0 {
        return Ok(x.clone());
    }
    match Half::among([x]) {
        None => batch_normalized(x, running, weight, bias, training, eps),
        Some(half) => {
            let (weight, bias) = (half.widen_option(weight)?, half.widen_option(bias)?);
            let (weight, bias) = (weight.as_ref(), bias.as_ref());
            let wide = half.widen(x)?;
            batch_normalized(&wide, running, weight, bias, training, eps)?.to(x.dtype())
        }
    }
}

/// [`batch_norm`] for checked arguments; only the running statistics may have half precision.
#[track_caller]
fn batch_normalized(
    x: &Tensor,
    running: Option<RunningStats<'_>>,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    training: bool,
    eps: f64,
) -> Result<Tensor> {
    let channels = x.shape()[1];
    let mut shape = vec![1; x.ndim()];
    shape[1] = channels;
    let (centred, deviation) = match running {
        Some(running) if !training => (
            x.sub(&running.mean.reshape(&shape)?)?,
            running.var.to(x.dtype())?.add(eps)?.sqrt()?,
        ),
        _ => {
            let dims: Vec<isize> = (0..x.ndim() as isize).filter(|d| *d != 1).collect();
            let (mean, centred) = x.deviations(dims.as_slice())?;
            let root = centred.root_mean_square(dims, false)?;
            if let Some(running) = running {
                let n = x.numel() / channels;
                update(
                    running,
                    &mean.reshape(channels)?,
                    &root.detach().square()?,
                    n,
                )?;
            }
            let deviation = match eps >= 0.0 {
                // The hypotenuse avoids the overflow of squares of large numbers.
                true => root.hypot(&root.detach().full_like(eps.sqrt())?)?,
                false => root.square()?.add(eps)?.sqrt()?,
            };
            (centred, deviation)
        }
    };
    // The division precedes the multiplication by the weight, since a sum of gradients times large numbers would overflow.
    let y = centred.div(&deviation.reshape(&shape)?)?;
    let y = match weight {
        Some(w) => y.mul(&w.reshape(&shape)?)?,
        None => y,
    };
    let y = match bias {
        Some(b) => y.add(&b.reshape(&shape)?)?,
        None => y,
    };
    y.to(x.dtype())
}

/// Updates running statistics with those of `n` observed values.
#[track_caller]
fn update(running: RunningStats<'_>, mean: &Tensor, var: &Tensor, n: usize) -> Result<()> {
    let _no_grad = GradMode::set(false);
    let m = running.momentum;
    let unbiased = n as f64 / (n as f64 - 1.0);
    let [mean, var] = [
        (running.mean, mean.detach()),
        (running.var, var.detach().mul(unbiased)?),
    ]
    .map(|(old, new)| {
        let new = new.mul(m)?;
        old.to(new.dtype())?.mul(1.0 - m)?.add(&new)
    });
    let (mean, var) = (mean?, var?);
    // Each tensor is written and rounded once, after both are computed, so that an error in the computation changes neither.
    running.mean.copy_(&mean)?;
    running.var.copy_(&var)
}

#[track_caller]
fn channels(
    name: &str,
    x: &Tensor,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    running: Option<RunningStats<'_>>,
) -> Result<usize> {
    let channels = match *x.shape() {
        [_, channels, ..] => channels,
        // As PyTorch does, accept an empty vector as having no channels.
        [0] => 0,
        _ => {
            return Err(Error::shape(format!(
                "{name}: expected [batch, channels, ..], got {:?}",
                x.shape()
            )));
        }
    };
    float(name, x)?;
    let parts = [
        ("weight", weight),
        ("bias", bias),
        ("running mean", running.map(|r| r.mean)),
        ("running variance", running.map(|r| r.var)),
    ];
    for (what, part) in parts {
        if let Some(t) = part
            && t.shape() != [channels]
        {
            return Err(Error::shape(format!(
                "{name}: the {what} has shape {:?}, but the input {:?} has {channels} channels",
                t.shape(),
                x.shape()
            )));
        }
        if let Some(t) = part
            && t.dtype() != x.dtype()
            && t.dtype() != x.dtype().compute()
        {
            return Err(Error::dtype(format!(
                "{name}: the {what} must be {}, the dtype of the input, not {}",
                x.dtype(),
                t.dtype()
            )));
        }
    }
    Ok(channels)
}

/// Normalizes each of `groups` blocks of channels of `[n, c, ..]`, then applies `w` and `b` of each channel. Parameters `[c]` have the
/// input's dtype, or `float32` for half-precision inputs; the result has the shape and dtype of `x`. PyTorch: `nn.functional.group_norm`.
///
/// ```
/// use rushlight::nn::functional::group_norm;
/// use rushlight::tensor;
/// let x = tensor!([[1.0, 3.0, 10.0, 30.0]]);
/// let y = group_norm(&x, 2, None, None, 1e-5)?;
/// assert!(y.allclose(&tensor!([[-1.0, 1.0, -1.0, 1.0]]), 1e-4, 0.0)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the number of channels is not divisible by the number of groups, or the parameters do not match the channels.
#[track_caller]
pub fn group_norm(
    x: &Tensor,
    groups: usize,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
) -> Result<Tensor> {
    let channels = channels("group_norm", x, weight, bias, None)?;
    if groups == 0 || channels % groups != 0 {
        return Err(Error::value(format!(
            "group_norm: {channels} channels are not divisible by {groups} groups"
        )));
    }
    if x.ndim() < 2 || x.shape()[1..].contains(&0) {
        return Err(Error::shape(format!(
            "group_norm: expected [batch, channels, ..] with at least one channel and one element per channel, got {:?}",
            x.shape()
        )));
    }
    let rows = x.shape()[0] * groups;
    if x.numel() == 0 {
        return Ok(x.clone());
    }
    let size = x.numel() / rows;
    if let Some(half) = Half::among([x]) {
        let (weight, bias) = (half.widen_option(weight)?, half.widen_option(bias)?);
        let wide = half.widen(x)?;
        return group_norm(&wide, groups, weight.as_ref(), bias.as_ref(), eps)?.to(x.dtype());
    }
    let y = x
        .reshape([rows, size])?
        .layer_norm(size, None, None, eps)?
        .reshape(x.shape())?;
    per_channel(y, weight, bias)?.to(x.dtype())
}

/// Normalizes each channel of each sample of `[n, c, *s]`, or uses running statistics in evaluation. Parameters `[c]` have the input's
/// dtype, or `float32` for half-precision inputs; the result has the shape and dtype of `x`. PyTorch: `nn.functional.instance_norm`.
///
/// ```
/// use rushlight::nn::functional::instance_norm;
/// use rushlight::tensor;
/// let x = tensor!([[[1.0, 3.0], [10.0, 30.0]]]);
/// let y = instance_norm(&x, None, None, None, true, 1e-5)?;
/// assert!(y.allclose(&tensor!([[[-1.0, 1.0], [-1.0, 1.0]]]), 1e-4, 0.0)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the statistics of the input are used and a channel has one element, or parameters or statistics do not match the
/// channels.
#[track_caller]
pub fn instance_norm(
    x: &Tensor,
    running: Option<RunningStats<'_>>,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    use_input_stats: bool,
    eps: f64,
) -> Result<Tensor> {
    channels("instance_norm", x, weight, bias, running)?;
    if !use_input_stats {
        return batch_norm(x, running, weight, bias, false, eps);
    }
    let size: usize = x.shape().iter().skip(2).product();
    if size == 1 {
        return Err(Error::value(format!(
            "instance_norm: training requires more than one spatial element, got an input of shape {:?}",
            x.shape()
        )));
    }
    if x.numel() == 0 {
        return Ok(x.clone());
    }
    if let Some(half) = Half::among([x]) {
        let (weight, bias) = (half.widen_option(weight)?, half.widen_option(bias)?);
        let (weight, bias) = (weight.as_ref(), bias.as_ref());
        return each_normalized(&half.widen(x)?, running, weight, bias, eps)?.to(x.dtype());
    }
    each_normalized(x, running, weight, bias, eps)
}

/// [`instance_norm`] for checked arguments with the statistics of the input; only the running statistics may have half precision.
#[track_caller]
fn each_normalized(
    x: &Tensor,
    running: Option<RunningStats<'_>>,
    weight: Option<&Tensor>,
    bias: Option<&Tensor>,
    eps: f64,
) -> Result<Tensor> {
    let channels = x.shape()[1];
    let size: usize = x.shape().iter().skip(2).product();
    let rows = x.reshape([x.shape()[0] * channels, size])?;
    if let Some(running) = running {
        let _no_grad = GradMode::set(false);
        let (var, mean) = rows.detach().var_mean(1, 0.0, false)?;
        // The running statistics are updated with the mean of the samples' statistics.
        let over_batch = |t: Tensor| t.reshape([x.shape()[0], channels])?.mean_dim(0, false);
        update(running, &over_batch(mean)?, &over_batch(var)?, size)?;
    }
    per_channel(
        rows.layer_norm(size, None, None, eps)?.reshape(x.shape())?,
        weight,
        bias,
    )?
    .to(x.dtype())
}

#[track_caller]
fn per_channel(x: Tensor, weight: Option<&Tensor>, bias: Option<&Tensor>) -> Result<Tensor> {
    let mut shape = vec![1; x.ndim()];
    shape[1] = x.shape()[1];
    let x = match weight {
        Some(w) => x.mul(&w.reshape(&shape)?)?,
        None => x,
    };
    match bias {
        Some(b) => x.add(&b.reshape(&shape)?),
        None => Ok(x),
    }
}
