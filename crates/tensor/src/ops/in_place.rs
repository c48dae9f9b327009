//! Overwriting: fill, copy, zero.

use crate::create::expect_fits;
use crate::{Operand, Tensor, apply, apply_in_place};
use rushlight_backend::{Error, Map, Op, Result};

impl Tensor {
    /// A copy of the elements in fresh contiguous memory. Differentiable. PyTorch: `Tensor.clone`.
    #[track_caller]
    pub fn copy(&self) -> Result<Tensor> {
        apply(Map::Copy.into(), &[self])
    }

    /// This tensor if it is contiguous, else a contiguous copy. PyTorch: `Tensor.contiguous`.
    #[track_caller]
    pub fn contiguous(&self) -> Result<Tensor> {
        if self.is_contiguous() {
            Ok(self.clone())
        } else {
            self.copy()
        }
    }

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

    /// Copies the elements of `source`, which may broadcast, be of another dtype, and lie on another device. PyTorch: `Tensor.copy_`.
    #[track_caller]
    pub fn copy_(&self, source: &Tensor) -> Result<()> {
        if source.device() != self.device() {
            let moved = source.to(self.device())?;
            return apply_in_place(Map::Copy.into(), self, &[&moved]);
        }
        apply_in_place(Map::Copy.into(), self, &[source])
    }
}
