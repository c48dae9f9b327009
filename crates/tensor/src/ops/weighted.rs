//! Sums with a scale factor: `x + alpha y`, `x + value a b`, `x + weight (end - x)`.

use crate::{Half, Operand, Tensor, apply};
use rushlight_backend::{Binary, Category, DType, Error, Result, Scalar, TensorType, promote};

/// The second operand, multiplied by its factor.
enum Scaled {
    Tensor(Tensor),
    Number(Scalar),
}

impl Scaled {
    fn operand(&self) -> Operand<'_> {
        match self {
            Scaled::Tensor(t) => Operand::Tensor(t),
            Scaled::Number(s) => Operand::Number(*s),
        }
    }
}

impl Tensor {
    /// `x + alpha y` for each element; `y` is a tensor or a number. Shapes broadcast, dtypes are promoted; integers take an integer `alpha`.
    /// PyTorch: `torch.add(alpha=…)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// assert_eq!(tensor!([1, 2]).add_alpha(&tensor!([3, 4]), 10)?.to_vec::<i64>()?, [31, 42]);
    /// assert!(tensor!([1, 2]).add_alpha(&tensor!([3, 4]), 0.5).is_err());
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast, or the promoted dtype cannot hold `alpha`.
    #[track_caller]
    pub fn add_alpha<'a>(
        &self,
        other: impl Into<Operand<'a>>,
        alpha: impl Into<Scalar>,
    ) -> Result<Tensor> {
        let (other, alpha) = (other.into(), alpha.into());
        if let Some(half) = Half::among([Some(self), other.tensor()]) {
            let sum = half.widen(self)?;
            return half.round(sum.add_alpha(&half.widen_operand(other)?, alpha)?);
        }
        self.add(self.scaled("add", other, alpha)?.operand())
    }

    /// [`Tensor::add_alpha`] in place. PyTorch: `Tensor.add_(alpha=…)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2]);
    /// x.add_alpha_(&tensor!([3, 4]), 10)?;
    /// assert_eq!(x.to_vec::<i64>()?, [31, 42]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::add_alpha`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than this tensor's
    /// (`bool`, integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn add_alpha_<'a>(
        &self,
        other: impl Into<Operand<'a>>,
        alpha: impl Into<Scalar>,
    ) -> Result<()> {
        self.add_(self.scaled("add_", other.into(), alpha.into())?.operand())
    }

    /// `x - alpha y` for each element; `y` is a tensor or a number. Shapes broadcast, dtypes are promoted; integers take an integer `alpha`.
    /// PyTorch: `torch.sub(alpha=…)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([100, 100]).sub_alpha(&tensor!([3, 4]), 10)?;
    /// assert_eq!(y.to_vec::<i64>()?, [70, 60]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast, the promoted dtype is `bool`, or it cannot hold `alpha`.
    #[track_caller]
    pub fn sub_alpha<'a>(
        &self,
        other: impl Into<Operand<'a>>,
        alpha: impl Into<Scalar>,
    ) -> Result<Tensor> {
        let (other, alpha) = (other.into(), alpha.into());
        if let Some(half) = Half::among([Some(self), other.tensor()]) {
            let difference = half.widen(self)?;
            return half.round(difference.sub_alpha(&half.widen_operand(other)?, alpha)?);
        }
        self.sub(self.scaled("sub", other, alpha)?.operand())
    }

    /// [`Tensor::sub_alpha`] in place. PyTorch: `Tensor.sub_(alpha=…)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([100, 100]);
    /// x.sub_alpha_(&tensor!([3, 4]), 10)?;
    /// assert_eq!(x.to_vec::<i64>()?, [70, 60]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::sub_alpha`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than this tensor's
    /// (`bool`, integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn sub_alpha_<'a>(
        &self,
        other: impl Into<Operand<'a>>,
        alpha: impl Into<Scalar>,
    ) -> Result<()> {
        self.sub_(self.scaled("sub_", other.into(), alpha.into())?.operand())
    }

    /// `y - alpha x` for each element, the subtraction with its operands exchanged; `y` is a tensor or a number. Shapes broadcast, dtypes are
    /// promoted; integers take an integer `alpha`. PyTorch: `torch.rsub(alpha=…)`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let y = tensor!([3, 4]).rsub_alpha(100, 10)?;
    /// assert_eq!(y.to_vec::<i64>()?, [70, 60]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::sub_alpha`].
    #[track_caller]
    pub fn rsub_alpha<'a>(
        &self,
        other: impl Into<Operand<'a>>,
        alpha: impl Into<Scalar>,
    ) -> Result<Tensor> {
        let (other, alpha) = (other.into(), alpha.into());
        if let Some(half) = Half::among([Some(self), other.tensor()]) {
            let difference = half.widen(self)?;
            return half.round(difference.rsub_alpha(&half.widen_operand(other)?, alpha)?);
        }
        let dtype = self.promoted("rsub", other, alpha)?;
        self.to(dtype)?.mul(alpha.cast(dtype))?.rsub(other)
    }

    /// `x + value a b` for each element, with `value a` multiplied first. Shapes broadcast, dtypes are promoted; for integers, `value` is
    /// truncated to an integer. PyTorch: `torch.addcmul`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 1]);
    /// let y = x.addcmul(&tensor!([2, 3]), &tensor!([4, 5]), 10)?;
    /// assert_eq!(y.to_vec::<i64>()?, [81, 151]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast or the promoted dtype is `bool`.
    #[track_caller]
    pub fn addcmul(&self, a: &Tensor, b: &Tensor, value: impl Into<Scalar>) -> Result<Tensor> {
        let value = self.product_value(a, b, value.into())?;
        if let Some(half) = Half::among([self, a, b]) {
            let sum = half.widen(self)?;
            return half.round(sum.addcmul(&half.widen(a)?, &half.widen(b)?, value)?);
        }
        self.add(&self.times_value(a, b, value)?.mul(b)?)
    }

    /// [`Tensor::addcmul`] in place. PyTorch: `Tensor.addcmul_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 1]);
    /// x.addcmul_(&tensor!([2, 3]), &tensor!([4, 5]), 10)?;
    /// assert_eq!(x.to_vec::<i64>()?, [81, 151]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::addcmul`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than this tensor's
    /// (`bool`, integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn addcmul_(&self, a: &Tensor, b: &Tensor, value: impl Into<Scalar>) -> Result<()> {
        let value = self.product_value(a, b, value.into())?;
        if let Some(half) = Half::among([a, b]) {
            return self.addcmul_(&half.widen(a)?, &half.widen(b)?, value);
        }
        self.add_(&self.times_value(a, b, value)?.mul(b)?)
    }

    /// `x + value a / b` for each element, with `value a` multiplied first. Shapes broadcast, dtypes are promoted; `a` or `b` is floating-point.
    /// PyTorch: `torch.addcdiv`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1.0, 1.0]);
    /// let y = x.addcdiv(&tensor!([2.0, 3.0]), &tensor!([4.0, 2.0]), 10)?;
    /// assert_eq!(y.to_vec::<f32>()?, [6.0, 16.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast, or neither `a` nor `b` is floating-point.
    #[track_caller]
    pub fn addcdiv(&self, a: &Tensor, b: &Tensor, value: impl Into<Scalar>) -> Result<Tensor> {
        let value = value.into();
        expect_quotient(a, b)?;
        if let Some(half) = Half::among([self, a, b]) {
            let sum = half.widen(self)?;
            return half.round(sum.addcdiv(&half.widen(a)?, &half.widen(b)?, value)?);
        }
        self.add(&self.times_value(a, b, value)?.div(b)?)
    }

    /// [`Tensor::addcdiv`] in place. PyTorch: `Tensor.addcdiv_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1.0, 1.0]);
    /// x.addcdiv_(&tensor!([2.0, 3.0]), &tensor!([4.0, 2.0]), 10)?;
    /// assert_eq!(x.to_vec::<f32>()?, [6.0, 16.0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::addcdiv`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than this tensor's
    /// (`bool`, integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn addcdiv_(&self, a: &Tensor, b: &Tensor, value: impl Into<Scalar>) -> Result<()> {
        let value = value.into();
        expect_quotient(a, b)?;
        if let Some(half) = Half::among([a, b]) {
            return self.addcdiv_(&half.widen(a)?, &half.widen(b)?, value);
        }
        self.add_(&self.times_value(a, b, value)?.div(b)?)
    }

    /// Linear interpolation `x + weight (end - x)` for each element; `weight` is a number or a tensor. Shapes broadcast; all have one
    /// floating-point dtype. PyTorch: `torch.lerp`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let (x, y) = (tensor!([0.0, 10.0]), tensor!([4.0, 20.0]));
    /// assert_eq!(x.lerp(&y, 0.25)?.to_vec::<f32>()?, [1.0, 12.5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the shapes do not broadcast, or the dtypes differ or are not floating-point.
    #[track_caller]
    pub fn lerp<'a>(&self, end: &Tensor, weight: impl Into<Operand<'a>>) -> Result<Tensor> {
        if !self.dtype().is_float() {
            return Err(Error::dtype(format!(
                "lerp: not defined for {}; convert to a floating-point dtype first",
                self.dtype()
            )));
        }
        self.same_dtype("end", end)?;
        let weight = weight.into();
        if let Some(w) = weight.tensor() {
            self.same_dtype("weight", w)?;
        }
        if let Some(half) = Half::among([self]) {
            let start = half.widen(self)?;
            return half.round(start.lerp(&half.widen(end)?, &half.widen_operand(weight)?)?);
        }
        // Half of the difference, because the whole may overflow.
        let half = apply(Binary::HalfDifference.into(), &[end, self])?;
        match weight {
            // Computed from the nearer end, so that a weight of 1 gives that end exactly.
            Operand::Number(w) if w.to_f64().abs() >= 0.5 => {
                end.sub(&half.mul(2.0 * (1.0 - w.to_f64()))?)
            }
            Operand::Number(w) => self.add(&half.mul(2.0 * w.to_f64())?),
            Operand::Tensor(w) => {
                let far = w.detach().abs()?.ge(0.5)?;
                let way = w.sub(&far.to(w.dtype())?)?;
                far.where_cond(end, self)?.add(&half.mul(&way.mul(2.0)?)?)
            }
        }
    }

    /// [`Tensor::lerp`] in place. PyTorch: `Tensor.lerp_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([0.0, 10.0]);
    /// x.lerp_(&tensor!([4.0, 20.0]), 0.25)?;
    /// assert_eq!(x.to_vec::<f32>()?, [1.0, 12.5]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::lerp`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than this tensor's
    /// (`bool`, integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn lerp_<'a>(&self, end: &Tensor, weight: impl Into<Operand<'a>>) -> Result<()> {
        self.copy_(&self.lerp(end, weight)?)
    }

    /// The promoted dtype of this tensor and `other`, or an error if `alpha` does not fit it.
    #[track_caller]
    fn promoted(&self, name: &str, other: Operand<'_>, alpha: Scalar) -> Result<DType> {
        let dtype = match other {
            Operand::Tensor(t) => promote(&[self.tensor_type(), t.tensor_type()], None),
            Operand::Number(s) => promote(&[self.tensor_type()], Some(s)),
        };
        match (alpha.category(), dtype.category()) {
            (Category::Float, Category::Bool | Category::Int) => Err(Error::dtype(format!(
                "{name}: alpha is {alpha}, but the result is {dtype}: give an integer, or convert a tensor to a floating-point dtype first"
            ))),
            (Category::Bool, Category::Int | Category::Float) => Err(Error::dtype(format!(
                "{name}: alpha is {alpha}, but the result is {dtype}: give a number"
            ))),
            _ => Ok(dtype),
        }
    }

    #[track_caller]
    fn scaled(&self, name: &str, other: Operand<'_>, alpha: Scalar) -> Result<Scaled> {
        // In place, a product of halves is rounded only together with the sum.
        let dtype = match self.promoted(name, other, alpha)? {
            dtype if dtype.is_half() => DType::F32,
            dtype => dtype,
        };
        let alpha = alpha.cast(dtype);
        Ok(match other {
            Operand::Tensor(t) => Scaled::Tensor(t.to(dtype)?.mul(alpha)?),
            Operand::Number(s) => Scaled::Number(match (s.cast(dtype), alpha) {
                (Scalar::Int(a), Scalar::Int(b)) => Scalar::Int(a.wrapping_mul(b)),
                (Scalar::Bool(a), Scalar::Bool(b)) => Scalar::Bool(a & b),
                (a, b) => Scalar::Float(a.to_f64() * b.to_f64()),
            }),
        })
    }

    /// `value` as a number of the class of the sum's dtype.
    #[track_caller]
    fn product_value(&self, a: &Tensor, b: &Tensor, value: Scalar) -> Result<Scalar> {
        let types: [TensorType; 3] = [self.tensor_type(), a.tensor_type(), b.tensor_type()];
        match promote(&types, None) {
            DType::Bool => Err(Error::dtype(
                "addcmul: not defined for bool; use logical_and and logical_or",
            )),
            dtype if dtype.is_half() => Ok(value),
            dtype => Ok(value.cast(dtype)),
        }
    }

    /// `value a`, in the promoted dtype of all three tensors; for halves, which are then summed in place, in `float32`.
    #[track_caller]
    fn times_value(&self, a: &Tensor, b: &Tensor, value: Scalar) -> Result<Tensor> {
        let types: [TensorType; 3] = [self.tensor_type(), a.tensor_type(), b.tensor_type()];
        let dtype = match promote(&types, None) {
            dtype if dtype.is_half() => DType::F32,
            dtype => dtype,
        };
        let a = a.to(dtype)?;
        match value.category() != Category::Bool && value.to_f64() == 1.0 {
            true => Ok(a),
            false => a.mul(value),
        }
    }

    #[track_caller]
    fn same_dtype(&self, what: &str, other: &Tensor) -> Result<()> {
        if other.dtype() == self.dtype() {
            return Ok(());
        }
        Err(Error::dtype(format!(
            "lerp: {what} is {}, expected {} as the start",
            other.dtype(),
            self.dtype()
        )))
    }
}

#[track_caller]
fn expect_quotient(a: &Tensor, b: &Tensor) -> Result<()> {
    if !a.dtype().is_float() && !b.dtype().is_float() {
        return Err(Error::dtype(format!(
            "addcdiv: not defined for the quotient of {} and {}; convert one to a floating-point dtype first",
            a.dtype(),
            b.dtype()
        )));
    }
    Ok(())
}
