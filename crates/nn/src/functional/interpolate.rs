//! `interpolate`: resampling of sequences, images and volumes to another size.

use super::interpolation_weights::{Filter, InterpolationWeights};
use rushlight_tensor::{DType, Error, Result, Tensor, named_enum, options};

named_enum! {
    /// How [`interpolate`] computes values between elements.
    InterpolateMode {
        /// The nearest element, at `⌊i s / o⌋`, for every dtype.
        #[default]
        Nearest = "nearest",
        /// The element with the nearest centre, at `⌊(i + ½) s / o⌋`.
        NearestExact = "nearest-exact",
        /// Linear interpolation of two neighbours in a sequence.
        Linear = "linear",
        /// Bilinear interpolation of four neighbours in an image.
        Bilinear = "bilinear",
        /// Trilinear interpolation of eight neighbours in a volume.
        Trilinear = "trilinear",
        /// Bicubic convolution of sixteen neighbours in an image; it may overshoot.
        Bicubic = "bicubic",
        /// The windowed sinc of Lanczos with three lobes, for images and with `antialias` only.
        Lanczos = "lanczos",
        /// The mean over the area that corresponds to each output element: [`Tensor::adaptive_avg_pool`].
        Area = "area",
    }
}

/// The output size of [`interpolate`]: integers are sizes, floating-point numbers are factors. One number applies to all spatial
/// dimensions; a list holds one for each.
#[derive(Clone, PartialEq, Debug)]
pub enum Resize {
    /// The output sizes.
    Size(Vec<usize>),
    /// The factors of the input's sizes; the products are rounded down.
    Scale(Vec<f64>),
}

macro_rules! resize {
    ($number:ty, $variant:ident) => {
        impl From<$number> for Resize {
            fn from(n: $number) -> Resize {
                Resize::$variant(vec![n])
            }
        }
        impl<const N: usize> From<[$number; N]> for Resize {
            fn from(list: [$number; N]) -> Resize {
                Resize::$variant(list.to_vec())
            }
        }
        impl From<Vec<$number>> for Resize {
            fn from(list: Vec<$number>) -> Resize {
                Resize::$variant(list)
            }
        }
    };
}
resize!(usize, Size);
resize!(f64, Scale);

options! {
    /// Options of [`interpolate`] and of its layer [`Upsample`](crate::Upsample).
    #[derive(Copy, PartialEq)]
    InterpolateOptions from(mode: InterpolateMode) {
        /// How values between elements are computed; by default the nearest element is taken.
        mode: InterpolateMode = InterpolateMode::Nearest,
        /// Whether the centres of the corner elements are aligned, instead of their outer edges; for the linear and cubic modes only. By
        /// default false.
        align_corners(some bool): Option<bool> = None,
        /// Whether factors only determine the output size, from which the scale is then recomputed; by default false.
        recompute_scale_factor: bool = false,
        /// Whether downsampling applies a low-pass filter first, as PIL does; for bilinear, bicubic and Lanczos interpolation. By default
        /// false.
        antialias: bool = false,
    }
}

/// Resamples `[n, c, *s]`, with one to three spatial dimensions, to another size. PyTorch: `nn.functional.interpolate`.
///
/// Every mode supports floating-point dtypes. The modes of images also support `uint8`, which is computed in integers. The nearest modes
/// support every dtype.
///
/// ```
/// use rushlight::nn::functional::{InterpolateMode, interpolate};
/// use rushlight::tensor;
/// let x = tensor!([[[0.0, 4.0]]]);
/// assert_eq!(interpolate(&x, 4, InterpolateMode::Nearest)?.to_vec::<f32>()?, [0.0, 0.0, 4.0, 4.0]);
/// assert_eq!(interpolate(&x, 2.0, InterpolateMode::Linear)?.to_vec::<f32>()?, [0.0, 1.0, 3.0, 4.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns an error if the mode does not support the number of dimensions or the dtype, a size is 0, or an option does not apply to the
/// mode.
#[track_caller]
pub fn interpolate(
    x: &Tensor,
    to: impl Into<Resize>,
    options: impl Into<InterpolateOptions>,
) -> Result<Tensor> {
    resized(x, &to.into(), &options.into())
}

/// Calls [`interpolate`] with the nearest mode. PyTorch: `nn.functional.upsample_nearest`.
///
/// ```
/// use rushlight::nn::functional::upsample_nearest;
/// use rushlight::tensor;
/// let y = upsample_nearest(&tensor!([[[1.0, 2.0]]]), 2.0)?;
/// assert_eq!(y.to_vec::<f32>()?, [1.0, 1.0, 2.0, 2.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns the same errors as [`interpolate`].
#[track_caller]
pub fn upsample_nearest(x: &Tensor, to: impl Into<Resize>) -> Result<Tensor> {
    resized(x, &to.into(), &InterpolateMode::Nearest.into())
}

/// Calls [`interpolate`] with the bilinear mode and aligned corners. PyTorch: `nn.functional.upsample_bilinear`.
///
/// ```
/// use rushlight::nn::functional::upsample_bilinear;
/// use rushlight::tensor;
/// let y = upsample_bilinear(&tensor!([[[[1.0, 3.0]]]]), [1, 3])?;
/// assert_eq!(y.to_vec::<f32>()?, [1.0, 2.0, 3.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// Returns the same errors as [`interpolate`].
#[track_caller]
pub fn upsample_bilinear(x: &Tensor, to: impl Into<Resize>) -> Result<Tensor> {
    let options = InterpolateOptions::from(InterpolateMode::Bilinear).align_corners(true);
    resized(x, &to.into(), &options)
}

#[track_caller]
fn resized(x: &Tensor, to: &Resize, options: &InterpolateOptions) -> Result<Tensor> {
    use InterpolateMode::*;
    options.fits(x, to)?;
    let sizes = to.of("interpolate", x)?;
    let empty = x.shape()[1..].contains(&0) || sizes.contains(&0);
    if empty && options.mode != Area {
        return Err(Error::shape(format!(
            "interpolate: input {:?} and result {sizes:?} must have positive sizes; only the batch may be empty",
            x.shape()
        )));
    }
    if options.mode == Area {
        let sizes: Vec<Option<usize>> = sizes.into_iter().map(Some).collect();
        return x.adaptive_avg_pool(sizes);
    }
    let dtype = x.dtype();
    let picks = matches!(options.mode, Nearest | NearestExact);
    let in_integers = dtype == DType::U8 && matches!(options.mode, Bilinear | Bicubic | Lanczos);
    if !picks && !in_integers && !dtype.is_float() {
        return Err(Error::dtype(format!(
            "interpolate: {:?} is not defined for {dtype}; convert to a floating-point dtype first",
            options.mode
        )));
    }
    // The nearest modes round no value, but the gradients of several dimensions are sums of sums.
    let mut out = if in_integers || picks && !dtype.is_half() {
        x.clone()
    } else {
        x.to(dtype.compute())?
    };
    // `uint8` values are rounded after each dimension, so the order matters: PyTorch starts with the last dimension.
    for (i, &size) in sizes.iter().enumerate().rev() {
        let d = i + 2;
        // A recomputed scale is the ratio of the sizes.
        let factor = match to {
            Resize::Scale(list) if !options.recompute_scale_factor => Some(list[i % list.len()]),
            _ => None,
        };
        let kernel = match options.mode {
            Nearest | Area => Filter::Nearest,
            NearestExact => Filter::NearestExact,
            Linear | Bilinear | Trilinear => Filter::Linear,
            Bicubic => Filter::Cubic,
            Lanczos => Filter::Lanczos,
        };
        let taps = InterpolationWeights {
            input: x.shape()[d],
            output: size,
            factor,
            align_corners: options.align_corners == Some(true),
            antialias: options.antialias,
            double: dtype == DType::F64 || in_integers,
        };
        out = if in_integers {
            taps.apply_in_integers(kernel, &out, d)?
        } else {
            taps.apply(kernel, &out, d)?
        };
    }
    let out = out.to(dtype)?;
    // The result never shares memory with the input.
    if out.shares_memory(x) {
        out.copy()
    } else {
        Ok(out)
    }
}

impl InterpolateOptions {
    #[track_caller]
    fn fits(&self, x: &Tensor, to: &Resize) -> Result<()> {
        use InterpolateMode::*;
        let (mode, rank) = (self.mode, x.ndim());
        let ranks = match mode {
            Nearest | NearestExact | Area => 3..=5,
            Linear => 3..=3,
            Bilinear | Bicubic | Lanczos => 4..=4,
            Trilinear => 5..=5,
        };
        if !ranks.contains(&rank) {
            return Err(Error::shape(format!(
                "interpolate: {mode:?} supports {} to {} dimensions, [n, c, *space], got shape {:?}",
                ranks.start(),
                ranks.end(),
                x.shape()
            )));
        }
        if self.align_corners.is_some() && matches!(mode, Nearest | NearestExact | Area) {
            return Err(Error::value(format!(
                "interpolate: align_corners is not supported for {mode:?}, only for the linear and cubic modes"
            )));
        }
        if self.antialias && !matches!(mode, Bilinear | Bicubic | Lanczos) {
            return Err(Error::value(format!(
                "interpolate: antialias is supported for Bilinear, Bicubic and Lanczos, not for {mode:?}"
            )));
        }
        if mode == Lanczos && (!self.antialias || self.align_corners == Some(true)) {
            return Err(Error::value(
                "interpolate: Lanczos requires antialias, and does not support align_corners",
            ));
        }
        if self.recompute_scale_factor && matches!(to, Resize::Size(_)) {
            return Err(Error::value(
                "interpolate: recompute_scale_factor requires factors, not sizes",
            ));
        }
        Ok(())
    }
}

impl Resize {
    /// The spatial sizes of the result of the function `name` for `x`.
    #[track_caller]
    pub(super) fn of(&self, name: &str, x: &Tensor) -> Result<Vec<usize>> {
        let space = &x.shape()[2..];
        let count = match self {
            Resize::Size(list) => list.len(),
            Resize::Scale(list) => list.len(),
        };
        if count != 1 && count != space.len() {
            return Err(Error::value(format!(
                "{name}: {self:?} must hold one or {} numbers for input {:?}",
                space.len(),
                x.shape()
            )));
        }
        let size = |(i, &n): (usize, &usize)| match self {
            Resize::Size(list) => list[i % count],
            Resize::Scale(list) => (n as f64 * list[i % count]) as usize,
        };
        let sizes: Vec<usize> = space.iter().enumerate().map(size).collect();
        if sizes.iter().any(|&n| n > isize::MAX as usize) {
            return Err(Error::shape(format!(
                "{name}: an output of size {sizes:?} is too large"
            )));
        }
        Ok(sizes)
    }
}
