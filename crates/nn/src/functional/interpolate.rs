//! `interpolate`: resampling of sequences, images and volumes to another size.

use super::interpolation_weights::{Filter, InterpolationWeights};
use rushlight_tensor::{DType, Error, Result, Tensor, named_enum, options};

named_enum! {
    /// How [`interpolate`] finds the value between elements.
    InterpolateMode {
        /// The element at `⌊i s / o⌋`, of any dtype.
        #[default]
        Nearest = "nearest",
        /// The element at `⌊(i + ½) s / o⌋`, whose centre is the nearest.
        NearestExact = "nearest-exact",
        /// Between two neighbours on a line.
        Linear = "linear",
        /// Between four neighbours in a plane.
        Bilinear = "bilinear",
        /// Between eight neighbours in a volume.
        Trilinear = "trilinear",
        /// Between sixteen neighbours in a plane, by cubic convolution; it may overshoot.
        Bicubic = "bicubic",
        /// By the windowed sinc of Lanczos with three lobes; in a plane and with `antialias` only.
        Lanczos = "lanczos",
        /// The mean over the area that falls to a result: [`Tensor::adaptive_avg_pool`].
        Area = "area",
    }
}

/// The size that [`interpolate`] makes: integers are sizes, floating-point numbers factors. One for all spatial dimensions, or one for each.
#[derive(Clone, PartialEq, Debug)]
pub enum Resize {
    /// These sizes.
    Size(Vec<usize>),
    /// The input's sizes times these, rounded down.
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
        /// How the value between elements is found; by default it is that of the nearest element.
        mode: InterpolateMode = InterpolateMode::Nearest,
        /// Whether the centres of the corner elements stay where they are, instead of their outer edges; only for the linear and cubic modes.
        /// By default no.
        align_corners(some bool): Option<bool> = None,
        /// Whether factors only give the size, and the distances are computed from that again; by default no.
        recompute_scale_factor: bool = false,
        /// Whether what is made smaller is smoothed first, as PIL does it; for bilinear, bicubic and Lanczos interpolation. By default no.
        antialias: bool = false,
    }
}

/// `[n, c, *s]`, of one to three spatial dimensions, at another size. PyTorch: `nn.functional.interpolate`.
///
/// Floats; pictures of `uint8` also by the modes of planes, computed in integers; any dtype to the nearest element.
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
/// If the mode does not take the input's number of dimensions or dtype, a size is 0, or an option has no meaning for the mode.
#[track_caller]
pub fn interpolate(
    x: &Tensor,
    to: impl Into<Resize>,
    options: impl Into<InterpolateOptions>,
) -> Result<Tensor> {
    resized(x, &to.into(), &options.into())
}

/// [`interpolate`] to the nearest element. PyTorch: `nn.functional.upsample_nearest`.
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
/// As [`interpolate`].
#[track_caller]
pub fn upsample_nearest(x: &Tensor, to: impl Into<Resize>) -> Result<Tensor> {
    resized(x, &to.into(), &InterpolateMode::Nearest.into())
}

/// [`interpolate`] between four neighbours, the corners aligned. PyTorch: `nn.functional.upsample_bilinear`.
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
/// As [`interpolate`].
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
    // To the nearest element no value is rounded, but gradients of several dimensions are sums of sums.
    let mut out = if in_integers || picks && !dtype.is_half() {
        x.clone()
    } else {
        x.to(dtype.compute())?
    };
    // Bytes are rounded after each dimension, so the order counts: PyTorch begins with the last.
    for (i, &size) in sizes.iter().enumerate().rev() {
        let d = i + 2;
        // A recomputed distance is the ratio of the sizes.
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
    // The result is never the input's own memory.
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
                "interpolate: {mode:?} takes {} to {} dimensions, [n, c, *space], got shape {:?}",
                ranks.start(),
                ranks.end(),
                x.shape()
            )));
        }
        if self.align_corners.is_some() && matches!(mode, Nearest | NearestExact | Area) {
            return Err(Error::value(format!(
                "interpolate: align_corners has no meaning for {mode:?}, only for the linear and cubic modes"
            )));
        }
        if self.antialias && !matches!(mode, Bilinear | Bicubic | Lanczos) {
            return Err(Error::value(format!(
                "interpolate: antialias is for Bilinear, Bicubic and Lanczos, not for {mode:?}"
            )));
        }
        if mode == Lanczos && (!self.antialias || self.align_corners == Some(true)) {
            return Err(Error::value(
                "interpolate: Lanczos needs antialias, and cannot align corners",
            ));
        }
        if self.recompute_scale_factor && matches!(to, Resize::Size(_)) {
            return Err(Error::value(
                "interpolate: recompute_scale_factor has no meaning where sizes are given",
            ));
        }
        Ok(())
    }
}

impl Resize {
    /// The spatial sizes of the result of `name` for `x`.
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
                "{name}: a result of {sizes:?} is too large"
            )));
        }
        Ok(sizes)
    }
}
