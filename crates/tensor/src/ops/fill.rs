//! Setting every element to one value.

use crate::create::expect_fits;
use crate::{Operand, Tensor, apply_in_place};
use rushlight_backend::{Error, Op, Result};

impl Tensor {
    /// A tensor of this shape and dtype with `value` everywhere, a number or a 0-dimensional tensor. PyTorch: `torch.fill`.
    #[track_caller]
    pub fn fill<'a>(&self, value: impl Into<Operand<'a>>) -> Result<Tensor> {
        let filled = self.copy()?;
        filled.fill_(value)?;
        Ok(filled)
    }

    /// Sets every element to `value`, a number or a 0-dimensional tensor. PyTorch: `Tensor.fill_`.
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
    #[track_caller]
    pub fn zero_(&self) -> Result<()> {
        self.fill_(0)
    }
}
