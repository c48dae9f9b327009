//! Hyperbolic functions of `f32` and their inverses, without branches.

use super::exp::{half_exp, half_exp_expm1};
use super::log::log1p;

/// `(eˣ - e⁻ˣ) / 2`.
#[inline(always)]
pub(crate) fn sinh(x: f32) -> f32 {
    let (_, h) = half_exp_expm1(x.abs());
    // With m = eˣ - 1 = 2h: sinh x = (m + m / (m + 1)) / 2.
    let r = if h < 1e9 { h + h / (h + h + 1.0) } else { h };
    r.copysign(x)
}

/// `(eˣ + e⁻ˣ) / 2`.
#[inline(always)]
pub(crate) fn cosh(x: f32) -> f32 {
    let h = half_exp(x.abs());
    h + 0.25 / h
}

/// `sinh x / cosh x`.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    // With e = e^-2|x| and m = e - 1: tanh |x| = -m / (e + 1) near zero, 1 - 2e / (e + 1) beyond.
    let (e, m) = half_exp_expm1(-2.0 * x.abs());
    let far = e < 0.13;
    let ratio = if far { e + e } else { -m } / (e + 0.5);
    let r = if far { 1.0 - ratio } else { ratio };
    r.copysign(x)
}

/// Beyond this squares would overflow, and 1 is negligible next to x².
const BIG: f32 = 1e9;

/// `ln(x + √(x² + 1))`.
#[inline(always)]
pub(crate) fn asinh(x: f32) -> f32 {
    let a = x.abs();
    let big = a > BIG;
    let t = a + a * a / (1.0 + a.mul_add(a, 1.0).sqrt());
    let r = log1p(if big { a } else { t });
    let r = if big { r + std::f32::consts::LN_2 } else { r };
    r.copysign(x)
}

/// `ln(x + √(x² - 1))`; NaN below 1.
#[inline(always)]
pub(crate) fn acosh(x: f32) -> f32 {
    let big = x > BIG;
    let t = x - 1.0;
    let near = t + t.mul_add(t, t + t).sqrt();
    let r = log1p(if big { x } else { near });
    let r = if big { r + std::f32::consts::LN_2 } else { r };
    if x < 1.0 { f32::NAN } else { r }
}

/// `ln((1 + x) / (1 - x)) / 2`; ±∞ at ±1, NaN beyond.
#[inline(always)]
pub(crate) fn atanh(x: f32) -> f32 {
    let a = x.abs();
    let r = 0.5 * log1p((a + a) / (1.0 - a));
    r.copysign(x)
}
