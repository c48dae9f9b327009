//! Decomposition of floats into mantissa and exponent.

use crate::Tensor;
use rushlight_backend::{DType, Error, Result};

impl Tensor {
    /// The mantissa `m` and the exponent `e` of each element: `x = m 2ᵉ` with `½ ≤ |m| < 1`. `m` has the floating-point dtype of `x`, `e` is
    /// `int32`. Zeros, infinities and NaN are their own `m`, with 0 for `e`. PyTorch: `torch.frexp`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (m, e) = tensor!([6.0, -0.25]).frexp()?;
    /// assert_eq!(m.to_vec::<f32>()?, [0.75, -0.5]);
    /// assert_eq!(e.to_vec::<i32>()?, [3, -1]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not floating-point.
    #[track_caller]
    pub fn frexp(&self) -> Result<(Tensor, Tensor)> {
        if !self.dtype().is_float() {
            return Err(Error::dtype(format!(
                "frexp: not defined for {}; convert to a floating-point dtype first",
                self.dtype()
            )));
        }
        let x = self.detach().to(DType::F64)?.abs()?;
        let plain = x.isfinite()?.logical_and(&x.ne(0.0)?)?;
        let x = plain.where_cond(&x, 0.5)?;
        // Near a power of two, rounding may put the logarithm on the wrong side of an integer.
        let near = x.log2()?.floor()?.add(1.0)?;
        let m = without(&x, &near)?;
        let up = m.ge(1.0)?.to(DType::F64)?;
        let down = m.lt(0.5)?.to(DType::F64)?;
        let exponent = near.add(&up)?.sub(&down)?;
        Ok((without(self, &exponent)?, exponent.to(DType::I32)?))
    }
}

/// `x 2⁻ᵉ`, in two steps, because the power alone may be out of range.
#[track_caller]
fn without(x: &Tensor, exponent: &Tensor) -> Result<Tensor> {
    let half = exponent.div(2.0)?.trunc()?;
    let power = |e: Tensor| e.neg()?.rpow(2.0)?.to(x.dtype());
    x.mul(&power(half.clone())?)?
        .mul(&power(exponent.sub(&half)?)?)
}
