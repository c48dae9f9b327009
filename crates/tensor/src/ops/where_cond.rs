//! Elementwise selection by a condition: `torch.where` and `masked_fill`.

use crate::create::expect_fits;
use crate::{Operand, Tensor, apply};
use rushlight_backend::{DType, Error, Map, Result};

impl Tensor {
    /// `a` where this condition (`bool`) is true, `b` elsewhere; each is a tensor or a number, and all three broadcast. The dtypes of `a` and `b`
    /// are promoted. PyTorch: `torch.where`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([-1, 2]);
    /// assert_eq!(x.gt(0)?.where_cond(&x, 0)?.to_vec::<i64>()?, [0, 2]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If this tensor is not `bool`, the shapes do not broadcast, or the dtype cannot hold a number.
    #[track_caller]
    pub fn where_cond<'a, 'b>(
        &self,
        a: impl Into<Operand<'a>>,
        b: impl Into<Operand<'b>>,
    ) -> Result<Tensor> {
        let (a, b) = (a.into(), b.into());
        let (a, b) = (self.as_branch(a, b)?, self.as_branch(b, a)?);
        apply(Map::Where.into(), &[self, &a, &b])
    }

    /// An operand of [`Tensor::where_cond`] as a tensor. A number takes the dtype of the other operand unless its class is higher, as in
    /// arithmetic.
    #[track_caller]
    fn as_branch(&self, x: Operand<'_>, other: Operand<'_>) -> Result<Tensor> {
        match (x, other) {
            (Operand::Tensor(t), _) => Ok(t.clone()),
            (Operand::Number(s), Operand::Tensor(t)) if s.category() <= t.dtype().category() => {
                expect_fits("where", s, t.dtype())?;
                Tensor::full((), s, (t.dtype(), self.device()))
            }
            (Operand::Number(s), _) => Tensor::full((), s, self.device()),
        }
    }

    /// A copy with `value`, a number or a 0-dimensional tensor, where `mask` (`bool`) is true. Mask and tensor broadcast; the dtype stays, and
    /// for integers `value` is truncated. PyTorch: `torch.masked_fill`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3]);
    /// let y = x.masked_fill(&x.gt(1)?, 0)?;
    /// assert_eq!(y.to_vec::<i64>()?, [1, 0, 0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the mask is not `bool` or does not broadcast with the tensor, `value` has dimensions, or the dtype cannot hold it.
    #[track_caller]
    pub fn masked_fill<'a>(&self, mask: &Tensor, value: impl Into<Operand<'a>>) -> Result<Tensor> {
        let value = self.fill_value("masked_fill", mask, value.into())?;
        apply(Map::Where.into(), &[mask, &value, self])
    }

    /// [`Tensor::masked_fill`] in place. PyTorch: `Tensor.masked_fill_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3]);
    /// x.masked_fill_(&x.gt(1)?, 0)?;
    /// assert_eq!(x.to_vec::<i64>()?, [1, 0, 0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::masked_fill`]; also if the result does not have this tensor's shape, if its dtype is of a higher category than this tensor's
    /// (`bool`, integers, floats), or if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn masked_fill_<'a>(&self, mask: &Tensor, value: impl Into<Operand<'a>>) -> Result<()> {
        let filled = self.masked_fill(mask, value)?;
        self.copy_(&filled)
    }

    #[track_caller]
    fn fill_value(&self, name: &str, mask: &Tensor, value: Operand<'_>) -> Result<Tensor> {
        if mask.dtype() != DType::Bool {
            return Err(Error::dtype(format!(
                "{name}: the mask must be bool, not {}",
                mask.dtype()
            )));
        }
        match value {
            Operand::Number(s) => {
                expect_fits(name, s, self.dtype())?;
                Tensor::full((), s, (self.dtype(), self.device()))
            }
            Operand::Tensor(t) if t.ndim() == 0 => t.to(self.dtype()),
            Operand::Tensor(t) => Err(Error::shape(format!(
                "{name}: the value must be a number or 0-dimensional, not {:?}",
                t.shape()
            ))),
        }
    }
}
