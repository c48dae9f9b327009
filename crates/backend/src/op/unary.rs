//! Operations on one element: the table of them.

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
    ($($variant:ident => $name:literal, $kind:ident, $formula:literal;)*) => {
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
        }
    };
}

unary! {
    // variant    name             takes    formula
    Neg        => "neg",           Number,  "-x";
    Abs        => "abs",           Number,  "|x|";
    Sign       => "sign",          Number,  "-1, 0 or 1";
    Ceil       => "ceil",          Number,  "⌈x⌉";
    Floor      => "floor",         Number,  "⌊x⌋";
    Round      => "round",         Number,  "nearest integer, ties to even";
    Trunc      => "trunc",         Number,  "towards zero";
    Frac       => "frac",          Number,  "x - trunc(x)";
    Square     => "square",        Number,  "x²";
    Relu       => "relu",          Number,  "max(x, 0)";
    Exp        => "exp",           Float,   "eˣ";
    Exp2       => "exp2",          Float,   "2ˣ";
    Expm1      => "expm1",         Float,   "eˣ - 1";
    Log        => "log",           Float,   "ln x";
    Log2       => "log2",          Float,   "log₂ x";
    Log10      => "log10",         Float,   "log₁₀ x";
    Log1p      => "log1p",         Float,   "ln(1 + x)";
    Sqrt       => "sqrt",          Float,   "√x";
    Rsqrt      => "rsqrt",         Float,   "1 / √x";
    Reciprocal => "reciprocal",    Float,   "1 / x";
    Sin        => "sin",           Float,   "sin x";
    Cos        => "cos",           Float,   "cos x";
    Tan        => "tan",           Float,   "tan x";
    Sinc       => "sinc",          Float,   "sin(πx) / (πx), 1 at 0";
    Asin       => "asin",          Float,   "arcsin x";
    Acos       => "acos",          Float,   "arccos x";
    Atan       => "atan",          Float,   "arctan x";
    Sinh       => "sinh",          Float,   "(eˣ - e⁻ˣ) / 2";
    Cosh       => "cosh",          Float,   "(eˣ + e⁻ˣ) / 2";
    Tanh       => "tanh",          Float,   "sinh x / cosh x";
    Asinh      => "asinh",         Float,   "ln(x + √(x² + 1))";
    Acosh      => "acosh",         Float,   "ln(x + √(x² - 1))";
    Atanh      => "atanh",         Float,   "ln((1 + x) / (1 - x)) / 2";
    Erf        => "erf",           Float,   "2/√π ∫₀ˣ e^(-t²) dt";
    Erfc       => "erfc",          Float,   "1 - erf x, without cancellation";
    Erfcx      => "erfcx",         Float,   "e^(x²) erfc x";
    Erfinv     => "erfinv",        Float,   "the y with erf y = x";
    Ndtri      => "ndtri",         Float,   "the y with Φ(y) = x, Φ the normal distribution's function";
    LogNdtr    => "log_ndtr",      Float,   "ln Φ(x), Φ the normal distribution's function";
    I0         => "i0",            Float,   "I₀(x), a modified Bessel function";
    I0e        => "i0e",           Float,   "e^-|x| I₀(x)";
    I1         => "i1",            Float,   "I₁(x), a modified Bessel function";
    I1e        => "i1e",           Float,   "e^-|x| I₁(x)";
    Entr       => "entr",          Float,   "-x ln x, 0 at 0, -∞ below";
    Logit      => "logit",         Float,   "ln(x / (1 - x))";
    Lgamma     => "lgamma",        Float,   "ln |Γ(x)|";
    Digamma    => "digamma",       Float,   "Γ'(x) / Γ(x)";
    Trigamma   => "trigamma",      Float,   "the derivative of digamma";
    Sigmoid    => "sigmoid",       Float,   "1 / (1 + e⁻ˣ)";
    LogSigmoid => "log_sigmoid",   Float,   "-ln(1 + e⁻ˣ)";
    Softplus   => "softplus",      Float,   "ln(1 + eˣ)";
    Gelu       => "gelu",          Float,   "x Φ(x), Φ the normal distribution's function";
    GeluTanh   => "gelu_tanh",     Float,   "x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))";
    Silu       => "silu",          Float,   "x sigmoid(x)";
    Mish       => "mish",          Float,   "x tanh(softplus(x))";
    BitNot     => "bitwise_not",   Integer, "every bit turned; the logical not of booleans";
    LogicalNot => "logical_not",   Test,    "x = 0";
    IsNan      => "isnan",         Test,    "x is NaN";
    IsInf      => "isinf",         Test,    "x is ∞ or -∞";
    IsFinite   => "isfinite",      Test,    "x is neither NaN nor infinite";
    SignBit    => "signbit",       Test,    "the sign bit of x is set, as in -0";
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
