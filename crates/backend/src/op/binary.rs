//! The tables of elementwise functions and comparisons of two operands.
//!
//! A function with one parameter, such as leaky ReLU with its slope, is a binary operation whose second operand is usually a number.

use super::saved::{Reads, Saved, reads};
use crate::{Category, DType};

/// Which dtypes a binary operation takes and gives, once both operands are promoted to one dtype.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum BinaryKind {
    /// Any dtype, unchanged.
    Any,
    /// Any number, unchanged; booleans are refused.
    Number,
    /// Any dtype; integers and booleans become `float32`.
    Float,
    /// Floats only, unchanged.
    Real,
    /// Integers and booleans only, unchanged.
    Integer,
    /// Integers only, unchanged.
    Whole,
    /// Any dtype; gives `bool`.
    Test,
}

macro_rules! binary {
    ($($variant:ident => $name:literal, $kind:ident, [$($left:ident)*], [$($right:ident)*], $formula:literal;)*) => {
        /// An operation on two elements, `x` and `y`.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Binary { $(#[doc = concat!("`", $formula, "`")] $variant,)* }

        impl Binary {
            /// Every binary operation.
            pub const ALL: &[Binary] = &[$(Binary::$variant),*];

            /// PyTorch's name.
            pub const fn name(self) -> &'static str {
                match self { $(Binary::$variant => $name,)* }
            }

            /// Which dtypes it takes and gives.
            pub const fn kind(self) -> BinaryKind {
                match self { $(Binary::$variant => BinaryKind::$kind,)* }
            }

            /// What the derivative with respect to operand `of`, 0 or 1, reads.
            pub(super) const fn reads(self, of: usize) -> Reads {
                match (self, of) {
                    $((Binary::$variant, 0) => reads!($($left)*),)*
                    $((Binary::$variant, _) => reads!($($right)*),)*
                }
            }

            /// What the derivatives need where both operands are tensors.
            pub const fn saves(self) -> &'static [Saved] {
                match self {
                    $(Binary::$variant => const { reads!($($left)*).and(reads!($($right)*)).saved() },)*
                }
            }
        }
    };
}

// `by x` and `by y` are what the derivatives with respect to the operands read: the operands `x` and `y`, the result `out`.
binary! {
    // variant        name                    takes     by x     by y        formula
    Add            => "add",                  Any,      [],      [],         "x + y";
    Sub            => "sub",                  Number,   [],      [],         "x - y";
    Mul            => "mul",                  Any,      [y],     [x],        "x y";
    Div            => "div",                  Float,    [y],     [x y],      "x / y";
    HalfDifference => "half_difference",      Real,     [],      [],         "x/2 - y/2: in range where x - y is not";
    DivTrunc       => "div_trunc",            Number,   [],      [],         "trunc(x / y)";
    DivFloor       => "floor_divide",         Number,   [],      [],         "⌊x / y⌋";
    Remainder      => "remainder",            Number,   [],      [x y],      "x - y ⌊x / y⌋, the sign of y";
    Fmod           => "fmod",                 Number,   [],      [x y],      "x - y trunc(x / y), the sign of x";
    Pow            => "pow",                  Number,   [x y],   [x y out],  "xʸ";
    Maximum        => "maximum",              Any,      [x y],   [x y],      "the larger, NaN if either is";
    Minimum        => "minimum",              Any,      [x y],   [x y],      "the smaller, NaN if either is";
    Fmax           => "fmax",                 Any,      [x y],   [x y],      "the larger, NaN only if both are";
    Fmin           => "fmin",                 Any,      [x y],   [x y],      "the smaller, NaN only if both are";
    ClampMin       => "clamp_min",            Any,      [x y],   [x y],      "max(x, y), no gradient at a bound that is a number";
    ClampMax       => "clamp_max",            Any,      [x y],   [x y],      "min(x, y), no gradient at a bound that is a number";
    Atan2          => "atan2",                Float,    [x y],   [x y],      "the angle of (y, x): arctan(x / y) in the right quadrant";
    Hypot          => "hypot",                Real,     [x out], [y out],    "√(x² + y²)";
    Copysign       => "copysign",             Float,    [x out], [],         "|x| with the sign of y";
    Nextafter      => "nextafter",            Real,     [x y],   [],         "the next float after x towards y";
    Heaviside      => "heaviside",            Any,      [],      [],         "0 below 0, y at 0, 1 above";
    LogAddExp      => "logaddexp",            Real,     [x y],   [x y],      "ln(eˣ + eʸ)";
    LogAddExp2     => "logaddexp2",           Real,     [x y],   [x y],      "log₂(2ˣ + 2ʸ)";
    Xlogy          => "xlogy",                Float,    [x y],   [x y],      "x ln y, 0 where x is 0";
    Xlog1py        => "xlog1py",              Float,    [x y],   [x y],      "x ln(1 + y), 0 where x is 0";
    Zeta           => "zeta",                 Float,    [],      [x y],      "Hurwitz's Σ (y + k)^-x for k from 0 on";
    Polygamma      => "polygamma",            Float,    [],      [x y],      "the derivative of order x + 1 of ln Γ at y, for whole x from 1 on";
    LeakyRelu      => "leaky_relu",           Number,   [x y],   [x y],      "x above 0, y x otherwise";
    Elu            => "elu",                  Float,    [x y],   [x y],      "x above 0, y (eˣ - 1) otherwise";
    Gate           => "gate",                 Number,   [y],     [],         "x where y is above 0, else 0: the gradient of relu";
    BceWithLogits  => "binary_cross_entropy_with_logits", Float, [x y],   [x],        "(1 - y) x - ln sigmoid(x): the loss of logit x for target y";
    BitAnd         => "bitwise_and",          Integer,  [],      [],         "bits of both";
    BitOr          => "bitwise_or",           Integer,  [],      [],         "bits of either";
    BitXor         => "bitwise_xor",          Integer,  [],      [],         "bits of one only";
    Gcd            => "gcd",                  Whole,    [],      [],         "the greatest common divisor";
    ShiftLeft      => "bitwise_left_shift",   Whole,    [],      [],         "x 2ʸ";
    ShiftRight     => "bitwise_right_shift",  Whole,    [],      [],         "x / 2ʸ, rounded down";
    LogicalAnd     => "logical_and",          Test,     [],      [],         "x ≠ 0 and y ≠ 0";
    LogicalOr      => "logical_or",           Test,     [],      [],         "x ≠ 0 or y ≠ 0";
    LogicalXor     => "logical_xor",          Test,     [],      [],         "one of x ≠ 0, y ≠ 0 but not both";
}

impl Binary {
    /// Whether it divides, so that integers refuse 0 as second operand.
    pub const fn divides(self) -> bool {
        matches!(
            self,
            Binary::DivTrunc | Binary::DivFloor | Binary::Remainder | Binary::Fmod
        )
    }

    /// The dtypes that it takes, in words.
    pub const fn takes(self) -> &'static str {
        match self.kind() {
            BinaryKind::Any | BinaryKind::Float | BinaryKind::Test => "any dtype",
            BinaryKind::Number => "integers and floats",
            BinaryKind::Real => "floats",
            BinaryKind::Integer => "integers and booleans",
            BinaryKind::Whole => "integers",
        }
    }

    /// Whether elements of `dtype` reach the operation as they are, not converted to another dtype first.
    pub const fn computes_in(self, dtype: DType) -> bool {
        match self.result(dtype) {
            Some(result) => result as u8 == dtype as u8 || matches!(result, DType::Bool),
            None => false,
        }
    }

    /// The dtype of the result for operands promoted to `dtype`, or `None` if the operation refuses it.
    #[inline(always)]
    pub const fn result(self, dtype: DType) -> Option<DType> {
        match (self.kind(), dtype.category()) {
            (BinaryKind::Any, _) | (BinaryKind::Number, Category::Int | Category::Float) => {
                Some(dtype)
            }
            (BinaryKind::Number, Category::Bool) => None,
            (BinaryKind::Float, Category::Float) => Some(dtype),
            (BinaryKind::Float, _) => Some(DType::F32),
            (BinaryKind::Real, Category::Float) => Some(dtype),
            (BinaryKind::Real, _) => None,
            (BinaryKind::Integer, Category::Float) => None,
            (BinaryKind::Integer, _) | (BinaryKind::Whole, Category::Int) => Some(dtype),
            (BinaryKind::Whole, _) => None,
            (BinaryKind::Test, _) => Some(DType::Bool),
        }
    }
}

macro_rules! compare {
    ($($variant:ident => $name:literal, $formula:literal;)*) => {
        /// A comparison of two elements; gives `bool`. Any comparison with NaN is false, but `Ne`, which is true.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Compare { $(#[doc = concat!("`", $formula, "`")] $variant,)* }

        impl Compare {
            /// Every comparison.
            pub const ALL: &[Compare] = &[$(Compare::$variant),*];

            /// PyTorch's name.
            pub const fn name(self) -> &'static str {
                match self { $(Compare::$variant => $name,)* }
            }
        }
    };
}

compare! {
    Eq => "eq", "x = y";
    Ne => "ne", "x ≠ y";
    Lt => "lt", "x < y";
    Le => "le", "x ≤ y";
    Gt => "gt", "x > y";
    Ge => "ge", "x ≥ y";
}
