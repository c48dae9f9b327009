//! The next representable float, and rounding to decimal places.

use crate::{Tensor, apply, apply_in_place};
use rushlight_backend::{Binary, DType, Error, Result, promote};

impl Tensor {
    /// The next representable number after `x` in the direction of `y`, in the promoted dtype. Shapes broadcast; floats only.
    /// PyTorch: `torch.nextafter`.
    ///
    /// ```
    /// # use rushlight::{DType, tensor};
    /// let (x, up) = (tensor!([1.0]), tensor!([2.0]));
    /// assert_eq!(x.nextafter(&up)?.item::<f32>()?, 1.0 + f32::EPSILON);
    /// let half = x.to(DType::F16)?.nextafter(&up.to(DType::F16)?)?;
    /// assert_eq!(half.to(DType::F32)?.item::<f32>()?, 1.0 + 1.0 / 1024.0);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast or the promoted dtype is not floating-point.
    #[track_caller]
    pub fn nextafter(&self, other: &Tensor) -> Result<Tensor> {
        match self.half_met(other) {
            Some(dtype) => next_half(&self.to(dtype)?, &other.to(dtype)?),
            None => apply(Binary::Nextafter.into(), &[self, other]),
        }
    }

    /// [`Tensor::nextafter`] in place. PyTorch: `Tensor.nextafter_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1.0]);
    /// x.nextafter_(&tensor!([2.0]))?;
    /// assert_eq!(x.item::<f32>()?, 1.0 + f32::EPSILON);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::nextafter`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than this tensor's
    /// (`bool`, integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn nextafter_(&self, other: &Tensor) -> Result<()> {
        match self.half_met(other) {
            Some(dtype) if dtype == self.dtype() => {
                self.copy_(&next_half(self, &other.to(dtype)?)?)
            }
            _ => apply_in_place(Binary::Nextafter.into(), self, &[self, other]),
        }
    }

    /// The promoted dtype of two tensors, if it is a half.
    fn half_met(&self, other: &Tensor) -> Option<DType> {
        let dtype = promote(&[self.tensor_type(), other.tensor_type()], None);
        matches!(dtype, DType::F16 | DType::BF16).then_some(dtype)
    }

    /// Each element rounded to `decimals` decimal places, ties to even; -1 rounds to tens. Same floating-point dtype.
    /// PyTorch: `torch.round(decimals=…)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1.234, 15.678]);
    /// assert_eq!(x.round_decimals(1)?.to_vec::<f32>()?, [1.2, 15.7]);
    /// assert_eq!(x.round_decimals(-1)?.to_vec::<f32>()?, [0.0, 20.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype is not floating-point.
    #[track_caller]
    pub fn round_decimals(&self, decimals: i32) -> Result<Tensor> {
        if !self.dtype().is_float() {
            return Err(Error::dtype(format!(
                "round: decimals are not defined for {}",
                self.dtype()
            )));
        }
        // The largest power of ten, the power from which on rounding has no effect, and the number from which on all are integers.
        let (highest, exact, whole) = match self.dtype().compute() {
            DType::F64 => (308, 340, 2f64.powi(52)),
            _ => (38, 53, 2f64.powi(23)),
        };
        let x = self.to(self.dtype().compute())?;
        // Rounding has a gradient of 0, so the rounded values have no history.
        let constant = |value: &Tensor| x.isnan()?.where_cond(&x.round()?, &value.detach());
        let rounded = if decimals > exact {
            constant(&x)?
        } else if decimals >= 0 {
            // In two steps if the power itself is too large.
            let first = if decimals > highest { decimals / 2 } else { 0 };
            let powers = [first, decimals - first].map(|d| 10f64.powi(d));
            let scaled = x.mul(powers[0])?.mul(powers[1])?;
            let rounded = scaled.round()?.div(powers[1])?.div(powers[0])?;
            let fraction = scaled.detach().abs()?.lt(whole)?;
            fraction.where_cond(&rounded, &constant(&x)?)?
        } else if decimals >= -highest {
            let power = 10f64.powi(-decimals);
            x.div(power)?.round()?.mul(power)?
        } else {
            // Every finite number is nearer to 0 than to such a power.
            constant(&x.isfinite()?.where_cond(&x.mul(0.0)?, &x)?)?
        };
        rounded.to(self.dtype())
    }
}

/// The next half after `x` towards `y`. A step of 0.6 units in the last place, taken in `float32`, is rounded to the neighbour on either side
/// of a power of two.
#[track_caller]
fn next_half(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let dtype = x.dtype();
    // The distance from 1 to the next number, and from 0.
    let (unit, least) = match dtype {
        DType::F16 => (2f64.powi(-10), 2f64.powi(-24)),
        _ => (2f64.powi(-7), 2f64.powi(-133)),
    };
    let (x, y) = (x.to(DType::F32)?, y.to(DType::F32)?);
    let fixed = x.detach();
    let size = fixed.abs()?;
    let upwards = y.gt(&fixed)?.where_cond(1.0, -1.0)?;
    let step = size.mul(0.6 * unit)?.clamp_min(0.6 * least)?;
    let moved = x.add(&step.mul(&upwards)?)?;
    // The neighbour of infinity.
    let largest = fixed.sign()?.mul(dtype.largest_finite())?;
    let moved = fixed.isinf()?.where_cond(&largest, &moved)?;
    let nan = fixed.isnan()?.logical_or(&y.isnan()?)?;
    let moved = nan.where_cond(f64::NAN, &moved)?;
    fixed.eq(&y)?.where_cond(&y.detach(), &moved)?.to(dtype)
}
