//! Determinants.

use super::run;
use crate::{Tensor, apply_with_aux};
use rushlight_backend::{Error, Linalg, Op, Result};

/// The determinants of square matrices. The gradient of a singular one is its matrix of cofactors. PyTorch: `torch.linalg.det`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// assert_eq!(linalg::det(&tensor!([[2.0, 0.0], [1.0, 3.0]]))?.item::<f32>()?, 6.0);
/// # Ok::<(), rushlight::Error>(())
/// ```
#[track_caller]
pub fn det(a: &Tensor) -> Result<Tensor> {
    run(Linalg::Det, &[a])
}

/// The determinants' signs (-1, 0 or 1) and the logarithms of their magnitudes, which do not overflow. PyTorch: `torch.linalg.slogdet`.
/// `[.., n, n] → [..]` twice.
///
/// ```
/// use rushlight::{linalg, tensor};
/// let (sign, log) = linalg::slogdet(&tensor!([[1.0, 0.0], [0.0, -1.0]]))?;
/// assert_eq!((sign.item::<f32>()?, log.item::<f32>()?), (-1.0, 0.0));
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the matrices are not square, or neither `float32` nor `float64`.
#[track_caller]
pub fn slogdet(a: &Tensor) -> Result<(Tensor, Tensor)> {
    let (log, mut signs) = apply_with_aux(Op::Linalg(Linalg::LogDet), &[a])?;
    match signs.pop() {
        Some(sign) => Ok((sign, log)),
        None => Err(Error::unsupported(
            "linalg.slogdet: the backend gave no signs",
        )),
    }
}

/// The logarithms of determinants; NaN for negative ones. PyTorch: `torch.logdet`.
/// `[.., n, n] → [..]`.
///
/// ```
/// use rushlight::{linalg, tensor};
/// assert_eq!(linalg::logdet(&tensor!([[1.0, 0.0], [0.0, 1.0]]))?.item::<f32>()?, 0.0);
/// # Ok::<(), rushlight::Error>(())
/// ```
///
/// # Errors
/// If the matrices are not square, or neither `float32` nor `float64`.
#[track_caller]
pub fn logdet(a: &Tensor) -> Result<Tensor> {
    let (sign, log) = slogdet(a)?;
    sign.lt(0)?.where_cond(f64::NAN, &log)
}
