//! Composed operations on halves (float16 and bfloat16): computed in `float32` and rounded once.
//!
//! A single [`Op`](crate::Op) on halves computes in `float32` and rounds its result. A method composed of several operations would round
//! after each of them, and an intermediate square or an `eps` can leave the range of float16 although the result is inside. Each composed
//! method therefore calls itself with the inputs converted to `float32` and rounds the result:
//!
//! ```text
//! if let Some(half) = Half::among([self, other]) {
//!     return half.round(half.widen(self)?.dist(&half.widen(other)?, p)?);
//! }
//! ```
//!
//! The conversions are recorded operations, so gradients pass through the composition in `float32` too, and are rounded once when they reach
//! the input. Other dtypes cost one comparison. The alternative was a thread-local mode that keeps intermediate results in `float32`: it
//! needs no arguments, but the dtype of a tensor would depend on the mode, and each use of an input would round its share of the gradient.

use crate::{Operand, Tensor};
use rushlight_backend::{DType, Result, TensorType, promote};
use smallvec::SmallVec;

/// Marks that inputs of a composition are halves, and holds the dtype to which its result is rounded.
#[derive(Clone, Copy, Debug)]
pub struct Half {
    result: DType,
}

impl Half {
    /// Returns `Some` if one of the tensors is float16 or bfloat16. The composition must then be computed from [widened](Half::widen) inputs.
    /// Optional inputs may be `None`.
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

    /// Converts a half to `float32`, and returns every other tensor unchanged.
    #[track_caller]
    pub fn widen(self, t: &Tensor) -> Result<Tensor> {
        match t.dtype().is_half() {
            true => t.to(DType::F32),
            false => Ok(t.clone()),
        }
    }

    /// [`Half::widen`] of an optional input.
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

    /// [`Half::widen`] of each tensor.
    #[track_caller]
    pub fn widen_all(self, tensors: &[&Tensor]) -> Result<Vec<Tensor>> {
        tensors.iter().map(|t| self.widen(t)).collect()
    }

    /// Rounds a `float32` result to the promoted dtype of the inputs, and returns every other result unchanged.
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

/// An operand that owns its tensor.
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
