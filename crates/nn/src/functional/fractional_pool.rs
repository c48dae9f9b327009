//! Fractional max pooling, whose window positions are random.

use super::interpolate::Resize;
use rushlight_tensor::{DType, Error, Ints, Result, Tensor};

/// The windows of [`fractional_max_pool`].
#[derive(Clone, Debug)]
pub struct FractionalPoolOptions {
    /// Size of the window, one for all spatial dimensions or one for each.
    pub kernel: Ints,
    /// The sizes of the result, or their ratios to the input's. PyTorch: `output_size`, `output_ratio`.
    pub to: Resize,
    /// Where in `[0, 1)` the sequence of windows starts, `[n, c, spatial]`; by default drawn. PyTorch: `_random_samples`.
    pub samples: Option<Tensor>,
    /// How many trailing dimensions are spatial: 2 or 3.
    pub spatial: usize,
}

impl FractionalPoolOptions {
    /// Windows of `kernel` over `spatial` dimensions, started by chance.
    pub fn new(kernel: impl Into<Ints>, to: impl Into<Resize>, spatial: usize) -> Self {
        FractionalPoolOptions {
            kernel: kernel.into(),
            to: to.into(),
            samples: None,
            spatial,
        }
    }
}

/// The largest element of each window of `[n, c, *s]` or `[c, *s]`: [`fractional_max_pool_with_indices`] without the positions.
#[track_caller]
pub fn fractional_max_pool(x: &Tensor, options: &FractionalPoolOptions) -> Result<Tensor> {
    Ok(fractional_max_pool_with_indices(x, options)?.0)
}

/// The largest element of each window of `[n, c, *s]` or `[c, *s]`, and its position in the flattened space.
///
/// The windows have one size, and steps of `⌊a⌋` or `⌈a⌉` for `a = (s - kernel) / (o - 1)`, in an order of its own for each channel.
/// PyTorch: `nn.functional.fractional_max_pool2d`, `fractional_max_pool3d`.
///
/// ```
/// use rushlight_nn::functional::{FractionalPoolOptions, fractional_max_pool};
/// use rushlight_tensor::Tensor;
/// let half = FractionalPoolOptions::new(2, 0.5, 2);
/// assert_eq!(fractional_max_pool(&Tensor::zeros([1, 3, 9, 8], ())?, &half)?.shape(), [1, 3, 4, 4]);
/// # Ok::<(), rushlight_tensor::Error>(())
/// ```
#[track_caller]
pub fn fractional_max_pool_with_indices(
    x: &Tensor,
    options: &FractionalPoolOptions,
) -> Result<(Tensor, Tensor)> {
    let spatial = options.spatial;
    if !(2..=3).contains(&spatial) || (x.ndim() != spatial + 1 && x.ndim() != spatial + 2) {
        return Err(Error::shape(format!(
            "fractional_max_pool: expected [n, c, *space] or [c, *space] with 2 or 3 spatial dimensions, {spatial} of them, got shape {:?}",
            x.shape()
        )));
    }
    if x.ndim() == spatial + 1 {
        let (y, at) = fractional_max_pool_with_indices(&x.unsqueeze(0)?, options)?;
        return Ok((y.squeeze_dim(0)?, at.squeeze_dim(0)?));
    }
    let (kernel, sizes) = fits(x, options)?;
    let (n, c) = (x.shape()[0], x.shape()[1]);
    let samples = match &options.samples {
        Some(samples) if *samples.shape() != [n, c, spatial] => {
            return Err(Error::shape(format!(
                "fractional_max_pool: the samples must have shape [{n}, {c}, {spatial}], not {:?}",
                samples.shape()
            )));
        }
        Some(samples) => samples.to(x.dtype())?,
        None => Tensor::rand([n, c, spatial], (x.dtype(), x.device()))?,
    };
    // The positions of all windows' elements: [n, c, o.., k..], one spatial dimension at a time.
    let mut positions: Option<Tensor> = None;
    for d in 0..spatial {
        let size = x.shape()[2 + d];
        // In a plane the first sample is the width's.
        let sample = if spatial == 2 { 1 - d } else { d };
        let starts = starts(&samples.narrow(2, sample, 1)?, size - kernel[d], sizes[d])?;
        let offsets = Tensor::arange(0, kernel[d], 1, x.device())?;
        let mut shape = vec![1; 2 + 2 * spatial];
        (shape[0], shape[1], shape[2 + d], shape[2 + spatial + d]) = (n, c, sizes[d], kernel[d]);
        let along = starts.unsqueeze(-1)?.add(&offsets)?.reshape(shape)?;
        positions = Some(match positions {
            None => along,
            Some(outer) => outer.mul(size)?.add(&along)?,
        });
    }
    let Some(positions) = positions else {
        return Err(Error::shape("fractional_max_pool: no spatial dimension"));
    };
    let (windows, elements): (usize, usize) = (sizes.iter().product(), kernel.iter().product());
    let positions = positions.reshape([n, c, windows * elements])?;
    let pixels = x.reshape([n, c, x.shape()[2..].iter().product()])?;
    let (largest, element) = pixels
        .gather(2, &positions)?
        .reshape([n, c, windows, elements])?
        .max_dim(-1, false)?;
    let at = positions
        .reshape([n, c, windows, elements])?
        .gather(-1, &element.unsqueeze(-1)?)?;
    let shape = [&[n, c][..], &sizes].concat();
    Ok((largest.reshape(&shape)?, at.reshape(&shape)?))
}

/// Where the windows start, `[n, c, count]`, the last one at `last`.
#[track_caller]
fn starts(samples: &Tensor, last: usize, count: usize) -> Result<Tensor> {
    let end = Tensor::full([1, 1, 1], last as i64, (DType::I64, samples.device()))?;
    let (n, c) = (samples.shape()[0], samples.shape()[1]);
    let end = end.expand([n, c, 1])?;
    if count == 1 {
        return Ok(end);
    }
    let step = Tensor::scalar(last as f64, (samples.dtype(), samples.device()))?
        .div((count - 1) as f64)?;
    let order = Tensor::arange(0, count - 1, 1, samples.device())?.to(samples.dtype())?;
    let whole = |places: Tensor| places.mul(&step)?.to(DType::I64);
    let first = whole(samples.clone())?;
    let starts = whole(samples.add(&order)?)?.sub(&first)?;
    Tensor::cat(&[&starts, &end], 2)
}

/// The sizes of window and result, which must not need more than there is.
#[track_caller]
fn fits(x: &Tensor, options: &FractionalPoolOptions) -> Result<(Vec<usize>, Vec<usize>)> {
    let (spatial, space) = (options.spatial, &x.shape()[2..]);
    super::arguments::float("fractional_max_pool", x)?;
    if x.shape()[1..].contains(&0) {
        return Err(Error::shape(format!(
            "fractional_max_pool: only the batch may be empty, got shape {:?}",
            x.shape()
        )));
    }
    let kernel = options.kernel.as_slice();
    let sizes = options.to.of("fractional_max_pool", x)?;
    if (kernel.len() != 1 && kernel.len() != spatial) || kernel.iter().any(|&k| k < 1) {
        return Err(Error::value(format!(
            "fractional_max_pool: the kernel must be one or {spatial} positive numbers, got {kernel:?}"
        )));
    }
    let kernel: Vec<usize> = (0..spatial)
        .map(|d| kernel[d % kernel.len()] as usize)
        .collect();
    let too_much = |d: usize| sizes[d] == 0 || sizes[d].saturating_add(kernel[d]) > space[d] + 1;
    if (0..spatial).any(too_much) {
        return Err(Error::shape(format!(
            "fractional_max_pool: kernel {kernel:?} and result {sizes:?} do not fit input {:?}: result + kernel - 1 must be at most its size",
            x.shape()
        )));
    }
    Ok((kernel, sizes))
}
