//! `+ - * / -x` on tensors and numbers, and `+= -= *= /=`, which write in place. They panic if the method of the same name returns an error.

use crate::Tensor;
use rushlight_backend::Scalar;
use std::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

#[inline]
#[track_caller]
fn unwrap<T>(result: crate::Result<T>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}

macro_rules! tensors {
    (@one $trait:ident $method:ident $left:ty, $right:ty) => {
        impl $trait<$right> for $left {
            type Output = Tensor;
            #[inline]
            #[track_caller]
            fn $method(self, other: $right) -> Tensor { unwrap(Tensor::$method(&self, &other as &Tensor)) }
        }
    };
    ($($trait:ident $method:ident)*) => { $(
        tensors! { @one $trait $method Tensor, Tensor }
        tensors! { @one $trait $method Tensor, &Tensor }
        tensors! { @one $trait $method &Tensor, Tensor }
        tensors! { @one $trait $method &Tensor, &Tensor }
    )* };
}

tensors! { Add add Sub sub Mul mul Div div }

macro_rules! numbers_on_the_right {
    ($($trait:ident $method:ident)*) => { $(
        impl<S: Into<Scalar>> $trait<S> for Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, number: S) -> Tensor { unwrap(Tensor::$method(&self, number.into())) }
        }
        impl<S: Into<Scalar>> $trait<S> for &Tensor {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, number: S) -> Tensor { unwrap(Tensor::$method(self, number.into())) }
        }
    )* };
}

numbers_on_the_right! { Add add Sub sub Mul mul Div div }

// Only f64 and i64: with f32 too, the type of the literal in `2.0 * &x` would be ambiguous.
macro_rules! numbers_on_the_left {
    ($($trait:ident $method:ident $reversed:ident: $($number:ty)*;)*) => { $($(
        impl $trait<Tensor> for $number {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, tensor: Tensor) -> Tensor { unwrap(Tensor::$reversed(&tensor, self)) }
        }
        impl $trait<&Tensor> for $number {
            type Output = Tensor;
            #[track_caller]
            fn $method(self, tensor: &Tensor) -> Tensor { unwrap(Tensor::$reversed(tensor, self)) }
        }
    )*)* };
}

numbers_on_the_left! {
    Add add add: f64 i64;
    Sub sub rsub: f64 i64;
    Mul mul mul: f64 i64;
    Div div rdiv: f64 i64;
}

macro_rules! in_place {
    ($($trait:ident $operator:ident $method:ident)*) => { $(
        impl $trait<Tensor> for Tensor {
            #[track_caller]
            fn $operator(&mut self, other: Tensor) { unwrap(self.$method(&other)) }
        }
        impl $trait<&Tensor> for Tensor {
            #[track_caller]
            fn $operator(&mut self, other: &Tensor) { unwrap(self.$method(other)) }
        }
        impl<S: Into<Scalar>> $trait<S> for Tensor {
            #[track_caller]
            fn $operator(&mut self, number: S) { unwrap(self.$method(number.into())) }
        }
    )* };
}

in_place! {
    AddAssign add_assign add_
    SubAssign sub_assign sub_
    MulAssign mul_assign mul_
    DivAssign div_assign div_
}

impl Neg for Tensor {
    type Output = Tensor;
    #[track_caller]
    fn neg(self) -> Tensor {
        unwrap(Tensor::neg(&self))
    }
}

impl Neg for &Tensor {
    type Output = Tensor;
    #[track_caller]
    fn neg(self) -> Tensor {
        unwrap(Tensor::neg(self))
    }
}
