//! Setting every element to one value.

use crate::create::expect_fits;
use crate::{Operand, Tensor, apply_in_place};
use rushlight_backend::{Error, Op, Result};

impl Tensor {
    /// A new tensor of this shape and dtype with `value`, a number or a 0-dimensional tensor, everywhere. PyTorch: `torch.fill`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([[1, 2], [3, 4]]);
    /// assert_eq!(x.fill(7)?.to_vec2::<i64>()?, [[7, 7], [7, 7]]);
    /// assert_eq!(x.to_vec2::<i64>()?, [[1, 2], [3, 4]]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the dtype cannot hold the number, or `value` is a tensor with dimensions.
    #[track_caller]
    pub fn fill<'a>(&self, value: impl Into<Operand<'a>>) -> Result<Tensor> {
        let filled = self.copy()?;
        filled.fill_(value)?;
        Ok(filled)
    }

    /// Sets every element to `value`, a number or a 0-dimensional tensor. PyTorch: `Tensor.fill_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3]);
    /// x.fill_(7)?;
    /// assert_eq!(x.to_vec::<i64>()?, [7, 7, 7]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::fill`]; also if this tensor is a leaf that requires a gradient, or a view of one, and gradients are recorded.
    #[track_caller]
    pub fn fill_<'a>(&self, value: impl Into<Operand<'a>>) -> Result<()> {
        match value.into() {
            Operand::Number(s) => {
                expect_fits("fill_", s, self.dtype())?;
                apply_in_place(Op::Fill(s), self, &[self])
            }
            Operand::Tensor(t) if t.ndim() == 0 => self.copy_(t),
            Operand::Tensor(t) => Err(Error::shape(format!(
                "fill_: the value must be a number or a tensor without dimensions, not of shape {:?}",
                t.shape()
            ))),
        }
    }

    /// Sets every element to 0. PyTorch: `Tensor.zero_`.
    ///
    /// ```
    /// # use rushlight::tensor;
    /// let x = tensor!([1, 2, 3]);
    /// x.zero_()?;
    /// assert_eq!(x.to_vec::<i64>()?, [0, 0, 0]);
    /// # Ok::<(), rushlight::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Tensor::fill_`].
    #[track_caller]
    pub fn zero_(&self) -> Result<()> {
        self.fill_(0)
    }
}
