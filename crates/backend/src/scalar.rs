//! Numbers as operands of tensor operations: a bool, an integer or a float, as in Python.

use crate::{Category, DType};
use std::fmt;

/// A number as an operand next to a tensor. Its category takes part in type promotion, its width does not.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Scalar {
    /// A boolean.
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
}

impl Scalar {
    /// The number as `f64`; `true` is 1.
    #[inline]
    pub fn to_f64(self) -> f64 {
        match self {
            Scalar::Bool(b) => b as u8 as f64,
            Scalar::Int(i) => i as f64,
            Scalar::Float(x) => x,
        }
    }

    /// The number as `i64`: a float is truncated towards zero and clamped to the range, NaN becomes 0. Tensors are converted by the same rule.
    #[inline]
    pub fn to_i64(self) -> i64 {
        match self {
            Scalar::Bool(b) => b as i64,
            Scalar::Int(i) => i,
            Scalar::Float(x) => x as i64,
        }
    }

    /// Whether the number is not zero.
    #[inline]
    pub fn to_bool(self) -> bool {
        match self {
            Scalar::Bool(b) => b,
            Scalar::Int(i) => i != 0,
            Scalar::Float(x) => x != 0.0,
        }
    }

    /// The category that takes part in type promotion.
    #[inline]
    pub fn category(self) -> Category {
        match self {
            Scalar::Bool(_) => Category::Bool,
            Scalar::Int(_) => Category::Int,
            Scalar::Float(_) => Category::Float,
        }
    }

    /// The dtype of a tensor made from this number alone: `bool`, `int64` or `float32`.
    #[inline]
    pub fn dtype(self) -> DType {
        match self {
            Scalar::Bool(_) => DType::Bool,
            Scalar::Int(_) => DType::I64,
            Scalar::Float(_) => DType::F32,
        }
    }

    /// The number converted to the category of `dtype`, by the rules of [`Scalar::to_i64`] and [`Scalar::to_bool`].
    pub fn cast(self, dtype: DType) -> Scalar {
        match dtype.category() {
            Category::Bool => Scalar::Bool(self.to_bool()),
            Category::Int => Scalar::Int(self.to_i64()),
            Category::Float => Scalar::Float(self.to_f64()),
        }
    }

    /// Whether this number is in the range of `dtype`, whatever the precision; `uint8` counts modulo 256 and accepts negative numbers as well.
    pub fn fits(self, dtype: DType) -> bool {
        let (lowest, highest) = match (dtype, dtype.lowest(), dtype.highest()) {
            (DType::U8, _, Scalar::Int(high)) => (-high, high),
            (_, Scalar::Int(low), Scalar::Int(high)) => (low, high),
            (DType::Bool | DType::F64, ..) => return true,
            _ => {
                let (x, most) = (self.to_f64(), dtype.largest_finite());
                return !x.is_finite() || x.abs() <= most;
            }
        };
        match self {
            Scalar::Bool(_) => true,
            Scalar::Int(i) => (lowest..=highest).contains(&i),
            // 2^63 is the float that the largest int64 rounds to, and is too large for it.
            Scalar::Float(x) if dtype == DType::I64 => (lowest as f64..2f64.powi(63)).contains(&x),
            Scalar::Float(x) => (lowest as f64..=highest as f64).contains(&x),
        }
    }
}

impl fmt::Display for Scalar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Scalar::Bool(b) => b.fmt(f),
            Scalar::Int(i) => i.fmt(f),
            Scalar::Float(x) => write!(f, "{x:?}"),
        }
    }
}

macro_rules! from {
    ($($t:ty => $variant:ident),*) => { $(
        impl From<$t> for Scalar {
            #[inline]
            fn from(x: $t) -> Self { Scalar::$variant(x.into()) }
        }
    )* };
}

from!(bool => Bool, i8 => Int, i16 => Int, i32 => Int, i64 => Int, u8 => Int, u16 => Int, u32 => Int, f32 => Float, f64 => Float);

/// An integer; a float if it exceeds the largest `i64`, so that it keeps its magnitude.
impl From<u64> for Scalar {
    #[inline]
    fn from(x: u64) -> Self {
        match i64::try_from(x) {
            Ok(i) => Scalar::Int(i),
            Err(_) => Scalar::Float(x as f64),
        }
    }
}

/// An integer; a float if it exceeds the largest `i64`, so that it keeps its magnitude.
impl From<usize> for Scalar {
    #[inline]
    fn from(x: usize) -> Self {
        (x as u64).into()
    }
}

impl From<isize> for Scalar {
    #[inline]
    fn from(x: isize) -> Self {
        Scalar::Int(x as i64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_outside_of_a_dtype_do_not_fit() {
        let fits = |x: f64, dtype| Scalar::Float(x).fits(dtype);
        assert!(fits(255.0, DType::U8) && fits(-255.0, DType::U8));
        assert!(!fits(256.0, DType::U8) && !fits(-256.0, DType::U8));
        assert!(fits(-128.0, DType::I8) && !fits(128.0, DType::I8));
        assert!(Scalar::Int(i64::MIN).fits(DType::I64) && Scalar::Int(i64::MAX).fits(DType::I64));
        assert!(!fits(2f64.powi(63), DType::I64) && fits(-(2f64.powi(63)), DType::I64));
        assert!(!fits(127.5, DType::I8) && fits(127.0, DType::I8));
        assert!(!Scalar::Int(1 << 40).fits(DType::I32));
        assert!(!fits(7e4, DType::F16) && fits(f64::INFINITY, DType::F16));
        assert_eq!(
            Scalar::from(usize::MAX),
            Scalar::Float(1.8446744073709552e19)
        );
        assert!(!fits(f64::NAN, DType::I64) && fits(f64::NAN, DType::Bool));
        assert!(fits(f64::INFINITY, DType::F16) && !fits(65520.0, DType::F16));
    }
}
