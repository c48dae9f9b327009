//! Derivatives of elementwise functions of one operand.

use super::{Call, apply_binary, special};
use rushlight_backend::{Binary, Result, Unary};
use rushlight_tensor::{Tensor, apply};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, LN_2, LN_10, PI};

/// `f'(x) g`.
///
/// Where `f'` has a square or a power of something large or small, its factors are applied to `g` one after the other: the product with `g` may
/// be in range where `f'` alone is not.
pub(super) fn derivative(f: Unary, c: &Call<'_>, g: &Tensor) -> Result<Tensor> {
    use Unary::*;
    match f {
        Neg => g.neg(),
        Abs => g.mul(&c.x().sign()?),
        Sign | Ceil | Floor | Round | Trunc => g.zeros_like(),
        Frac => Ok(g.clone()),
        Square => g.mul(c.x())?.mul(2.0),
        Relu => g.gate(c.y()),
        Exp => g.mul(c.y()),
        Exp2 => g.mul(&c.y().mul(LN_2)?),
        Expm1 => g.mul(&c.y().add(1.0)?),
        Log => g.div(c.x()),
        Log2 => g.div(c.x())?.div(LN_2),
        Log10 => g.div(LN_10)?.div(c.x()),
        Log1p => g.div(&c.x().add(1.0)?),
        Sqrt => g.div(&c.y().mul(2.0)?),
        Rsqrt => g.mul(c.y())?.mul(c.y())?.mul(c.y())?.mul(-0.5),
        Reciprocal => g.mul(c.y())?.mul(c.y())?.neg(),
        Sin => g.mul(&c.x().cos()?),
        Cos => g.mul(&c.x().sin()?)?.neg(),
        Tan => g.mul(&c.y().square()?.add(1.0)?),
        Sinc => g.mul(&special::sinc_slope(c.x(), c.y())?),
        Asin => g.mul(&one_less_square(c.x())?.rsqrt()?),
        Acos => g.mul(&one_less_square(c.x())?.rsqrt()?)?.neg(),
        Atan => {
            let root = unit_hypot(c.x())?;
            g.div(&root)?.div(&root)
        }
        Sinh => g.mul(&c.x().cosh()?),
        Cosh => g.mul(&c.x().sinh()?),
        Tanh => g.mul(&c.y().square()?.rsub(1.0)?),
        LogCosh => g.mul(&c.x().tanh()?),
        Asinh => g.div(&unit_hypot(c.x())?),
        Acosh => {
            let size = c.x().abs()?;
            g.mul(&size.sub(1.0)?.rsqrt()?)?
                .mul(&size.add(1.0)?.rsqrt()?)
        }
        Atanh => g.div(&one_less_square(c.x())?),
        Erf => twice(g, &bell(c.x(), 0.5)?)?.mul(FRAC_2_SQRT_PI),
        Erfc => twice(g, &bell(c.x(), 0.5)?)?.mul(-FRAC_2_SQRT_PI),
        Erfcx => g.mul(&special::erfcx_slope(c.x(), c.y())?),
        Erfinv => g.mul(&c.y().square()?.exp()?.mul(1.0 / FRAC_2_SQRT_PI)?),
        Ndtri => twice(g, &bell(c.y(), -0.25)?)?.mul((2.0 * PI).sqrt()),
        LogNdtr => g
            .mul((2.0 / PI).sqrt())?
            .div(&c.x().mul(-FRAC_1_SQRT_2)?.erfcx()?),
        I0 => g.mul(&c.x().i1()?),
        I0e => g.mul(&i0e(c.x(), c.y())?),
        I1 => g.mul(&i1(c.x())?),
        I1e => g.mul(&i1e(c.x(), c.y())?),
        SphericalBesselJ0 => g.mul(&special::spherical_bessel_j0_slope(c.x(), c.y())?),
        Entr => g.mul(&c.x().log()?.add(1.0)?)?.neg(),
        Logit => logit(c.x(), g),
        Lgamma => g.mul(&c.x().digamma()?),
        Digamma => g.mul(&c.x().trigamma()?),
        Trigamma => g.mul(&special::tetragamma(c.x())?),
        Sigmoid => g.mul(&c.y().rsub(1.0)?.mul(c.y())?),
        LogSigmoid => g.mul(&c.x().neg()?.sigmoid()?),
        Softplus => g.mul(&c.x().sigmoid()?),
        Gelu => g.mul(&gelu(c.x())?),
        GeluTanh => g.mul(&gelu_tanh(c.x())?),
        Silu => g.mul(&silu(c.x())?),
        Mish => g.mul(&mish(c.x())?),
        BitNot | LogicalNot | IsNan | IsInf | IsFinite | SignBit => g.zeros_like(),
    }
}

/// `√(x² + 1)`, in range wherever `x` is.
fn unit_hypot(x: &Tensor) -> Result<Tensor> {
    apply_binary(Binary::Hypot, x.into(), 1.0.into())
}

/// `g root²`.
fn twice(g: &Tensor, root: &Tensor) -> Result<Tensor> {
    g.mul(root)?.mul(root)
}

/// `1 - x²` as a product of its factors, which is accurate near ±1.
fn one_less_square(x: &Tensor) -> Result<Tensor> {
    x.rsub(1.0)?.mul(&x.add(1.0)?)
}

/// `e^(-scale x²)`.
fn bell(x: &Tensor, scale: f64) -> Result<Tensor> {
    x.square()?.mul(-scale)?.exp()
}

/// `I₀(x) - I₁(x) / x`, 1/2 at 0; of the scaled functions, which stay in range where both of these are infinite.
fn i1(x: &Tensor) -> Result<Tensor> {
    let zero = x.eq(0.0)?;
    let x = zero.where_cond(1.0, x)?;
    let scaled = x.i0e()?.sub(&x.i1e()?.div(&x)?)?;
    let half = x.abs()?.mul(0.5)?.exp()?;
    zero.where_cond(0.5, &scaled.mul(&half)?.mul(&half)?)
}

/// The same less the derivative of the scale: `e^-|x| (I₀(x) - I₁(x) / x - sign(x) I₁(x))`, 1/2 at 0.
fn i1e(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let zero = x.eq(0.0)?;
    let x = zero.where_cond(1.0, x)?;
    let lost = x.reciprocal()?.add(&x.sign()?)?.mul(y)?;
    let near = x.i0e()?.sub(&lost)?;
    let far = special::series_in_reciprocal(&x.abs()?, &[-0.5, 0.375, 0.375])?.mul(&y.abs()?)?;
    let slope = x.abs()?.lt(FAR)?.where_cond(&near, &far)?;
    zero.where_cond(0.5, &slope)
}

/// From here on the scaled Bessel functions differ by less than their rounding errors, and their ratio is a short series.
const FAR: f64 = 60.0;

/// `e^-|x| (I₁(x) - sign(x) I₀(x))`.
fn i0e(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let near = x.i1e()?.sub(&x.sign()?.mul(y)?)?;
    let far = special::series_in_reciprocal(&x.abs()?, &[-0.5, -0.125, -0.125])?;
    let far = far.mul(y)?.mul(&x.sign()?)?;
    x.abs()?.lt(FAR)?.where_cond(&near, &far)
}

/// `g / (x (1 - x))`, NaN outside of [0, 1].
fn logit(x: &Tensor, g: &Tensor) -> Result<Tensor> {
    let outside = x.lt(0.0)?.logical_or(&x.gt(1.0)?)?;
    g.div(&x.rsub(1.0)?.mul(x)?)?
        .masked_fill(&outside, f64::NAN)
}

/// `Φ(x) + x φ(x)`, the normal distribution's function and density.
fn gelu(x: &Tensor) -> Result<Tensor> {
    let below = x.mul(-FRAC_1_SQRT_2)?.erfc()?.mul(0.5)?;
    let x = &bounded(x)?;
    let density = bell(x, 0.5)?.mul(0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2)?;
    below.add(&density.mul(x)?)
}

/// `(1 + t) / 2 + x/2 (1 - t²) u'` for `t = tanh u`, `u = √(2/π) (x + 0.044715 x³)`: with `s = sigmoid 2u`, `s + 2 x s (1 - s) u'`, which is
/// accurate where `t` is near -1.
fn gelu_tanh(x: &Tensor) -> Result<Tensor> {
    let (scale, cubic) = ((2.0 / PI).sqrt(), 0.044715);
    // Saturated before 40; the square of 10²⁰ would be infinite, and infinity times 0 is NaN.
    let x = &x.clamp(-40.0, 40.0)?;
    let square = x.square()?;
    let twice = square.mul(cubic)?.add(1.0)?.mul(x)?.mul(2.0 * scale)?;
    let slope = square.mul(3.0 * cubic)?.add(1.0)?.mul(2.0 * scale)?;
    let rest = twice.neg()?.sigmoid()?;
    let outer = rest.mul(&slope)?.mul(x)?.add(1.0)?;
    outer.mul(&twice.sigmoid()?)
}

/// `s (1 + x (1 - s)) = s (1 - silu(-x))` for `s = sigmoid x`.
fn silu(x: &Tensor) -> Result<Tensor> {
    // Where s is 0, the other factor must not be infinite.
    let x = x.clamp_min(-SATURATED)?;
    x.neg()?.silu()?.rsub(1.0)?.mul(&x.sigmoid()?)
}

/// `t + x s (1 - t²)` for `t = tanh(softplus x)`, `s = sigmoid x`.
fn mish(x: &Tensor) -> Result<Tensor> {
    let x = &bounded(x)?;
    let t = apply(Unary::Softplus.into(), &[x])?.tanh()?;
    t.square()?.rsub(1.0)?.mul(&x.sigmoid()?)?.mul(x)?.add(&t)
}

/// The bound beyond which every activation has reached its limit, in `float64` too.
const SATURATED: f64 = 1000.0;

/// `x` clamped to the range where activations are not saturated, because infinity times 0 is NaN.
fn bounded(x: &Tensor) -> Result<Tensor> {
    x.clamp(-SATURATED, SATURATED)
}
