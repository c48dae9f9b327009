//! Discrete Fourier transforms of real tensors, as PyTorch's `torch.fft`.
//!
//! There are no complex dtypes: a complex result of PyTorch is a pair of real and imaginary parts here, and inputs are real. The cost grows
//! with `n log n` for every length `n`. On a device without a kernel for them, transforms are composed of matrix products, one for each factor of
//! the length.
//!
//! ```
//! use rushlight::{fft, tensor};
//! let (re, im) = fft::rfft(&tensor!([0.0, 1.0, 0.0, -1.0]), None, -1, fft::Norm::Backward)?;
//! assert!(re.allclose(&tensor!([0.0, 0.0, 0.0]), 1e-5, 1e-6)?);
//! assert!(im.allclose(&tensor!([0.0, -2.0, 0.0]), 1e-5, 1e-6)?);
//! # Ok::<(), rushlight::Error>(())
//! ```

mod axes;
mod complex;
mod shift;

pub use shift::{fftshift, ifftshift};

use crate::{Ints, Tensor};
use axes::Plan;
use complex::Complex;
pub(crate) use complex::composed;
use rushlight_backend::Result;

/// Which transform is normalized, and by what; `n` is the number of points.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub enum Norm {
    /// The inverse divides by `n`.
    #[default]
    Backward,
    /// The forward transform divides by `n`.
    Forward,
    /// Both divide by `√n`.
    Ortho,
}

/// Known symmetries of the input or result of a transform.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// None.
    Full,
    /// The input is real, so one half of the result determines the other.
    ToHalf,
    /// The input is one half of a spectrum whose other half is its conjugate, so the result is real.
    FromHalf,
}

/// The sign of the exponent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Direction {
    Forward,
    Inverse,
}

/// Each row: functions over one dimension, two and any number, and what they compute.
macro_rules! transforms {
    ($($(#[$doc:meta])* $one:ident $two:ident $many:ident: $kind:ident $direction:ident -> $result:ty, $part:ident;)*) => { $(
        $(#[$doc])*
        ///
        /// `n` is the number of points, reached by truncating or by padding with zeros; by default that of the input (for a result that is real, twice
        /// what it has less two).
        ///
        /// # Errors
        /// If there is no dimension `dim`, the number of points is 0, or `x` is `float16` or `bfloat16`.
        #[track_caller]
        pub fn $one(x: &Tensor, n: Option<usize>, dim: isize, norm: Norm) -> Result<$result> {
            let name = concat!("fft.", stringify!($one));
            let f = (Kind::$kind, Direction::$direction);
            transform(name, x, f, n.map(Ints::from), Some(dim.into()), norm)?.$part()
        }

        #[doc = concat!(
            "[`", stringify!($many), "`] over the last two dimensions by default. PyTorch: `torch.fft.", stringify!($two), "`.\n\n",
            "```\n",
            "use rushlight_tensor::{Tensor, fft};\n",
            "fft::", stringify!($two), "(&Tensor::ones([4, 6], ())?, None, None, fft::Norm::Backward)?;\n",
            "assert!(fft::", stringify!($two), "(&Tensor::ones([4], ())?, None, None, fft::Norm::Backward).is_err());\n",
            "# Ok::<(), rushlight_tensor::Error>(())\n",
            "```\n\n",
            "# Errors\nAs [`", stringify!($one), "`], and if there are fewer than two dimensions.",
        )]
        #[track_caller]
        pub fn $two(x: &Tensor, s: Option<Ints>, dims: Option<Ints>, norm: Norm) -> Result<$result> {
            let (name, dims) = (concat!("fft.", stringify!($two)), dims.unwrap_or_else(|| [-2, -1].into()));
            transform(name, x, (Kind::$kind, Direction::$direction), s, Some(dims), norm)?.$part()
        }

        #[doc = concat!(
            "[`", stringify!($one), "`] over several dimensions, by default all, or as many last ones as `s` has numbers of points. ",
            "PyTorch: `torch.fft.", stringify!($many), "`.\n\n",
            "```\n",
            "use rushlight_tensor::{Tensor, fft};\n",
            "fft::", stringify!($many), "(&Tensor::ones([2, 4, 6], ())?, None, None, fft::Norm::Backward)?;\n",
            "assert!(fft::", stringify!($many), "(&Tensor::ones([2], ())?, None, Some([1].into()), fft::Norm::Backward).is_err());\n",
            "# Ok::<(), rushlight_tensor::Error>(())\n",
            "```\n\n",
            "# Errors\nAs [`", stringify!($one), "`], and if a dimension is named twice.",
        )]
        #[track_caller]
        pub fn $many(x: &Tensor, s: Option<Ints>, dims: Option<Ints>, norm: Norm) -> Result<$result> {
            let name = concat!("fft.", stringify!($many));
            transform(name, x, (Kind::$kind, Direction::$direction), s, dims, norm)?.$part()
        }
    )* };
}

transforms! {
    /// `Σ xⱼ e^(-2πi jk/n)`: real and imaginary parts. PyTorch: `torch.fft.fft`.
    ///
    /// ```
    /// use rushlight::{fft, tensor};
    /// let (re, im) = fft::fft(&tensor!([1.0, 0.0]), None, -1, fft::Norm::Backward)?;
    /// assert!(re.allclose(&tensor!([1.0, 1.0]), 1e-5, 1e-6)?);
    /// assert!(im.allclose(&tensor!([0.0, 0.0]), 1e-5, 1e-6)?);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    fft fft2 fftn: Full Forward -> (Tensor, Tensor), parts;
    /// `Σ xⱼ e^(2πi jk/n) / n`: real and imaginary parts. PyTorch: `torch.fft.ifft`.
    ///
    /// ```
    /// use rushlight::{fft, tensor};
    /// let (re, im) = fft::ifft(&tensor!([2.0, 0.0]), None, -1, fft::Norm::Backward)?;
    /// assert!(re.allclose(&tensor!([1.0, 1.0]), 1e-5, 1e-6)?);
    /// assert!(im.allclose(&tensor!([0.0, 0.0]), 1e-5, 1e-6)?);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ifft ifft2 ifftn: Full Inverse -> (Tensor, Tensor), parts;
    /// The first `n/2 + 1` points of [`fft`], which determine the others. PyTorch: `torch.fft.rfft`.
    ///
    /// ```
    /// use rushlight::{fft, tensor};
    /// let (re, im) = fft::rfft(&tensor!([1.0, 0.0, 0.0, 0.0]), None, -1, fft::Norm::Backward)?;
    /// assert!(re.allclose(&tensor!([1.0, 1.0, 1.0]), 1e-5, 1e-6)?);
    /// assert!(im.allclose(&tensor!([0.0, 0.0, 0.0]), 1e-5, 1e-6)?);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    rfft rfft2 rfftn: ToHalf Forward -> (Tensor, Tensor), parts;
    /// [`ifft`] of the spectrum of which `x` is the first `n/2 + 1`: a real result. PyTorch: `torch.fft.irfft`.
    ///
    /// ```
    /// use rushlight::{fft, tensor};
    /// let y = fft::irfft(&tensor!([4.0, 0.0, 0.0]), None, -1, fft::Norm::Backward)?;
    /// assert!(y.allclose(&tensor!([1.0, 1.0, 1.0, 1.0]), 1e-5, 1e-6)?);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    irfft irfft2 irfftn: FromHalf Inverse -> Tensor, real;
    /// [`fft`] of the signal of which `x` is the first `n/2 + 1`: a real result. PyTorch: `torch.fft.hfft`.
    ///
    /// ```
    /// use rushlight::{fft, tensor};
    /// let y = fft::hfft(&tensor!([1.0, 0.0, 0.0]), None, -1, fft::Norm::Backward)?;
    /// assert!(y.allclose(&tensor!([1.0, 1.0, 1.0, 1.0]), 1e-5, 1e-6)?);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    hfft hfft2 hfftn: FromHalf Forward -> Tensor, real;
    /// The first `n/2 + 1` of [`ifft`]. PyTorch: `torch.fft.ihfft`.
    ///
    /// ```
    /// use rushlight::{fft, tensor};
    /// let (re, im) = fft::ihfft(&tensor!([4.0, 0.0, 0.0, 0.0]), None, -1, fft::Norm::Backward)?;
    /// assert!(re.allclose(&tensor!([1.0, 1.0, 1.0]), 1e-5, 1e-6)?);
    /// assert!(im.allclose(&tensor!([0.0, 0.0, 0.0]), 1e-5, 1e-6)?);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ihfft ihfft2 ihfftn: ToHalf Inverse -> (Tensor, Tensor), parts;
}

#[track_caller]
fn transform(
    name: &str,
    x: &Tensor,
    (kind, direction): (Kind, Direction),
    s: Option<Ints>,
    dims: Option<Ints>,
    norm: Norm,
) -> Result<Complex> {
    let plan = Plan::new(name, x, kind, s, dims)?;
    let mut z = Complex::from_real(plan.cut(x, kind)?);
    // A half is what a real input becomes first, and what becomes a real result last.
    for (dim, n, last) in plan.steps(kind) {
        z = z.along(dim, |z| match kind {
            Kind::ToHalf if last => z.dft(direction)?.narrow(n / 2 + 1),
            Kind::FromHalf if last => z.unfolded(n)?.dft(direction),
            _ => z.dft(direction),
        })?;
    }
    let n = plan.points() as f64;
    match (norm, direction) {
        (Norm::Backward, Direction::Forward) | (Norm::Forward, Direction::Inverse) => Ok(z),
        (Norm::Ortho, _) => z.scaled(1.0 / n.sqrt()),
        _ => z.scaled(1.0 / n),
    }
}
