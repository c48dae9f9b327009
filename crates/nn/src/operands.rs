//! Parameters and buffers as operands of the methods of tensors, of `+ - * /`, `-x` and `+= -= *= /=`, and as entries of an index.
//!
//! A reference to a parameter or buffer is accepted wherever a reference to a tensor is. Operators panic with the message of the error, as
//! those of tensors do.

use crate::{Buffer, Parameter};
use rushlight_tensor::{Index, Operand, Result, Scalar, Tensor};
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

/// The right-hand side of an operator whose left-hand side is a parameter or a buffer. It is a trait of this crate, so that each operator has
/// one implementation for tensors, parameters and numbers, and the type of the result is known before that of a literal.
pub trait RightHandSide {
    /// The operand.
    fn operand(&self) -> Operand<'_>;
}

impl RightHandSide for Tensor {
    fn operand(&self) -> Operand<'_> {
        self.into()
    }
}

impl RightHandSide for &Tensor {
    fn operand(&self) -> Operand<'_> {
        (*self).into()
    }
}

macro_rules! numbers {
    ($($number:ty)*) => { $(
        impl RightHandSide for $number {
            fn operand(&self) -> Operand<'_> { (*self).into() }
        }
    )* };
}

numbers! { bool i8 i16 i32 i64 u8 u16 u32 u64 usize isize f32 f64 Scalar }

#[track_caller]
fn unwrap<T>(result: Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

macro_rules! operators {
    ($held:ident: $($trait:ident $method:ident $reversed:ident $assign:ident $operator:ident $in_place:ident;)*) => { $(
        impl<R: RightHandSide> $trait<R> for &$held {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, other: R) -> Tensor { unwrap(Tensor::$method(self, other.operand())) }
        }
        impl $trait<&$held> for Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, other: &$held) -> Tensor { unwrap(Tensor::$method(&self, other)) }
        }
        impl $trait<&$held> for &Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, other: &$held) -> Tensor { unwrap(Tensor::$method(self, other)) }
        }
        impl $trait<&$held> for f64 {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, other: &$held) -> Tensor { unwrap(Tensor::$reversed(other, self)) }
        }
        impl $trait<&$held> for i64 {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, other: &$held) -> Tensor { unwrap(Tensor::$reversed(other, self)) }
        }
        impl $assign<&$held> for Tensor {
            #[track_caller]
            fn $operator(&mut self, other: &$held) { unwrap(self.$in_place(other)) }
        }
        impl<R: RightHandSide> $assign<R> for $held {
            #[track_caller]
            fn $operator(&mut self, other: R) { unwrap(self.$in_place(other.operand())) }
        }
    )* };
}

macro_rules! operand {
    ($($held:ident)*) => { $(
        impl<'a> From<&'a $held> for Operand<'a> {
            #[inline]
            fn from(held: &'a $held) -> Self { Operand::Tensor(held.tensor()) }
        }
        impl From<&$held> for Index {
            fn from(held: &$held) -> Index { held.tensor().into() }
        }
        impl RightHandSide for &$held {
            fn operand(&self) -> Operand<'_> { (*self).into() }
        }
        impl Neg for &$held {
            type Output = Tensor;
            #[track_caller]
            fn neg(self) -> Tensor { unwrap(Tensor::neg(self)) }
        }
        operators! {
            $held:
            Add add add AddAssign add_assign add_;
            Sub sub rsub SubAssign sub_assign sub_;
            Mul mul mul MulAssign mul_assign mul_;
            Div div rdiv DivAssign div_assign div_;
        }
    )* };
}

operand! { Parameter Buffer }
