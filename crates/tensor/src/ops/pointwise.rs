//! Elementwise functions of one operand, some with a parameter.

use crate::create::expect_fits;
use crate::dispatch::writable;
use crate::{Half, Operand, Tensor, apply, apply_in_place};
use rushlight_backend::{Binary, DType, Error, Map, Result, Scalar, Unary, promote};

/// The number of terms that `mvlgamma` computes at a time.
const MVLGAMMA_BLOCK: usize = 1 << 16;

macro_rules! unary {
    ($($(#[$doc:meta])* $name:ident $in_place:ident $variant:ident;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[track_caller]
            #[inline]
            pub fn $name(&self) -> Result<Tensor> {
                apply(Unary::$variant.into(), &[self])
            }

            #[doc = concat!("[`Tensor::", stringify!($name), "`] in place.")]
            #[track_caller]
            pub fn $in_place(&self) -> Result<()> {
                apply_in_place(Unary::$variant.into(), self, &[self])
            }
        )* }
    };
}

unary! {
    /// `-x`. Numbers only. PyTorch: `torch.neg`.
    neg neg_ Neg;
    /// `|x|`. PyTorch: `torch.abs`.
    abs abs_ Abs;
    /// -1, 0 or 1. PyTorch: `torch.sign`.
    sign sign_ Sign;
    /// `⌈x⌉`. PyTorch: `torch.ceil`.
    ceil ceil_ Ceil;
    /// `⌊x⌋`. PyTorch: `torch.floor`.
    floor floor_ Floor;
    /// The nearest integer, ties to even. PyTorch: `torch.round`.
    round round_ Round;
    /// The integer part, rounded towards zero. PyTorch: `torch.trunc`.
    trunc trunc_ Trunc;
    /// `x - trunc(x)`. PyTorch: `torch.frac`.
    frac frac_ Frac;
    /// `x²`. PyTorch: `torch.square`.
    square square_ Square;
    /// `max(x, 0)`. PyTorch: `torch.relu`.
    relu relu_ Relu;
    /// `eˣ`. PyTorch: `torch.exp`.
    exp exp_ Exp;
    /// `2ˣ`. PyTorch: `torch.exp2`.
    exp2 exp2_ Exp2;
    /// `eˣ - 1`, exact near 0. PyTorch: `torch.expm1`.
    expm1 expm1_ Expm1;
    /// `ln x`. PyTorch: `torch.log`.
    log log_ Log;
    /// `log₂ x`. PyTorch: `torch.log2`.
    log2 log2_ Log2;
    /// `log₁₀ x`. PyTorch: `torch.log10`.
    log10 log10_ Log10;
    /// `ln(1 + x)`, exact near 0. PyTorch: `torch.log1p`.
    log1p log1p_ Log1p;
    /// `√x`. PyTorch: `torch.sqrt`.
    sqrt sqrt_ Sqrt;
    /// `1 / √x`. PyTorch: `torch.rsqrt`.
    rsqrt rsqrt_ Rsqrt;
    /// `1 / x`. PyTorch: `torch.reciprocal`.
    reciprocal reciprocal_ Reciprocal;
    /// `sin x`. PyTorch: `torch.sin`.
    sin sin_ Sin;
    /// `cos x`. PyTorch: `torch.cos`.
    cos cos_ Cos;
    /// `tan x`. PyTorch: `torch.tan`.
    tan tan_ Tan;
    /// `sin(πx) / (πx)`, 1 at 0. PyTorch: `torch.sinc`.
    sinc sinc_ Sinc;
    /// `arcsin x`. PyTorch: `torch.asin`.
    asin asin_ Asin;
    /// `arccos x`. PyTorch: `torch.acos`.
    acos acos_ Acos;
    /// `arctan x`. PyTorch: `torch.atan`.
    atan atan_ Atan;
    /// `(eˣ - e⁻ˣ) / 2`. PyTorch: `torch.sinh`.
    sinh sinh_ Sinh;
    /// `(eˣ + e⁻ˣ) / 2`. PyTorch: `torch.cosh`.
    cosh cosh_ Cosh;
    /// `(eˣ - e⁻ˣ) / (eˣ + e⁻ˣ)`. PyTorch: `torch.tanh`.
    tanh tanh_ Tanh;
    /// `ln cosh x`, without overflow and with all digits near 0: a loss that is `x²/2` for small errors, `|x| - ln 2` for large ones.
    /// PyTorch has none; `torch.log(torch.cosh(x))` is infinite from 90 on in `float32`.
    log_cosh log_cosh_ LogCosh;
    /// `ln(x + √(x² + 1))`. PyTorch: `torch.asinh`.
    asinh asinh_ Asinh;
    /// `ln(x + √(x² - 1))`. PyTorch: `torch.acosh`.
    acosh acosh_ Acosh;
    /// `ln((1 + x) / (1 - x)) / 2`. PyTorch: `torch.atanh`.
    atanh atanh_ Atanh;
    /// `2/√π ∫₀ˣ e^(-t²) dt`. PyTorch: `torch.erf`.
    erf erf_ Erf;
    /// `1 - erf x`, without cancellation. PyTorch: `torch.erfc`.
    erfc erfc_ Erfc;
    /// `e^(x²) erfc x`. PyTorch: `torch.special.erfcx`.
    erfcx erfcx_ Erfcx;
    /// The `y` with `erf y = x`. PyTorch: `torch.erfinv`.
    erfinv erfinv_ Erfinv;
    /// The `y` with `Φ(y) = x`, for the normal distribution's function [`Tensor::ndtr`]. PyTorch: `torch.special.ndtri`.
    ndtri ndtri_ Ndtri;
    /// `ln Φ(x)`, with all digits in both tails. PyTorch: `torch.special.log_ndtr`.
    log_ndtr log_ndtr_ LogNdtr;
    /// `I₀(x)`, the modified Bessel function of the first kind, of order 0. PyTorch: `torch.special.i0`.
    i0 i0_ I0;
    /// `e^-|x| I₀(x)`. PyTorch: `torch.special.i0e`.
    i0e i0e_ I0e;
    /// `I₁(x)`, the modified Bessel function of the first kind, of order 1. PyTorch: `torch.special.i1`.
    i1 i1_ I1;
    /// `e^-|x| I₁(x)`. PyTorch: `torch.special.i1e`.
    i1e i1e_ I1e;
    /// `sin(x) / x`, 1 at 0: the spherical Bessel function of the first kind, of order 0. PyTorch: `torch.special.spherical_bessel_j0`, which
    /// has no gradient there.
    spherical_bessel_j0 spherical_bessel_j0_ SphericalBesselJ0;
    /// `-x ln x`, 0 at 0, -∞ below: the terms of an entropy. PyTorch: `torch.special.entr`.
    entr entr_ Entr;
    /// `ln(x / (1 - x))`, the inverse of the sigmoid. PyTorch: `torch.logit`.
    logit logit_ Logit;
    /// `ln |Γ(x)|`. PyTorch: `torch.lgamma`.
    lgamma lgamma_ Lgamma;
    /// `Γ'(x) / Γ(x)`. PyTorch: `torch.digamma`.
    digamma digamma_ Digamma;
    /// The derivative of [`Tensor::digamma`]. PyTorch: `torch.polygamma(1, x)`.
    trigamma trigamma_ Trigamma;
    /// `1 / (1 + e⁻ˣ)`. PyTorch: `torch.sigmoid`.
    sigmoid sigmoid_ Sigmoid;
    /// `-ln(1 + e⁻ˣ)`, without overflow. PyTorch: `nn.functional.logsigmoid`.
    log_sigmoid log_sigmoid_ LogSigmoid;
    /// `ln(1 + eˣ)`, without overflow: softplus with β = 1 and no threshold. PyTorch: `nn.functional.softplus`.
    softplus softplus_ Softplus;
    /// `x Φ(x)` with the normal distribution's `Φ`. PyTorch: `nn.functional.gelu`.
    gelu gelu_ Gelu;
    /// `x/2 (1 + tanh(√(2/π) (x + 0.044715 x³)))`. PyTorch: `nn.functional.gelu(approximate="tanh")`.
    gelu_tanh gelu_tanh_ GeluTanh;
    /// `x sigmoid(x)`. PyTorch: `nn.functional.silu`.
    silu silu_ Silu;
    /// `x tanh(ln(1 + eˣ))`. PyTorch: `nn.functional.mish`.
    mish mish_ Mish;
    /// Bitwise not; the logical not of booleans. PyTorch: `torch.bitwise_not`.
    bitwise_not bitwise_not_ BitNot;
    /// `x = 0`. PyTorch: `torch.logical_not`.
    logical_not logical_not_ LogicalNot;
}

macro_rules! tests {
    ($($(#[$doc:meta])* $name:ident $variant:ident;)*) => {
        impl Tensor { $(
            $(#[$doc])*
            #[track_caller]
            pub fn $name(&self) -> Result<Tensor> {
                apply(Unary::$variant.into(), &[self])
            }
        )* }
    };
}

tests! {
    /// Whether each element is NaN. PyTorch: `torch.isnan`.
    isnan IsNan;
    /// Whether each element is infinite. PyTorch: `torch.isinf`.
    isinf IsInf;
    /// Whether each element is neither NaN nor infinite. PyTorch: `torch.isfinite`.
    isfinite IsFinite;
    /// Whether the sign bit of each element is set, as it is in -0 and -NaN. PyTorch: `torch.signbit`.
    signbit SignBit;
}

impl Tensor {
    /// `x` above 0, `slope x` otherwise; the slope may be a tensor. PyTorch: `nn.functional.leaky_relu`, `prelu`.
    #[track_caller]
    pub fn leaky_relu<'a>(&self, slope: impl Into<Operand<'a>>) -> Result<Tensor> {
        self.binary(Binary::LeakyRelu, slope.into())
    }

    /// `x` above 0, `alpha (eˣ - 1)` otherwise. PyTorch: `nn.functional.elu`.
    #[track_caller]
    pub fn elu<'a>(&self, alpha: impl Into<Operand<'a>>) -> Result<Tensor> {
        self.binary(Binary::Elu, alpha.into())
    }

    /// `(1 - y) x - ln sigmoid(x)`, element by element: the loss of logits for targets, stable for every logit.
    /// PyTorch: `nn.functional.binary_cross_entropy_with_logits(reduction="none")`.
    #[track_caller]
    pub fn bce_with_logits<'a>(&self, target: impl Into<Operand<'a>>) -> Result<Tensor> {
        self.binary(Binary::BceWithLogits, target.into())
    }

    /// At least `low`. At the bound itself `x` gets no gradient if the bound is a number, and half of it if the bound is a tensor.
    /// PyTorch: `torch.clamp(min=…)`.
    #[track_caller]
    pub fn clamp_min<'a>(&self, low: impl Into<Operand<'a>>) -> Result<Tensor> {
        self.binary(Binary::ClampMin, low.into())
    }

    /// At most `high`. At the bound itself `x` gets no gradient if the bound is a number, and half of it if the bound is a tensor.
    /// PyTorch: `torch.clamp(max=…)`.
    #[track_caller]
    pub fn clamp_max<'a>(&self, high: impl Into<Operand<'a>>) -> Result<Tensor> {
        self.binary(Binary::ClampMax, high.into())
    }

    /// [`Tensor::clamp_min`] in place.
    #[track_caller]
    pub fn clamp_min_<'a>(&self, low: impl Into<Operand<'a>>) -> Result<()> {
        self.binary_(Binary::ClampMin, low.into())
    }

    /// [`Tensor::clamp_max`] in place.
    #[track_caller]
    pub fn clamp_max_<'a>(&self, high: impl Into<Operand<'a>>) -> Result<()> {
        self.binary_(Binary::ClampMax, high.into())
    }

    /// Between two bounds, numbers or tensors; where they cross, the upper one. PyTorch: `torch.clamp`.
    ///
    /// ```
    /// # use rushlight_tensor::tensor;
    /// assert_eq!(tensor!([-2, 0, 7]).clamp(-1, 5)?.to_vec::<i64>()?, [-1, 0, 5]);
    /// # Ok::<(), rushlight_tensor::Error>(())
    /// ```
    #[track_caller]
    pub fn clamp<'a>(
        &self,
        low: impl Into<Operand<'a>>,
        high: impl Into<Operand<'a>>,
    ) -> Result<Tensor> {
        match (low.into(), high.into()) {
            (Operand::Tensor(low), Operand::Tensor(high)) => {
                let types = [self, low, high].map(Tensor::tensor_type);
                let dtype = promote(&types, None);
                let (x, low, high) = (self.to(dtype)?, low.to(dtype)?, high.to(dtype)?);
                let clamped = x.clamp_min(&low)?.clamp_max(&high)?;
                if !clamped.may_have_meta() {
                    return Ok(clamped);
                }
                // Between two equal bounds, the gradient goes to the tensor if it is equal too, to the lower bound if it is less.
                let least = x.eq(&low)?.where_cond(&x, &low)?;
                let one = low.eq(&high)?.logical_and(&x.le(&low)?)?;
                one.where_cond(&least, &clamped)
            }
            (low, high) => self.clamp_min(low)?.clamp_max(high),
        }
    }

    /// [`Tensor::clamp`] in place.
    #[track_caller]
    pub fn clamp_<'a>(
        &self,
        low: impl Into<Operand<'a>>,
        high: impl Into<Operand<'a>>,
    ) -> Result<()> {
        let high = high.into();
        let of_high = match high {
            // The lower bound must not change the upper one.
            Operand::Tensor(t) if t.shares_memory(self) => Some(t.copy()?),
            _ => None,
        };
        let high = of_high.as_ref().map_or(high, Operand::Tensor);
        // Both bounds must fit before the first one is applied.
        match high {
            Operand::Tensor(t) => {
                writable(&Binary::ClampMax.into(), self, &[self, t]).map_err(Error::here)?;
            }
            Operand::Number(s) => {
                writable(
                    &Map::BinaryScalar(Binary::ClampMax, s).into(),
                    self,
                    &[self],
                )
                .map_err(Error::here)?;
            }
        }
        self.clamp_min_(low)?;
        self.clamp_max_(high)
    }

    /// `x` where `gate` is above 0, else 0: the gradient of [`Tensor::relu`] for its result. For derivative rules.
    #[track_caller]
    pub fn gate(&self, gate: &Tensor) -> Result<Tensor> {
        apply(Binary::Gate.into(), &[self, gate])
    }

    /// [`Tensor::logit`] of numbers first brought into `[eps, 1 - eps]`; a negative `eps` leaves them. PyTorch: `torch.logit(eps=…)`.
    #[track_caller]
    pub fn logit_eps(&self, eps: f64) -> Result<Tensor> {
        if eps.is_nan() || eps < 0.0 {
            return self.logit();
        }
        if let Some(half) = Half::among([self]) {
            return half.round(half.widen(self)?.logit_eps(eps)?);
        }
        let x = self.as_float()?;
        let high = x.gt(1.0 - eps)?.where_cond(1.0 - eps, &x)?;
        x.lt(eps)?.where_cond(eps, &high)?.logit()
    }

    /// Degrees as radians: `x π / 180`. PyTorch: `torch.deg2rad`.
    #[track_caller]
    pub fn deg2rad(&self) -> Result<Tensor> {
        self.mul(std::f64::consts::PI / 180.0)
    }

    /// Radians as degrees: `x 180 / π`. PyTorch: `torch.rad2deg`.
    #[track_caller]
    pub fn rad2deg(&self) -> Result<Tensor> {
        self.mul(180.0 / std::f64::consts::PI)
    }

    /// The tensor itself; booleans are refused. PyTorch: `torch.positive`.
    #[track_caller]
    pub fn positive(&self) -> Result<Tensor> {
        match self.dtype() {
            DType::Bool => Err(Error::dtype(
                "positive: not defined for bool; convert to an integer dtype first",
            )),
            _ => Ok(self.clone()),
        }
    }

    /// The angle of each number with the positive ones: π below 0, else 0, NaN for NaN; integers give `float32`. PyTorch: `torch.angle`.
    #[track_caller]
    pub fn angle(&self) -> Result<Tensor> {
        let x = self.as_float()?;
        let angle = x.sign()?.neg()?.relu()?.mul(std::f64::consts::PI)?;
        x.isnan()?.where_cond(&x.detach(), &angle)
    }

    /// Whether each element is a real number, which all are. PyTorch: `torch.isreal`.
    #[track_caller]
    pub fn isreal(&self) -> Result<Tensor> {
        Tensor::ones(self.shape(), (DType::Bool, self.device()))
    }

    /// `ln Γₚ(x) = p (p - 1) / 4 ln π + Σⱼ ln Γ(x - j / 2)` for `j` from 0 to `p - 1`; integers give `float32`. PyTorch: `torch.mvlgamma`.
    #[track_caller]
    pub fn mvlgamma(&self, p: usize) -> Result<Tensor> {
        if p == 0 {
            return Err(Error::value("mvlgamma: p must be at least 1, not 0"));
        }
        if self.dtype() == DType::Bool {
            return Err(Error::dtype(
                "mvlgamma: not defined for bool; convert to another dtype first",
            ));
        }
        if let Some(half) = Half::among([self]) {
            return half.round(half.widen(self)?.mvlgamma(p)?);
        }
        let x = self.as_float()?;
        // A list of all offsets, so that an absurd number of terms is an error for lack of memory; then a small block of terms at a time.
        let halves = Tensor::arange(0, p, 1, (x.dtype(), self.device()))?.mul(0.5)?;
        let column = x.reshape([-1, 1])?;
        let at_once = (MVLGAMMA_BLOCK / x.numel().max(1)).clamp(1, p);
        let mut sum = x.zeros_like()?;
        for first in (0..p).step_by(at_once) {
            let some = halves.narrow(0, first, at_once.min(p - first))?;
            let terms = column.sub(&some)?.lgamma()?.sum_dim(1, false)?;
            sum = sum.add(&terms.reshape(x.shape())?)?;
        }
        let p = p as f64;
        sum.add(p * (p - 1.0) / 4.0 * std::f64::consts::PI.ln())
    }

    /// The `n`-th derivative of [`Tensor::digamma`]: `(-1)ⁿ⁺¹ n! ζ(n + 1, x)`. PyTorch: `torch.polygamma`.
    #[track_caller]
    pub fn polygamma(&self, n: usize) -> Result<Tensor> {
        match n {
            0 => self.digamma(),
            1 => self.trigamma(),
            _ => {
                let order = Scalar::Float(n as f64);
                apply(Map::ScalarBinary(order, Binary::Polygamma).into(), &[self])
            }
        }
    }

    /// Integers and booleans as `float32`.
    #[track_caller]
    fn as_float(&self) -> Result<Tensor> {
        match self.dtype().is_float() {
            true => Ok(self.clone()),
            false => self.to(DType::F32),
        }
    }

    /// Whether each element is `∞`. PyTorch: `torch.isposinf`.
    #[track_caller]
    pub fn isposinf(&self) -> Result<Tensor> {
        self.eq(f64::INFINITY)
    }

    /// Whether each element is `-∞`. PyTorch: `torch.isneginf`.
    #[track_caller]
    pub fn isneginf(&self) -> Result<Tensor> {
        self.eq(f64::NEG_INFINITY)
    }

    /// `Φ(x)`, the normal distribution's function. PyTorch: `torch.special.ndtr`.
    #[track_caller]
    pub fn ndtr(&self) -> Result<Tensor> {
        if let Some(half) = Half::among([self]) {
            return half.round(half.widen(self)?.ndtr()?);
        }
        self.mul(-std::f64::consts::FRAC_1_SQRT_2)?.erfc()?.mul(0.5)
    }

    /// NaN and infinities replaced; by default with 0 and the dtype's extremes. PyTorch: `torch.nan_to_num`.
    #[track_caller]
    pub fn nan_to_num(&self, nan: f64, posinf: Option<f64>, neginf: Option<f64>) -> Result<Tensor> {
        if !self.dtype().is_float() {
            return self.copy();
        }
        for number in [Some(nan), posinf, neginf].into_iter().flatten() {
            expect_fits("nan_to_num", number.into(), self.dtype())?;
        }
        let largest = self.dtype().largest_finite();
        let x = self.isnan()?.where_cond(nan, self)?;
        let x = self
            .eq(f64::INFINITY)?
            .where_cond(posinf.unwrap_or(largest), &x)?;
        self.eq(f64::NEG_INFINITY)?
            .where_cond(neginf.unwrap_or(-largest), &x)
    }
}
