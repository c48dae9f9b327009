//! The table of elementwise functions of one operand.

use super::pages::{dtypes, example, example_in_place, in_place, in_place_errors, unary_errors};
use crate::{Tensor, apply, apply_in_place};
use rushlight_backend::{Result, Unary};

/// Rows as `name name_ variant, dtypes: operand => result;`, with PyTorch's form of the second if it has another name.
macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident $in_place:ident $variant:ident, $dtypes:ident: $x:tt => $dtype:tt $result:tt $($torch:literal)?;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[doc = concat!("\nSame shape. ", dtypes!($dtypes), "\n")]
            #[doc = example!($x $name() => $dtype $result)]
            #[doc = concat!("\n# Errors\n", unary_errors!($dtypes))]
            #[track_caller]
            #[inline]
            pub fn $name(&self) -> Result<Tensor> {
                apply(Unary::$variant.into(), &[self])
            }

            #[doc = concat!(in_place!($name $in_place $($torch)?), "\n")]
            #[doc = example_in_place!($x $in_place() => $dtype $result)]
            #[doc = concat!("\n# Errors\n", in_place_errors!($name))]
            #[track_caller]
            pub fn $in_place(&self) -> Result<()> {
                apply_in_place(Unary::$variant.into(), self, &[self])
            }
        )* }
    };
}

unary! {
    /// `-x`. PyTorch: `torch.neg`, `torch.negative`.
    neg neg_ Neg, number: [1.5, -2.0] => f32 [-1.5, 2.0];
    /// The absolute value `|x|`. PyTorch: `torch.abs`, `torch.absolute`.
    abs abs_ Abs, number: [-1.5, 2.0] => f32 [1.5, 2.0];
    /// The sign of `x`: -1, 0 or 1. PyTorch: `torch.sign`, `torch.sgn`.
    sign sign_ Sign, any: [-3.5, 0.0, 2.0] => f32 [-1.0, 0.0, 1.0];
    /// `⌈x⌉`, the smallest integer that is not less than `x`. PyTorch: `torch.ceil`.
    ceil ceil_ Ceil, number: [-1.5, 0.2] => f32 [-1.0, 1.0];
    /// `⌊x⌋`, the largest integer that is not greater than `x`. PyTorch: `torch.floor`.
    floor floor_ Floor, number: [-1.5, 0.2] => f32 [-2.0, 0.0];
    /// The nearest integer, of two the even one. PyTorch: `torch.round`.
    round round_ Round, number: [0.5, 1.5, 2.6] => f32 [0.0, 2.0, 3.0];
    /// The integer part of `x`: rounds towards zero. PyTorch: `torch.trunc`, `torch.fix`.
    trunc trunc_ Trunc, number: [-1.7, 1.7] => f32 [-1.0, 1.0];
    /// The fractional part `x - trunc(x)`. PyTorch: `torch.frac`.
    frac frac_ Frac, real: [-1.5, 2.25] => f32 [-0.5, 0.25];
    /// `x²`. PyTorch: `torch.square`.
    square square_ Square, square: [-3.0, 0.5] => f32 [9.0, 0.25];
    /// `max(x, 0)`. PyTorch: `torch.relu`, `nn.functional.relu`.
    relu relu_ Relu, number: [-1.5, 2.0] => f32 [0.0, 2.0];
    /// `eˣ`. PyTorch: `torch.exp`.
    exp exp_ Exp, float: [0.0, 1.0] => ~ [1.0, 2.7183];
    /// `2ˣ`. PyTorch: `torch.exp2`.
    exp2 exp2_ Exp2, float: [0.0, 3.0] => ~ [1.0, 8.0];
    /// `eˣ - 1`, precise near 0. PyTorch: `torch.expm1`.
    expm1 expm1_ Expm1, float: [0.0, 1.0] => ~ [0.0, 1.7183];
    /// The natural logarithm `ln x`. PyTorch: `torch.log`.
    log log_ Log, float: [1.0, 2.0] => ~ [0.0, 0.6931];
    /// `log₂ x`. PyTorch: `torch.log2`.
    log2 log2_ Log2, float: [1.0, 8.0] => ~ [0.0, 3.0];
    /// `log₁₀ x`. PyTorch: `torch.log10`.
    log10 log10_ Log10, float: [1.0, 1000.0] => ~ [0.0, 3.0];
    /// `ln(1 + x)`, precise near 0. PyTorch: `torch.log1p`.
    log1p log1p_ Log1p, float: [0.0, 1.0] => ~ [0.0, 0.6931];
    /// `√x`. PyTorch: `torch.sqrt`.
    sqrt sqrt_ Sqrt, float: [4.0, 9.0] => f32 [2.0, 3.0];
    /// `1 / √x`. PyTorch: `torch.rsqrt`.
    rsqrt rsqrt_ Rsqrt, float: [4.0, 0.25] => ~ [0.5, 2.0];
    /// `1 / x`. PyTorch: `torch.reciprocal`.
    reciprocal reciprocal_ Reciprocal, float: [2.0, -4.0] => f32 [0.5, -0.25];
    /// `sin x`, with `x` in radians. PyTorch: `torch.sin`.
    sin sin_ Sin, float: [0.0, 1.0] => ~ [0.0, 0.8415];
    /// `cos x`, with `x` in radians. PyTorch: `torch.cos`.
    cos cos_ Cos, float: [0.0, 1.0] => ~ [1.0, 0.5403];
    /// `tan x`, with `x` in radians. PyTorch: `torch.tan`.
    tan tan_ Tan, float: [0.0, 1.0] => ~ [0.0, 1.5574];
    /// The normalized sinc function `sin(πx) / (πx)`, 1 at 0. PyTorch: `torch.sinc`.
    sinc sinc_ Sinc, float: [0.0, 0.5] => ~ [1.0, 0.6366];
    /// `arcsin x`, in radians; NaN outside `[-1, 1]`. PyTorch: `torch.asin`, `torch.arcsin`.
    asin asin_ Asin, float: [0.0, 1.0] => ~ [0.0, 1.5708];
    /// `arccos x`, in radians; NaN outside `[-1, 1]`. PyTorch: `torch.acos`, `torch.arccos`.
    acos acos_ Acos, float: [0.0, 1.0] => ~ [1.5708, 0.0];
    /// `arctan x`, in radians. PyTorch: `torch.atan`, `torch.arctan`.
    atan atan_ Atan, float: [0.0, 1.0] => ~ [0.0, 0.7854];
    /// The hyperbolic sine `(eˣ - e⁻ˣ) / 2`. PyTorch: `torch.sinh`.
    sinh sinh_ Sinh, float: [0.0, 1.0] => ~ [0.0, 1.1752];
    /// The hyperbolic cosine `(eˣ + e⁻ˣ) / 2`. PyTorch: `torch.cosh`.
    cosh cosh_ Cosh, float: [0.0, 1.0] => ~ [1.0, 1.5431];
    /// The hyperbolic tangent `(eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)`. PyTorch: `torch.tanh`.
    tanh tanh_ Tanh, float: [0.0, 1.0] => ~ [0.0, 0.7616];
    /// `ln cosh x`, without overflow and precise near 0: a loss that is about `x²/2` for small errors and `|x| - ln 2` for large ones.
    /// PyTorch has no such function; `torch.log(torch.cosh(x))` is infinite from 90 on in `float32`.
    log_cosh log_cosh_ LogCosh, float: [0.0, 1.0, 100.0] => ~ [0.0, 0.4338, 99.3069] "PyTorch has no such function.";
    /// The inverse hyperbolic sine `ln(x + √(x² + 1))`. PyTorch: `torch.asinh`, `torch.arcsinh`.
    asinh asinh_ Asinh, float: [0.0, 1.0] => ~ [0.0, 0.8814];
    /// The inverse hyperbolic cosine `ln(x + √(x² - 1))`; NaN below 1. PyTorch: `torch.acosh`, `torch.arccosh`.
    acosh acosh_ Acosh, float: [1.0, 2.0] => ~ [0.0, 1.317];
    /// The inverse hyperbolic tangent `ln((1 + x) / (1 - x)) / 2`; NaN outside `[-1, 1]`. PyTorch: `torch.atanh`, `torch.arctanh`.
    atanh atanh_ Atanh, float: [0.0, 0.5] => ~ [0.0, 0.5493];
    /// The error function `2/√π ∫₀ˣ e^(-t²) dt`. PyTorch: `torch.erf`.
    erf erf_ Erf, float: [0.0, 1.0] => ~ [0.0, 0.8427];
    /// The complementary error function `1 - erf x`, precise where it is small. PyTorch: `torch.erfc`.
    erfc erfc_ Erfc, float: [0.0, 1.0] => ~ [1.0, 0.1573];
    /// The scaled complementary error function `e^(x²) erfc x`. PyTorch: `torch.special.erfcx`.
    erfcx erfcx_ Erfcx, float: [0.0, 1.0] => ~ [1.0, 0.4276] "PyTorch: `torch.special.erfcx(x, out=x)`.";
    /// The inverse error function: the `y` with `erf y = x`; NaN outside `[-1, 1]`. PyTorch: `torch.erfinv`.
    erfinv erfinv_ Erfinv, float: [0.0, 0.5] => ~ [0.0, 0.4769];
    /// The quantile of the standard normal distribution: the `y` with `Φ(y) = x`, the inverse of [`Tensor::ndtr`]. PyTorch: `torch.special.ndtri`.
    ndtri ndtri_ Ndtri, float: [0.5, 0.975] => ~ [0.0, 1.96] "PyTorch: `torch.special.ndtri(x, out=x)`.";
    /// `ln Φ(x)`, the logarithm of [`Tensor::ndtr`], precise in both tails. PyTorch: `torch.special.log_ndtr`.
    log_ndtr log_ndtr_ LogNdtr, float: [0.0, 1.0] => ~ [-0.6931, -0.1728] "PyTorch: `torch.special.log_ndtr(x, out=x)`.";
    /// `I₀(x)`, the modified Bessel function of the first kind of order 0. PyTorch: `torch.special.i0`.
    i0 i0_ I0, float: [0.0, 1.0] => ~ [1.0, 1.2661];
    /// `e^-|x| I₀(x)`, the exponentially scaled [`Tensor::i0`]. PyTorch: `torch.special.i0e`.
    i0e i0e_ I0e, float: [0.0, 1.0] => ~ [1.0, 0.4658] "PyTorch: `torch.special.i0e(x, out=x)`.";
    /// `I₁(x)`, the modified Bessel function of the first kind of order 1. PyTorch: `torch.special.i1`.
    i1 i1_ I1, float: [0.0, 1.0] => ~ [0.0, 0.5652] "PyTorch: `torch.special.i1(x, out=x)`.";
    /// `e^-|x| I₁(x)`, the exponentially scaled [`Tensor::i1`]. PyTorch: `torch.special.i1e`.
    i1e i1e_ I1e, float: [0.0, 1.0] => ~ [0.0, 0.2079] "PyTorch: `torch.special.i1e(x, out=x)`.";
    /// `sin(x) / x`, 1 at 0: the spherical Bessel function of the first kind of order 0.
    /// PyTorch: `torch.special.spherical_bessel_j0`, which has no gradient.
    spherical_bessel_j0 spherical_bessel_j0_ SphericalBesselJ0, float: [0.0, 1.0] => ~ [1.0, 0.8415] "PyTorch: `torch.special.spherical_bessel_j0(x, out=x)`.";
    /// The terms of an entropy, `-x ln x`: 0 at 0, -∞ below. PyTorch: `torch.special.entr`.
    entr entr_ Entr, float: [0.0, 0.5] => ~ [0.0, 0.3466] "PyTorch: `torch.special.entr(x, out=x)`.";
    /// `ln(x / (1 - x))`, the inverse of [`Tensor::sigmoid`]. PyTorch: `torch.logit`.
    logit logit_ Logit, float: [0.5, 0.9] => ~ [0.0, 2.1972];
    /// The log-gamma function `ln |Γ(x)|`. PyTorch: `torch.lgamma`.
    lgamma lgamma_ Lgamma, float: [1.0, 4.0] => ~ [0.0, 1.7918];
    /// The digamma function `Γ'(x) / Γ(x)`, the derivative of [`Tensor::lgamma`]. PyTorch: `torch.digamma`.
    digamma digamma_ Digamma, float: [1.0, 2.0] => ~ [-0.5772, 0.4228];
    /// The trigamma function, the derivative of [`Tensor::digamma`]. PyTorch: `torch.polygamma(1, x)`.
    trigamma trigamma_ Trigamma, float: [1.0, 2.0] => ~ [1.6449, 0.6449] "PyTorch: `Tensor.polygamma_(1)`.";
    /// The logistic function `1 / (1 + e⁻ˣ)`. PyTorch: `torch.sigmoid`.
    sigmoid sigmoid_ Sigmoid, float: [0.0, 2.0] => ~ [0.5, 0.8808];
    /// `-ln(1 + e⁻ˣ)`, the logarithm of [`Tensor::sigmoid`], without overflow. PyTorch: `nn.functional.logsigmoid`.
    log_sigmoid log_sigmoid_ LogSigmoid, float: [0.0, 2.0] => ~ [-0.6931, -0.1269] "PyTorch has no form in place of `nn.functional.logsigmoid`.";
    /// `ln(1 + eˣ)`, without overflow: softplus with β = 1 and no threshold. PyTorch: `nn.functional.softplus`.
    softplus softplus_ Softplus, float: [0.0, 2.0] => ~ [0.6931, 2.1269] "PyTorch has no form in place of `nn.functional.softplus`.";
    /// `x Φ(x)`, where `Φ` is the cumulative distribution function of the standard normal distribution. PyTorch: `nn.functional.gelu`.
    gelu gelu_ Gelu, float: [-1.0, 2.0] => ~ [-0.1587, 1.9545] "PyTorch has no form in place of `nn.functional.gelu`.";
    /// An approximation of [`Tensor::gelu`], `x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`. PyTorch: `nn.functional.gelu(approximate="tanh")`.
    gelu_tanh gelu_tanh_ GeluTanh, float: [-1.0, 2.0] => ~ [-0.1588, 1.9546] "PyTorch has no form in place of `nn.functional.gelu`.";
    /// `x sigmoid(x)`, also called swish. PyTorch: `nn.functional.silu`.
    silu silu_ Silu, float: [-1.0, 2.0] => ~ [-0.2689, 1.7616] "PyTorch: `nn.functional.silu(inplace=True)`.";
    /// `x tanh(ln(1 + eˣ))`. PyTorch: `nn.functional.mish`.
    mish mish_ Mish, float: [-1.0, 2.0] => ~ [-0.3034, 1.944] "PyTorch: `nn.functional.mish(inplace=True)`.";
    /// Every bit inverted; the logical not of booleans. PyTorch: `torch.bitwise_not`.
    bitwise_not bitwise_not_ BitNot, integer: [0, 5] => i64 [-1, -6];
    /// Whether an element is 0. PyTorch: `torch.logical_not`.
    logical_not logical_not_ LogicalNot, test: [true, false] => bool [false, true];
}

/// Rows as `name variant: operand => result;`.
macro_rules! tests {
    ($($(#[$doc:meta])* $name:ident $variant:ident: $x:tt => $dtype:tt $result:tt;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[doc = concat!("\nSame shape. ", dtypes!(test), "\n")]
            #[doc = example!($x $name() => $dtype $result)]
            #[doc = concat!("\n# Errors\n", unary_errors!(test))]
            #[track_caller]
            pub fn $name(&self) -> Result<Tensor> {
                apply(Unary::$variant.into(), &[self])
            }
        )* }
    };
}

tests! {
    /// Whether each element is NaN. PyTorch: `torch.isnan`.
    isnan IsNan: [f32::NAN, f32::INFINITY, 1.0] => bool [true, false, false];
    /// Whether each element is `∞` or `-∞`. PyTorch: `torch.isinf`.
    isinf IsInf: [f32::NAN, f32::INFINITY, 1.0] => bool [false, true, false];
    /// Whether each element is neither NaN nor infinite. PyTorch: `torch.isfinite`.
    isfinite IsFinite: [f32::NAN, f32::INFINITY, 1.0] => bool [false, false, true];
    /// Whether the sign bit of each element is set, as it is in negative numbers and in -0. PyTorch: `torch.signbit`.
    signbit SignBit: [-1.0, -0.0, 1.0] => bool [true, true, false];
}
