//! Window functions: vectors of `m` weights that decrease towards both ends. PyTorch: `torch.signal.windows`.
//!
//! A symmetric window (`sym`) is the same from both ends and serves filters; a periodic one is the symmetric window of `m + 1` weights
//! without the last, and serves spectra. The dtype is `float32` by default; only `float32` and `float64` are possible. Lengths 0 and 1 give
//! no weight and a weight of 1.
//!
//! ```
//! use rushlight::signal::windows;
//! assert_eq!(windows::hann(5, true, ())?.to_vec::<f32>()?[2], 1.0);
//! assert_eq!(windows::bartlett(4, false, ())?.to_vec::<f32>()?, [0.0, 0.5, 1.0, 0.5]);
//! # Ok::<(), rushlight::Error>(())
//! ```

use crate::{Options, Tensor};
use rushlight_backend::{DType, Error, Result};
use std::f64::consts::PI;

/// `1 - |2k/n - 1|` for `k = 0, …`, `n` the length of the window from its first weight to where the last of a symmetric one is.
/// Shape `[m]`. PyTorch: `torch.signal.windows.bartlett`.
///
/// ```
/// use rushlight::signal::windows::bartlett;
/// assert_eq!(bartlett(5, true, ())?.to_vec::<f32>()?, [0.0, 0.5, 1.0, 0.5, 0.0]);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn bartlett(m: usize, sym: bool, options: impl Into<Options>) -> Result<Tensor> {
    let positions = Positions::new("bartlett", m, sym, options.into())?;
    positions.window(|k| k.mul(2.0 / positions.length)?.sub(1.0)?.abs()?.rsub(1.0))
}

/// `0.42 - 0.5 cos(2πk/n) + 0.08 cos(4πk/n)`.
/// Shape `[m]`. PyTorch: `torch.signal.windows.blackman`.
///
/// ```
/// use rushlight::{signal::windows::blackman, tensor};
/// assert!(blackman(3, true, ())?.allclose(&tensor!([0.0, 1.0, 0.0]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn blackman(m: usize, sym: bool, options: impl Into<Options>) -> Result<Tensor> {
    cosines("blackman", m, &[0.42, 0.5, 0.08], sym, options.into())
}

/// `sin(π (k + 1/2) / (n + 1))`.
/// Shape `[m]`. PyTorch: `torch.signal.windows.cosine`.
///
/// ```
/// use rushlight::{signal::windows::cosine, tensor};
/// assert!(cosine(3, true, ())?.allclose(&tensor!([0.5, 1.0, 0.5]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn cosine(m: usize, sym: bool, options: impl Into<Options>) -> Result<Tensor> {
    let positions = Positions::new("cosine", m, sym, options.into())?;
    positions.window(|k| k.add(0.5)?.mul(PI / (positions.length + 1.0))?.sin())
}

/// `e^(-|k - center| / tau)`; the center is the middle by default, and must be for a symmetric window.
/// Shape `[m]`. PyTorch: `torch.signal.windows.exponential`.
///
/// ```
/// use rushlight::{signal::windows::exponential, tensor};
/// let window = exponential(3, None, 1.0, true, ())?;
/// assert!(window.allclose(&tensor!([0.367_879_4, 1.0, 0.367_879_4]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If `tau` is not positive, a symmetric window has a center given, or the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn exponential(
    m: usize,
    center: Option<f64>,
    tau: f64,
    sym: bool,
    options: impl Into<Options>,
) -> Result<Tensor> {
    positive("exponential", "tau", tau)?;
    if let Some(center) = center.filter(|_| sym) {
        return Err(Error::value(format!(
            "exponential: the center of a symmetric window is its middle; give none, not {center}"
        )));
    }
    let positions = Positions::new("exponential", m, sym, options.into())?;
    match center {
        None => {
            let middle = positions.length / 2.0;
            positions.window(|k| k.sub(middle)?.abs()?.mul(-1.0 / tau)?.exp())
        }
        // One weight need not be 1 here.
        Some(center) => positions.all()?.sub(center)?.abs()?.mul(-1.0 / tau)?.exp(),
    }
}

/// `e^(-((k - n/2) / std)² / 2)`.
/// Shape `[m]`. PyTorch: `torch.signal.windows.gaussian`.
///
/// ```
/// use rushlight::{signal::windows::gaussian, tensor};
/// let window = gaussian(3, 1.0, true, ())?;
/// assert!(window.allclose(&tensor!([0.606_530_7, 1.0, 0.606_530_7]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If `std` is not positive, or the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn gaussian(m: usize, std: f64, sym: bool, options: impl Into<Options>) -> Result<Tensor> {
    positive("gaussian", "std", std)?;
    let positions = Positions::new("gaussian", m, sym, options.into())?;
    let middle = positions.length / 2.0;
    positions.window(|k| k.sub(middle)?.div(std)?.square()?.mul(-0.5)?.exp())
}

/// `Σ (-1)ⁱ aᵢ cos(2πik/n)` over at least one coefficient.
/// Shape `[m]`. PyTorch: `torch.signal.windows.general_cosine`.
///
/// ```
/// use rushlight::{signal::windows::general_cosine, tensor};
/// let window = general_cosine(3, &[0.75, 0.25], true, ())?;
/// assert!(window.allclose(&tensor!([0.5, 1.0, 0.5]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If there is no coefficient, or the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn general_cosine(
    m: usize,
    a: &[f64],
    sym: bool,
    options: impl Into<Options>,
) -> Result<Tensor> {
    cosines("general_cosine", m, a, sym, options.into())
}

/// `alpha - (1 - alpha) cos(2πk/n)`.
/// Shape `[m]`. PyTorch: `torch.signal.windows.general_hamming`.
///
/// ```
/// use rushlight::{signal::windows::general_hamming, tensor};
/// let window = general_hamming(3, 0.75, true, ())?;
/// assert!(window.allclose(&tensor!([0.5, 1.0, 0.5]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn general_hamming(
    m: usize,
    alpha: f64,
    sym: bool,
    options: impl Into<Options>,
) -> Result<Tensor> {
    let a = [alpha, 1.0 - alpha];
    cosines("general_hamming", m, &a, sym, options.into())
}

/// `0.54 - 0.46 cos(2πk/n)`.
/// Shape `[m]`. PyTorch: `torch.signal.windows.hamming`.
///
/// ```
/// use rushlight::{signal::windows::hamming, tensor};
/// assert!(hamming(3, true, ())?.allclose(&tensor!([0.08, 1.0, 0.08]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn hamming(m: usize, sym: bool, options: impl Into<Options>) -> Result<Tensor> {
    cosines("hamming", m, &[0.54, 0.46], sym, options.into())
}

/// `(1 - cos(2πk/n)) / 2`.
/// Shape `[m]`. PyTorch: `torch.signal.windows.hann`.
///
/// ```
/// use rushlight::{signal::windows::hann, tensor};
/// assert!(hann(3, true, ())?.allclose(&tensor!([0.0, 1.0, 0.0]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn hann(m: usize, sym: bool, options: impl Into<Options>) -> Result<Tensor> {
    cosines("hann", m, &[0.5, 0.5], sym, options.into())
}

/// `I₀(beta √(1 - (2k/n - 1)²)) / I₀(beta)`, with the modified Bessel function [`Tensor::i0`].
/// Shape `[m]`. PyTorch: `torch.signal.windows.kaiser`.
///
/// ```
/// use rushlight::{signal::windows::kaiser, tensor};
/// assert!(kaiser(3, 0.0, true, ())?.allclose(&tensor!([1.0, 1.0, 1.0]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If `beta` is negative, or the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn kaiser(m: usize, beta: f64, sym: bool, options: impl Into<Options>) -> Result<Tensor> {
    if beta.is_nan() || beta < 0.0 {
        return Err(Error::value(format!(
            "kaiser: beta must not be negative, got {beta}"
        )));
    }
    let positions = Positions::new("kaiser", m, sym, options.into())?;
    positions.window(|k| {
        let t = k.mul(2.0 / positions.length)?.sub(1.0)?;
        // Rounding may leave t just outside of [-1, 1].
        let root = t.square()?.rsub(1.0)?.clamp_min(0.0)?.sqrt()?.mul(beta)?;
        // I₀(x) grows as eˣ: both scaled by it, large betas do not overflow.
        let scale = Tensor::full((), beta, (DType::F64, k.device()))?.i0e()?;
        let weight = root.i0e()?.mul(&root.sub(beta)?.exp()?)?;
        weight.div(&scale.to(k.dtype())?)
    })
}

/// `0.3635819 - 0.4891775 cos(2πk/n) + 0.1365995 cos(4πk/n) - 0.0106411 cos(6πk/n)`.
/// Shape `[m]`. PyTorch: `torch.signal.windows.nuttall`.
///
/// ```
/// use rushlight::{signal::windows::nuttall, tensor};
/// let window = nuttall(3, true, ())?;
/// assert!(window.allclose(&tensor!([0.000_362_8, 1.0, 0.000_362_8]), 1e-5, 1e-6)?);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the dtype is neither `float32` nor `float64`.
#[track_caller]
pub fn nuttall(m: usize, sym: bool, options: impl Into<Options>) -> Result<Tensor> {
    let a = [0.3635819, 0.4891775, 0.1365995, 0.0106411];
    cosines("nuttall", m, &a, sym, options.into())
}

#[track_caller]
fn cosines(name: &str, m: usize, a: &[f64], sym: bool, options: Options) -> Result<Tensor> {
    if a.is_empty() {
        return Err(Error::value(format!(
            "{name}: at least one coefficient is needed"
        )));
    }
    let positions = Positions::new(name, m, sym, options)?;
    positions.window(|k| {
        let mut sum = k.full_like(a[0])?;
        let mut sign = -1.0;
        for (i, a) in a.iter().enumerate().skip(1) {
            let wave = k.mul(2.0 * PI * i as f64 / positions.length)?.cos()?;
            sum = sum.add(&wave.mul(sign * a)?)?;
            sign = -sign;
        }
        Ok(sum)
    })
}

/// The positions of the weights of a window.
struct Positions {
    m: usize,
    /// The distance from the first weight to the end of the window.
    length: f64,
    options: Options,
}

impl Positions {
    #[track_caller]
    fn new(name: &str, m: usize, sym: bool, options: Options) -> Result<Positions> {
        let dtype = options.dtype.unwrap_or(DType::F32);
        if !matches!(dtype, DType::F32 | DType::F64) {
            return Err(Error::dtype(format!(
                "{name}: a window is float32 or float64, not {dtype}; convert it afterwards"
            )));
        }
        let length = if sym && m > 0 { m - 1 } else { m } as f64;
        let options = Options {
            dtype: Some(dtype),
            ..options
        };
        Ok(Positions { m, length, options })
    }

    /// The weights at the positions `0, 1, …`.
    #[track_caller]
    fn window(&self, weight: impl FnOnce(&Tensor) -> Result<Tensor>) -> Result<Tensor> {
        match self.m {
            0 | 1 => Tensor::ones(self.m, self.options.clone()),
            _ => weight(&self.all()?),
        }
    }

    #[track_caller]
    fn all(&self) -> Result<Tensor> {
        Tensor::arange(0, self.m, 1, self.options.clone())
    }
}

#[track_caller]
fn positive(name: &str, what: &str, value: f64) -> Result<()> {
    if value > 0.0 {
        return Ok(());
    }
    Err(Error::value(format!(
        "{name}: {what} must be positive, got {value}"
    )))
}
