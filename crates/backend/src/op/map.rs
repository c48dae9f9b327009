//! Elementwise operations: a function of the elements of one to three tensors.

use super::infer::{binary_dtype, bound_fits, undefined};
use super::{Binary, BinaryKind, Compare, Saved, TensorType, Unary, UnaryKind, promote};
use crate::{Category, DType, Error, Result, Scalar, broadcast};
use half::{bf16, f16};

/// An elementwise function, as tensors, backends and derivatives identify it.
///
/// A number is part of the function, not an input: it has no shape, no memory and no gradient.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Map {
    /// The identity; a backend converts the input to the output's dtype.
    Copy,
    /// One input.
    Unary(Unary),
    /// Two inputs, which broadcast.
    Binary(Binary),
    /// One input and a number on its right.
    BinaryScalar(Binary, Scalar),
    /// A number and one input on its right.
    ScalarBinary(Scalar, Binary),
    /// Two inputs, which broadcast.
    Compare(Compare),
    /// One input and a number on its right.
    CompareScalar(Compare, Scalar),
    /// Three inputs, which broadcast: a condition (`bool`), the value where it is true, and the value where it is false.
    Where,
}

impl Map {
    /// PyTorch's name.
    #[inline]
    pub const fn name(self) -> &'static str {
        match self {
            Map::Copy => "clone",
            Map::Unary(f) => f.name(),
            Map::Binary(f) | Map::BinaryScalar(f, _) | Map::ScalarBinary(_, f) => f.name(),
            Map::Compare(f) | Map::CompareScalar(f, _) => f.name(),
            Map::Where => "where",
        }
    }

    /// The number of tensor inputs.
    #[inline]
    pub const fn arity(self) -> usize {
        match self {
            Map::Copy
            | Map::Unary(_)
            | Map::BinaryScalar(..)
            | Map::ScalarBinary(..)
            | Map::CompareScalar(..) => 1,
            Map::Binary(_) | Map::Compare(_) => 2,
            Map::Where => 3,
        }
    }

    /// The number among its operands.
    #[inline]
    pub const fn number(self) -> Option<Scalar> {
        match self {
            Map::BinaryScalar(_, s) | Map::ScalarBinary(s, _) | Map::CompareScalar(_, s) => Some(s),
            Map::Copy | Map::Unary(_) | Map::Binary(_) | Map::Compare(_) | Map::Where => None,
        }
    }

    /// Whether it is a predicate: the result is `bool` for operands of every dtype.
    #[inline]
    pub const fn is_test(self) -> bool {
        match self {
            Map::Unary(f) => matches!(f.kind(), UnaryKind::Test),
            Map::Binary(f) | Map::BinaryScalar(f, _) | Map::ScalarBinary(_, f) => {
                matches!(f.kind(), BinaryKind::Test)
            }
            Map::Compare(_) | Map::CompareScalar(..) => true,
            Map::Copy | Map::Where => false,
        }
    }

    /// The function that kernels compute in its place for a first input of dtype `input` and a result of `result`: powers that need no logarithm,
    /// the inversion of a boolean, and comparisons with a number, which is first rounded to the tensor's precision.
    #[inline]
    pub fn simplified(self, input: DType, compute: DType, result: DType) -> Map {
        match self {
            Map::Unary(Unary::BitNot) if result == DType::Bool => Map::Unary(Unary::LogicalNot),
            Map::BinaryScalar(Binary::Pow, s) => match power(s, compute) {
                Some(f) => Map::Unary(f),
                None => self,
            },
            Map::CompareScalar(f, s) => Map::CompareScalar(f, rounded_to(s, input)),
            _ => self,
        }
    }

    /// Whether an element of the second operand may be a fault if the function is computed in integers.
    pub fn may_divide_by_zero(self) -> bool {
        match self {
            Map::Binary(f) => f.divides(),
            Map::BinaryScalar(f, s) => f.divides() && s.to_f64() == 0.0,
            _ => false,
        }
    }

    /// The values that the derivative needs.
    #[inline]
    pub const fn saves(self) -> &'static [Saved] {
        match self {
            Map::Copy | Map::Compare(_) | Map::CompareScalar(..) => &[],
            Map::Unary(f) => f.saves(),
            Map::Binary(f) => f.saves(),
            Map::BinaryScalar(f, _) => f.reads(0).of_left().saved(),
            Map::ScalarBinary(_, f) => f.reads(1).of_right().saved(),
            Map::Where => &[Saved::In(0)],
        }
    }

    /// The dtype in which it is computed for inputs of these types and a result of `result`: operands are converted to the dtype of the result, except for
    /// predicates, whose result is `bool`.
    #[inline]
    pub fn compute(self, inputs: &[TensorType], result: DType) -> DType {
        match self {
            Map::Unary(_) if self.is_test() => inputs[0].dtype.compute(),
            Map::Copy | Map::Unary(_) | Map::Where => result.compute(),
            _ if result.category() != Category::Bool => result.compute(),
            _ => promote(inputs, self.number()).compute(),
        }
    }

    /// Shape and dtype of the result for as many inputs as [`Map::arity`] says, or an error if they do not fit.
    #[track_caller]
    pub(super) fn infer(self, inputs: &[TensorType]) -> Result<TensorType> {
        let name = self.name();
        let a = inputs[0];
        let of = |dtype: DType| TensorType { dtype, ..a };
        let met = |dtype: DType| {
            Ok(TensorType {
                shape: broadcast(name, &a.shape, &inputs[1].shape)?,
                dtype,
            })
        };
        match self {
            Map::Copy => Ok(a),
            Map::Unary(f) => match f.result(a.dtype) {
                Some(dtype) => Ok(of(dtype)),
                None => Err(undefined(name, a.dtype, f.takes())),
            },
            Map::Binary(f) => met(binary_dtype(f, promote(inputs, None))?),
            Map::BinaryScalar(f, s) | Map::ScalarBinary(s, f) => {
                let dtype = binary_dtype(f, promote(inputs, Some(s)))?;
                bound_fits(f, s, dtype)?;
                Ok(of(dtype))
            }
            Map::Compare(_) => met(DType::Bool),
            Map::CompareScalar(..) => Ok(of(DType::Bool)),
            Map::Where => {
                if a.dtype != DType::Bool {
                    return Err(Error::dtype(format!(
                        "where: the condition must be bool, not {}",
                        a.dtype
                    )));
                }
                let values = broadcast(name, &inputs[1].shape, &inputs[2].shape)?;
                Ok(TensorType {
                    shape: broadcast(name, &a.shape, &values)?,
                    dtype: promote(&inputs[1..], None),
                })
            }
        }
    }
}

/// The function of one element that a power is, if that needs no logarithm.
fn power(exponent: Scalar, compute: DType) -> Option<Unary> {
    let float = compute.is_float();
    match exponent.to_f64() {
        2.0 => Some(Unary::Square),
        0.5 if float => Some(Unary::Sqrt),
        -0.5 if float => Some(Unary::Rsqrt),
        -1.0 if float => Some(Unary::Reciprocal),
        _ => None,
    }
}

/// The nearest number that a half dtype holds; any number for the others.
fn rounded_to(s: Scalar, dtype: DType) -> Scalar {
    match (dtype, s) {
        (_, Scalar::Bool(_)) => s,
        (DType::F16, _) => Scalar::Float(f16::from_f32(s.to_f64() as f32).to_f64()),
        (DType::BF16, _) => Scalar::Float(bf16::from_f32(s.to_f64() as f32).to_f64()),
        _ => s,
    }
}

impl From<Unary> for Map {
    #[inline]
    fn from(f: Unary) -> Map {
        Map::Unary(f)
    }
}

impl From<Binary> for Map {
    #[inline]
    fn from(f: Binary) -> Map {
        Map::Binary(f)
    }
}

impl From<Compare> for Map {
    #[inline]
    fn from(f: Compare) -> Map {
        Map::Compare(f)
    }
}
