//! Compositions of halves: computed in `float32`, rounded once.
//!
//! One operation of the waist takes float16 and bfloat16 as it takes every dtype: it computes in `float32` and rounds its result. A method
//! made of several operations would round after each of them, and a square or an `eps` on the way leaves the range of float16 although
//! the result is well inside. Each composition therefore hands halves to itself as `float32` and rounds what it gets:
//!
//! ```text
//! if let Some(half) = Half::among([self, other]) {
//!     return half.round(half.widen(self)?.dist(&half.widen(other)?, p)?);
//! }
//! ```
//!
//! The conversions are operations like all others, so gradients flow through the composition in `float32` too, and are rounded once, where
//! they reach the input. Other dtypes pay for one comparison. A mode of the thread that keeps intermediate results wide was the alternative:
//! it needs no arguments, but then the dtype of a tensor depends on who asks, and every use of an input rounds its own share of the gradient.

use crate::{Operand, Tensor};
use rushlight_backend::{DType, Result, TensorType, promote};
use smallvec::SmallVec;

/// That inputs of a composition are halves, and what its result is rounded to.
#[derive(Clone, Copy, Debug)]
pub struct Half {
    result: DType,
}

impl Half {
    /// Something if one of the tensors is of float16 or bfloat16; then the composition is computed of [widened](Half::widen) inputs.
    /// Inputs that are optional may be missing.
    #[inline]
    pub fn among<'a, I>(inputs: I) -> Option<Half>
    where
        I: IntoIterator,
        I::Item: Into<Option<&'a Tensor>>,
        I::IntoIter: Clone,
    {
        let tensors = inputs.into_iter().filter_map(Into::into);
        if !tensors.clone().any(|t| t.dtype().is_half()) {
            return None;
        }
        let types: SmallVec<[TensorType; 4]> = tensors.map(Tensor::tensor_type).collect();
        Some(Half {
            result: promote(&types, None),
        })
    }

    /// A half as `float32`; every other tensor as it is.
    #[track_caller]
    pub fn widen(self, t: &Tensor) -> Result<Tensor> {
        match t.dtype().is_half() {
            true => t.to(DType::F32),
            false => Ok(t.clone()),
        }
    }

    /// [`Half::widen`] of an input that may be missing.
    #[track_caller]
    pub fn widen_option(self, t: Option<&Tensor>) -> Result<Option<Tensor>> {
        t.map(|t| self.widen(t)).transpose()
    }

    /// [`Half::widen`] of an input that may be a number.
    #[track_caller]
    pub fn widen_operand(self, x: Operand<'_>) -> Result<WideOperand> {
        Ok(match x {
            Operand::Tensor(t) => WideOperand::Tensor(self.widen(t)?),
            Operand::Number(s) => WideOperand::Number(s),
        })
    }

    /// [`Half::widen`] of each.
    #[track_caller]
    pub fn widen_all(self, tensors: &[&Tensor]) -> Result<Vec<Tensor>> {
        tensors.iter().map(|t| self.widen(t)).collect()
    }

    /// A result in `float32` rounded to the dtype in which the inputs meet; every other result as it is.
    #[track_caller]
    pub fn round(self, result: Tensor) -> Result<Tensor> {
        match result.dtype() == DType::F32 && self.result.is_half() {
            true => result.to(self.result),
            false => Ok(result),
        }
    }

    /// [`Half::round`] of two results.
    #[track_caller]
    pub fn round_both(self, (a, b): (Tensor, Tensor)) -> Result<(Tensor, Tensor)> {
        Ok((self.round(a)?, self.round(b)?))
    }
}

/// An operand of which a tensor is held.
#[derive(Clone, Debug)]
pub enum WideOperand {
    /// A tensor.
    Tensor(Tensor),
    /// A number.
    Number(rushlight_backend::Scalar),
}

impl<'a> From<&'a WideOperand> for Operand<'a> {
    fn from(x: &'a WideOperand) -> Operand<'a> {
        match x {
            WideOperand::Tensor(t) => Operand::Tensor(t),
            WideOperand::Number(s) => Operand::Number(*s),
        }
    }
}
