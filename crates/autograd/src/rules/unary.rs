//! Derivatives of functions of one element.

use super::{Call, join, special};
use rushlight_backend::{Binary, Op, Result, Unary};
use rushlight_tensor::{Tensor, apply};
use std::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, LN_2, LN_10, PI};

/// `f'(x) g`.
pub(super) fn derivative(f: Unary, c: &Call<'_>, g: &Tensor) -> Result<Tensor> {
    use Unary::*;
    match f {
        Neg => g.neg(),
        Abs => g.mul(&c.x().sign()?),
        Sign | Ceil | Floor | Round | Trunc => g.zeros_like(),
        Frac => Ok(g.clone()),
        // The incoming gradient first: twice a large number may be infinite.
        Square => g.mul(2.0)?.mul(c.x()),
        Relu => g.gate(c.y()),
        Exp => g.mul(c.y()),
        Exp2 => g.mul(c.y())?.mul(LN_2),
        Expm1 => g.mul(&c.y().add(1.0)?),
        Log => g.div(c.x()),
        Log2 => g.div(c.x())?.div(LN_2),
        Log10 => g.div(LN_10)?.div(c.x()),
        Log1p => g.div(&c.x().add(1.0)?),
        Sqrt => g.div(&c.y().mul(2.0)?),
        Rsqrt => g.mul(&c.y().mul(-0.5)?.mul(&c.y().square()?)?),
        Reciprocal => g.mul(&c.y().square()?)?.neg(),
        Sin => g.mul(&c.x().cos()?),
        Cos => g.mul(&c.x().sin()?)?.neg(),
        Tan => g.mul(&c.y().square()?.add(1.0)?),
        Sinc => g.mul(&special::sinc_slope(c.x(), c.y())?),
        Asin => g.mul(&one_less_square(c.x())?.rsqrt()?),
        Acos => g.mul(&one_less_square(c.x())?.rsqrt()?)?.neg(),
        Atan => g.div(&c.x().square()?.add(1.0)?),
        Sinh => g.mul(&c.x().cosh()?),
        Cosh => g.mul(&c.x().sinh()?),
        Tanh => g.mul(&c.y().square()?.rsub(1.0)?),
        Asinh => g.div(&join(Binary::Hypot, c.x().into(), 1.0.into())?),
        Acosh => {
            let size = c.x().abs()?;
            let slope = size.sub(1.0)?.rsqrt()?.mul(&size.add(1.0)?.rsqrt()?)?;
            g.mul(&slope)
        }
        Atanh => g.div(&one_less_square(c.x())?),
        Erf => g.mul(&bell(c.x(), 1.0)?.mul(FRAC_2_SQRT_PI)?),
        Erfc => g.mul(&bell(c.x(), 1.0)?.mul(-FRAC_2_SQRT_PI)?),
        Erfcx => g.mul(&special::erfcx_slope(c.x(), c.y())?),
        Erfinv => g.mul(&c.y().square()?.exp()?.mul(1.0 / FRAC_2_SQRT_PI)?),
        Ndtri => g.mul(&c.y().square()?.mul(0.5)?.exp()?.mul((2.0 * PI).sqrt())?),
        LogNdtr => g
            .mul((2.0 / PI).sqrt())?
            .div(&c.x().mul(-FRAC_1_SQRT_2)?.erfcx()?),
        I0 => g.mul(&c.x().i1()?),
        I0e => g.mul(&i0e(c.x(), c.y())?),
        I1 => g.mul(&i1(c.x())?),
        I1e => g.mul(&i1e(c.x(), c.y())?),
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

/// `1 - x²` by its factors, which keeps its digits near ±1.
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

/// From here on the scaled Bessel functions differ from each other by less than they are rounded by, and their ratio is a short series.
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
    let density = bell(x, 0.5)?.mul(0.5 * FRAC_2_SQRT_PI * FRAC_1_SQRT_2)?;
    below.add(&density.mul(x)?)
}

/// `(1 + t) / 2 + x/2 (1 - t²) u'` for `t = tanh u`, `u = √(2/π) (x + 0.044715 x³)`: with `s = sigmoid 2u`, `s + 2 x s (1 - s) u'`, which keeps its
/// digits where `t` is near -1.
fn gelu_tanh(x: &Tensor) -> Result<Tensor> {
    let (scale, cubic) = ((2.0 / PI).sqrt(), 0.044715);
    // Saturated long before 20; the square of 10²⁰ would be infinite, and NaN times 0.
    let x = &x.clamp(-20.0, 20.0)?;
    let square = x.square()?;
    let twice = square.mul(cubic)?.add(1.0)?.mul(x)?.mul(2.0 * scale)?;
    let slope = square.mul(3.0 * cubic)?.add(1.0)?.mul(2.0 * scale)?;
    let rest = twice.neg()?.sigmoid()?;
    let outer = rest.mul(&slope)?.mul(x)?.add(1.0)?;
    outer.mul(&twice.sigmoid()?)
}

/// `s (1 + x (1 - s))` for `s = sigmoid x`.
fn silu(x: &Tensor) -> Result<Tensor> {
    let s = x.sigmoid()?;
    s.rsub(1.0)?.mul(x)?.add(1.0)?.mul(&s)
}

/// `t + x s (1 - t²)` for `t = tanh(softplus x)`, `s = sigmoid x`.
fn mish(x: &Tensor) -> Result<Tensor> {
    let t = apply(Op::Unary(Unary::Softplus), &[x])?.tanh()?;
    t.square()?.rsub(1.0)?.mul(&x.sigmoid()?)?.mul(x)?.add(&t)
}
