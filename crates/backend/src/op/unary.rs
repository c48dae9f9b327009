//! The table of elementwise functions of one operand.

use super::saved::{Saved, reads};
use crate::{Category, DType};

/// Which dtypes a unary operation takes and gives.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum UnaryKind {
    /// Any number, unchanged dtype; booleans are refused.
    Number,
    /// Any dtype; integers and booleans become `float32`.
    Float,
    /// Integers and booleans only, unchanged dtype.
    Integer,
    /// Any dtype; gives `bool`.
    Test,
}

macro_rules! unary {
    ($($variant:ident => $name:literal, $kind:ident, [$($read:ident)*], $formula:literal;)*) => {
        /// An operation on one element.
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
        #[repr(u8)]
        pub enum Unary { $(#[doc = concat!("`", $formula, "`")] $variant,)* }

        impl Unary {
            /// Every unary operation.
            pub const ALL: &[Unary] = &[$(Unary::$variant),*];

            /// PyTorch's name.
            pub const fn name(self) -> &'static str {
                match self { $(Unary::$variant => $name,)* }
            }

            /// Which dtypes it takes and gives.
            pub const fn kind(self) -> UnaryKind {
                match self { $(Unary::$variant => UnaryKind::$kind,)* }
            }

            /// What the derivative needs.
            pub const fn saves(self) -> &'static [Saved] {
                match self { $(Unary::$variant => const { reads!($($read)*).saved() },)* }
            }
        }
    };
}

// `reads` is what the derivative reads: the operand `x`, the result `out`.
unary! {
    // variant    name             takes    reads    formula
    Neg        => "neg",           Number,  [],      "-x";
    Abs        => "abs",           Number,  [x],     "|x|";
    Sign       => "sign",          Number,  [],      "-1, 0 or 1";
    Ceil       => "ceil",          Number,  [],      "⌈x⌉";
    Floor      => "floor",         Number,  [],      "⌊x⌋";
    Round      => "round",         Number,  [],      "nearest integer, ties to even";
    Trunc      => "trunc",         Number,  [],      "towards zero";
    Frac       => "frac",          Number,  [],      "x - trunc(x)";
    Square     => "square",        Number,  [x],     "x²";
    Relu       => "relu",          Number,  [out],   "max(x, 0)";
    Exp        => "exp",           Float,   [out],   "eˣ";
    Exp2       => "exp2",          Float,   [out],   "2ˣ";
    Expm1      => "expm1",         Float,   [out],   "eˣ - 1";
    Log        => "log",           Float,   [x],     "ln x";
    Log2       => "log2",          Float,   [x],     "log₂ x";
    Log10      => "log10",         Float,   [x],     "log₁₀ x";
    Log1p      => "log1p",         Float,   [x],     "ln(1 + x)";
    Sqrt       => "sqrt",          Float,   [out],   "√x";
    Rsqrt      => "rsqrt",         Float,   [out],   "1 / √x";
    Reciprocal => "reciprocal",    Float,   [out],   "1 / x";
    Sin        => "sin",           Float,   [x],     "sin x";
    Cos        => "cos",           Float,   [x],     "cos x";
    Tan        => "tan",           Float,   [out],   "tan x";
    Sinc       => "sinc",          Float,   [x out], "sin(πx) / (πx), 1 at 0";
    Asin       => "asin",          Float,   [x],     "arcsin x";
    Acos       => "acos",          Float,   [x],     "arccos x";
    Atan       => "atan",          Float,   [x],     "arctan x";
    Sinh       => "sinh",          Float,   [x],     "(eˣ - e⁻ˣ) / 2";
    Cosh       => "cosh",          Float,   [x],     "(eˣ + e⁻ˣ) / 2";
    Tanh       => "tanh",          Float,   [out],   "sinh x / cosh x";
    LogCosh    => "log_cosh",      Float,   [x],     "ln cosh x";
    Asinh      => "asinh",         Float,   [x],     "ln(x + √(x² + 1))";
    Acosh      => "acosh",         Float,   [x],     "ln(x + √(x² - 1))";
    Atanh      => "atanh",         Float,   [x],     "ln((1 + x) / (1 - x)) / 2";
    Erf        => "erf",           Float,   [x],     "2/√π ∫₀ˣ e^(-t²) dt";
    Erfc       => "erfc",          Float,   [x],     "1 - erf x, without cancellation";
    Erfcx      => "erfcx",         Float,   [x out], "e^(x²) erfc x";
    Erfinv     => "erfinv",        Float,   [out],   "the y with erf y = x";
    Ndtri      => "ndtri",         Float,   [out],   "the y with Φ(y) = x, Φ the normal distribution's function";
    LogNdtr    => "log_ndtr",      Float,   [x],     "ln Φ(x), Φ the normal distribution's function";
    I0         => "i0",            Float,   [x],     "I₀(x), a modified Bessel function";
    I0e        => "i0e",           Float,   [x out], "e^-|x| I₀(x)";
    I1         => "i1",            Float,   [x],     "I₁(x), a modified Bessel function";
    I1e        => "i1e",           Float,   [x out], "e^-|x| I₁(x)";
    SphericalBesselJ0 => "spherical_bessel_j0", Float, [x out], "sin(x) / x, 1 at 0: a spherical Bessel function";
    Entr       => "entr",          Float,   [x],     "-x ln x, 0 at 0, -∞ below";
    Logit      => "logit",         Float,   [x],     "ln(x / (1 - x))";
    Lgamma     => "lgamma",        Float,   [x],     "ln |Γ(x)|";
    Digamma    => "digamma",       Float,   [x],     "Γ'(x) / Γ(x)";
    Trigamma   => "trigamma",      Float,   [x],     "the derivative of digamma";
    Sigmoid    => "sigmoid",       Float,   [out],   "1 / (1 + e⁻ˣ)";
    LogSigmoid => "log_sigmoid",   Float,   [x],     "-ln(1 + e⁻ˣ)";
    Softplus   => "softplus",      Float,   [x],     "ln(1 + eˣ)";
    Gelu       => "gelu",          Float,   [x],     "x Φ(x), Φ the normal distribution's function";
    GeluTanh   => "gelu_tanh",     Float,   [x],     "x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))";
    Silu       => "silu",          Float,   [x],     "x sigmoid(x)";
    Mish       => "mish",          Float,   [x],     "x tanh(softplus(x))";
    BitNot     => "bitwise_not",   Integer, [],      "every bit inverted; the logical not of booleans";
    LogicalNot => "logical_not",   Test,    [],      "x = 0";
    IsNan      => "isnan",         Test,    [],      "x is NaN";
    IsInf      => "isinf",         Test,    [],      "x is ∞ or -∞";
    IsFinite   => "isfinite",      Test,    [],      "x is neither NaN nor infinite";
    SignBit    => "signbit",       Test,    [],      "the sign bit of x is set, as in -0";
}

impl Unary {
    /// The dtypes that it takes, in words.
    pub const fn takes(self) -> &'static str {
        match self.kind() {
            UnaryKind::Float | UnaryKind::Test => "any dtype",
            UnaryKind::Number if matches!(self, Unary::Frac) => "floats",
            UnaryKind::Number => "integers and floats",
            UnaryKind::Integer => "integers and booleans",
        }
    }

    /// Whether elements of `dtype` reach the operation as they are, not converted to another dtype first.
    pub const fn computes_in(self, dtype: DType) -> bool {
        match self.result(dtype) {
            Some(result) => result as u8 == dtype as u8 || matches!(result, DType::Bool),
            None => false,
        }
    }

    /// The dtype of the result for an operand of `dtype`, or `None` if the operation refuses it.
    #[inline]
    pub const fn result(self, dtype: DType) -> Option<DType> {
        match (self.kind(), dtype.category()) {
            (UnaryKind::Test, _) => Some(DType::Bool),
            (UnaryKind::Float, Category::Float) | (UnaryKind::Number, Category::Float) => {
                Some(dtype)
            }
            (UnaryKind::Float, _) => Some(DType::F32),
            (UnaryKind::Number, Category::Int) => match self {
                Unary::Frac => None,
                _ => Some(dtype),
            },
            // PyTorch squares and takes the sign of booleans as of integers.
            (UnaryKind::Number, Category::Bool) => match self {
                Unary::Sign => Some(dtype),
                Unary::Square => Some(DType::I64),
                _ => None,
            },
            (UnaryKind::Integer, Category::Int | Category::Bool) => Some(dtype),
            (UnaryKind::Integer, Category::Float) => None,
        }
    }
}
