//! Derivatives of elementwise functions of two operands, with respect to the left and the right operand.

use super::{Call, apply_binary, keep};
use rushlight_backend::{Binary, Error, Result, Scalar};
use rushlight_tensor::{Operand, Tensor};
use std::f64::consts::LN_2;

/// `∂f/∂x g`; `number` is `y` if that is not a tensor.
pub(super) fn left(f: Binary, c: &Call<'_>, g: &Tensor, number: Option<Scalar>) -> Result<Tensor> {
    use Binary::*;
    let x = || c.x();
    let y = || number.map_or_else(|| Operand::Tensor(c.input(1)), Operand::Number);
    match f {
        Add | Sub | Remainder | Fmod => Ok(g.clone()),
        HalfDifference => g.mul(0.5),
        Nextafter => g.masked_fill(&x().eq(y())?, 0.0),
        Mul => g.mul(y()),
        Div => g.div(y()),
        Pow => base_of_power(g, x(), y()),
        Maximum => halve_ties(&x().lt(y())?, &x().eq(y())?, g),
        Minimum => halve_ties(&x().gt(y())?, &x().eq(y())?, g),
        Fmax => halve_ties(&left_lost(x(), y(), x().lt(y())?)?, &x().eq(y())?, g),
        Fmin => halve_ties(&left_lost(x(), y(), x().gt(y())?)?, &x().eq(y())?, g),
        // As in PyTorch, a tie with a tensor is split, and a bound that is a number has no gradient.
        ClampMin if number.is_some() => keep(&x().gt(y())?, g),
        ClampMax if number.is_some() => keep(&x().lt(y())?, g),
        ClampMin => halve_ties(&x().lt(y())?, &x().eq(y())?, g),
        ClampMax => halve_ties(&x().gt(y())?, &x().eq(y())?, g),
        Atan2 => over_square(g, x(), y(), y()),
        Hypot => g.mul(&x().div(c.y())?),
        Copysign => g.mul(&c.y().div(x())?.masked_fill(&x().eq(0.0)?, 0.0)?),
        LogAddExp => g.mul(&distance(x(), y())?.sigmoid()?),
        LogAddExp2 => g.mul(&distance(x(), y())?.mul(LN_2)?.sigmoid()?),
        Xlogy => g
            .xlogy(y())?
            .masked_fill(&x().eq(0.0)?.logical_and(&x().zeros_like()?.ge(y())?)?, 0.0),
        Xlog1py => g.xlog1py(y())?.masked_fill(
            &x().eq(0.0)?.logical_and(&x().full_like(-1)?.ge(y())?)?,
            0.0,
        ),
        Zeta | Polygamma => Err(Error::autograd(format!(
            "{}: there is no derivative with respect to the first argument",
            f.name()
        ))),
        LeakyRelu => x().gt(0.0)?.where_cond(g, &g.mul(y())?),
        Elu => x()
            .gt(0.0)?
            .where_cond(g, &g.mul(y())?.mul(&x().clamp_max(0.0)?.exp()?)?),
        Gate => apply_binary(Gate, Operand::Tensor(g), y()),
        BceWithLogits => g.mul(&x().sigmoid()?.sub(y())?),
        DivTrunc | DivFloor | Heaviside => g.zeros_like(),
        BitAnd | BitOr | BitXor | Gcd | ShiftLeft | ShiftRight | LogicalAnd | LogicalOr
        | LogicalXor => g.zeros_like(),
    }
}

/// `∂f/∂y g`; `number` is `x` if that is not a tensor.
pub(super) fn right(f: Binary, c: &Call<'_>, g: &Tensor, number: Option<Scalar>) -> Result<Tensor> {
    use Binary::*;
    let x = || number.map_or_else(|| Operand::Tensor(c.input(0)), Operand::Number);
    let y = || c.input(number.is_none() as u8);
    match f {
        Add => Ok(g.clone()),
        Sub => g.neg(),
        HalfDifference => g.mul(-0.5),
        Mul => g.mul(x()),
        // The quotient is the result, the other factor the gradient of x: x / y² may be out of range where both are not.
        Div => g.div(y())?.mul(&apply_binary(Div, x(), y().into())?)?.neg(),
        Remainder => g.mul(&apply_binary(DivFloor, x(), y().into())?)?.neg(),
        Fmod => g.mul(&apply_binary(DivTrunc, x(), y().into())?)?.neg(),
        Pow => exponent_of_power(g, x(), y(), c.y()),
        Maximum => halve_ties(&y().lt(x())?, &y().eq(x())?, g),
        Minimum => halve_ties(&y().gt(x())?, &y().eq(x())?, g),
        Fmax => halve_ties(
            &apply_binary(Fmax, x(), y().into())?.ne(y())?,
            &y().eq(x())?,
            g,
        ),
        Fmin => halve_ties(
            &apply_binary(Fmin, x(), y().into())?.ne(y())?,
            &y().eq(x())?,
            g,
        ),
        ClampMin => halve_ties(&y().lt(x())?, &y().eq(x())?, g),
        ClampMax => halve_ties(&y().gt(x())?, &y().eq(x())?, g),
        Atan2 => over_square(g, y(), x(), x())?.neg(),
        Hypot => g.mul(&y().div(c.y())?),
        LogAddExp => g.mul(&distance(y(), x())?.sigmoid()?),
        LogAddExp2 => g.mul(&distance(y(), x())?.mul(LN_2)?.sigmoid()?),
        Xlogy => g.mul(x())?.div(y()),
        Xlog1py => g.mul(x())?.div(&y().add(1)?),
        Zeta => g.mul(&with_next(Zeta, x(), y())?)?.mul(x())?.neg(),
        Polygamma => g.mul(&with_next(Polygamma, x(), y())?),
        LeakyRelu => y().zeros_like()?.lt(x())?.where_cond(0.0, &g.mul(x())?),
        Elu => g.mul(&apply_binary(ClampMax, x(), (&y().zeros_like()?).into())?.expm1()?),
        BceWithLogits => g.mul(x())?.neg(),
        Copysign | Gate | DivTrunc | DivFloor | Nextafter | Heaviside => g.zeros_like(),
        BitAnd | BitOr | BitXor | Gcd | ShiftLeft | ShiftRight | LogicalAnd | LogicalOr
        | LogicalXor => g.zeros_like(),
    }
}

/// `f(x + 1, y)`.
fn with_next(f: Binary, x: Operand<'_>, y: &Tensor) -> Result<Tensor> {
    match x {
        Operand::Number(s) => apply_binary(f, (s.to_f64() + 1.0).into(), y.into()),
        Operand::Tensor(x) => apply_binary(f, (&x.add(1)?).into(), y.into()),
    }
}

/// `x - y`, 0 for equal infinities, which have the same distance to the maximum.
fn distance(x: &Tensor, y: Operand<'_>) -> Result<Tensor> {
    let largest = x.dtype().largest_finite();
    let x = x.clamp(-largest, largest)?;
    match y {
        Operand::Number(s) => x.sub(s.to_f64().clamp(-largest, largest)),
        Operand::Tensor(y) => x.sub(&y.clamp(-largest, largest)?),
    }
}

/// `g` where this operand was chosen, half of it where both are equal, 0 elsewhere.
fn halve_ties(lost: &Tensor, tie: &Tensor, g: &Tensor) -> Result<Tensor> {
    tie.where_cond(&g.mul(0.5)?, g)?.masked_fill(lost, 0.0)
}

/// Whether fmax or fmin did not choose the left operand; they choose NaN only if both operands are.
fn left_lost(x: &Tensor, y: Operand<'_>, lost: Tensor) -> Result<Tensor> {
    let alone = match y {
        Operand::Number(s) if s.to_f64().is_nan() => return Ok(lost),
        Operand::Number(_) => x.isnan()?,
        Operand::Tensor(y) => x.isnan()?.logical_and(&y.eq(y)?)?,
    };
    lost.logical_or(&alone)
}

/// `g of / (a² + b²)`, 0 where `a` and `b` are. Divided by the root twice, since squares overflow and underflow.
fn over_square(g: &Tensor, a: &Tensor, b: Operand<'_>, of: Operand<'_>) -> Result<Tensor> {
    let root = apply_binary(Binary::Hypot, a.into(), b)?;
    let nothing = root.eq(0.0)?;
    let root = root.masked_fill(&nothing, 1.0)?;
    let slope = apply_binary(Binary::Div, of, (&root).into())?;
    g.div(&root)?.mul(&slope)?.masked_fill(&nothing, 0.0)
}

/// `y x^(y-1) g`, 0 where `y` is 0, also at `x = 0`.
fn base_of_power(g: &Tensor, x: &Tensor, y: Operand<'_>) -> Result<Tensor> {
    match y {
        Operand::Number(s) if s.to_f64() == 0.0 => g.zeros_like(),
        // The power itself is the result, and in range where that is.
        Operand::Number(s) if s.to_f64() < 0.0 => g.mul(&x.pow(s)?)?.div(x)?.mul(s),
        Operand::Number(s) if s.to_f64() < 1.0 => g.mul(s)?.mul(&x.pow(s.to_f64() - 1.0)?),
        Operand::Number(s) => g.mul(&x.pow(s.to_f64() - 1.0)?)?.mul(s),
        Operand::Tensor(y) => g
            .mul(&x.pow(&y.sub(1.0)?)?)?
            .mul(y)?
            .masked_fill(&y.eq(0.0)?.expand_as(g)?, 0.0),
    }
}

/// `xʸ ln x g`, 0 where `x` is 0 and `y` is not negative.
fn exponent_of_power(g: &Tensor, x: Operand<'_>, y: &Tensor, power: &Tensor) -> Result<Tensor> {
    match x {
        Operand::Number(s) if s.to_f64() == 0.0 => y
            .ge(0.0)?
            .where_cond(0.0, &g.mul(&power.mul(f64::NEG_INFINITY)?)?),
        Operand::Number(s) => g.mul(s.to_f64().ln())?.mul(power),
        Operand::Tensor(x) => {
            let zero = x.eq(0.0)?.logical_and(&y.ge(0.0)?)?;
            zero.where_cond(0.0, &g.mul(&x.log()?)?.mul(power)?)
        }
    }
}
