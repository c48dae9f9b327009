//! Fractional max pooling, whose window positions are random.

use crate::functional::{Each, Resize};
use rushlight_tensor::{DType, Error, Result, Tensor, options};

options! {
    /// Options of a fractional max pooling, as a function and as a layer.
    FractionalMaxPoolOptions {
        /// The start of the sequence of windows in `[0, 1)`, `[n, c, spatial dimensions]`; by default drawn at every call.
        /// PyTorch: `_random_samples`.
        random_samples(some Tensor): Option<Tensor> = None,
    }
}

macro_rules! fractional_max_pools {
    ($($name:ident $with_indices:ident $spatial:literal $space:literal $input:literal $pooled:literal;)*) => { $(
        #[doc = concat!(
            "Returns the largest element of each window of `[n, c, ", $space, "]` or `[c, ", $space, "]`. The result has the ",
            "sizes `to`, or is scaled by these ratios.\n\n",
            "All windows have the same size, and their strides are `⌊a⌋` or `⌈a⌉` for `a = (s - kernel) / (o - 1)`, ",
            "in a different order for each channel. PyTorch: `nn.functional.", stringify!($name), "`.\n\n",
            "```\n",
            "use rushlight_nn::functional::", stringify!($name), ";\n",
            "use rushlight_tensor::Tensor;\n",
            "let x = Tensor::ones(", $input, ", ())?;\n",
            "assert_eq!(", stringify!($name), "(&x, 2, 0.5, ())?.shape(), ", $pooled, ");\n",
            "# Ok::<(), rushlight_tensor::Error>(())\n",
            "```\n\n",
            "# Errors\nReturns an error if the input's shape or dtype is not supported, output size + kernel - 1 exceeds the input ",
            "size, or the samples have another shape.",
        )]
        #[track_caller]
        pub fn $name(
            x: &Tensor,
            kernel_size: impl Into<Each<$spatial>>,
            to: impl Into<Resize>,
            options: impl Into<FractionalMaxPoolOptions>,
        ) -> Result<Tensor> {
            Ok(fractional_max_pool(x, &kernel_size.into().0, &to.into(), &options.into())?.0)
        }

        #[doc = concat!(
            "Returns the result of [`", stringify!($name), "`], and the position of each of its elements in the flattened space.\n\n",
            "PyTorch: `nn.functional.", stringify!($with_indices), "`, or `return_indices=True`.\n\n",
            "```\n",
            "use rushlight_nn::functional::", stringify!($with_indices), ";\n",
            "use rushlight_tensor::Tensor;\n",
            "let x = Tensor::ones(", $input, ", ())?;\n",
            "let (y, indices) = ", stringify!($with_indices), "(&x, 2, 0.5, ())?;\n",
            "assert_eq!(y.shape(), indices.shape());\n",
            "# Ok::<(), rushlight_tensor::Error>(())\n",
            "```\n\n",
            "# Errors\nReturns the same errors as [`", stringify!($name), "`].",
        )]
        #[track_caller]
        pub fn $with_indices(
            x: &Tensor,
            kernel_size: impl Into<Each<$spatial>>,
            to: impl Into<Resize>,
            options: impl Into<FractionalMaxPoolOptions>,
        ) -> Result<(Tensor, Tensor)> {
            fractional_max_pool(x, &kernel_size.into().0, &to.into(), &options.into())
        }
    )* };
}

fractional_max_pools! {
    fractional_max_pool2d fractional_max_pool2d_with_indices 2 "h, w" "[1, 3, 9, 8]" "[1, 3, 4, 4]";
    fractional_max_pool3d fractional_max_pool3d_with_indices 3 "d, h, w" "[1, 3, 6, 9, 8]" "[1, 3, 3, 4, 4]";
}

/// Returns the largest element of each window, which has a size for each of two or three spatial dimensions, and its position.
#[track_caller]
pub(crate) fn fractional_max_pool(
    x: &Tensor,
    kernel: &[usize],
    to: &Resize,
    options: &FractionalMaxPoolOptions,
) -> Result<(Tensor, Tensor)> {
    let spatial = kernel.len();
    if !(2..=3).contains(&spatial) || (x.ndim() != spatial + 1 && x.ndim() != spatial + 2) {
        return Err(Error::shape(format!(
            "fractional_max_pool: expected [n, c, *space] or [c, *space] with {spatial} spatial dimensions, of which 2 and 3 are supported, got shape {:?}",
            x.shape()
        )));
    }
    if x.ndim() == spatial + 1 {
        let (y, at) = fractional_max_pool(&x.unsqueeze(0)?, kernel, to, options)?;
        return Ok((y.squeeze_dim(0)?, at.squeeze_dim(0)?));
    }
    let sizes = fits(x, kernel, to)?;
    let (n, c) = (x.shape()[0], x.shape()[1]);
    let samples = match &options.random_samples {
        Some(samples) if *samples.shape() != [n, c, spatial] => {
            return Err(Error::shape(format!(
                "fractional_max_pool: random_samples must have shape [{n}, {c}, {spatial}], not {:?}",
                samples.shape()
            )));
        }
        Some(samples) => samples.to(x.dtype())?,
        None => Tensor::rand([n, c, spatial], (x.dtype(), x.device()))?,
    };
    // The positions of the elements of all windows: [n, c, o.., k..], computed one spatial dimension at a time.
    let mut positions: Option<Tensor> = None;
    for d in 0..spatial {
        let size = x.shape()[2 + d];
        // For images, the first sample is that of the width.
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

/// The start positions of the windows, `[n, c, count]`, the last one at `last`.
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

/// The output sizes, checked so that the windows fit into the input.
#[track_caller]
fn fits(x: &Tensor, kernel: &[usize], to: &Resize) -> Result<Vec<usize>> {
    let space = &x.shape()[2..];
    crate::functional::arguments::float("fractional_max_pool", x)?;
    if x.shape()[1..].contains(&0) {
        return Err(Error::shape(format!(
            "fractional_max_pool: only the batch may be empty, got shape {:?}",
            x.shape()
        )));
    }
    let sizes = to.of("fractional_max_pool", x)?;
    if kernel.contains(&0) {
        return Err(Error::value(format!(
            "fractional_max_pool: kernel_size must be positive, not {kernel:?}"
        )));
    }
    let too_much = |d: usize| sizes[d] == 0 || sizes[d].saturating_add(kernel[d]) > space[d] + 1;
    if (0..kernel.len()).any(too_much) {
        return Err(Error::shape(format!(
            "fractional_max_pool: kernel {kernel:?} and output size {sizes:?} do not fit input {:?}: output size + kernel - 1 must be at most the input size",
            x.shape()
        )));
    }
    Ok(sizes)
}
