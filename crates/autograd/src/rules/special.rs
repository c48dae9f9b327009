//! Special functions that only derivatives use.

use rushlight_backend::Result;
use rushlight_tensor::Tensor;
use std::f64::consts::{FRAC_2_SQRT_PI, PI};

/// `ψ''(x)`, the derivative of trigamma; composed, so that it has derivatives of every order.
pub(super) fn tetragamma(x: &Tensor) -> Result<Tensor> {
    let reflected = x.lt(0.5)?;
    let z = reflected.where_cond(&x.rsub(1.0)?, x)?;
    let right = tetragamma_right(&z)?;
    // ψ''(x) = ψ''(1 - x) - 2π³ cos(πx) / sin³(πx); where it is not used, the angle is replaced, or its derivative would be NaN.
    // The angle is reduced by the nearest integer, because next to poles and zeros the rounding error of π x would matter.
    let rest = reflected.where_cond(&x.sub(&x.round()?)?, 0.5)?;
    let cosine = rest.abs()?.rsub(0.5)?.mul(PI)?.sin()?;
    let turn = cosine
        .div(&rest.mul(PI)?.sin()?.pow(3.0)?)?
        .mul(2.0 * PI.powi(3))?;
    reflected.where_cond(&right.sub(&turn)?, &right)
}

/// `ψ''(x)` for `x ≥ 1/2`: the recurrence `ψ''(x) = ψ''(x + 1) - 2/x³` up to where the asymptotic series holds.
fn tetragamma_right(x: &Tensor) -> Result<Tensor> {
    const STEPS: i32 = 12;
    // Bernoulli's series: ψ''(z) = -1/z² - 1/z³ - Σ B₂ₖ (2k + 1) / z^(2k + 2).
    const SERIES: [f64; 8] = [
        -0.5,
        1.0 / 6.0,
        -1.0 / 6.0,
        0.3,
        -5.0 / 6.0,
        691.0 / 210.0,
        -17.5,
        3617.0 / 30.0,
    ];
    let mut sum = x.pow(-3.0)?.mul(-2.0)?;
    for k in 1..STEPS {
        sum = sum.sub(&x.add(k)?.pow(-3.0)?.mul(2.0)?)?;
    }
    let inverse = x.add(STEPS)?.reciprocal()?;
    let square = inverse.square()?;
    let mut series = square.mul(SERIES[7])?;
    for coefficient in SERIES[..7].iter().rev() {
        series = series.add(*coefficient)?.mul(&square)?;
    }
    let tail = series.sub(&inverse)?.sub(1.0)?.mul(&square)?;
    sum.add(&tail)
}

/// `(cos(πx) - sinc x) / x`, the derivative of sinc; near 0, where the difference would cancel, its power series.
pub(super) fn sinc_slope(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let near = x.abs()?.lt(0.1)?;
    // Arguments of the branch that is not used are replaced, or its derivative would be NaN.
    let series = slope_near_0(&near.where_cond(x, 0.0)?.mul(PI)?)?.mul(PI)?;
    let far = near.where_cond(1.0, x)?;
    // The remainder is exact, the product of a large angle is not.
    let quotient = far.remainder(2.0)?.mul(PI)?.cos()?.sub(y)?.div(&far)?;
    near.where_cond(&series, &quotient)
}

/// `(cos x - y) / x`, the derivative of `y = sin(x) / x`; near 0 its power series.
pub(super) fn spherical_bessel_j0_slope(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    let near = x.abs()?.lt(0.3)?;
    let series = slope_near_0(&near.where_cond(x, 0.0)?)?;
    let far = near.where_cond(1.0, x)?;
    near.where_cond(&series, &far.cos()?.sub(y)?.div(&far)?)
}

/// The derivative of `sin(z) / z` for `|z| < 1/3`: `Σ (-1)ᵏ 2k / (2k + 1)! z^(2k - 1)`.
fn slope_near_0(z: &Tensor) -> Result<Tensor> {
    const SERIES: [f64; 6] = [
        -1.0 / 3.0,
        1.0 / 30.0,
        -1.0 / 840.0,
        1.0 / 45_360.0,
        -1.0 / 3_991_680.0,
        1.0 / 518_918_400.0,
    ];
    let square = z.square()?;
    let mut series = square.mul(SERIES[5])?;
    for coefficient in SERIES[1..5].iter().rev() {
        series = series.add(*coefficient)?.mul(&square)?;
    }
    series.add(SERIES[0])?.mul(z)
}

/// `c₀/x + c₁/x² + …`.
pub(super) fn series_in_reciprocal(x: &Tensor, coefficients: &[f64]) -> Result<Tensor> {
    let r = x.reciprocal()?;
    let mut sum = r.zeros_like()?;
    for c in coefficients.iter().rev() {
        sum = sum.add(*c)?.mul(&r)?;
    }
    Ok(sum)
}

/// `2 x y - 2/√π`, the derivative of `y = e^(x²) erfc x`; far from 0, where the difference would cancel, its asymptotic series.
pub(super) fn erfcx_slope(x: &Tensor, y: &Tensor) -> Result<Tensor> {
    const FAR: f64 = 10.0;
    let near = x.mul(y)?.mul(2.0)?.sub(FRAC_2_SQRT_PI)?;
    let series = series_in_reciprocal(&x.square()?, &[-0.5, 0.75, -1.875, 6.5625])?;
    x.lt(FAR)?.where_cond(&near, &series.mul(FRAC_2_SQRT_PI)?)
}
